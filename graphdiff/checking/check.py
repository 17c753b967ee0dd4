"""Compare every partial derivative with finite differences of the formula's values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
from graphdiff.passes.nonfinite import nonfinite_error
from graphdiff.passes.point import value_of
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import shape_of, to_list, to_tuples
from graphdiff.source import normalized

INDEX = "an index has no derivative"
VALUE_DIFFERS = "the value of the generated code differs"
CODE_DIFFERS = "the derivative of the generated code differs"
FLOAT_DIGITS = 17
"""The most digits of a 64-bit float; differences with more digits are computed with mpmath."""


class Row(NamedTuple):
    """One comparison: of the derivative with respect to an entry of an input, with its indices as place, or along a
    direction in entry_count entries at once; for generated code also of the value, where input is "".

    analytic is the derivative of the trace, code that of the generated code, numeric that from differences, and digits
    the same with all digits that were requested. error is the largest deviation, and bound the most that rounding and
    the differences can explain. Unknown numbers are None. At a kink, slopes are the one-sided derivatives from below
    and above. For a gate with its own derivative, gate is its call, input its parameter, and numeric the derivative of
    its body.
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
    """The result of a check: the trace whose gradients were checked, the language of the generated code that was
    checked too, a row for each comparison, and the numbers of entries: checked one by one, and in all."""

    trace: Trace
    target: str | None
    rows: Sequence[Row]
    entries: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether at least one row agrees and none differs."""
        return self.count(DIFFERS) == 0 and self.count(AGREES) > 0

    def count(self, verdict: Verdict) -> int:
        """The number of rows with this verdict."""
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
    """Compare the gradient at a point, given as a mapping, as keywords, or both, with finite differences.

    The derivative with respect to each entry of each input of wrt (by default all) is compared with central differences
    that are extrapolated to step 0 (Ridders 1982). The tolerance is computed from the error estimate of the
    extrapolation, and from the effect of random rounding on the values and the gradient (Parker 1997). With more than
    17 digits, the differences are computed with mpmath to that many. If inputs have very many entries, a sample is
    checked one by one and the others along random directions, which are the same in every run. With target, generated
    code in that language ("python", "numpy", "c", "javascript", "jax" or "torch") is run at the point and compared with
    both. Derivatives that a program defines for its gates are compared with those of the gates' bodies.

    upstream is the cotangent of the output, required if the output is an array. With allow_nonfinite, numbers that are
    not finite are not checkable. All computations are in 64 bits, with NumPy for arrays.

    Raises GraphdiffError: "nonfinite" if the value or a gradient is not finite, "usage" if the target needs something
    that is not installed, and as trace does if the source is not a program or the point does not fit it.
    """
    graph = parse(source)
    inputs = {normalized(name): _plain(value) for name, value in {**(point or {}), **values}.items()}
    base = trace(graph, inputs, wrt=wrt, upstream=upstream)
    names = list(base.gradients)
    if not base.is_finite and not allow_nonfinite:
        raise nonfinite_error(base, names)
    scalar = base if upstream is None else trace(_weighted_sum(base, upstream), inputs, wrt=names)
    is_precise = digits is not None and digits > FLOAT_DIGITS
    judge = Judge(scalar, digits if is_precise else None)
    code = None if target is None else code_results(scalar, target, inputs)
    directions, total = directions_of(scalar, is_precise)
    rows = [] if code is None else [_value_row(judge, code.value)]
    shape_errors = _shape_errors(scalar)
    rows += [Row(name, verdict=DIFFERS, reason=reason) for name, reason in shape_errors.items()]
    rows += [_row(judge, direction, code) for direction in directions if direction.name not in shape_errors]
    rows += [Row(name, reason=INDEX) for name, gradient in base.gradients.items() if gradient is None]
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


def _value_row(judge: Judge, value: float) -> Row:
    """Compare the value of the generated code with that of the trace."""
    error, bound = abs(value - judge.value), judge.value_noise
    verdict, reason = (AGREES, "") if error <= bound else (DIFFERS, VALUE_DIFFERS)
    if not math.isfinite(judge.value):
        verdict, reason = NOT_CHECKABLE, NONFINITE.format("value")
    return Row("", analytic=judge.value, code=value, error=error, bound=bound, verdict=verdict, reason=reason)


def _gate_row(check: GateCheck) -> Row:
    return Row(
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


def _row(judge: Judge, direction: Direction, code: Results | None) -> Row:
    estimate = judge.judge(direction)
    analytic = direction.along(judge.gradients)
    by_code = None if code is None else direction.along(code.gradients)
    row = Row(direction.name, direction.place, direction.entry_count, analytic, by_code, slopes=estimate.slopes)
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
