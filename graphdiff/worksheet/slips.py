"""The common slips of a worksheet's answers, each with the number that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isclose, isfinite
from typing import NamedTuple

from graphdiff.errors import shorten
from graphdiff.passes.steps import BackwardEdge, Term
from graphdiff.passes.values import Value

SAME = 1e-3
"""The relative difference below which two numbers may be written with the same three digits."""
WRONG_SIGN = "The sign is wrong."


class Slip(NamedTuple):
    """A wrong number, and one sentence about how it comes about."""

    number: float
    message: str


def value_slips(value: Value) -> list[Slip]:
    """The slips of a value of the forward pass."""
    return _distinct(value, [(-value, WRONG_SIGN)]) if isinstance(value, float) else []


def local_slips(edge: BackwardEdge) -> list[Slip]:
    """The slips of a local derivative."""
    local = edge.local.values
    if not isinstance(local, float):
        return []
    candidates = [
        (-local, WRONG_SIGN),
        (edge.downstream, "This is multiplied by the upstream; the local derivative is of this gate alone."),
        (1 / local if local else 0.0, "This is the reciprocal of the local derivative."),
    ]
    return _distinct(local, candidates)


def downstream_slips(edge: BackwardEdge) -> list[Slip]:
    """The slips of upstream × local."""
    upstream, local, downstream = edge.local.step.upstream.value, edge.local.values, edge.downstream
    if not (isinstance(upstream, float) and isinstance(local, float) and isinstance(downstream, float)):
        return []
    candidates = [
        (-downstream, WRONG_SIGN),
        (local, "This is the local derivative alone; multiply it by the upstream."),
        (upstream, "This is the upstream alone; multiply it by the local derivative."),
        (upstream + local, "Upstream and local derivative are multiplied, not added."),
        (upstream / local if local else 0.0, "The upstream is multiplied by the local derivative, not divided by it."),
    ]
    return _distinct(downstream, candidates)


def sum_slips(terms: Sequence[Term], gradient: Value) -> list[Slip]:
    """The slips of a gradient that arrives over several wires."""
    if not isinstance(gradient, float):
        return []
    return _distinct(gradient, _sum_candidates(terms, gradient))


def _sum_candidates(terms: Sequence[Term], gradient: float) -> Iterator[tuple[float, str]]:
    yield -gradient, WRONG_SIGN
    for term in terms:
        yield gradient - term.value, f"What arrives through {shorten(term.through)} is missing in the sum."
    for term in terms:
        yield term.value, f"This is what arrives through {shorten(term.through)}; add the other branches."


def _distinct(right: float, candidates: Iterable[tuple[float, str]]) -> list[Slip]:
    """The slips that give finite numbers other than the right one and those of earlier slips."""
    slips: list[Slip] = []
    for number, message in candidates:
        others = [right, *(slip.number for slip in slips)]
        if isfinite(number) and not any(isclose(number, other, rel_tol=SAME, abs_tol=1e-12) for other in others):
            slips.append(Slip(number, message))
    return slips
