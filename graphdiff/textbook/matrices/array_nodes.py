"""The nodes that formulas of arrays are written with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.readable import Ratio
from graphdiff.algebra.simplify import Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import ALL, NEW
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape

SUM, TRANSPOSE = PRIMITIVES["sum"], PRIMITIVES["transpose"]
LARGEST_SIZE = 10**9
"""The largest size of a formula that is counted: sizes double with each node that is used twice."""


@lru_cache(maxsize=1)
def trace_function() -> Function:
    """The function trace of the language."""
    from graphdiff.language.program import prelude

    return prelude()["trace"]


class ArrayNodes:
    """Adds operations on arrays to a builder as they are, each once; with transposes_vectors, x.T @ y for x @ y."""

    def __init__(self, transposes_vectors: bool = False) -> None:
        self.transposes_vectors = transposes_vectors
        self.builder = GraphBuilder()
        self.simplifier = Simplifier(self.builder)
        self._counts: list[tuple[int, int]] = []

    def apply(self, operation: Operation | str, *operands: Node, **parameters: Any) -> Node:
        """An operation on nodes."""
        operation = PRIMITIVES[operation] if isinstance(operation, str) else operation
        return self.simplifier.intern(operation, operands, parameters)

    def size(self, node: Node) -> int:
        """The number of operations of its formula."""
        return self._totals(node)[0]

    def transposes(self, node: Node) -> int:
        """The number of transposes in its formula."""
        return self._totals(node)[1]

    def _totals(self, node: Node) -> tuple[int, int]:
        for each in self.builder.nodes[len(self._counts) : node.index + 1]:
            counts = [self._counts[operand] for operand in each.operands]
            is_operation = each.operation is not None
            sizes = min(is_operation + sum([size for size, _ in counts]), LARGEST_SIZE)
            self._counts.append((sizes, (each.operation is TRANSPOSE) + sum([number for _, number in counts])))
        return self._counts[node.index]

    def number(self, value: float) -> Node:
        """A number."""
        return self.simplifier.constant(value)

    def negate(self, node: Node) -> Node:
        """-x"""
        return self.simplifier.negate(node)

    def product(self, factors: Sequence[Node]) -> Node:
        """The elementwise product of nodes, 1 of none."""
        if not factors:
            return self.number(1.0)
        node = factors[0]
        for factor in factors[1:]:
            node = self.apply("mul", node, factor)
        return node

    def chain(self, links: Sequence[Node]) -> Node:
        """The matrix product of nodes, of which four and more in a row that are the same are a power."""
        product: Node | None = None
        for _, group in groupby(links, key=lambda link: link.index):
            run = list(group)
            factors = [self.apply("matrix_power", run[0], n=len(run))] if len(run) > 3 else run
            for factor in factors:
                product = factor if product is None else self.apply("matmul", product, factor)
        assert product is not None
        return product

    def transposed(self, node: Node) -> Node:
        """The transpose of a node."""
        if node.operation is TRANSPOSE and not node.parameters:
            return self.builder.nodes[node.operands[0]]
        return self.apply(TRANSPOSE, node)

    def row(self, vector: Node) -> Node:
        """A vector at the beginning of a product."""
        return self.apply(TRANSPOSE, vector) if self.transposes_vectors else vector

    def power(self, node: Node, exponent: float) -> Node:
        """A node to a power above 0, sqrt for 1/2."""
        if exponent == 1:
            return node
        if exponent == 0.5:
            return self.apply("sqrt", node)
        if exponent.is_integer():
            return self.apply("pow", node, self.number(exponent))
        quotient = self.apply("div", self.number(2 * exponent), self.number(2.0))
        return self.apply("pow", node, quotient)

    def scaled(self, coefficient: Ratio, node: Node) -> Node:
        """A number times a node, as the first factor of a matrix product has it: 2/5*A."""
        above, below = coefficient
        if (above, below) == (1, 1):
            return node
        if (above, below) == (-1, 1):
            return self.negate(node)
        factor = self.number(above)
        if below != 1:
            factor = self.apply("div", factor, self.number(below))
        return self.apply("mul", factor, node)

    def quotient(self, coefficient: Ratio, above: Sequence[Node], below: Sequence[Node]) -> Node:
        """coefficient · above/below, entry by entry: -2*x*y/(3*z)."""
        numerator, denominator = coefficient
        factors = list(above)
        if numerator == -1 and factors:
            factors[0] = self.negate(factors[0])
        elif numerator != 1 or not factors:
            factors.insert(0, self.number(numerator))
        divisors = [*([self.number(denominator)] if denominator != 1 else []), *below]
        node = self.product(factors)
        return self.apply("div", node, self.product(divisors)) if divisors else node

    def ones(self, shape: Shape) -> Node:
        """An array of ones."""
        return self.apply("ones", shape=shape)

    def filled(self, node: Node, shape: Shape) -> Node:
        """A node that broadcasts to a shape, in that shape."""
        value = number_of(node) if node.is_constant else None
        if value is None:
            return self.apply("mul", node, self.ones(shape))
        return self.scaled(Ratio(value), self.ones(shape)) if value else self.apply("zeros", shape=shape)

    def spread(self, node: Node, axes: Sequence[int], rank: int, is_whole: bool = False) -> Node:
        """A node that has these axes of an array of a rank, so that it broadcasts to it, x[:, None]; or, whole, with
        all axes."""
        if list(axes) == list(range(rank - len(axes), rank)) and not (is_whole and len(axes) < rank):
            return node
        if not axes and not is_whole:
            return node
        start = 0 if is_whole else axes[0]
        if node.operation is SUM and rank == 2 and axes == (0,) and node.parameters == {"axis": 1}:
            return self.simplifier.intern(SUM, [self.builder.nodes[node.operands[0]]], {"axis": 1, "keepdims": True})
        items = tuple([ALL if axis in axes else NEW for axis in range(start, rank)])
        return self.apply("index", node, items=items)
