"""The atoms of index notation: inputs, constants, and values of which index notation knows no more than their shape."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from graphdiff.algebra.readable import MINUS, ONE, Ratio
from graphdiff.graph.function import Operation
from graphdiff.graph.node import NO_PARAMETERS
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, nested_shape
from graphdiff.textbook.matrices.index_notation import ONLY, AtomShape, Factor, Term, Value, collect_factors, rename

INV, EYE = PRIMITIVES["inv"], PRIMITIVES["eye"]
MOST_ORDERS = 2
"""The most axes of values that are compared with earlier ones in every order of their axes."""


class Atom(NamedTuple):
    """An atom: an input, a constant, an operation on values, or a sum that is a factor of products.

    Attributes:
        operation: Its operation; None if it has none.
        operands: The operands of the operation; for a sum, that alone.
        parameters: The options of the operation.
        name: The name of an input.
        constant: The value of a constant.
        size: How many operations writing it takes, roughly.
    """

    operation: Operation | None = None
    operands: tuple[Value, ...] = ()
    parameters: Mapping[str, Any] = NO_PARAMETERS
    name: str | None = None
    constant: Any = None
    size: int = 1

    @property
    def is_sum(self) -> bool:
        """Whether it stands for a value in index notation."""
        return self.operation is None and bool(self.operands)


class Atoms:
    """A table of atoms, each of which is in it once: equal values are the same factor."""

    def __init__(self) -> None:
        self.table: list[Atom] = []
        self.shapes: list[AtomShape] = []
        self._numbers: dict[Hashable, int] = {}

    def input(self, name: str, shape: Shape) -> Value:
        """An input."""
        return self._whole(self._add(("input", name), Atom(name=name), AtomShape(shape)))

    def constant(self, value: Any) -> Value:
        """A constant array, or a number that has a name."""
        shape = nested_shape(value)
        return self._whole(self._add(("constant", repr(value)), Atom(constant=value), AtomShape(shape)))

    def identity(self, size: int) -> Value:
        """The identity matrix."""
        atom = Atom(EYE, parameters={"size": size})
        return self._whole(self._add(("identity", size), atom, AtomShape((size, size), True, True)))

    def call(
        self, operation: Operation, operands: Sequence[Value], parameters: Mapping[str, Any], shape: Shape
    ) -> Value:
        """The value of an operation that index notation does not resolve."""
        is_symmetric = operation is INV and self._transposed(operands[0]) == operands[0]
        key = operation, tuple(operands), *((name, repr(value)) for name, value in parameters.items())
        atom = Atom(operation, tuple(operands), parameters, size=1 + sum(map(self.size, operands)))
        return self._whole(self._add(key, atom, AtomShape(shape, is_symmetric)))

    def apply(
        self, operation: Operation, operands: Sequence[Value], parameters: Mapping[str, Any], shape: Shape
    ) -> Value:
        """The value of an elementwise operation, which mentions the axes that an operand mentions: f(A.T) is f(A).T."""
        aligned = [self.align(operand, shape) for operand in operands]
        axes = sorted({axis for operand in aligned for axis in operand.axes})
        parts = [self.take_axes(operand, axes) for operand in aligned]
        atom = Atom(operation, tuple(parts), parameters, size=1 + sum(map(self.size, parts)))
        options = tuple((name, repr(value)) for name, value in parameters.items())
        factor = self._add_in_any_order(atom, (operation, options), parts, axes, tuple(shape[axis] for axis in axes))
        return Value(shape, (Term(ONE, (factor,)),))

    def factor_of(self, value: Value) -> Term:
        """A value as one term, 0 as no factors; a sum of several terms becomes an atom, 2*x - 2*y as 2*(x - y)."""
        if not value.terms:
            return Term(Ratio(0.0))
        return value.terms[0] if len(value.terms) == 1 else self.base_of(value)

    def base_of(self, value: Value) -> Term:
        """A value as a coefficient times an atom."""
        coefficient = value.terms[0].coefficient
        is_common = len({(abs(term.coefficient.above), term.coefficient.below) for term in value.terms}) == 1
        are_negative = all(term.coefficient.above < 0 for term in value.terms)
        content = Ratio(abs(coefficient.above), coefficient.below) if is_common else ONE
        axes = value.axes
        part = self.take_axes(value, axes)
        if is_common:
            signs = [ONE if term.coefficient.above > 0 else MINUS for term in part.terms]
            part = part._replace(
                terms=tuple([Term(*each) for each in zip(signs, [term.factors for term in part.terms], strict=True)])
            )
        if are_negative:
            content, part = content.times(MINUS), self.scale(part, MINUS)
        shape = tuple(value.shape[axis] for axis in axes)
        opposite = self.scale(part, MINUS)
        if not self._is_known([part], axes) and self._is_known([opposite], axes):
            content, part = content.times(MINUS), opposite
        atom = Atom(operands=(part,), size=self.size(part))
        return Term(content, (self._add_in_any_order(atom, "sum", [part], axes, shape),))

    def align(self, value: Value, shape: Shape) -> Value:
        """A value broadcast to a shape."""
        lead = len(shape) - value.rank
        if lead == 0:
            return value._replace(shape=shape)
        names = {axis: axis + lead for axis in range(value.rank)}
        return Value(shape, tuple([self._renamed(term, names, value.rank, len(shape)) for term in value.terms]))

    def take_axes(self, value: Value, axes: Sequence[int]) -> Value:
        """A value with these of its axes, in this order; its terms mention no others."""
        if list(axes) == list(range(value.rank)):
            return value
        names = {axis: place for place, axis in enumerate(axes)}
        terms = tuple([self._renamed(term, names, value.rank, len(axes)) for term in value.terms])
        return Value(tuple(value.shape[axis] for axis in axes), terms)

    def scale(self, value: Value, coefficient: Ratio) -> Value:
        """A number times a value."""
        terms = [term._replace(coefficient=term.coefficient.times(coefficient)) for term in value.terms]
        return value._replace(terms=tuple(terms))

    def size(self, value: Value) -> int:
        """How many operations writing a value takes, roughly."""
        total = 0
        for term in value.terms:
            total += 1 + (term.coefficient not in (ONE, MINUS))
            total += sum([self.table[factor.atom].size + (factor.exponent != 1) for factor in term.factors])
        return total

    def _renamed(self, term: Term, names: Mapping[int, int], rank: int, new_rank: int) -> Term:
        """A term whose axes have other names, and with them its summed indices."""
        summed = {index: index - rank + new_rank for index in term.indices if index >= rank}
        return collect_factors(term.coefficient, rename(term.factors, {**names, **summed}), new_rank, {}, self.shapes)

    def _transposed(self, value: Value) -> Value:
        return self.take_axes(value, range(value.rank)[::-1])

    def _key(self, operands: Sequence[Value]) -> Hashable:
        return tuple([(operand.shape, frozenset(operand.terms)) for operand in operands])

    def _is_known(self, operands: Sequence[Value], axes: Sequence[int]) -> bool:
        """Whether a sum is in the table, in some order of its axes."""
        orders = permutations(range(len(axes))) if len(axes) <= MOST_ORDERS else [range(len(axes))]
        return any(
            ("sum", self._key([self.take_axes(each, list(order)) for each in operands])) in self._numbers
            for order in orders
        )

    def _add_in_any_order(
        self, atom: Atom, kind: Hashable, operands: Sequence[Value], axes: Sequence[int], shape: Shape
    ) -> Factor:
        """The factor of an atom whose axes may be in the order in which it is in the table; axes are the result's."""
        places = range(len(axes))
        orders = list(permutations(places)) if len(axes) <= MOST_ORDERS else [tuple(places)]
        keys = [(kind, self._key([self.take_axes(each, order) for each in operands])) for order in orders]
        for order, key in zip(orders, keys, strict=True):
            if key in self._numbers:
                return Factor(self._numbers[key], tuple([axes[place] for place in order]))
        is_symmetric = len(axes) == 2 and keys[0] == keys[1]
        # f(A.T) is f(A).T
        order = min(orders, key=lambda order: sum(map(_transposes, [self.take_axes(each, order) for each in operands])))
        ordered = atom._replace(operands=tuple([self.take_axes(each, order) for each in operands]))
        sizes = tuple([shape[place] for place in order])
        number = self._add(keys[orders.index(order)], ordered, AtomShape(sizes, is_symmetric))
        return Factor(number, tuple([axes[place] for place in order]))

    def _add(self, key: Hashable, atom: Atom, shape: AtomShape) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.table)
            self.table.append(atom)
            self.shapes.append(shape)
        return number

    def _whole(self, number: int) -> Value:
        """An atom as a value; the entries along an axis of size 1 are one."""
        shape = self.shapes[number].shape
        indices = tuple([axis if size != 1 else ONLY for axis, size in enumerate(shape)])
        return Value(shape, (Term(ONE, (Factor(number, indices),)),))


def _transposes(value: Value) -> int:
    """The number of matrices in a value whose first index is its second axis."""
    return sum(factor.indices == (1, 0) for term in value.terms for factor in term.factors)
