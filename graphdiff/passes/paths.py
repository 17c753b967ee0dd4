"""The chain rule path by path: a gradient is the sum over all paths from the output to an input of the product of the
local derivatives along each path.

n steps may have 2^n paths. Only as many as requested are walked; the others are counted, and their sum is one backward
pass from where they branch off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Interpreter
from graphdiff.passes.backward import backward_from, edges_of
from graphdiff.passes.conventions import gradients_by_convention
from graphdiff.passes.cotangents import NO_PIECES, Cotangent, NodeBackward, Piece, Pieces, add_to
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
    def labels(self) -> list[str]:
        """The labels of the nodes along it."""
        return [step.label for step in self.steps[:1]] + [step.operand for step in self.steps]

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
        walks, rest = walk_paths(graph, trace.values, trace.op, _seed(trace), index, limit, pieces_of(trace))
    paths = [
        Path(
            tuple([BackwardStep(number, step, trace.values, trace.op) for number, step in enumerate(steps, 1)]),
            plain(value),
        )
        for steps, value in walks
    ]
    total = gradients_by_convention(trace)[name] if name in trace.limits else gradient
    rest = None if rest is None else plain(rest)
    return ChainRule(name, seed, count_paths(graph, index), paths, rest, total, gradient)


def _seed(trace: Trace) -> Cotangent:
    """The cotangent of the output."""
    if trace.steps:
        return trace.steps[0].upstream
    name = trace.graph.labels[trace.graph.output]
    return Cotangent(trace.gradients.get(name, trace.op.constant(1.0)))


def count_paths(graph: Graph, index: int) -> int | None:
    """The number of paths from the output to an input; None where it exceeds MOST_COUNTED."""
    active = graph.active_slots([index])
    counts = [0] * len(graph.nodes)
    counts[index] = 1
    for node in graph.nodes:
        slots = active[node.index]
        if slots:
            counts[node.index] = min(sum([counts[node.operands[slot]] for slot in slots]), MOST_COUNTED + 1)
    return None if counts[graph.output] > MOST_COUNTED else counts[graph.output]


class Walk(NamedTuple):
    """A path from the output to an input by any interpreter: its steps, each of one slot, and its term of the
    gradient."""

    steps: tuple[NodeBackward, ...]
    value: Any


def walk_paths(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    seed: Cotangent,
    index: int,
    limit: int,
    pieces: Pieces = NO_PIECES,
) -> tuple[list[Walk], Any]:
    """The first paths to an input in depth-first order by slots, at most limit (0: MOST_PATHS), and the sum of all
    others, None where there are none. The parameters are those of passes.backward.backward()."""
    active = graph.active_slots([index])
    limit = min(limit or MOST_PATHS, MOST_PATHS)
    walks: list[Walk] = []
    trail: list[NodeBackward] = []
    # Edges still to be walked, the next one last: the length of the trail to it, and the edge as a step of one slot.
    branches: list[tuple[int, NodeBackward]] = []

    def arrive(at: int, cotangent: Cotangent) -> None:
        """Continue from a node; at the input, complete a path."""
        if at == index:
            walks.append(Walk(tuple(trail), cotangent.value))
            return
        node = graph.nodes[at]
        y, operands, inside = pieces.get(at) or Piece(values[at], [values[operand] for operand in node.operands])
        for slot in reversed(active[at] or ()):
            branches.append((len(trail), NodeBackward(graph, node, y, operands, cotangent, (slot,), inside)))

    arrive(graph.output, seed)
    edges_left = MOST_EDGES
    while branches and len(walks) < limit and edges_left > 0:
        depth, step = branches.pop()
        del trail[depth:]
        trail.append(step)
        before = len(walks)
        operand = step.node.operands[step.slots[0]]
        arrive(operand, _downstream(step, op) or _zero_cotangent(values[operand], op))
        edges_left -= 1 if len(walks) == before else len(trail)
    if not branches:
        return walks, None
    pending: dict[int, Cotangent] = {}
    for _, step in branches:
        downstream = _downstream(step, op)
        if downstream is not None:
            add_to(pending, step.node.operands[step.slots[0]], downstream, op)
    cotangents = backward_from(graph, values, op, pending, active, pieces=pieces)
    return walks, cotangents[index].value if index in cotangents else op.broadcast_like(0.0, values[index])


def _downstream(step: NodeBackward, op: Interpreter) -> Cotangent | None:
    ((_, _, downstream),) = edges_of(step, op)
    return downstream


def _zero_cotangent(value: Any, op: Interpreter) -> Cotangent:
    """The cotangent behind a gate that passes nothing: 0, whatever it is multiplied by."""
    zero = op.broadcast_like(0.0, value)
    return Cotangent(zero, zero)
