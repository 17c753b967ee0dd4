"""Orders and heights of items in columns, in Python alone: for the browser, where fast-sugiyama cannot be installed.

The order is that of K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures" (1981), with the exchange of neighbours of E. Gansner et al., "A technique for drawing directed graphs"
(1993). The heights are those of U. Brandes, B. Köpf, "Fast and simple horizontal coordinate assignment" (2001).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median

SWEEPS = 12
"""Sweeps over all columns, there and back, without fewer crossings, after which an order stays."""
MOST_EXCHANGES = 600
"""Of more items, neighbours are not exchanged: that takes quadratic time."""

Neighbours = Mapping[int, Sequence[int]]
Columns = list[list[int]]


def heights(edges: Sequence[tuple[int, int]], columns: Mapping[int, int], heuristic: str) -> dict[int, float]:
    """The heights of items in units of items, so that few edges cross and many are straight.

    edges connect items of neighbouring columns; the heuristic is "barycenter" or "median".
    """
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        right[source].append(target)
        left[target].append(source)
    items = dict.fromkeys(item for edge in edges for item in edge)
    start: Columns = [[] for _ in range(max(map(columns.__getitem__, items), default=-1) + 1)]
    for item in _depth_first(items, left, right):
        start[columns[item]].append(item)
    order = _with_few_crossings(start, left, right, fmean if heuristic == "barycenter" else median)
    return _balanced(order, left, right)


def _depth_first(items: Iterable[int], left: Neighbours, right: Neighbours) -> Iterable[int]:
    """Items in the order of a search in depth from the last ones, which keeps what belongs together together."""
    seen: set[int] = set()
    stack = [item for item in items if not right.get(item)]
    while stack:
        item = stack.pop()
        if item not in seen:
            seen.add(item)
            yield item
            stack.extend(each for each in reversed(left.get(item, ())) if each not in seen)


# The order in columns


def _with_few_crossings(
    columns: Columns, left: Neighbours, right: Neighbours, mean: Callable[[Iterable[float]], float]
) -> Columns:
    """The order with the fewest crossings that sweeps find."""
    columns = [list(column) for column in columns]
    best, fewest, tries = [list(column) for column in columns], _crossings(columns, right), 0
    is_small = sum(map(len, columns)) <= MOST_EXCHANGES
    for sweep in range(8 * SWEEPS):
        is_back = sweep % 2 == 1
        for column in reversed(columns[:-1]) if is_back else columns[1:]:
            _sort(column, columns, right if is_back else left, mean, sweep % 4 >= 2)
        if is_small:
            _exchange(columns, left, right)
        count = _crossings(columns, right)
        tries += 1
        if count < fewest:
            best, fewest, tries = [list(column) for column in columns], count, 0
        if fewest == 0 or tries >= SWEEPS:
            break
    return best


def _sort(
    column: list[int],
    columns: Columns,
    neighbours: Neighbours,
    mean: Callable[[Iterable[float]], float],
    is_reversed: bool,
) -> None:
    """Sort a column by the mean places of neighbours; items without any keep their places, and those with equal means
    their order, or the reverse of it."""
    places = _places(columns)
    keyed = [(mean([places[each] for each in neighbours[item]]), item) for item in column if neighbours.get(item)]
    if is_reversed:
        keyed.reverse()
    keyed.sort(key=lambda pair: pair[0])
    sorted_items = iter([item for _, item in keyed])
    column[:] = [next(sorted_items) if neighbours.get(item) else item for item in column]


def _exchange(columns: Columns, left: Neighbours, right: Neighbours) -> None:
    """Exchange items beside each other as long as that makes crossings fewer."""
    places = _places(columns)
    is_better = True
    while is_better:
        is_better = False
        for column in columns:
            for place, (one, other) in enumerate(pairwise(column)):
                one, other = column[place], column[place + 1]  # pairwise read them before the last exchange
                before = after = 0
                for sides in (left, right):
                    ours = sorted(places[each] for each in sides.get(one, ()))
                    theirs = sorted(places[each] for each in sides.get(other, ()))
                    before += _inversions(ours, theirs)
                    after += _inversions(theirs, ours)
                if after < before:
                    column[place], column[place + 1] = other, one
                    places[one], places[other] = place + 1, place
                    is_better = True


def _inversions(upper: Sequence[int], lower: Sequence[int]) -> int:
    """The crossings of the edges of two items: the pairs where the upper one's neighbour is below the lower one's."""
    return sum(bisect_left(lower, place) for place in upper)


def _places(columns: Columns) -> dict[int, int]:
    return {item: place for column in columns for place, item in enumerate(column)}


def _crossings(columns: Columns, right: Neighbours) -> int:
    places = _places(columns)
    count = 0
    for column in columns:
        ends: list[int] = []
        for item in column:
            own = sorted(places[each] for each in right.get(item, ()))
            for end in own:
                count += len(ends) - _after(ends, end)
            for end in own:
                insort(ends, end)
    return count


def _after(ends: Sequence[int], end: int) -> int:
    return bisect_left(ends, end + 1)


# Heights


def _balanced(columns: Columns, left: Neighbours, right: Neighbours) -> dict[int, float]:
    """The mean of the two middle ones of four assignments: aligned with the left or the right neighbours, and as high
    or as low as possible."""
    crossed = _crossed_inner_edges(columns, left)
    assignments: list[dict[int, float]] = []
    for is_right in (False, True):
        for is_low in (False, True):
            order = [column[::-1] if is_low else column for column in (reversed(columns) if is_right else columns)]
            blocks = _blocks(order, right if is_right else left, crossed)
            heights = _compact(order, blocks)
            assignments.append({item: -height for item, height in heights.items()} if is_low else heights)
    if not assignments[0]:
        return {}
    narrowest = min(assignments, key=lambda each: max(each.values()) - min(each.values()))
    for number, each in enumerate(assignments):
        side = max if number % 2 else min
        shift = side(narrowest.values()) - side(each.values())
        for item in each:
            each[item] += shift
    return {item: fmean(sorted(each[item] for each in assignments)[1:3]) for item in assignments[0]}


def _crossed_inner_edges(columns: Columns, left: Neighbours) -> set[tuple[int, int]]:
    """Edges that cross one inside a wire, which is straight in preference to them."""
    sources = {item: len(neighbours) for item, neighbours in left.items()}
    fans: dict[int, int] = defaultdict(int)
    for neighbours in left.values():
        for each in neighbours:
            fans[each] += 1
    places = _places(columns)
    crossed: set[tuple[int, int]] = set()
    for column in columns[1:]:
        edges = [(places[source], places[item], source, item) for item in column for source in left.get(item, ())]
        inner = [edge for edge in edges if sources.get(edge[2]) == 1 and fans[edge[2]] == 1 and sources[edge[3]] == 1]
        for one in inner:
            for other in edges:
                if (one[0] - other[0]) * (one[1] - other[1]) < 0 and other not in inner:
                    crossed.add((other[2], other[3]))
    return crossed


def _blocks(columns: Columns, neighbours: Neighbours, crossed: set[tuple[int, int]]) -> dict[int, int]:
    """The first item of the block of each: items aligned with their middle neighbour in the column before."""
    places = _places(columns)
    first = {item: item for column in columns for item in column}
    for column in columns:
        last = -1
        for item in column:
            near = sorted(neighbours.get(item, ()), key=places.__getitem__)
            for each in near[(len(near) - 1) // 2 : len(near) // 2 + 1]:
                is_crossed = (each, item) in crossed or (item, each) in crossed
                if first[item] == item and last < places[each] and not is_crossed:
                    first[item] = first[each]
                    last = places[each]
    return first


def _compact(columns: Columns, first: Mapping[int, int]) -> dict[int, float]:
    """The least heights of blocks one unit apart; then each as near to the next block as it can be."""
    after: dict[int, set[int]] = {block: set() for block in first.values()}
    before: dict[int, set[int]] = {block: set() for block in after}
    for column in columns:
        for one, other in pairwise(column):
            after[first[one]].add(first[other])
            before[first[other]].add(first[one])
    waiting = {block: len(blocks) for block, blocks in before.items()}
    order = [block for block, number in waiting.items() if number == 0]
    for block in order:
        for other in after[block]:
            waiting[other] -= 1
            if waiting[other] == 0:
                order.append(other)
    height: dict[int, float] = {}
    for block in order:
        height[block] = max((height[each] + 1.0 for each in before[block]), default=0.0)
    for block in reversed(order):
        if after[block]:
            height[block] = max(height[block], min(height[each] - 1.0 for each in after[block]))
    return {item: height[block] for item, block in first.items()}
