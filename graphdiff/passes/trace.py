"""The trace: every number of the forward and the backward pass, as data that all reports share."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from graphdiff.expression.source import normalized
from graphdiff.graph.build import parse
from graphdiff.graph.graph import Graph, Node
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.backward import NodeBackward, backward, depends_on
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.point import bind, check_names, differentiated


class ForwardStep(NamedTuple):
    """One operation's value. label is what reports call the node."""

    step: int
    label: str
    node: Node
    value: float


class LocalDerivative(NamedTuple):
    """The Jacobian of one operation by one operand: its numbers, its structure, and lazily its formula."""

    graph: Graph
    node: Node
    slot: int
    point: Sequence[float | None]
    values: float

    @property
    def formula(self) -> str:
        """In the labels of the operands and of the node; the branch that holds at this point."""
        from graphdiff.passes.formula import local_formula

        return local_formula(self.graph, self.node, self.slot, self.point)

    @property
    def structure(self) -> str:
        """ "diagonal": of an elementwise operation, entry by entry."""
        return "diagonal"

    @property
    def jacobian_shape(self) -> tuple[int, ...]:
        """() for a scalar by a scalar."""
        return ()


class BackwardEdge(NamedTuple):
    """upstream × local = downstream, to the operand in this slot."""

    operand: str
    source: int
    slot: int
    local: LocalDerivative
    downstream: float


class BackwardStep(NamedTuple):
    """One operation's part of the chain rule; kink says what was chosen where a derivative does not exist."""

    step: int
    label: str
    node: Node
    upstream: float
    edges: tuple[BackwardEdge, ...]
    kink: str | None


class Term(NamedTuple):
    """What a value receives through one of its consumers."""

    through: str
    value: float


class Accumulation(NamedTuple):
    """A fan-out: the gradient of a value is the sum over the edges that it feeds."""

    label: str
    node: Node
    terms: tuple[Term, ...]
    gradient: float


class Trace(NamedTuple):
    """A graph at a point: value, gradients by input name, and each step of both passes.

    point holds the inputs that were given a value; values those of all nodes, None where nothing needs one.
    """

    graph: Graph
    point: Mapping[str, float]
    values: Sequence[float | None]
    forward: Sequence[ForwardStep]
    backward: Sequence[BackwardStep]
    value: float
    gradients: Mapping[str, float]

    @property
    def accumulated(self) -> list[Accumulation]:
        """The fan-outs, in the order in which the backward pass completes them."""
        arrived: dict[int, list[Term]] = {}
        for step in self.backward:
            for edge in reversed(step.edges):
                arrived.setdefault(edge.source, []).append(Term(step.label, edge.downstream))
        return [
            Accumulation(
                self.graph.labels[index],
                self.graph.nodes[index],
                tuple(reversed(terms)),
                reduce(operator.add, [term.value for term in reversed(terms)]),  # not sum, which compensates
            )
            for index, terms in sorted(arrived.items(), reverse=True)
            if len(terms) > 1
        ]

    @property
    def is_finite(self) -> bool:
        """Whether the value and every gradient are."""
        return math.isfinite(self.value) and all(map(math.isfinite, self.gradients.values()))

    def __repr__(self) -> str:
        return f"<Trace of value {self.value!r} and gradients {dict(self.gradients)!r}>"


def trace(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: float = 1.0,
    **values: Any,
) -> Trace:
    """Evaluates and differentiates at a point given as a mapping, as keywords, or both, keeping every step.

    wrt names the input or inputs to differentiate by (all unless given); upstream is the output's cotangent.
    Raises GraphdiffError where the source is no program or the point does not fit it. Numbers that are not
    finite are no error here: IEEE arithmetic carries them.
    """
    graph, point, inputs = _bound(source, point, values)
    wanted = differentiated(graph, point, wrt)
    computed = forward(graph, inputs, FLOATS)
    labels = graph.labels
    forward_steps = [
        ForwardStep(step, labels[node.index], node, computed[node.index])
        for step, node in enumerate(
            (node for node in graph.nodes if node.operation is not None and graph.needed[node.index]), 1
        )
    ]
    backward_steps: list[BackwardStep] = []

    def record(visited: NodeBackward) -> None:
        node = visited.node
        edges = []
        for slot, local, downstream in visited.edges:
            source = node.operands[slot]
            derivative = LocalDerivative(graph, node, slot, computed, local)
            edges.append(
                BackwardEdge(labels[source], source, slot, derivative, 0.0 if downstream is None else downstream)
            )
        kink = kink_of(visited, FLOATS)
        backward_steps.append(
            BackwardStep(len(backward_steps) + 1, labels[node.index], node, visited.upstream, tuple(edges), kink)
        )

    cotangents = backward(graph, computed, FLOATS, upstream, depends_on(graph, wanted), record)
    return Trace(
        graph,
        {
            labels[index]: value
            for index, value in zip(graph.inputs, inputs, strict=True)
            if value is not None and labels[index] in point
        },
        computed,
        forward_steps,
        backward_steps,
        computed[graph.output],
        {labels[index]: cotangents.get(index, 0.0) for index in wanted},
    )


def value_and_gradient(
    source: str | Graph, point: Mapping[str, Any] | None = None, /, **values: Any
) -> tuple[float, dict[str, float]]:
    """The value and the gradient by input name, at a point given as a mapping, as keywords, or both.

    Raises GraphdiffError where the source is no program or the point does not fit it.
    """
    graph, point, inputs = _bound(source, point, values)
    computed = forward(graph, inputs, FLOATS)
    wanted = differentiated(graph, point)
    cotangents = backward(graph, computed, FLOATS, 1.0, depends_on(graph, wanted))
    return computed[graph.output], {graph.labels[index]: cotangents.get(index, 0.0) for index in wanted}


def _bound(
    source: str | Graph, point: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> tuple[Graph, Mapping[str, Any], list[float | None]]:
    """The graph, its whole point, and the value of each input."""
    graph = parse(source)
    point = {normalized(name): value for name, value in {**(point or {}), **values}.items()}
    check_names(graph, list(point))
    return graph, point, bind(graph, point)
