"""The chain rule by paths: a gradient is the sum over all paths from the output to an input, and what a path adds is
the product of the local derivatives of its edges.

Paths are as many as 2^n in n steps. Only those that are asked for are walked; the others are counted, and what they add
is one backward pass from where they branch off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.passes.backward import Cotangent, NodeBackward, add_to, edges_of, passed_back
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain

MOST_COUNTED = 10**15
"""Paths are counted so far."""
MOST_PATHS = 10_000
MOST_EDGES = 200_000
"""How many paths to an input, with how many edges in all, are told one by one."""
MOST_INPUTS = 100
MOST_NODES = 500_000
"""For how many inputs it is done, and how many nodes may be looked at for that."""


class Path(NamedTuple):
    """One way from the output to an input, a step an edge, and what it adds to the gradient.

    The upstream of a step is what arrives there along this path alone.
    """

    steps: tuple[BackwardStep, ...]
    value: Value

    @property
    def is_scalar(self) -> bool:
        """Whether every local derivative is one number, so that the path is their product."""
        return all([step.is_scalar for step in self.steps])


class ChainRule(NamedTuple):
    """The gradient by one input as a sum over paths: the first of them, and what all others add together.

    path_count is that of all paths, None where there are more than MOST_COUNTED; rest is None where all are told. seed
    is the output's cotangent. The gradient is None, and there are no paths, by an input that is an index.
    """

    name: str
    seed: Value
    path_count: int | None
    paths: Sequence[Path]
    rest: Value | None
    gradient: Value | None


def chain_rules(trace: Trace, limit: int) -> Iterator[ChainRule]:
    """The chain rule by each input of the gradients, as many as can be told, with at most limit paths each (0: as many
    as can be told)."""
    most = min(MOST_INPUTS, max(1, MOST_NODES // len(trace.graph.nodes)))
    for name in list(trace.gradients)[:most]:
        yield chain_rule(trace, name, limit)


def chain_rule(trace: Trace, name: str, limit: int) -> ChainRule:
    """The chain rule by one input, with at most limit paths (0: as many as can be told)."""
    graph, gradient = trace.graph, trace.gradients[name]
    index, seed = graph.input_indices[name], plain(_seed(trace).value)
    active = graph.active([index])
    seed = plain(_seed(trace).value)
    if gradient is None or active[graph.output] is None:
        return ChainRule(name, seed, 0, (), None, gradient)
    with trace.op.quiet():
        paths, rest = _walked(trace, index, min(limit or MOST_PATHS, MOST_PATHS))
    return ChainRule(name, seed, _count(graph, active, index), paths, rest, gradient)


def _seed(trace: Trace) -> Cotangent:
    """What arrives at the output; where that is an input it is its gradient."""
    if trace.visited:
        return trace.visited[0].upstream
    name = trace.graph.labels[trace.graph.output]
    return Cotangent(trace.gradients.get(name, trace.op.constant(1.0)))


def _count(graph: Graph, active: Sequence[tuple[int, ...] | None], index: int) -> int | None:
    """How many paths lead from the output to an input."""
    counts = [0] * len(graph.nodes)
    counts[index] = 1
    for node in graph.nodes:
        slots = active[node.index]
        if slots:
            counts[node.index] = min(sum([counts[node.operands[slot]] for slot in slots]), MOST_COUNTED + 1)
    return None if counts[graph.output] > MOST_COUNTED else counts[graph.output]


def _walked(trace: Trace, index: int, limit: int) -> tuple[list[Path], Value | None]:
    """The first paths to an input, those through first operands before the others, and what all others add."""
    graph, values, op = trace.graph, trace.values, trace.op
    active = graph.active([index])
    paths: list[Path] = []
    trail: list[BackwardStep] = []
    # Edges still to be walked, the next one last: how long the trail to it is, and the edge as a step of one slot.
    branches: list[tuple[int, NodeBackward]] = []

    def arrive(at: int, cotangent: Cotangent) -> None:
        """Goes on from a node; at the input a path is complete."""
        if at == index:
            paths.append(Path(tuple(trail), plain(cotangent.value)))
            return
        node = graph.nodes[at]
        operands = [values[operand] for operand in node.operands]
        for slot in reversed(active[at] or ()):
            step = NodeBackward(graph, node, values[at], operands, cotangent, (slot,))
            branches.append((len(trail), step))

    arrive(graph.output, _seed(trace))
    left = MOST_EDGES
    while branches and len(paths) < limit and left > 0:
        depth, step = branches.pop()
        del trail[depth:]
        trail.append(BackwardStep(depth + 1, step, values, op))
        before = len(paths)
        operand = step.node.operands[step.slots[0]]
        arrive(operand, _passed(step, trace) or _closed(operand, trace))
        left -= 1 if len(paths) == before else len(trail)
    if not branches:
        return paths, None
    arrived: dict[int, Cotangent] = {}
    for _, step in branches:
        downstream = _passed(step, trace)
        if downstream is not None:
            add_to(arrived, step.node.operands[step.slots[0]], downstream, op)
    found = passed_back(graph, values, op, arrived, active)
    return paths, plain(found[index].value if index in found else op.expanded(0.0, values[index]))


def _passed(step: NodeBackward, trace: Trace) -> Cotangent | None:
    ((_, _, downstream),) = edges_of(step, trace.op)
    return downstream


def _closed(index: int, trace: Trace) -> Cotangent:
    """What goes on from a gate that passes nothing: 0, whatever it is multiplied by."""
    zero = trace.op.expanded(0.0, trace.values[index])
    return Cotangent(zero, zero)
