"""Compare every partial derivative with finite differences of the formula's values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.accuracy.nonfinite import nonfinite_error
from graphdiff.checking.code import Results, code_results
from graphdiff.checking.directions import Direction, directions_of
from graphdiff.checking.gates import GateCheck, gate_checks
from graphdiff.checking.judge import NONFINITE, Judge
from graphdiff.checking.verdict import AGREES, DIFFERS, NOT_CHECKABLE, Verdict
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.build import parse
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.point import value_of
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import shape_of, to_list, to_tuples
from graphdiff.source import normalize_text

INDEX = "an index has no derivative"
VALUE_DIFFERS = "the value of the generated code differs"
CODE_DIFFERS = "the derivative of the generated code differs"
FLOAT_DIGITS = 17
"""The most digits of a 64-bit float; differences with more digits are computed with mpmath."""


class CheckRow(NamedTuple):
    """One comparison: of a derivative, or of the value of generated code.

    Attributes:
        input: The input, or a parameter of `gate`; empty where the value is compared.
        place: The indices of the entry; () for a number, and for a direction.
        entry_count: The number of entries: 1, or more for a derivative along a direction in so many of them.
        analytic: The number of the trace.
        code: That of the generated code, or None.
        numeric: The derivative by differences, for a gate that of its body; None where there is none.
        digits: `numeric` as text, with all digits that were computed.
        error: How far the number that is farthest off is from `analytic`, or None.
        bound: How far it may be off by rounding and by the error of the differences, or None.
        verdict: "agrees", "differs" or "not checkable".
        reason: Why it is not checkable, or what differs; may be empty.
        slopes: The derivatives from below and from above at a kink, or None.
        gate: The call of a gate with a derivative of its own, where that is compared; else empty.
    """

    input: str
    place: tuple[int, ...] = ()
    entry_count: int = 1
    analytic: float | None = None
    code: float | None = None
    numeric: float | None = None
    digits: str = ""
    error: float | None = None
    bound: float | None = None
    verdict: Verdict = NOT_CHECKABLE
    reason: str = ""
    slopes: tuple[float, float] | None = None
    gate: str = ""


class Check(NamedTuple):
    """The result of a check.

    Attributes:
        trace: The trace whose gradients were checked.
        target: The language of the generated code that was checked too, or None.
        rows: One row for each comparison.
        entries: How many entries of the inputs were checked one by one, and how many there are.
    """

    trace: Trace
    target: str | None
    rows: Sequence[CheckRow]
    entries: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether at least one row agrees, and none differs."""
        return self.count(DIFFERS) == 0 and self.count(AGREES) > 0

    def count(self, verdict: Verdict) -> int:
        """The number of rows with this verdict: "agrees", "differs" or "not checkable"."""
        return sum(row.verdict == verdict for row in self.rows)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(verdict)} {verdict}" for verdict in (AGREES, DIFFERS, NOT_CHECKABLE))
        return f"<Check: {counts}>"


def check(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: Any = None,
    digits: int | None = None,
    target: str | None = None,
    allow_nonfinite: bool = False,
    **values: Any,
) -> Check:
    """Compare the gradient at a point with finite differences of the formula's own values.

    Each derivative, by every entry of every input, is compared with central differences that are extrapolated to step 0
    (Ridders 1982). How far the two may be apart is computed: from the error that the extrapolation leaves, and from how
    far other roundings move the values and the gradient (Parker 1997). Of inputs with very many entries a sample is
    checked one by one, and the others along random directions, the same ones each time. The derivatives that a program
    gives its gates are compared with those of the gates' bodies. Arithmetic is in 64 bits, by NumPy for arrays.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        upstream: The gradient that arrives at the output, in its shape: 1 by default; an array needs one.
        digits: With more than 17, mpmath computes the differences to so many digits.
        target: The language in which to generate code, run it at the point and compare it with both: "python", "numpy",
            "c", "javascript", "jax" or "torch".
        allow_nonfinite: Whether numbers that are not finite are not checkable, rather than an error.
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        A row for each comparison, with its verdict.

    Raises:
        GraphdiffError: As by `trace`; "nonfinite" if the value or a gradient is not finite; "usage" if the target is
            unknown, or needs what is not installed.
    """
    graph = parse(source)
    inputs = {normalize_text(name): _plain(value) for name, value in {**(point or {}), **values}.items()}
    base = trace(graph, inputs, wrt=wrt, upstream=upstream)
    names = list(base.gradients)
    if not base.is_finite and not allow_nonfinite:
        raise nonfinite_error(base)
    scalar = base if upstream is None else trace(_weighted_sum(base, upstream), inputs, wrt=names)
    is_precise = digits is not None and digits > FLOAT_DIGITS
    judge = Judge(scalar, digits if is_precise else None)
    code = None if target is None else code_results(scalar, target, inputs)
    directions, total = directions_of(scalar, is_precise)
    rows = [] if code is None else [_value_row(judge, code.value)]
    shape_errors = _shape_errors(scalar)
    rows += [CheckRow(name, verdict=DIFFERS, reason=reason) for name, reason in shape_errors.items()]
    rows += [_row(judge, direction, code) for direction in directions if direction.name not in shape_errors]
    rows += [CheckRow(name, reason=INDEX) for name, gradient in base.gradients.items() if gradient is None]
    rows += [_gate_row(each) for each in gate_checks(base)]
    return Check(base, target, rows, (sum(direction.entry_count == 1 for direction in directions), total))


def _plain(value: Any) -> Any:
    """An array of any library and precision as nested lists; anything else unchanged."""
    return to_list(value) if len(getattr(value, "shape", ())) and hasattr(value, "dtype") else value


def _weighted_sum(trace: Trace, upstream: Any) -> Graph:
    """sum(output*upstream), whose gradients are those of the output for this upstream."""
    graph = trace.graph
    nodes = list(graph.nodes)
    weights = to_tuples(value_of(upstream, lambda: "upstream"))
    nodes.append(Node(len(nodes), None, parameters={"value": weights}))
    nodes.append(Node(len(nodes), PRIMITIVES["mul"], (graph.output, len(nodes) - 1)))
    if shape_of(trace.value):
        nodes.append(Node(len(nodes), PRIMITIVES["sum"], (len(nodes) - 1,)))
    return Graph(nodes, graph.inputs, [len(nodes) - 1], graph.names, graph.source)


def _shape_errors(trace: Trace) -> dict[str, str]:
    """A message for each gradient whose shape is not that of its input."""
    reasons: dict[str, str] = {}
    for name, gradient in trace.gradients.items():
        value = trace.values[trace.graph.input_indices[name]]
        if gradient is not None and value is not None and shape_of(gradient) != shape_of(value):
            shapes = shape_text(shape_of(gradient)), shape_text(shape_of(value))
            reasons[name] = "the gradient has the shape {}, but the input has {}".format(*shapes)
    return reasons


def _value_row(judge: Judge, value: float) -> CheckRow:
    """Compare the value of the generated code with that of the trace."""
    error, bound = abs(value - judge.value), judge.value_noise
    verdict, reason = (AGREES, "") if error <= bound else (DIFFERS, VALUE_DIFFERS)
    if not math.isfinite(judge.value):
        verdict, reason = NOT_CHECKABLE, NONFINITE.format("value")
    return CheckRow("", analytic=judge.value, code=value, error=error, bound=bound, verdict=verdict, reason=reason)


def _gate_row(check: GateCheck) -> CheckRow:
    return CheckRow(
        check.parameter,
        check.place,
        analytic=check.own,
        numeric=check.true,
        error=check.error,
        bound=check.bound,
        verdict=check.verdict,
        reason=check.reason,
        gate=check.call,
    )


def _row(judge: Judge, direction: Direction, code: Results | None) -> CheckRow:
    estimate = judge.judge(direction)
    analytic = direction.along(judge.gradients)
    by_code = None if code is None else direction.along(code.gradients)
    row = CheckRow(direction.name, direction.place, direction.entry_count, analytic, by_code, slopes=estimate.slopes)
    rounding = 2 * direction.bound_along(judge.gradient_noise)
    if by_code is not None and math.isfinite(analytic) and not abs(by_code - analytic) <= rounding:
        return row._replace(error=abs(by_code - analytic), bound=rounding, verdict=DIFFERS, reason=CODE_DIFFERS)
    if estimate.numeric is None or estimate.bound is None:
        return row._replace(reason=estimate.reason)
    error = float(abs(estimate.numeric - analytic))
    return row._replace(
        numeric=float(estimate.numeric),
        digits=estimate.digits,
        error=error,
        bound=estimate.bound,
        verdict=AGREES if error <= estimate.bound else DIFFERS,
        reason=estimate.reason,
    )
