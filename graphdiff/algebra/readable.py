"""Graph → a graph as a person would write it, with like terms and factors collected, for printing only.

Its value is the same up to rounding, unless an intermediate value overflows; graphs that are evaluated are only
simplified, by algebra/simplify.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graphdiff.algebra.constants import decimal, number_of
from graphdiff.algebra.simplify import ADD, DIV, MUL, NEG, POW, SUB, Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES

SQRT = PRIMITIVES["sqrt"]
MOST_PARTS = 24
"""The most terms of a sum, and factors of a product, that are collected."""
LARGEST_EXPONENT = 1000
LARGEST_READ = 1000
"""The most nodes of graphs in which terms are collected: nobody reads larger ones, and the sums of a high derivative
would grow."""


class Ratio(NamedTuple):
    """A coefficient above/below, in lowest terms if both are whole or equal."""

    above: float
    below: float = 1.0

    def times(self, other: Ratio) -> Ratio:
        return ratio(decimal(MUL, [self.above, other.above]), decimal(MUL, [self.below, other.below]))

    def plus(self, other: Ratio) -> Ratio:
        numerators = [decimal(MUL, [self.above, other.below]), decimal(MUL, [other.above, self.below])]
        return ratio(decimal(ADD, numerators), decimal(MUL, [self.below, other.below]))

    @property
    def is_usable(self) -> bool:
        """Whether nothing has overflowed or underflowed."""
        return all(math.isfinite(part) and (part == 0 or abs(part) > 1e-150) for part in self) and self.below != 0


def ratio(above: float, below: float) -> Ratio:
    """A quotient as a Ratio, whose sign is that of above."""
    if below < 0:
        above, below = -above, -below
    if above.is_integer() and below.is_integer():
        common = math.gcd(int(above), int(below)) or 1
        return Ratio(above / common, below / common)
    if abs(above) == below and math.isfinite(below):
        return Ratio(math.copysign(1.0, above))
    return Ratio(above, below)


class Term(NamedTuple):
    """coefficient · Π base^exponent, with whole exponents; a base is the index of a node."""

    coefficient: Ratio
    powers: tuple[tuple[int, int], ...]


ONE, MINUS = Ratio(1.0), Ratio(-1.0)


def make_readable(*graphs: Graph, sorts: bool = True) -> Graph:
    """Rewrite formulas as a person would write them, in one graph of all their outputs.

    With sorts=False, factors stay in their order.
    """
    is_short = sum(sum(graph.needed) for graph in graphs) <= LARGEST_READ
    readable = _ReadableBuilder(all(graph.is_elementwise for graph in graphs), sorts, is_short)
    inputs: dict[str, Node] = {}
    outputs: list[int] = []
    for graph in graphs:
        nodes: dict[int, Node] = {}
        for index, name in zip(graph.inputs, graph.input_names, strict=True):
            nodes[index] = inputs.get(name) or readable.builder.input(name)
            inputs[name] = nodes[index]
        for node in graph.nodes:
            if graph.needed[node.index] and not node.is_input:
                new = readable.add(node, [nodes[operand] for operand in node.operands])
                is_unnamed = readable.builder.nodes[new.index].name is None
                is_named = node.name is not None and new.operation is not None and is_unnamed
                nodes[node.index] = readable.builder.rename(new, node.name or "") if is_named else new
        outputs += [nodes[index].index for index in graph.outputs]
    result = readable.builder.nodes
    return Graph(result, readable.builder.inputs, outputs, {node.name: node.index for node in result if node.name})


class _ReadableBuilder:
    """Builds nodes, and records the terms that sums consist of.

    Terms and factors that cancel are left out (cancels) only in formulas of numbers: an array contributes its shape.
    """

    def __init__(self, cancels: bool, sorts: bool, collects: bool) -> None:
        self.cancels = cancels
        self.sorts = sorts
        self.collects = collects
        self.builder = GraphBuilder()
        self.simplifier = Simplifier(self.builder)
        self.sums: dict[int, list[Term]] = {}

    def add(self, node: Node, operands: Sequence[Node]) -> Node:
        if node.operation is None:
            return self.simplifier.constant(node.parameters["value"])
        terms = self.terms_of(node.operation, operands) if self.collects else None
        if terms is not None and len(terms) <= MOST_PARTS and all([term.coefficient.is_usable for term in terms]):
            return self.sum_of(terms)
        return self.apply(node.operation, operands, node)

    def apply(self, operation: Operation, operands: Sequence[Node], node: Node) -> Node:
        """Add an operation that is not a sum or product; f(-x) is written in terms of f(x) if that exists."""
        if operation.reflection is not None and (argument := self.factor(operands[0])).coefficient.above < 0:
            opposite = self.product(argument._replace(coefficient=argument.coefficient.times(MINUS)))
            before = len(self.builder.nodes)
            opposite_node = self.simplifier.intern(operation, (opposite,))
            if opposite_node.index < before:
                return self.sum_of([Term(ONE, ()), Term(MINUS, ((opposite_node.index, 1),))])
        simple = self.simplifier.apply(operation, operands, node.parameters)
        if not self.cancels and simple.is_constant and not all([operand.is_constant for operand in operands]):
            return self.simplifier.intern(operation, operands, node.parameters)
        return simple

    def terms_of(self, operation: Operation, operands: Sequence[Node]) -> list[Term] | None:
        """The terms of a sum or a product; None if the operation is neither, or its result cannot be used."""
        if operation is NEG:
            factor = self.factor(operands[0])
            return [factor._replace(coefficient=factor.coefficient.times(MINUS))]
        if operation in (ADD, SUB):
            sign = ONE if operation is ADD else MINUS
            right_terms = [Term(term.coefficient.times(sign), term.powers) for term in self.terms(operands[1])]
            return self.collect([*self.terms(operands[0]), *right_terms])
        if operation in (MUL, DIV):
            left, right = self.factor(operands[0]), self.factor(operands[1])
            if operation is DIV:
                if right.coefficient.above == 0:
                    return None
                right = Term(
                    ratio(right.coefficient.below, right.coefficient.above),
                    tuple((base, -exponent) for base, exponent in right.powers),
                )
            product = self.multiply(left, right)
            return None if product is None else [product]
        if operation is POW and (exponent := number_of(operands[1])) is not None and exponent.is_integer():
            base = self.factor(operands[0])
            if base.coefficient in (ONE, MINUS) and 0 < abs(exponent) < LARGEST_EXPONENT:
                powers = tuple([(each, power * int(exponent)) for each, power in base.powers])
                sign = MINUS if base.coefficient == MINUS and exponent % 2 else ONE
                product = self.multiply(Term(sign, powers), Term(ONE, ()))
                return None if product is None else [product]
        return None

    def multiply(self, left: Term, right: Term) -> Term | None:
        """The product of two terms; None if a factor that may be an array cancels."""
        coefficient = left.coefficient.times(right.coefficient)
        powers_by_base = dict(left.powers)
        for base, power in right.powers:
            powers_by_base[base] = powers_by_base.get(base, 0) + power
        for base, power in list(powers_by_base.items()):
            node = self.builder.nodes[base]
            if power > 1 and self.simplifier.is_binary(node):  # 1^2 = 1, 0^2 = 0
                powers_by_base[base] = 1
            elif node.operation is SQRT and power in (2, -2):  # sqrt(x)^2 = x
                del powers_by_base[base]
                inner = self.factor(self.builder.nodes[node.operands[0]])
                above, below = inner.coefficient if power > 0 else reversed(inner.coefficient)
                coefficient = coefficient.times(ratio(above, below))
                for each, exponent in inner.powers:
                    powers_by_base[each] = powers_by_base.get(each, 0) + exponent * (1 if power > 0 else -1)
        powers = tuple([(base, power) for base, power in powers_by_base.items() if power])
        return None if len(powers) < len(powers_by_base) and not self.cancels else Term(coefficient, powers)

    def terms(self, node: Node) -> list[Term]:
        """A node as a sum."""
        if node.index in self.sums:
            return self.sums[node.index]
        value = number_of(node)
        return [Term(ONE, ((node.index, 1),)) if value is None else Term(Ratio(value), ())]

    def factor(self, node: Node) -> Term:
        """A node as a product; a sum of several terms is one base of it."""
        terms = self.terms(node)
        if len(terms) == 1 and len(terms[0].powers) <= MOST_PARTS:
            return terms[0]
        return Term(ONE, ((node.index, 1),))

    def collect(self, terms: Iterable[Term]) -> list[Term] | None:
        """Collect a sum into one term for each product: a*x + b*x is (a + b)*x."""
        by_product: dict[frozenset[tuple[int, int]], Term] = {}
        for term in terms:
            key = frozenset(term.powers)
            earlier = by_product.get(key)
            by_product[key] = (
                term if earlier is None else Term(earlier.coefficient.plus(term.coefficient), earlier.powers)
            )
        if self.cancels:
            by_product = self.merge_sums(by_product)
        remaining = [term for term in by_product.values() if term.coefficient.above != 0]
        if len(remaining) < len(by_product) and not self.cancels:
            return None
        return remaining or [Term(Ratio(0.0), ())]

    def merge_sums(self, by_product: dict[frozenset[tuple[int, int]], Term]) -> dict[frozenset[tuple[int, int]], Term]:
        """Merge a term into a product with a sum: (s + a)*x + b*x is (s + (a + b))*x."""
        for key, (coefficient, powers) in list(by_product.items()):
            for base, exponent in powers:
                rest = tuple([power for power in powers if power[0] != base])
                other = by_product.get(frozenset(rest))
                if (
                    exponent != 1
                    or len(self.sums.get(base, ())) < 2
                    or not rest
                    or other is None
                    or key not in by_product
                ):
                    continue
                part = other.coefficient.times(ratio(coefficient.below, coefficient.above))
                terms = self.collect([*self.sums[base], Term(part, ())])
                if terms is None or len(terms) > MOST_PARTS or not all([term.coefficient.is_usable for term in terms]):
                    continue
                product = self.multiply(Term(coefficient, rest), self.factor(self.sum_of(terms)))
                if product is not None and frozenset(product.powers) not in by_product:
                    del by_product[key], by_product[frozenset(rest)]
                    by_product[frozenset(product.powers)] = product
        return by_product

    def sum_of(self, terms: Sequence[Term]) -> Node:
        """The node of a sum, which begins with a positive term if there is one."""
        begins_negative = terms[0].coefficient.above < 0
        ordered = sorted(terms, key=lambda term: term.coefficient.above < 0) if begins_negative else terms
        node = self.product(ordered[0])
        for term in ordered[1:]:
            is_less = term.coefficient.above < 0
            size = Term(Ratio(abs(term.coefficient.above), term.coefficient.below), term.powers)
            node = self.simplifier.intern(SUB if is_less else ADD, (node, self.product(size)))
        self.sums[node.index] = list(ordered)
        return node

    def product(self, term: Term) -> Node:
        """The node of a product, with names before longer factors: -3*x^2*f(x)/(2*y)."""
        above, below = term.coefficient
        ordered = sorted(term.powers, key=self._place) if self.sorts else term.powers
        over = [self.power(base, exponent) for base, exponent in ordered if exponent > 0]
        under = [self.power(base, -exponent) for base, exponent in ordered if exponent < 0]
        if above == -1 and over:
            above, over[0] = 1.0, self.simplifier.intern(NEG, (over[0],))
        node = self.times(above, over)
        if below != 1 or under:
            node = self.simplifier.intern(DIV, (node, self.times(below, under)))
        return node

    def times(self, number: float, factors: Sequence[Node]) -> Node:
        chain = [*([self.simplifier.constant(number)] if number != 1 or not factors else []), *factors]
        node = chain[0]
        for factor in chain[1:]:
            node = self.simplifier.intern(MUL, (node, factor))
        return node

    def power(self, base: int, exponent: int) -> Node:
        node = self.builder.nodes[base]
        if exponent == 1:
            return node
        return self.simplifier.intern(POW, (node, self.simplifier.constant(float(exponent))))

    def _place(self, power: tuple[int, int]) -> tuple[int, str]:
        """The sort key of a factor: constants, sums, names in alphabetical order, all else."""
        node = self.builder.nodes[power[0]]
        if node.is_input:
            return 2, node.name or ""
        if node.is_constant:
            return 0, ""
        if len(node.operands) == 1 and self.builder.nodes[node.operands[0]].is_constant:
            return 0, ""
        return (1, "") if node.operation in (ADD, SUB) else (3, "")
