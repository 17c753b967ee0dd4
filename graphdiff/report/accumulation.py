"""The gradient by each node as the sum over its edges: `b̄ = x̄ + ȳ · 2*b = 7 + 2 · 3 = 13`, from the output back.

A network has as many such sums as nodes, but many more paths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from graphdiff.operations.shapes import size_of
from graphdiff.passes.paths import ChainRule
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of
from graphdiff.report.numbers import LARGEST_SUBSTITUTED

LEGEND = "A bar marks the gradient by a node: the sum of what arrives at it, upstream × local for each edge."
MOST_FACTORS = 60
"""Edges on all paths beyond which the sums are shorter to read."""


class Arrival(NamedTuple):
    """A node at which gradients arrive, the edges along which they do, one a step, and their sum."""

    label: str
    edges: Sequence[BackwardStep]
    gradient: Value


def arrivals(trace: Trace) -> Iterator[Arrival]:
    """The operations in the order of the backward pass, then the inputs in their own, but for indices, which have no
    gradient. Edges are in the order of evaluation."""
    edges: dict[int, list[BackwardStep]] = defaultdict(list)
    for step in trace.backward:
        for source, slot in reversed(step.sources):
            edges[source].append(step.only(slot))
    graph = trace.graph
    gradients = {step.node.index: step.upstream for step in trace.backward}
    inputs = {graph.input_indices[name]: gradient for name, gradient in trace.gradients.items()}
    for index, gradient in {**gradients, **inputs}.items():
        if gradient is not None:
            yield Arrival(graph.labels[index], edges[index][::-1], gradient)


def sums(
    edges: Sequence[BackwardStep],
    rules: Callable[[BackwardStep], Sequence[str]],
    number: Callable[[Value], str],
    parenthesize: Callable[[str], str],
) -> list[str]:
    """The sum over some edges as symbols, and in numbers where all edges have them. rules returns the rule of an edge
    in one form or both."""
    terms = [[*rules(step), *_number_of_one(step, number)] for step in edges]
    stages = [[term[form] for term in terms] for form in range(min(map(len, terms), default=0))]
    return [" + ".join([first, *map(parenthesize, others)]) for first, *others in stages]


def _number_of_one(step: BackwardStep, number: Callable[[Value], str]) -> list[str]:
    """The upstream where the local derivative is 1, which rules leave out."""
    (edge,) = step.edges
    is_one = edge.local.values is not None and edge.local.formula == "1" and not edge.local.summed_axes
    return [number(step.upstream)] if is_one and size_of(shape_of(step.upstream)) <= LARGEST_SUBSTITUTED else []


def are_shorter(rules: Sequence[ChainRule]) -> bool:
    """Whether sums are shorter than all paths to these inputs."""
    has_more = any(rule.rest is not None for rule in rules)
    return has_more or sum(len(path.steps) for rule in rules for path in rule.paths) > MOST_FACTORS
