"""Remove what is stored and never read, because what reads it needs only a part of it, or none: 0*x is 0."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from graphdiff.targets.nests.buffers import Buffer, Storage
from graphdiff.targets.nests.elimination import Calls
from graphdiff.targets.nests.lowering import Block, LoopOfSteps
from graphdiff.targets.nests.nest import Nest


def without_unread(parts: Sequence[Block], own: Collection[Buffer]) -> list[Block]:
    """The parts without statements that store in one of some buffers that nothing reads."""
    while True:
        unread = set(own) - set(_reads(parts))
        remaining, has_changed = _without(parts, unread)
        if not has_changed:
            return remaining
        parts = remaining


def buffers_of(parts: Iterable[Block]) -> set[Buffer]:
    """The buffers that are read or written."""
    buffers: set[Buffer] = set()
    for part in parts:
        if isinstance(part, LoopOfSteps):
            buffers |= buffers_of(part.parts)
        else:
            buffers |= {storage.buffer for storage in part.storages()}
    return buffers


def _reads(parts: Iterable[Block]) -> Iterable[Buffer]:
    for part in parts:
        if isinstance(part, LoopOfSteps):
            yield from _reads(part.parts)
        elif isinstance(part, Calls):
            yield from [storage.buffer for storage, _ in part.operands]
        else:
            yield from [storage.buffer for storage in part.reads()]


def _without(parts: Iterable[Block], unread: Collection[Buffer]) -> tuple[list[Block], bool]:
    """The parts without statements that store in these buffers, and whether there were any."""
    remaining: list[Block] = []
    has_changed = False
    for part in parts:
        if isinstance(part, LoopOfSteps):
            part.parts, has_changed_inside = _without(part.parts, unread)
            has_changed |= has_changed_inside
        elif isinstance(part, Nest):
            stores = [each for each in part.statements if isinstance(each.target, Storage)]
            dropped = [each for each in stores if isinstance(each.target, Storage) and each.target.buffer in unread]
            has_changed |= bool(dropped)
            part.statements = [each for each in part.statements if each not in dropped]
            if len(dropped) == len(stores):
                continue
        elif part.result is not None and part.result.buffer in unread:
            has_changed = True
            continue
        remaining.append(part)
    return remaining, has_changed
