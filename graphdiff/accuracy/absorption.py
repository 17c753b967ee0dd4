"""How many digits hold a small number beside a large one, as 1 + 1e-300 and erf(41), which is 1 - 1e-732, do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphdiff.accuracy.evaluation import Evaluation, Place, entries_of, isfinite, map_entries
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import DISTRIBUTOR, SIGN_FLIPPER, SIGNED_DISTRIBUTOR, SWAP_MULTIPLIER
from graphdiff.passes.backward import local_derivatives

FEWEST_DIGITS = 3
"""A number with fewer right digits is rounding alone."""


def absorbed_digits(graph: Graph, evaluation: Evaluation, other: Evaluation) -> int:
    """The digits that the values of an evaluation need, so that none of those that they depend on is lost in them;
    another evaluation with other random roundings shows which of them are rounding alone.

    A relative change of an operand x changes y by x/y * dy/dx of it, relatively. Where that is small, it is lost in
    arithmetic of few digits. Along a path from a number to one that depends on it, such factors are multiplied: a
    subtraction may bring back what an addition has absorbed.
    """
    op = evaluation.op
    bits = [0] * len(graph.nodes)
    with op.quiet():
        pairs = zip(evaluation.values, other.values, strict=True)
        values = [None if one is None else _without_rounding(one, each, op) for one, each in pairs]
        for node in graph.nodes:
            if node.operation is not None and values[node.index] is not None:
                losses = _lost_bits(node, values, evaluation, other)
                bits[node.index] = max([0, *(bits[node.operands[slot]] + loss for slot, loss in losses)])
    return max(bits) * 302 // 1000


def is_rounding(one: Any, other: Any) -> bool:
    """Whether hardly a digit of a number remains, given the same number with another rounding."""
    return one != other and bool(abs(one - other) * 10**FEWEST_DIGITS >= abs(one)) and isfinite(one) and isfinite(other)


def _lost_bits(node: Node, values: list[Any], evaluation: Evaluation, other: Evaluation) -> Iterator[tuple[int, int]]:
    """For each operand that a value depends on, log2 of |y / (x*dy/dx)|, the largest of all entries. values are those
    of the evaluation, with 0 in place of rounding alone."""
    operation, op = node.operation, evaluation.op
    assert operation is not None
    slots = [slot for slot in range(len(node.operands)) if not operation.is_index(slot)]
    operands = [values[operand] for operand in node.operands]
    y = _magnitudes(values[node.index])
    if not operation.is_elementwise:
        sizes = [size for entries in (y, *(_magnitudes(operands[slot]) for slot in slots)) for size in entries.values()]
        yield from [(slot, max(sizes) - min(sizes)) for slot in slots if sizes]
        return
    if operation.backward_pattern in (SIGN_FLIPPER, SWAP_MULTIPLIER):  # x*dy/dx is y
        yield from [(slot, 0) for slot in slots]
        return
    if operation.backward_pattern in (DISTRIBUTOR, SIGNED_DISTRIBUTOR):
        yield from _losses(dict(enumerate(operands)), y, node, evaluation)
        return
    terms = _terms(node, slots, operands, evaluation)
    losses = _losses(terms, y, node, evaluation)
    bits = op.functions.mp.prec  # type: ignore[attr-defined]
    suspects = [slot for slot, loss in losses if bits < 2 * loss < 4 * bits]  # as small as rounding, not as exp(-1e60)
    if suspects:
        others = _terms(node, suspects, operands, other)
        terms |= {slot: _without_rounding(terms[slot], others[slot], op) for slot in suspects}
        losses = _losses(terms, y, node, evaluation)
    yield from losses


def _terms(node: Node, slots: Sequence[int], operands: Sequence[Any], evaluation: Evaluation) -> dict[int, Any]:
    """x*dy/dx for each slot of an elementwise operation, with the derivative at the numbers of an evaluation."""
    op = evaluation.op
    at = [evaluation.values[operand] for operand in node.operands]
    derivatives = local_derivatives(node, slots, evaluation.values[node.index], at, op)
    return {slot: op.mul(operands[slot], local) for slot, local, _ in derivatives}


def _losses(
    terms: Mapping[int, Any], y: Mapping[Place, int], node: Node, evaluation: Evaluation
) -> list[tuple[int, int]]:
    """For each slot with a term other than 0, log2 of |y / term|, the largest of all entries."""
    losses: list[tuple[int, int]] = []
    for slot, term in terms.items():
        sizes_of_term = _magnitudes(evaluation.op.broadcast_like(term, evaluation.values[node.index]))
        lost = [y[place] - size for place, size in sizes_of_term.items() if place in y]
        if lost:
            losses.append((slot, max(lost)))
    return losses


def _without_rounding(value: Any, other: Any, op: Numeric) -> Any:
    """A value with 0 in place of the entries that are rounding alone."""
    if not any(
        is_rounding(one, each) for (_, one), (_, each) in zip(entries_of(value), entries_of(other), strict=True)
    ):
        return value
    return op.mul(value, op.constant(map_entries(lambda x, y: float(not is_rounding(x, y)), value, other)))


def _magnitudes(value: Any) -> dict[tuple[int, ...], int]:
    """The exponents of two of the entries that are neither 0 nor infinite nor NaN, by their indices."""
    return {
        place: entry._mpf_[2] + entry._mpf_[3]
        for place, entry in entries_of(value)
        if hasattr(entry, "_mpf_") and entry._mpf_[1]
    }
