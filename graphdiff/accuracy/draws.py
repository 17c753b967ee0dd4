"""How far random roundings move the numbers of a trace, and which ones too far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff.accuracy.decisions import COARSE_ROUNDING
from graphdiff.accuracy.evaluation import Key, evaluate, problem_of
from graphdiff.accuracy.interpreters import rounded_interpreter
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import is_finite, to_list

DRAWS: Sequence[tuple[int, int]] = ((0, 1), (0, -1), (1, 1))
"""Seeds of random roundings, and their signs: opposite errors lead to both branches of a tie."""
MANY_NODES = 2_000
"""Graphs with more nodes, those in functions and in the steps of loops too, have one random rounding."""
MARGIN = 5
"""Rounding may move a number this many times farther than in the worst of these draws."""
TRUSTED = 1e-6
"""A number whose relative error is smaller is right."""


def displacements(trace: Trace, rounding: float) -> Mapping[str, Any]:
    """How far random roundings, at most rounding relative to each result, move the entries of the value and of each
    gradient: arrays in their shapes, by the name that they have in a Key."""
    problem = problem_of(trace)
    numbers = _numbers(trace)
    farthest = {name: np.zeros(number.shape) for name, number in numbers.items()}
    size = len(trace.graph.nodes) + sum(node.operation.size for node in trace.graph.nodes if node.operation is not None)
    for seed, sign in DRAWS if size <= MANY_NODES else DRAWS[:1]:
        outputs = evaluate(problem, rounded_interpreter(trace.op, seed, sign * rounding)).outputs
        for name, number in numbers.items():
            with np.errstate(all="ignore"):
                farthest[name] = np.maximum(farthest[name], np.abs(outputs[name] - number))
    return farthest


def suspects_by_draws(trace: Trace) -> list[Key]:
    """The entries of the value and the gradients that random roundings move too far; all of them, where a number in
    between is not finite."""
    numbers = _numbers(trace)
    passes = [*trace.values, *(step.upstream.value for step in trace.steps)]
    if all(map(is_finite, passes)):
        bounds = {name: MARGIN * farthest for name, farthest in displacements(trace, COARSE_ROUNDING).items()}
    else:
        bounds = {name: np.full(number.shape, math.inf) for name, number in numbers.items()}
    return [
        (name, tuple(place))
        for name, number in numbers.items()
        for place in np.argwhere(~((bounds[name] <= TRUSTED * np.abs(number)) & np.isfinite(number))).tolist()
    ]


def _numbers(trace: Trace) -> dict[str, Any]:
    gradients = {f"d_{name}": each for name, each in trace.gradients.items() if each is not None}
    return {name: np.asarray(to_list(each)) for name, each in {"value": trace.value, **gradients}.items()}
