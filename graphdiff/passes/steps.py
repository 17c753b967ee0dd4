"""The steps of a trace: the value of an operation, its part of the chain rule, and the sum at a fan-out.

The numbers of an edge are computed on access, from the upstream cotangent that its step keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape, shape_text, size_of, summed_axes
from graphdiff.passes.backward import edges_of
from graphdiff.passes.cotangents import Cotangent, Inside, NodeBackward
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.values import Unknown, Value, plain, shape_of

LARGEST_JACOBIAN = 1_000_000
"""Entries that a Jacobian may have to be computed."""


class ForwardStep(NamedTuple):
    """One operation of the forward pass.

    Attributes:
        step: Its number, from 1.
        label: What reports call the node.
        node: The node.
        value: Its value: a number or an array.
    """

    step: int
    label: str
    node: Node
    value: Value


class LocalDerivative(NamedTuple):
    """The derivative of one operation by one of its operands. Its formula and its numbers are computed when asked for.

    Attributes:
        slot: The position of the operand among the operands.
        values: Of an elementwise operation the diagonal of the Jacobian, in the shape of the output. None of any other:
            there the formula shows how upstream, which has a bar on its name, becomes downstream.
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

        return local_formula(self.step.graph, self.step.node, self.slot, self.point, self.op)

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
                op.broadcast_like(0.0, self.step.operands[self.slot])
                if edge.downstream is None
                else edge.downstream.value
            )
        return plain(op.reshape(op.stack(*rows), shape=self.jacobian_shape))


class BackwardEdge(NamedTuple):
    """One use of the chain rule: upstream × local = downstream.

    Attributes:
        operand: What reports call the operand.
        source: The index of the operand's node.
        slot: Its position among the operands.
        local: The derivative of the operation by this operand.
        downstream: The operand's share of the gradient, in its shape.
    """

    operand: str
    source: int
    slot: int
    local: LocalDerivative
    downstream: Value


class BackwardStep:
    """One operation of the backward pass, which passes its gradient on to its operands.

    It keeps what arrived at the node; what its edges pass on is computed from that when it is asked for.

    Attributes:
        step: Its number, from 1.
        upstream: The gradient that arrives at the node, in the shape of its value.
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
        """The node."""
        return self._step.node

    @property
    def label(self) -> str:
        """The node's name in reports."""
        return self._step.graph.labels[self.node.index]

    @property
    def edges(self) -> list[BackwardEdge]:
        """The edges to operands that depend on an input to differentiate by."""
        labels = self._step.graph.labels
        backward_edges = []
        point = self._piece()
        with self._op.quiet():
            edges = edges_of(self._step, self._op)
        for slot, local, downstream in edges:
            source = self.node.operands[slot]
            values = None if local is None else plain(self._op.broadcast_like(local, self._step.y))
            gradient = (
                self._op.broadcast_like(0.0, self._step.operands[slot]) if downstream is None else downstream.value
            )
            derivative = LocalDerivative(self._step, slot, point, values, self._op)
            backward_edges.append(BackwardEdge(labels[source], source, slot, derivative, plain(gradient)))
        return backward_edges

    def _piece(self) -> Sequence[Any]:
        """The values of the nodes; at a kink, with those on the side that the step takes."""
        step, point = self._step, self._point
        if step.inside is not None and step.inside.pieces:
            return _piece_inside(step.node, step.inside, point)
        indices = [*step.node.operands, step.node.index]
        values = [*step.operands, step.y]
        if all(point[index] is value for index, value in zip(indices, values, strict=True)):
            return point
        piece = list(point)
        for index, value in zip(indices, values, strict=True):
            piece[index] = value
        return piece

    @property
    def sources(self) -> list[tuple[int, int]]:
        """The index of the operand and the slot of each edge."""
        return [(self.node.operands[slot], slot) for slot in self._step.slots]

    @property
    def operand(self) -> str:
        """What reports call the operand of a step with one edge."""
        ((source, _),) = self.sources
        return self._step.graph.labels[source]

    @property
    def is_scalar(self) -> bool:
        """Whether the node, the operands of its edges and the local derivatives are all numbers. A function of arrays
        has a rule in place of a local derivative, by a number too."""
        step, operation = self._step, self.node.operation
        is_elementwise = operation is not None and operation.is_elementwise
        return is_elementwise and not shape_of(step.y) and not any(shape_of(step.operands[slot]) for slot in step.slots)

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


def _piece_inside(node: Node, inside: Inside, point: Sequence[Any]) -> Sequence[Any]:
    """The values of the nodes for the formula of a gate with kinks in its body: operands at a kink are on the side that
    the step takes; the values of others are left open, so that the formula holds at every point."""
    operation = node.operation
    assert isinstance(operation, Function)
    body = operation.graph
    beside: dict[int, Any] = {}
    for index, piece in inside.pieces.items():
        beside.update(zip(body.nodes[index].operands, piece.operands, strict=True))
    result: list[Any] = [None if value is None else Unknown(shape_of(value)) for value in point]
    for place, operand in zip(body.inputs, node.operands, strict=True):
        result[operand] = beside.get(place, result[operand])
    return result


class Term(NamedTuple):
    """What a value receives through one of the operations that use it.

    Attributes:
        step: The backward step of that operation, with this edge alone.
    """

    step: BackwardStep

    @property
    def through(self) -> str:
        """What reports call the operation."""
        return self.step.label

    @property
    def value(self) -> Value:
        """The downstream of the edge."""
        return self.step.edges[0].downstream


class Accumulation(NamedTuple):
    """A fan-out: the gradient of a value that several operations use is a sum.

    Attributes:
        label: What reports call the node.
        node: The node whose value fans out.
        terms: What arrives through each of its uses.
        gradient: The sum of the terms.
    """

    label: str
    node: Node
    terms: tuple[Term, ...]
    gradient: Value
