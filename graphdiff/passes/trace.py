"""The trace: every number of the forward and the backward pass, as data for all reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.shapes import Shape, nested_shape, shape_text
from graphdiff.passes.backward import backward
from graphdiff.passes.cotangents import NO_PIECES, Cotangent, NodeBackward, Piece, Pieces
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import nodes_at_kinks
from graphdiff.passes.point import (
    ConstantExpression,
    bind,
    check_names,
    differentiation_indices,
    join_values,
    value_of,
)
from graphdiff.passes.steps import Accumulation, BackwardStep, ForwardStep, Term
from graphdiff.passes.values import Value, interpreter_of, is_finite, plain, shape_of
from graphdiff.reading.parse import read
from graphdiff.source import Source, normalize_names

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.uncertainty import Uncertainty


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trace:
    """A graph evaluated and differentiated at a point, with every step of both passes.

    Attributes:
        graph: The computational graph.
        point: The values that inputs were given, by name.
        values: The value of each node by its index; None where the output does not need it.
        value: The value of the output: a number or an array.
        upstream: The gradient that arrives at the output, in its shape.
        gradients: The gradient by each input's name, in its shape; None for an input that is only used as an index.
        differentiable: None where no kink was met; else whether the output is differentiable there by all inputs
            together: True, False or "unknown". At a kink, a partial derivative that exists is the true one, and the
            others follow the conventions of the operations.
        partials: At a kink, the partial derivatives that exist, by "d_x" and the indices of the entry.
        limits: The inputs whose gradient is a limit and not the sum that the steps show, since no side of the kink has
            steps of its own.
        whole: The trace with every operation, where this one is collapsed to the named nodes.
        uncertainty: The standard uncertainty of the value, and where it comes from; None where no input has one.
    """

    graph: Graph
    point: Mapping[str, Value]
    values: Sequence[Any]
    steps: Sequence[NodeBackward]
    op: Numeric
    value: Value
    upstream: Value
    gradients: Mapping[str, Value]
    differentiable: bool | Literal["unknown"] | None = None
    partials: Mapping[tuple[str, tuple[int, ...]], float] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    whole: Trace | None = None
    uncertainty: Uncertainty | None = None
    origin: tuple[Callable[..., Trace], tuple[Any, ...]] | None = None  # the call that made it, which a pickle holds

    def __reduce__(self) -> tuple[Callable[..., Trace], tuple[Any, ...]]:
        """A trace is pickled as its formula and its point, and computed again."""
        assert self.origin is not None
        return self.origin

    @property
    def forward(self) -> list[ForwardStep]:
        """The operations that the output needs, in order of evaluation, with their values."""
        graph = self.graph
        nodes = (node for node in graph.nodes if node.operation is not None and graph.needed[node.index])
        return [
            ForwardStep(step, graph.labels[node.index], node, plain(self.values[node.index]))
            for step, node in enumerate(nodes, 1)
        ]

    @property
    def backward(self) -> list[BackwardStep]:
        """The operations' parts of the chain rule, from the output back."""
        return [BackwardStep(number, step, self.values, self.op) for number, step in enumerate(self.steps, 1)]

    @property
    def accumulations(self) -> list[Accumulation]:
        """The fan-outs, in the order in which the backward pass completes them."""
        labels = self.graph.labels
        terms_by_node: dict[int, list[Term]] = {}
        sums = {self.graph.input_indices[name]: gradient for name, gradient in self.gradients.items()}
        for step in self.backward:
            sums[step.node.index] = step.upstream
            for source, slot in reversed(step.sources):
                terms_by_node.setdefault(source, []).append(Term(step.only(slot)))
        return [
            Accumulation(labels[index], self.graph.nodes[index], tuple(reversed(terms)), sums[index])
            for index, terms in sorted(terms_by_node.items(), reverse=True)
            if len(terms) > 1 and index in sums
        ]

    @property
    def has_arrays(self) -> bool:
        """Whether any value is an array."""
        return any(value is not None and shape_of(value) for value in self.values)

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of each node that has a value, by its label."""
        labels = zip(self.graph.labels, self.values, strict=True)
        return {label: shape_of(value) for label, value in labels if value is not None}

    @property
    def gradient_formulas(self) -> dict[str, str]:
        """The gradients by input name as formulas in the labels of the graph's nodes; long ones are left out."""
        from graphdiff.passes.formula import gradient_formulas

        indices = [self.graph.input_indices[name] for name in self.gradients]
        formulas = gradient_formulas(self.graph, self.values, indices, self.op)
        return {self.graph.labels[index]: formula for index, formula in formulas.items()}

    @property
    def is_finite(self) -> bool:
        """Whether the value and all gradients are finite."""
        return is_finite(self.value) and all(map(is_finite, self.gradients.values()))

    @property
    def accuracy(self) -> tuple[Inaccuracy, ...]:
        """The numbers of the value and the gradients that are off by more than 1e-6, relative to the right ones.

        Bounds of the errors are computed first, which costs less than the trace; numbers that may be wrong are worked
        out in many digits. With a precision of many digits all numbers are right.
        """
        if self.whole is not None:
            return self.whole.accuracy
        if self.op.is_typed:
            return ()
        suspects = import_module("graphdiff.accuracy.screen").suspects(self)
        return tuple(import_module("graphdiff.accuracy.assess").inaccuracies(self, suspects)) if suspects else ()

    def __repr__(self) -> str:
        return f"<Trace of value {self.value!r} and gradients {dict(self.gradients)!r}>"

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        bundle: dict[str, str] = import_module("graphdiff.notebook").trace_bundle(self, include, exclude)
        return bundle

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_(["image/svg+xml"]).get("image/svg+xml")

    def _repr_latex_(self) -> str | None:
        return self._repr_mimebundle_(["text/latex"]).get("text/latex")

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_(["text/html"]).get("text/html")


def trace(
    source: str | Source | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: Any = None,
    language: str | None = None,
    **values: Any,
) -> Trace:
    """The trace in 64 bits: what precise/trace.py, the trace of the public API, is without a precision."""
    graph, full_point, inputs, op = bind_inputs(source, point, values, wrt, language)
    result = trace_by(graph, inputs, op, full_point, differentiation_indices(graph, full_point, wrt), upstream)
    return replace(result, origin=(_trace_again, (graph, full_point, wrt, upstream)))


def _trace_again(graph: Graph, point: Mapping[str, Any], wrt: str | Sequence[str] | None, upstream: Any) -> Trace:
    return trace(graph, point, wrt=wrt, upstream=upstream)


def trace_by(
    graph: Graph, inputs: Sequence[Any], op: Numeric, point: Mapping[str, Any], indices: Sequence[int], upstream: Any
) -> Trace:
    """The trace by an interpreter, at the values of all inputs as it has them, of which the point gives some.

    Raises GraphdiffError as trace does.
    """
    with op.quiet():
        node_values = forward(graph, inputs, op)
        seed = initial_cotangent(graph, node_values[graph.output], upstream, op)
        steps, gradients, op = backward_steps(graph, node_values, op, seed, indices, True)
        at_kinks = nodes_at_kinks(graph, node_values, op, indices)
    labels = graph.labels
    result = Trace(
        graph,
        {
            labels[index]: plain(value)
            for index, value in zip(graph.inputs, inputs, strict=True)
            if value is not None and (labels[index] in point or labels[index] in graph.defaults)
        },
        node_values,
        steps,
        op,
        plain(node_values[graph.output]),
        plain(seed.value),
        gradients,
    )
    if at_kinks:
        result = import_module("graphdiff.accuracy.kinks").resolve(result, at_kinks)
    if op.is_typed and is_finite(result.value) and not result.is_finite:
        result = import_module("graphdiff.accuracy.singularities").with_limits(result)
    return result


def seed_of(trace: Trace) -> Cotangent:
    """The cotangent of the output that a trace started from."""
    return Cotangent(trace.op.broadcast_like(trace.op.constant(trace.upstream), trace.values[trace.graph.output]))


def pieces_of(trace: Trace) -> Pieces:
    """The pieces by which the steps of a trace differentiate: numbers beside a kink in place of the nodes' values, and
    what is known of the bodies of collapsed gates."""
    if trace.differentiable is None and trace.whole is None:
        return NO_PIECES
    values = trace.values
    return {
        step.node.index: Piece(step.y, step.operands, step.inside)
        for step in trace.steps
        if step.inside is not None
        or any(number is not values[index] for number, index in zip(step.operands, step.node.operands, strict=True))
    }


def value(source: str | Graph, point: Mapping[str, Any] | None = None, /, **values: Any) -> Value:
    """The value at a point, given as a mapping, as keywords, or both: a number or an array.

    Raises GraphdiffError where the source is not a valid program or the point does not match it.
    """
    graph, _, inputs, op = bind_inputs(source, point, values)
    with op.quiet():
        return plain(forward(graph, inputs, op)[graph.output])


def bind_inputs(
    source: str | Source | Graph,
    point: Mapping[str, Any] | None,
    values: Mapping[str, Any],
    wrt: str | Sequence[str] | None = None,
    language: str | None = None,
) -> tuple[Graph, Mapping[str, Any], list[Any], Numeric]:
    """The graph, the merged point, the value of each input and their interpreter, with the shapes of arrays checked."""
    point = normalize_names(join_values(point, values))
    graph = read(source, point, wrt, language=language)
    check_names(graph, point)
    if graph.equalities:
        import_module("graphdiff.passes.equalities").check_equalities(graph, point)
    inputs = bind(graph, point)
    op = interpreter_of(graph, inputs)
    if op is not FLOATS:
        inputs = [None if value is None else op.constant(value) for value in inputs]
        infer_shapes(graph, [None if value is None else shape_of(value) for value in inputs])
    return graph, point, inputs, op


def initial_cotangent(graph: Graph, output: Any, upstream: Any, op: Numeric) -> Cotangent:
    """The cotangent of the output, in its shape; 1 by default.

    Raises GraphdiffError("value") where upstream has another shape, or is None and the output an array.
    """
    shape = shape_of(output)
    span = graph.nodes[graph.output].span
    if upstream is None:
        if shape:
            raise GraphdiffError(
                "value",
                f"the output is an array of shape {shape_text(shape)}: its gradient needs an upstream of that shape",
                graph.source,
                span,
                Hint("give trace or check an upstream=…, or reduce it to a number, e.g. with sum(…)", "upstream"),
            )
        return Cotangent(op.constant(1.0))
    value = value_of(upstream, lambda: "upstream", op.is_typed)
    upstream_shape = nested_shape(value) if isinstance(value, list) else shape_of(value)
    if upstream_shape not in ((), shape):
        raise GraphdiffError(
            "value",
            f"upstream is {shape_text(upstream_shape)}, but the output is {shape_text(shape)}",
            graph.source,
            span,
        )
    cotangent = value.compute(op) if isinstance(value, ConstantExpression) else op.constant(value)
    return Cotangent(op.broadcast_like(cotangent, output))


def backward_steps(
    graph: Graph,
    node_values: Sequence[Any],
    op: Numeric,
    seed: Cotangent,
    indices: Sequence[int],
    keeps_steps: bool,
    pieces: Pieces = NO_PIECES,
) -> tuple[list[NodeBackward], dict[str, Any], Numeric]:
    """The steps of the backward pass if keeps_steps, the gradients by input name, and the interpreter that was used.

    Where the gradient by an array is not finite, the pass is run again with an interpreter that tracks which entries
    gates that select have closed, whose 0 · inf does not belong to the gradient.
    """
    steps: list[NodeBackward] = []
    cotangents = backward(
        graph, node_values, op, seed, graph.active_slots(indices), steps.append if keeps_steps else None, pieces
    )
    input_cotangents = [cotangents[index].value for index in indices if index in cotangents]
    gradients: dict[str, Any] = {}
    for index in indices:
        if graph.is_index[index]:
            gradients[graph.labels[index]] = None
        elif index in cotangents:
            gradients[graph.labels[index]] = plain(cotangents[index].value)
        else:
            value = node_values[index]
            zero = op.constant(0.0)
            gradients[graph.labels[index]] = plain(zero if value is None else op.broadcast_like(zero, value))
    if not op.follows_closed and not all(map(op.is_finite, input_cotangents)):
        return backward_steps(graph, node_values, op.following_closed(), seed, indices, keeps_steps, pieces)
    return steps, gradients, op
