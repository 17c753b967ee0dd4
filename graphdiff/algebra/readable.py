"""Graph → the graph that a person would write: sums and products with like terms and factors brought together.

Its value is the same up to rounding where nothing overflows on the way; what is computed keeps to algebra/simplify.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graphdiff.algebra.constants import decimal, number_of
from graphdiff.algebra.simplify import ADD, DIV, MUL, NEG, POW, SUB, Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

SQRT = PRIMITIVES["sqrt"]
MOST = 24
"""Sums of more terms, and products of more factors, are left as they are."""
LARGEST_EXPONENT = 1000
LARGEST_READ = 1000
"""Graphs of more nodes are left as they are, but for what is computed twice: nobody reads them, and the sums of a high
derivative would grow by it."""


class Ratio(NamedTuple):
    """A coefficient: above/below, where both are whole without a common factor."""

    above: float
    below: float = 1.0

    def times(self, other: Ratio) -> Ratio:
        return ratio(decimal(MUL, [self.above, other.above]), decimal(MUL, [self.below, other.below]))

    def plus(self, other: Ratio) -> Ratio:
        crossed = [decimal(MUL, [self.above, other.below]), decimal(MUL, [other.above, self.below])]
        return ratio(decimal(ADD, crossed), decimal(MUL, [self.below, other.below]))

    @property
    def is_usable(self) -> bool:
        """Whether nothing has overflowed or vanished."""
        return all(math.isfinite(part) and (part == 0 or abs(part) > 1e-150) for part in self) and self.below != 0


def ratio(above: float, below: float) -> Ratio:
    """In lowest terms, the sign above."""
    if below < 0:
        above, below = -above, -below
    if above.is_integer() and below.is_integer():
        common = math.gcd(int(above), int(below)) or 1
        return Ratio(above / common, below / common)
    return Ratio(above, below)


class Term(NamedTuple):
    """coefficient · Π base^exponent, with whole exponents; bases are nodes by their index."""

    coefficient: Ratio
    powers: tuple[tuple[int, int], ...]


ONE, MINUS = Ratio(1.0), Ratio(-1.0)


def readable(*graphs: Graph, sorts: bool = True) -> Graph:
    """The same formulas as a person would write them, in one graph of all their outputs; factors stay in their order
    where they are not to be sorted."""
    is_short = sum(sum(graph.needed) for graph in graphs) <= LARGEST_READ
    rebuilt = _Readable(all(graph.is_elementwise for graph in graphs), sorts, is_short)
    inputs: dict[str, Node] = {}
    outputs: list[int] = []
    for graph in graphs:
        moved: dict[int, Node] = {}
        for index, name in zip(graph.inputs, graph.input_names, strict=True):
            moved[index] = inputs.get(name) or rebuilt.builder.input(name)
            inputs[name] = moved[index]
        for node in graph.nodes:
            if graph.needed[node.index] and not node.is_input:
                new = rebuilt.moved(node, [moved[operand] for operand in node.operands])
                is_unnamed = rebuilt.builder.nodes[new.index].name is None
                is_named = node.name is not None and new.operation is not None and is_unnamed
                moved[node.index] = rebuilt.builder.rename(new, node.name or "") if is_named else new
        outputs += [moved[index].index for index in graph.outputs]
    nodes = rebuilt.builder.nodes
    return Graph(nodes, rebuilt.builder.inputs, outputs, {node.name: node.index for node in nodes if node.name})


class _Readable:
    """Builds nodes with what their sums and products consist of.

    What cancels is left out of formulas of numbers alone: of an array it has a shape.
    """

    def __init__(self, cancels: bool, sorts: bool, collects: bool) -> None:
        self.cancels = cancels
        self.sorts = sorts
        self.collects = collects
        self.builder = GraphBuilder()
        self.simplifier = Simplifier(self.builder)
        self.sums: dict[int, list[Term]] = {}

    def moved(self, node: Node, operands: Sequence[Node]) -> Node:
        if node.operation is None:
            return self.simplifier.constant(node.parameters["value"])
        if isinstance(node.operation, Function):
            return self.simplifier.applied(node.operation, operands)
        terms = self.terms_of(node.operation, operands) if self.collects else None
        if terms is not None and len(terms) <= MOST and all([term.coefficient.is_usable for term in terms]):
            return self.sum_of(terms)
        return self.applied(node.operation, operands, node)

    def applied(self, operation: Primitive, operands: Sequence[Node], node: Node) -> Node:
        """Another operation; f(-x) in terms of f(x) where that is there."""
        if operation.reflection is not None and (argument := self.factor(operands[0])).coefficient.above < 0:
            opposite = self.product(argument._replace(coefficient=argument.coefficient.times(MINUS)))
            before = len(self.builder.nodes)
            known = self.simplifier.applied(operation, (opposite,))
            if known.index < before:
                return self.sum_of([Term(ONE, ()), Term(MINUS, ((known.index, 1),))])
        simple = self.simplifier.apply(operation, operands, node.parameters)
        if not self.cancels and simple.is_constant and not all([operand.is_constant for operand in operands]):
            return self.simplifier.applied(operation, operands, node.parameters)
        return simple

    def terms_of(self, operation: Primitive, operands: Sequence[Node]) -> list[Term] | None:
        """The terms that a sum or a product amounts to; None where it is neither, or too long."""
        if operation is NEG:
            factor = self.factor(operands[0])
            return [factor._replace(coefficient=factor.coefficient.times(MINUS))]
        if operation in (ADD, SUB):
            sign = ONE if operation is ADD else MINUS
            added = [Term(term.coefficient.times(sign), term.powers) for term in self.terms(operands[1])]
            return self.collected([*self.terms(operands[0]), *added])
        if operation in (MUL, DIV):
            left, right = self.factor(operands[0]), self.factor(operands[1])
            if operation is DIV:
                if right.coefficient.above == 0:
                    return None
                right = Term(
                    ratio(right.coefficient.below, right.coefficient.above),
                    tuple((base, -exponent) for base, exponent in right.powers),
                )
            product = self.multiplied(left, right)
            return None if product is None else [product]
        if operation is POW and (exponent := number_of(operands[1])) is not None and exponent.is_integer():
            base = self.factor(operands[0])
            if base.coefficient in (ONE, MINUS) and 0 < abs(exponent) < LARGEST_EXPONENT:
                powers = tuple([(each, power * int(exponent)) for each, power in base.powers])
                sign = MINUS if base.coefficient == MINUS and exponent % 2 else ONE
                product = self.multiplied(Term(sign, powers), Term(ONE, ()))
                return None if product is None else [product]
        return None

    def multiplied(self, left: Term, right: Term) -> Term | None:
        """The product of two terms; None where a factor cancels that may be an array."""
        coefficient = left.coefficient.times(right.coefficient)
        joined = dict(left.powers)
        for base, power in right.powers:
            joined[base] = joined.get(base, 0) + power
        for base, power in list(joined.items()):
            node = self.builder.nodes[base]
            if power > 1 and self.simplifier.is_binary(node):  # 1^2 = 1, 0^2 = 0
                joined[base] = 1
            elif node.operation is SQRT and power in (2, -2):  # sqrt(x)^2 = x
                del joined[base]
                inner = self.factor(self.builder.nodes[node.operands[0]])
                above, below = inner.coefficient if power > 0 else reversed(inner.coefficient)
                coefficient = coefficient.times(ratio(above, below))
                for each, exponent in inner.powers:
                    joined[each] = joined.get(each, 0) + exponent * (1 if power > 0 else -1)
        powers = tuple([(base, power) for base, power in joined.items() if power])
        return None if len(powers) < len(joined) and not self.cancels else Term(coefficient, powers)

    def terms(self, node: Node) -> list[Term]:
        """A node as a sum."""
        if node.index in self.sums:
            return self.sums[node.index]
        value = number_of(node)
        return [Term(ONE, ((node.index, 1),)) if value is None else Term(Ratio(value), ())]

    def factor(self, node: Node) -> Term:
        """A node as a product; a sum of several terms is one base of it."""
        terms = self.terms(node)
        if len(terms) == 1 and len(terms[0].powers) <= MOST:
            return terms[0]
        return Term(ONE, ((node.index, 1),))

    def collected(self, terms: Iterable[Term]) -> list[Term] | None:
        """The sum with one term for each product: a*x + b*x is (a + b)*x."""
        found: dict[frozenset[tuple[int, int]], Term] = {}
        for term in terms:
            key = frozenset(term.powers)
            earlier = found.get(key)
            found[key] = term if earlier is None else Term(earlier.coefficient.plus(term.coefficient), earlier.powers)
        if self.cancels:
            found = self.joined(found)
        left = [term for term in found.values() if term.coefficient.above != 0]
        if len(left) < len(found) and not self.cancels:
            return None
        return left or [Term(Ratio(0.0), ())]

    def joined(self, found: dict[frozenset[tuple[int, int]], Term]) -> dict[frozenset[tuple[int, int]], Term]:
        """(s + a)*x + b*x is (s + (a + b))*x."""
        for key, (coefficient, powers) in list(found.items()):
            for base, exponent in powers:
                rest = tuple([power for power in powers if power[0] != base])
                other = found.get(frozenset(rest))
                if exponent != 1 or len(self.sums.get(base, ())) < 2 or not rest or other is None or key not in found:
                    continue
                part = other.coefficient.times(ratio(coefficient.below, coefficient.above))
                terms = self.collected([*self.sums[base], Term(part, ())])
                if terms is None or len(terms) > MOST or not all([term.coefficient.is_usable for term in terms]):
                    continue
                product = self.multiplied(Term(coefficient, rest), self.factor(self.sum_of(terms)))
                if product is not None and frozenset(product.powers) not in found:
                    del found[key], found[frozenset(rest)]
                    found[frozenset(product.powers)] = product
        return found

    def sum_of(self, terms: Sequence[Term]) -> Node:
        """The node of a sum, begun with a term that has no sign where there is one."""
        begins_negative = terms[0].coefficient.above < 0
        ordered = sorted(terms, key=lambda term: term.coefficient.above < 0) if begins_negative else terms
        node = self.product(ordered[0])
        for term in ordered[1:]:
            is_less = term.coefficient.above < 0
            size = Term(Ratio(abs(term.coefficient.above), term.coefficient.below), term.powers)
            node = self.simplifier.applied(SUB if is_less else ADD, (node, self.product(size)))
        self.sums[node.index] = list(ordered)
        return node

    def product(self, term: Term) -> Node:
        """The node of a product: -3*x^2*f(x)/(2*y); names stand before what is longer."""
        above, below = term.coefficient
        ordered = sorted(term.powers, key=self._place) if self.sorts else term.powers
        over = [self.power(base, exponent) for base, exponent in ordered if exponent > 0]
        under = [self.power(base, -exponent) for base, exponent in ordered if exponent < 0]
        if above == -1 and over:
            above, over[0] = 1.0, self.simplifier.applied(NEG, (over[0],))
        node = self.times(above, over)
        if below != 1 or under:
            node = self.simplifier.applied(DIV, (node, self.times(below, under)))
        return node

    def times(self, number: float, factors: Sequence[Node]) -> Node:
        chain = [*([self.simplifier.constant(number)] if number != 1 or not factors else []), *factors]
        node = chain[0]
        for factor in chain[1:]:
            node = self.simplifier.applied(MUL, (node, factor))
        return node

    def power(self, base: int, exponent: int) -> Node:
        node = self.builder.nodes[base]
        if exponent == 1:
            return node
        return self.simplifier.applied(POW, (node, self.simplifier.constant(float(exponent))))

    def _place(self, power: tuple[int, int]) -> tuple[int, str]:
        """Where a factor stands: constants, sums, names by the alphabet, all else."""
        node = self.builder.nodes[power[0]]
        if node.is_input:
            return 2, node.name or ""
        if node.is_constant:
            return 0, ""
        if len(node.operands) == 1 and self.builder.nodes[node.operands[0]].is_constant:
            return 0, ""
        return (1, "") if node.operation in (ADD, SUB) else (3, "")
