""" "Channel routing: vertical tracks between two columns for wires that change rows; wires from one gate share a
track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple


class Net(NamedTuple):
    """The wires from one row of the left column to rows of the right column."""

    source: int
    targets: tuple[int, ...]


class Route(NamedTuple):
    """The vertical track of a net, None where the net is straight.

    Nets that block one another in a cycle need a detour of one of them: a second track, and the free row it leads to.
    """

    track: int | None
    detour: tuple[int, int] | None = None


class _Climb(NamedTuple):
    """A vertical segment: its first and last row, and its rank among the segments that may be placed next."""

    top: int
    bottom: int
    order: tuple[int, int]


def route_nets(nets: Sequence[Net]) -> tuple[list[Route], int]:
    """Route nets with distinct source rows: their routes, with tracks counted from the left, and the number of tracks.

    No two nets overlap in a row, and no two vertical segments on one track touch.
    """
    nexts = _nexts(nets)
    detours = _detours(nets, nexts)
    climbs: dict[int, _Climb] = {}  # by net; detours are numbered after the nets
    after: dict[int, int] = {}
    for number, net in enumerate(nets):
        if net.targets == (net.source,):
            continue
        start = detours.get(number, net.source)
        climbs[number] = _climb(net, (start, *net.targets))
        if number in detours:
            climbs[len(nets) + number] = _climb(net, (net.source, start))
            after[len(nets) + number] = nexts[number]
        elif number in nexts:
            after[number] = nexts[number]
    tracks = _tracks(climbs, after)
    routes = [
        Route(tracks.get(number), (tracks[len(nets) + number], detours[number]) if number in detours else None)
        for number in range(len(nets))
    ]
    return routes, max(tracks.values(), default=-1) + 1


def _nexts(nets: Sequence[Net]) -> dict[int, int]:
    """For each net the one that ends in the row where it begins, whose vertical segment has to be to the right of
    it."""
    ends = {row: number for number, net in enumerate(nets) for row in net.targets}
    followers = {number: ends[net.source] for number, net in enumerate(nets) if net.source in ends}
    return {number: other for number, other in followers.items() if other != number}


def _detours(nets: Sequence[Net], nexts: dict[int, int]) -> dict[int, int]:
    """A free row for one net of each cycle of nets in which every segment has to be to the left of the next."""
    used_rows = {row for net in nets for row in (net.source, *net.targets)}
    detours: dict[int, int] = {}
    visited_nets: set[int] = set()
    for first in nexts:
        path: set[int] = set()
        number = first
        while number in nexts and number not in visited_nets:
            visited_nets.add(number)
            path.add(number)
            number = nexts[number]
        if number in path:
            row = next(row for row in _around(nets[number].source) if row not in used_rows)
            used_rows.add(row)
            detours[number] = row
    return detours


def _around(row: int) -> Iterator[int]:
    """All rows by their distance from one."""
    for distance in count(1):
        yield row + distance
        if row >= distance:
            yield row - distance


def _climb(net: Net, rows: Sequence[int]) -> _Climb:
    """The segment between rows, ranked so that nets that go the same way cross little."""
    top, bottom = min(rows), max(rows)
    if top < net.source < bottom:
        return _Climb(top, bottom, (0, net.source))
    return _Climb(top, bottom, (1, net.source) if top < net.source else (2, -net.source))


def _tracks(climbs: dict[int, _Climb], after: dict[int, int]) -> dict[int, int]:
    """The leftmost track for each segment that is to the right of its predecessors in after and of the segments already
    placed in its rows."""
    waiting = dict.fromkeys(climbs, 0)
    for number in after.values():
        waiting[number] += 1
    ready = [(climb.order, number) for number, climb in climbs.items() if not waiting[number]]
    heapify(ready)
    least = dict.fromkeys(climbs, 0)
    free_tracks: dict[int, int] = {}  # the first track that is free in each row
    tracks: dict[int, int] = {}
    while ready:
        _, number = heappop(ready)
        rows = range(climbs[number].top, climbs[number].bottom + 2)  # one free row between segments
        track = tracks[number] = max(least[number], max(free_tracks.get(row, 0) for row in rows))
        free_tracks.update(dict.fromkeys(rows, track + 1))
        if number in after:
            follower = after[number]
            least[follower] = max(least[follower], track + 1)
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(ready, (climbs[follower].order, follower))
    return tracks
