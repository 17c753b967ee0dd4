"""Where the entries of stored arrays are: in parameters, local arrays or the workspace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from graphdiff.operations.shapes import Shape
from graphdiff.targets.nests.indices import ZERO, Index, flatten

T = TypeVar("T")
LARGEST_LOCAL = 64
"""The most entries of a local array where there is a workspace."""
LARGEST_LOCALS = 8192
"""The most entries of all local arrays of a function without a workspace: 64 KB."""


class Buffer:
    """Memory for numbers, with a name.

    is_number says whether it is a variable, is_changed whether that is assigned more than once; first and last are the
    clock's times at which it is first written and last used.
    """

    __slots__ = ("_highest", "first", "is_changed", "is_nested", "is_number", "last", "name", "size", "table")

    def __init__(
        self,
        name: str,
        size: int,
        is_nested: bool = False,
        table: Sequence[float] = (),
        is_changed: bool = False,
        is_number: bool = False,
    ) -> None:
        """is_nested says whether it is an array of rows, with an index for each axis; table has the numbers of a
        constant array."""
        self.name = name
        self.size = size
        self.is_nested = is_nested
        self.table = table
        self.is_changed = is_changed
        self.is_number = is_number
        self._highest: float | None = None
        self.first = self.last = -1

    def has_places(self, size: int) -> bool:
        """Whether it is a constant array of indices, not counted from the end, into an axis of this size."""
        if not self.table:
            return False
        if self._highest is None:
            are_whole = all([number.is_integer() and number >= 0 for number in self.table])
            self._highest = max(self.table) if are_whole else math.inf
        return self._highest < size

    def touch(self, time: int) -> None:
        """Note that it is used at this time."""
        self.first = time if self.first < 0 else min(self.first, time)
        self.last = max(self.last, time)


class Storage(NamedTuple):
    """A buffer that has the entries of an array, row by row from an offset, or of a nested one within its part at an
    index; a number is a variable without entries. With an order, its rows are those of the array with its axes in this
    order."""

    buffer: Buffer
    shape: Shape
    offset: Index = ZERO
    part: tuple[Index, ...] = ()
    is_variable: bool = False
    order: tuple[int, ...] = ()

    def places(self, indices: Sequence[Index]) -> tuple[Index, ...]:
        """The indices of an entry in the buffer."""
        if self.buffer.is_nested:
            return (*self.part, *indices)
        return (flatten(in_order(indices, self.order), in_order(self.shape, self.order)).plus(self.offset),)


def in_order(axes: Sequence[T], order: Sequence[int]) -> tuple[T, ...]:
    """What belongs to the axes of an array, with these in an order; without one as it is."""
    return tuple([axes[axis] for axis in order]) if order else tuple(axes)


def from_order(axes: Sequence[T], order: Sequence[int]) -> tuple[T, ...]:
    """What belongs to axes in an order, in that of the array."""
    return tuple([axes[order.index(axis)] for axis in range(len(order))]) if order else tuple(axes)


def allocate(buffers: Sequence[Buffer]) -> tuple[list[Buffer], dict[Buffer, int], int]:
    """The buffers that are local arrays, the offsets of the others in the workspace, and its size.

    Buffers that are never in use at the same time share their places.
    """
    is_small = sum([buffer.size for buffer in buffers]) <= LARGEST_LOCALS
    local: list[Buffer] = []
    offsets: dict[Buffer, int] = {}
    places = LARGEST_LOCALS
    for buffer in buffers:
        if is_small or buffer.size <= min(LARGEST_LOCAL, places):
            local.append(buffer)
            places -= buffer.size
    others = set(buffers) - set(local)
    for buffer in sorted((each for each in buffers if each in others), key=lambda each: -each.size):
        start = 0
        for other in sorted(offsets, key=offsets.__getitem__):
            is_apart = other.last < buffer.first or buffer.last < other.first
            if not is_apart and start + buffer.size > offsets[other]:
                start = max(start, offsets[other] + other.size)
        offsets[buffer] = start
    return local, offsets, max([offsets[each] + each.size for each in offsets], default=0)
