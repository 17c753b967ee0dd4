"""The chain rule path by path: a gradient is the sum over all paths from the output to an input of the product of the
local derivatives along each path.

n steps may have 2^n paths. Only as many as requested are walked; the others are counted, and their sum is one backward
pass from where they branch off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.passes.backward import Cotangent, NodeBackward, add_to, backward_from, edges_of
from graphdiff.passes.conventions import gradients_by_convention
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace, pieces_of
from graphdiff.passes.values import Value, plain

MOST_COUNTED = 10**15
"""Paths are counted up to this number."""
MOST_PATHS = 10_000
MOST_EDGES = 200_000
"""At most so many paths to an input, with so many edges in all, are listed."""
MOST_INPUTS = 100
MOST_NODES = 500_000
"""The chain rule is listed for at most so many inputs, visiting at most so many nodes."""


class Path(NamedTuple):
    """A path from the output to an input, one step per edge, and its term of the gradient.

    The upstream of a step is the cotangent that arrives along this path alone.
    """

    steps: tuple[BackwardStep, ...]
    value: Value

    @property
    def is_scalar(self) -> bool:
        """Whether every local derivative is a number, so that the term is their product."""
        return all([step.is_scalar for step in self.steps])


class ChainRule(NamedTuple):
    """The gradient by one input as a sum over paths: the first paths, and the sum of all others.

    path_count is the number of all paths, None where it exceeds MOST_COUNTED. rest is None where all paths are listed.
    total is the sum over the paths; gradient is equal to it, unless it is a limit. seed is the output's cotangent. For
    an input that is an index the gradient is None and there are no paths.
    """

    name: str
    seed: Value
    path_count: int | None
    paths: Sequence[Path]
    rest: Value | None
    total: Value | None
    gradient: Value | None


def chain_rules(trace: Trace, limit: int) -> Iterator[ChainRule]:
    """The chain rule for each input of a trace's gradients, with at most limit paths each; 0 stands for MOST_PATHS.

    At most MOST_INPUTS inputs, fewer for large graphs.
    """
    most = min(MOST_INPUTS, max(1, MOST_NODES // len(trace.graph.nodes)))
    for name in list(trace.gradients)[:most]:
        yield chain_rule(trace, name, limit)


def chain_rule(trace: Trace, name: str, limit: int) -> ChainRule:
    """The chain rule for one input, with at most limit paths; 0 stands for MOST_PATHS."""
    graph, gradient = trace.graph, trace.gradients[name]
    index = graph.input_indices[name]
    active = graph.active_slots([index])
    seed = plain(_seed(trace).value)
    if gradient is None or active[graph.output] is None:
        return ChainRule(name, seed, 0, (), None, gradient, gradient)
    with trace.op.quiet():
        paths, rest = _walk_paths(trace, index, min(limit or MOST_PATHS, MOST_PATHS))
    total = gradients_by_convention(trace)[name] if name in trace.limits else gradient
    return ChainRule(name, seed, _count(graph, active, index), paths, rest, total, gradient)


def _seed(trace: Trace) -> Cotangent:
    """The cotangent of the output."""
    if trace.steps:
        return trace.steps[0].upstream
    name = trace.graph.labels[trace.graph.output]
    return Cotangent(trace.gradients.get(name, trace.op.constant(1.0)))


def _count(graph: Graph, active: Sequence[tuple[int, ...] | None], index: int) -> int | None:
    """The number of paths from the output to an input; None where it exceeds MOST_COUNTED."""
    counts = [0] * len(graph.nodes)
    counts[index] = 1
    for node in graph.nodes:
        slots = active[node.index]
        if slots:
            counts[node.index] = min(sum([counts[node.operands[slot]] for slot in slots]), MOST_COUNTED + 1)
    return None if counts[graph.output] > MOST_COUNTED else counts[graph.output]


def _walk_paths(trace: Trace, index: int, limit: int) -> tuple[list[Path], Value | None]:
    """The first paths to an input in depth-first order by slots, and the sum of all others, None where there are
    none."""
    graph, values, op = trace.graph, trace.values, trace.op
    active = graph.active_slots([index])
    pieces = pieces_of(trace)
    paths: list[Path] = []
    trail: list[BackwardStep] = []
    # Edges still to be walked, the next one last: the length of the trail to it, and the edge as a step of one slot.
    branches: list[tuple[int, NodeBackward]] = []

    def arrive(at: int, cotangent: Cotangent) -> None:
        """Continue from a node; at the input, complete a path."""
        if at == index:
            paths.append(Path(tuple(trail), plain(cotangent.value)))
            return
        node = graph.nodes[at]
        y, operands = pieces.get(at) or (values[at], [values[operand] for operand in node.operands])
        for slot in reversed(active[at] or ()):
            step = NodeBackward(graph, node, y, operands, cotangent, (slot,))
            branches.append((len(trail), step))

    arrive(graph.output, _seed(trace))
    edges_left = MOST_EDGES
    while branches and len(paths) < limit and edges_left > 0:
        depth, step = branches.pop()
        del trail[depth:]
        trail.append(BackwardStep(depth + 1, step, values, op))
        before = len(paths)
        operand = step.node.operands[step.slots[0]]
        arrive(operand, _downstream(step, trace) or _zero_cotangent(operand, trace))
        edges_left -= 1 if len(paths) == before else len(trail)
    if not branches:
        return paths, None
    pending: dict[int, Cotangent] = {}
    for _, step in branches:
        downstream = _downstream(step, trace)
        if downstream is not None:
            add_to(pending, step.node.operands[step.slots[0]], downstream, op)
    cotangents = backward_from(graph, values, op, pending, active, pieces=pieces)
    return paths, plain(cotangents[index].value if index in cotangents else op.broadcast_like(0.0, values[index]))


def _downstream(step: NodeBackward, trace: Trace) -> Cotangent | None:
    ((_, _, downstream),) = edges_of(step, trace.op)
    return downstream


def _zero_cotangent(index: int, trace: Trace) -> Cotangent:
    """The cotangent behind a gate that passes nothing: 0, whatever it is multiplied by."""
    zero = trace.op.broadcast_like(0.0, trace.values[index])
    return Cotangent(zero, zero)
