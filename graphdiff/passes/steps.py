"""The steps of a trace: the value of an operation, its part of the chain rule, and the sum at a fan-out.

The numbers of an edge are computed on access, from the upstream cotangent that its step keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape, shape_text, size_of, summed_axes
from graphdiff.passes.backward import Cotangent, NodeBackward, edges_of
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.values import Value, plain, shape_of

LARGEST_JACOBIAN = 1_000_000
"""Entries that a Jacobian may have to be computed."""


class ForwardStep(NamedTuple):
    """The value of an operation: step counts from 1, and label is the node's name in reports."""

    step: int
    label: str
    node: Node
    value: Value


class LocalDerivative(NamedTuple):
    """The Jacobian of an operation by one operand: its structure and shape, and on access its formula and numbers.

    values are the diagonal of the Jacobian of an elementwise operation, in the shape of its output. For any other
    operation they are None, and the formula maps upstream, written as the node's name with a bar, to downstream.
    """

    step: NodeBackward
    slot: int
    point: Sequence[Any]
    values: Value | None
    op: Numeric

    @property
    def formula(self) -> str:
        """The formula that holds at this point, in the labels of the operands and of the node."""
        return self.factor()

    def factor(self, least: int = 0) -> str:
        """The formula, in parentheses where it binds less tightly than least."""
        from graphdiff.passes.formula import formula_text

        operation = self.step.node.operation
        assert operation is not None
        return formula_text(self.formula_graph, operation, self.slot, self.step.graph.names_in_use, least)

    @property
    def formula_graph(self) -> Graph | None:
        """The formula as a graph; None where it is too long to spell out."""
        from graphdiff.passes.formula import local_formula

        return local_formula(self.step.graph, self.step.node, self.slot, self.point)

    @property
    def structure(self) -> str:
        """ "diagonal" for an elementwise operation, "dense" for any other."""
        return "dense" if self.values is None else "diagonal"

    @property
    def jacobian_shape(self) -> Shape:
        """The output's shape followed by the operand's; () for a number by a number."""
        return (*shape_of(self.step.y), *shape_of(self.step.operands[self.slot]))

    @property
    def summed_axes(self) -> Shape:
        """The axes of the output that downstream is summed over, because the operand was broadcast along them."""
        if self.values is None:
            return ()
        return summed_axes(shape_of(self.step.y), shape_of(self.step.operands[self.slot]))

    def jacobian(self) -> Any:
        """All entries of a dense Jacobian in jacobian_shape; for an elementwise operation its diagonal.

        Raises GraphdiffError("limit") where it has more than LARGEST_JACOBIAN entries, or too many rows to compute.
        """
        if self.values is not None:
            return self.values
        size = size_of(self.jacobian_shape)
        if max(size, size_of(shape_of(self.step.y)) ** 2 // 100) > LARGEST_JACOBIAN:
            raise GraphdiffError(
                "limit",
                f"a Jacobian of shape {shape_text(self.jacobian_shape)} has {float(size):.2g} entries; "
                f"the limit is {LARGEST_JACOBIAN:,}",
            )
        with self.op.quiet():
            return self._jacobian()

    def _jacobian(self) -> Any:
        op, y = self.op, self.step.y
        rows = []
        size = size_of(shape_of(y))
        for number in range(size):
            seed = Cotangent(op.reshape(op.one_hot(float(number), size=size), shape=shape_of(y)))
            (edge,) = edges_of(self.step._replace(upstream=seed, slots=[self.slot]), op)
            rows.append(
                op.expanded(0.0, self.step.operands[self.slot]) if edge.downstream is None else edge.downstream.value
            )
        return plain(op.reshape(op.stack(*rows), shape=self.jacobian_shape))


class BackwardEdge(NamedTuple):
    """upstream × local = downstream along one edge.

    operand is the label of the node that the edge leads back to, source its index, slot its place among the operands.
    """

    operand: str
    source: int
    slot: int
    local: LocalDerivative
    downstream: Value


class BackwardStep:
    """An operation's part of the chain rule: step counts from 1, upstream has the shape of the node's value.

    Edges are computed on access.
    """

    __slots__ = ("_op", "_point", "_step", "step", "upstream")

    def __init__(self, step: int, node_step: NodeBackward, point: Sequence[Any], op: Numeric) -> None:
        self.step = step
        self.upstream: Value = plain(node_step.upstream.value)
        self._step = node_step
        self._point = point
        self._op = op

    @property
    def node(self) -> Node:
        return self._step.node

    @property
    def label(self) -> str:
        """The node's name in reports."""
        return self._step.graph.labels[self.node.index]

    @property
    def edges(self) -> list[BackwardEdge]:
        """The edges to the operands that depend on an input to differentiate by."""
        labels = self._step.graph.labels
        backward_edges = []
        with self._op.quiet():
            edges = edges_of(self._step, self._op)
        for slot, local, downstream in edges:
            source = self.node.operands[slot]
            values = None if local is None else plain(self._op.expanded(local, self._step.y))
            gradient = self._op.expanded(0.0, self._step.operands[slot]) if downstream is None else downstream.value
            derivative = LocalDerivative(self._step, slot, self._point, values, self._op)
            backward_edges.append(BackwardEdge(labels[source], source, slot, derivative, plain(gradient)))
        return backward_edges

    @property
    def sources(self) -> list[tuple[int, int]]:
        """The index of the operand and the slot of each edge."""
        return [(self.node.operands[slot], slot) for slot in self._step.slots]

    @property
    def is_scalar(self) -> bool:
        """Whether the node and the operands of its edges are all numbers."""
        return not shape_of(self._step.y) and not any(shape_of(self._step.operands[slot]) for slot in self._step.slots)

    @property
    def entries(self) -> int:
        """How many numbers the step holds."""
        each = size_of(shape_of(self._step.y))
        return each + sum(each + size_of(shape_of(self._step.operands[slot])) for slot in self._step.slots)

    def only(self, slot: int) -> BackwardStep:
        """The same step with only the edge in this slot."""
        return BackwardStep(self.step, self._step._replace(slots=(slot,)), self._point, self._op)

    @property
    def kink(self) -> str | None:
        """The choice made at a kink, where the derivative does not exist; None elsewhere."""
        with self._op.quiet():
            return kink_of(self._step, self._op)


class Term(NamedTuple):
    """A term of a gradient: the downstream of the edge to one consumer."""

    step: BackwardStep

    @property
    def through(self) -> str:
        return self.step.label

    @property
    def value(self) -> Value:
        return self.step.edges[0].downstream


class Accumulation(NamedTuple):
    """The gradient of a value that fans out: the sum over the edges to its consumers."""

    label: str
    node: Node
    terms: tuple[Term, ...]
    gradient: Value
