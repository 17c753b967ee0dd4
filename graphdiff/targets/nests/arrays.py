"""Arrays whose entries are expressions: what kernels compute entry by entry, and where entries come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import Shape, broadcast, size_of
from graphdiff.targets.nests.buffers import Storage, in_order
from graphdiff.targets.nests.indices import ZERO, Index, Variable, flatten, unflatten
from graphdiff.targets.nests.nest import Nest, Split
from graphdiff.targets.recorder import Value

if TYPE_CHECKING:
    from graphdiff.targets.nests.lowering import Lowering

Indices = tuple[Index, ...]
_numbers = count()
READ = 1
"""The cost of reading an entry, and of an operation that takes no longer."""
STORE = 2
"""The cost of storing an entry."""
COSTS = {"divide": 5, "sqrt": 5, "remainder": 10}
CHEAP = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "negative",
        "abs",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "equal",
        "not_equal",
        "logical_and",
        "where",
        "float_of",
        "maximum",
        "minimum",
        "sign",
        "floor",
        "ceil",
    ]
)
EXPENSIVE = 20
"""The cost of a function such as exp."""
HIGHEST_COST = 1_000_000
"""The highest cost that is distinguished from higher ones: that of shared operands counts once for each use."""
DEEPEST = 50
"""The most operations that are written into each other."""
MOST_PARTS = 4
"""The most parts of an array that is read in a loop for each of them, and not stored."""


class Array:
    """An array of a fixed shape. Its entries are computed where they are read, or stored before.

    requests has the nests that read it, with the indices; cost is that of an entry that is not stored, and depth how
    many operations it is written into each other for. is_view says whether its entries are those of its operands, so
    that storing these is enough, is_known whether they are constants or indices, and is_map whether they are stored one
    by one, so that arrays of one shape can share a nest; is_flat says that its rows must follow each other, order has
    its axes in the order in which it is stored. name is the formula's name for it; numbers count the arrays, operands
    first.
    """

    is_always_stored = False
    is_view = False
    is_map = True
    is_flat = False
    is_known = False
    cost = READ
    depth = 0

    def __init__(self, shape: Shape, operands: Sequence[Array] = ()) -> None:
        self.shape = shape
        self.operands = operands
        self.number = next(_numbers)
        self.is_stored = False
        self.storage: Storage | None = None
        self.order: tuple[int, ...] = ()
        self.name = ""
        self.requests: dict[tuple[Nest, Indices], None] = {}

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return size_of(self.shape)

    def entry(self, nest: Nest, indices: Indices) -> Value:
        """The entry with these indices, in a nest."""
        raise NotImplementedError

    def write(self, lowering: Lowering, storage: Storage) -> None:
        """Write nests that store all entries."""
        lowering.map(storage, self.entry)

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        """How far apart the entries are that a loop over this variable reads; None where that changes."""
        return stride_of(flatten(in_order(indices, self.order), in_order(self.shape, self.order)), variable)

    def can_be_read_in_loops(self) -> bool:
        """Whether all that was requested can be computed where it is read."""
        return True


def stride_of(index: Index, variable: Variable) -> int | None:
    """What an index grows by from one value of a variable to the next; None where that changes."""
    factors = dict(index.terms)
    factor = factors.pop(variable, 0)
    rest = Index(tuple(factors.items()))
    return None if variable in rest.variables() else factor


class Constant(Array):
    """An array with every entry the same."""

    is_known = True
    cost = 0

    def __init__(self, value: float, shape: Shape = ()) -> None:
        super().__init__(shape)
        self.value = value

    def entry(self, nest: Nest, indices: Indices) -> Value:
        return nest.code.constant(self.value)

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        return 0


class Range(Array):
    """The numbers start, start + step, …"""

    is_known = True

    def __init__(self, numbers: range) -> None:
        super().__init__((len(numbers),))
        self.numbers = numbers

    def entry(self, nest: Nest, indices: Indices) -> Value:
        return nest.number(indices[0].times(self.numbers.step).plus(self.numbers.start))

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        return 0


class Elementwise(Array):
    """A function of numbers, for each entry."""

    def __init__(self, function: str, operands: Sequence[Array]) -> None:
        super().__init__(broadcast(*[each.shape for each in operands]), operands)
        self.function = function
        self._strides: dict[tuple[Indices, Variable], int | None] = {}
        self.cost = min(cost_of(function) + sum([operand.cost for operand in operands]), HIGHEST_COST)
        self.depth = 1 + max([operand.depth for operand in operands])
        if self.depth > DEEPEST:
            self.is_always_stored, self.cost, self.depth = True, READ, 0

    def entry(self, nest: Nest, indices: Indices) -> Value:
        values = [nest.read(operand, aligned(indices, operand.shape)) for operand in self.operands]
        conditions = ROWS[self.function].conditions
        values = [each if slot in conditions else nest.code.as_number(each) for slot, each in enumerate(values)]
        value: Value = getattr(nest.code, self.function)(*values)
        return value

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        if self.order:
            return super().stride(indices, variable)
        key = indices, variable
        if key not in self._strides:  # an operand can be reached on many paths
            strides = [operand.stride(aligned(indices, operand.shape), variable) for operand in self.operands]
            self._strides[key] = None if None in strides else max(strides, key=lambda stride: abs(stride or 0))
        return self._strides[key]


def cost_of(function: str) -> int:
    """The cost of a function of numbers."""
    return READ if function in CHEAP else COSTS.get(function, EXPENSIVE)


def aligned(indices: Indices, shape: Shape) -> Indices:
    """The indices of the entry that is broadcast to these."""
    last = indices[len(indices) - len(shape) :]
    return tuple([ZERO if size == 1 else index for index, size in zip(last, shape, strict=True)])


class View(Array):
    """The entries of another array in another order, or some of them."""

    is_view = True

    def __init__(self, operand: Array, shape: Shape, indices_of: Callable[[Indices], Indices]) -> None:
        super().__init__(shape, [operand])
        self.indices_of = indices_of
        self.cost, self.depth = operand.cost, operand.depth

    def entry(self, nest: Nest, indices: Indices) -> Value:
        return nest.read(self.operands[0], self.indices_of(indices))

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        return self.operands[0].stride(self.indices_of(indices), variable)


def reshape(x: Array, shape: Shape) -> Array:
    """The same entries in another shape."""
    if shape == x.shape:
        return x
    if isinstance(x, Constant):
        return Constant(x.value, shape)
    return View(x, shape, lambda indices: unflatten(flatten(indices, shape), x.shape))


class Segment(NamedTuple):
    """A part of an array along an axis, up to a stop: what its entries are, from their indices in the whole."""

    stop: int
    operand: Array
    indices_of: Callable[[Indices], Indices]


class Join(Array):
    """An array of parts along an axis. A loop along the axis is split into one for each part."""

    is_view = True
    is_map = False

    def __init__(self, shape: Shape, axis: int, parts: Sequence[Segment]) -> None:
        super().__init__(shape, [part.operand for part in parts])
        self.axis = axis
        self.parts = parts
        self.cost = max([part.operand.cost for part in parts])
        self.depth = 1 + max([part.operand.depth for part in parts])
        if self.depth > DEEPEST:
            self.is_always_stored, self.cost, self.depth = True, READ, 0

    def _part(self, index: Index) -> Segment | int:
        """The part that an index is in, or the first bound that it passes."""
        for part in self.parts:
            if index.highest < part.stop:
                return part
            if index.lowest < part.stop:
                return part.stop
        raise IndexError("an index is out of range")

    def entry(self, nest: Nest, indices: Indices) -> Value:
        part = self._part(indices[self.axis])
        if isinstance(part, Segment):
            return nest.read(part.operand, part.indices_of(indices))
        if nest.is_request:
            return [nest.read(each.operand, each.indices_of(indices)) for each in self.parts][-1]
        raise Split(*(indices[self.axis].split_at(part) or ()))

    def write(self, lowering: Lowering, storage: Storage) -> None:
        """One nest for each part."""
        start = 0
        for part in self.parts:
            shape = (*self.shape[: self.axis], part.stop - start, *self.shape[self.axis + 1 :])
            offset = start

            def shifted(indices: Indices, offset: int = offset) -> Indices:
                return (*indices[: self.axis], indices[self.axis].plus(offset), *indices[self.axis + 1 :])

            def entry(nest: Nest, indices: Indices, part: Segment = part, shifted: Any = shifted) -> Value:
                return nest.read(part.operand, part.indices_of(shifted(indices)))

            lowering.map(storage, entry, shape, shifted)
            start = part.stop

    def can_be_read_in_loops(self) -> bool:
        is_few = len(self.parts) <= MOST_PARTS
        for _, indices in self.requests:
            part = self._part(indices[self.axis])
            if isinstance(part, int) and not (is_few and indices[self.axis].split_at(part)):
                return False
        return True

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        return stride_of(flatten(indices, self.shape), variable)


def concat(arrays: Sequence[Array], axis: int) -> Array:
    """Arrays joined along an axis."""
    axis %= arrays[0].ndim
    parts: list[Segment] = []
    stop = 0
    for array in arrays:
        parts.append(Segment(stop + array.shape[axis], array, shift(axis, -stop)))
        stop += array.shape[axis]
    shape = arrays[0].shape
    return Join((*shape[:axis], stop, *shape[axis + 1 :]), axis, parts) if arrays[1:] else arrays[0]


def stack(arrays: Sequence[Array], axis: int) -> Array:
    """Arrays joined along a new axis."""
    shape = arrays[0].shape
    axis %= len(shape) + 1
    parts = [Segment(place + 1, each, without(axis)) for place, each in enumerate(arrays)]
    return Join((*shape[:axis], len(arrays), *shape[axis:]), axis, parts)


def embed(x: Array, axis: int, start: int, size: int) -> Array:
    """Zeros, so many along an axis, with x from start on."""
    stop = start + x.shape[axis]
    if x.shape[axis] == size:
        return x
    shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
    zero = Constant(0.0, shape)
    parts = [Segment(start, zero, lambda indices: indices)] * (start > 0)
    parts += [Segment(stop, x, shift(axis, -start))]
    parts += [Segment(size, zero, lambda indices: indices)] * (stop < size)
    return Join(shape, axis, parts)


def shift(axis: int, by: int) -> Callable[[Indices], Indices]:
    """The function that adds a number to the index of an axis."""
    return lambda indices: (*indices[:axis], indices[axis].plus(by), *indices[axis + 1 :])


def without(axis: int) -> Callable[[Indices], Indices]:
    """The function that leaves the index of an axis out."""
    return lambda indices: (*indices[:axis], *indices[axis + 1 :])


class Stored(Array):
    """An array that is stored by others than itself: an input, a constant, what a loop carries, or a loop's result."""

    def __init__(self, shape: Shape, storage: Storage | None = None, operands: Sequence[Array] = ()) -> None:
        super().__init__(shape, operands)
        self.storage = storage


class Number(Array):
    """The number that an index is."""

    is_known = True

    def __init__(self, index: Index) -> None:
        super().__init__(())
        self.index = index

    def entry(self, nest: Nest, indices: Indices) -> Value:
        return nest.number(self.index)
