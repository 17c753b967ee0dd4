"""The error of a trace whose value or gradient is not finite: its origin, the right value, and what to do."""

from __future__ import annotations

import math

from graphdiff.accuracy.inaccuracy import Inaccuracy
from graphdiff.accuracy.stable import StableWay
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.nonfinite import Origin, first_nonfinite, nonfinite_origin
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import is_finite
from graphdiff.writing.spelling import plain_number_text
from graphdiff.writing.text import operation_of

POWER_OF_NEGATIVE = "a negative number has no real power with a fraction; the real cube root is cbrt(x)"
"""The hint for x^(1/3) at -8."""


def nonfinite_error(trace: Trace) -> GraphdiffError:
    """The error for a trace whose value or gradient is not finite.

    It names the node that produced the number, and the right value where that is finite; the hint names a numerically
    stable form, where fusing finds one.
    """
    origin = nonfinite_origin(trace)
    graph = trace.graph
    nonfinite_names = [name for name, gradient in trace.gradients.items() if not is_finite(gradient)]
    of, quantity, value = "value", "the value", trace.value
    if is_finite(trace.value):
        name = nonfinite_names[0]
        of, quantity, value = f"d_{name}", f"the gradient by {shorten(name)}", trace.gradients[name]
    node = graph.nodes[origin.node]
    origin_text = shorten(graph.labels[node.index] if node.operation is None else operation_of(graph, node))
    if origin.operand is not None:
        origin_text = f"the derivative of {origin_text} by {shorten(graph.labels[origin.operand])}"
    if origin.is_sum:
        origin_text = f"the sum of the gradients that arrive at {shorten(graph.labels[node.index])}"
    inaccuracy = next((each for each in trace.accuracy if each.of == of and not math.isfinite(each.float)), None)
    return GraphdiffError(
        "nonfinite",
        f"{quantity} is {first_nonfinite(value)}: {origin_text} is {origin.number}{_right_text(inaccuracy)}",
        graph.source,
        node.span,
        _meaning(node, origin) or _stable_hint(trace, inaccuracy) or _allowance(trace),
    )


def _right_text(inaccuracy: Inaccuracy | None) -> str:
    """The right value of the entry, where it is known, or why it is not."""
    if inaccuracy is None:
        return ""
    place = f" at {list(inaccuracy.index)}" if inaccuracy.index else ""
    if inaccuracy.right is None:
        return f"; the right value{place} needs more digits than are tried"
    return f"; the right value{place} is {plain_number_text(inaccuracy.right)}"


def _meaning(node: Node, origin: Origin) -> str | None:
    """The explanation in the operation's own record, where its value is the origin."""
    is_value = origin.operand is None and not origin.is_sum
    if is_value and node.operation is PRIMITIVES["pow"] and "nan" in origin.number:
        return POWER_OF_NEGATIVE
    return node.operation.nonfinite or None if is_value and node.operation is not None else None


def _stable_hint(trace: Trace, inaccuracy: Inaccuracy | None) -> str | None:
    """The operations that fusing would recognise: if they give the right value, or where none is known, if they make
    all numbers finite."""
    if inaccuracy is not None:
        return inaccuracy.hint
    if trace.op.is_typed:  # with many digits nothing is unstable
        return None
    stable = StableWay(trace)
    return stable.hint if stable.names and stable.trace.is_finite else None


def _allowance(trace: Trace) -> Hint:
    """How to have the number reported all the same, or the other gradients without it."""
    if is_finite(trace.value) and len(trace.gradients) > 1:
        return Hint("allow_nonfinite=True reports it, wrt=… can leave it out", "allow_nonfinite_or_wrt")
    return Hint("allow_nonfinite=True reports it", "allow_nonfinite")
