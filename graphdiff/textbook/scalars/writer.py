"""Formulas in normal form → nodes of a graph."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphdiff.algebra.simplify import ADD, DIV, MUL, NEG, POW, SUB, Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Product, Sum, TooLargeError, is_plain
from graphdiff.textbook.scalars.identities import EXP, SQRT
from graphdiff.textbook.scalars.quotient import HALF, Factor, Quotient, as_quotient
from graphdiff.textbook.scalars.shortest import Shortest


def in_order(total: Sum, begins_with_number: bool) -> list[tuple[Product, Number]]:
    """The terms of a sum as they are written: beginning with a positive one if there is one, those of a polynomial in
    one variable by descending powers, or ascending ones if its terms are in that order. A number at the beginning may
    stay there, or be the last term."""
    terms = list(total.terms.items())
    if not begins_with_number and terms[0][0] is ONE:
        terms = [*terms[1:], terms[0]]
    keys = {key for product in total.terms for key in product.powers}
    if len(terms) > 2 and len(keys) == 1:
        (key,) = keys
        powers = [product.powers.get(key, 0) for product, _ in terms]
        ascending = sorted(terms, key=lambda term: term[0].powers.get(key, 0))
        is_ascending = powers == sorted(powers) or (ascending[-1][1] < 0 < ascending[0][1])
        return ascending if is_ascending else ascending[::-1]
    first = next((place for place, (_, coefficient) in enumerate(terms) if coefficient > 0), 0)
    return [terms[first], *terms[:first], *terms[first + 1 :]]


class Writer:
    """Writes sums as nodes, an operation that occurs twice as one node."""

    def __init__(self, shortest: Shortest) -> None:
        self.shortest = shortest
        self.builder = GraphBuilder()
        self.simplifier = Simplifier(self.builder)
        self._nodes: dict[Base, Node] = {}
        self._inner: set[Sum] = set()  # that are within a function or a power, or below a line

    def graph(self, inputs: Sequence[str], totals: Sequence[Sum]) -> Graph:
        """The graph of some sums, its outputs, with these inputs, those that the sums need among them.

        Raises TooLargeError where a coefficient leaves the range of floats.
        """
        for name in inputs:
            base = self.shortest.algebra.input_base(name)
            if base not in self._nodes:
                self._nodes[base] = self.builder.input(name)
        outputs = [self._write(total).index for total in totals]
        nodes = self.builder.nodes
        return Graph(nodes, self.builder.inputs, outputs, {node.name: node.index for node in nodes if node.name})

    def _write(self, total: Sum) -> Node:
        """The node of a sum, after those of all bases in it, each before those that consist of it."""
        needed: set[Base] = set()
        pending = self._bases_in(total)
        while pending:
            base = pending.pop()
            if base not in needed and base not in self._nodes:
                needed.add(base)
                for part in base.parts:
                    pending += self._bases_in(part)
                if base.kind is not Kind.SUM:
                    self._inner.update(base.parts)
        for base in sorted(needed, key=lambda base: base.number):
            if base.kind is not Kind.EXP:
                self._nodes[base] = self._write_base(base)
        return self._write_sum(total)

    def _bases_in(self, total: Sum) -> list[Base]:
        """The bases of a sum as it is written, exponents included; notes the sums in powers and below lines."""
        bases: list[Base] = []
        for product, coefficient in total.terms.items():
            _, above, below = as_quotient(self.shortest.algebra, coefficient, product)
            for factor in (*above, *below):
                bases.append(factor.base)
                if isinstance(factor.exponent, Sum):
                    bases += self._bases_in(self.shortest.form(factor.exponent))
                if factor.base.kind is Kind.SUM and (factor.exponent != 1 or factor in below):
                    self._inner.add(factor.base.content)
        return bases

    def _write_base(self, base: Base) -> Node:
        if base.kind is Kind.SUM:
            return self._write_sum(base.content)
        if base.kind is Kind.NAMED:
            node = self._write_sum(base.content)
            is_free = node.operation is not None and self.builder.nodes[node.index].name is None
            return self.builder.rename(node, base.name) if is_free else node
        if base.operation is None:
            return self.simplifier.constant(base.content if base.kind is Kind.CONSTANT else float(base.content))
        arguments = [self._write_sum(argument) for argument in base.arguments]
        return self.simplifier.intern(base.operation, arguments, base.parameters)

    def _write_sum(self, total: Sum, is_exponent: bool = False) -> Node:
        """A sum: log(x) + 1, and x^(n + 1), but 1 + x, and 1/(1 + exp(x)), as a formula had it."""
        if not total.terms:
            return self.simplifier.constant(0.0)
        begins = not is_exponent and (total in self._inner or is_plain(total))
        terms = [as_quotient(self.shortest.algebra, each, product) for product, each in in_order(total, begins)]
        node = self._write_term(terms[0])
        for term in terms[1:]:
            operation = ADD if term.coefficient > 0 else SUB
            positive = term._replace(coefficient=term.coefficient if term.coefficient > 0 else -term.coefficient)
            node = self.simplifier.intern(operation, (node, self._write_term(positive)))
        return node

    def _write_term(self, term: Quotient) -> Node:
        above, below = self._as_decimals(term.coefficient)
        over, under = [[self._write_power(factor) for factor in side] for side in (term.above, term.below)]
        if above == -1 and over:
            above, over[0] = 1.0, self.simplifier.intern(NEG, (over[0],))
        node = self._times(above, over)
        return node if below == 1 and not under else self.simplifier.intern(DIV, (node, self._times(below, under)))

    def _times(self, number: float, factors: Sequence[Node]) -> Node:
        chain = [*([self.simplifier.constant(number)] if number != 1 or not factors else []), *factors]
        node = chain[0]
        for factor in chain[1:]:
            node = self.simplifier.intern(MUL, (node, factor))
        return node

    def _write_power(self, factor: Factor) -> Node:
        base, exponent = factor
        if base.kind is Kind.EXP:
            assert isinstance(exponent, Sum)
            return self.simplifier.intern(EXP, (self._write_sum(self.shortest.form(exponent)),))
        node = self._nodes.get(base) or self._write_base(base)
        if isinstance(exponent, Sum):
            return self.simplifier.intern(POW, (node, self._write_sum(self.shortest.form(exponent), is_exponent=True)))
        if exponent == 1:
            return node
        if exponent == HALF:
            return self.simplifier.intern(SQRT, (node,))
        return self.simplifier.intern(POW, (node, self._number(exponent)))

    def _number(self, number: Number) -> Node:
        above, below = self._as_decimals(number)
        node = self.simplifier.constant(above)
        return node if below == 1 else self.simplifier.intern(DIV, (node, self.simplifier.constant(below)))

    def _as_decimals(self, number: Number) -> tuple[float, float]:
        """A number as a quotient of floats: of whole ones, or of a decimal and a whole one.

        Raises TooLargeError beyond the range of floats.
        """
        ratio = self.shortest.algebra.as_ratio(number)
        try:
            above, divisor = float(ratio[0]), float(ratio[1])
        except OverflowError:
            raise TooLargeError from None
        if not (math.isfinite(above) and abs(above) > 1e-300):
            raise TooLargeError
        return above, divisor
