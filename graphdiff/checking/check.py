"""Compare every partial derivative with finite differences of the formula's values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from warnings import warn

from graphdiff.accuracy.nonfinite import nonfinite_error
from graphdiff.accuracy.rounding import as_single
from graphdiff.checking.code import CodeJudge, Language, gradient_by_code, in_floats, inputs_by
from graphdiff.checking.directions import directions_of
from graphdiff.checking.exact import LEAST_DIGITS
from graphdiff.checking.gates import gate_rows
from graphdiff.checking.judge import FLOAT_DIGITS, Judge
from graphdiff.checking.matrix import matrix_rows, weighted_sum
from graphdiff.checking.row import CheckRow
from graphdiff.checking.verdict import AGREES, DIFFERS, FAILURES, VERDICTS, Verdict
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.literal import check_precision
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.point import join_values
from graphdiff.passes.request import WANTS, Request
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_list
from graphdiff.precise.trace import trace
from graphdiff.source import normalize_names
from graphdiff.targets.registry import FLOAT32, TARGETS, find_target

_SINGLE = " or ".join([name for name, target in TARGETS.items() if FLOAT32 in target.options])
INDEX = "an index has no derivative"


class Check(NamedTuple):
    """The result of a check.

    Attributes:
        trace: The trace whose gradients were checked.
        target: The language of the generated code that was checked too, or None.
        rows: One row for each comparison.
        entries: How many entries of the inputs were checked one by one, and how many there are.
        float32: Whether the generated code computes with 32-bit floats.
    """

    trace: Trace
    target: str | None
    rows: Sequence[CheckRow]
    entries: tuple[int, int]
    float32: bool = False

    @property
    def agrees(self) -> bool:
        """Whether at least one row agrees, and the check has not failed."""
        return self.count(AGREES) > 0 and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether a row differs, or has lost its digits."""
        return any(map(self.count, FAILURES))

    def count(self, verdict: Verdict) -> int:
        """The number of rows with this verdict: "agrees", "differs", "lost", "not checkable" or "convention"."""
        return sum(row.verdict == verdict for row in self.rows)

    def __repr__(self) -> str:
        counts = ((self.count(verdict), verdict) for verdict in VERDICTS)
        return f"<Check: {', '.join(f'{count} {verdict}' for count, verdict in counts if count)}>"


def check(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: Any = None,
    digits: int | None = None,
    precision: int | None = None,
    target: str | None = None,
    want: str = "gradient",
    sparse: bool = False,
    float32: bool = False,
    allow_nonfinite: bool = False,
    language: str | None = None,
    **values: Any,
) -> Check:
    """Compare the gradient at a point with finite differences of the formula's own values.

    Each derivative, by every entry of every input, is compared with differences in many digits, whose steps are small
    beside every number of the formula and which smaller steps confirm. How far the derivative may be off is computed
    too: it is what rounding has changed. The derivatives that a program gives its gates are compared in the same way
    with differences of the gates' bodies. Where that would take too long, for large arrays, differences are of 64-bit
    floats, extrapolated to step 0 (Ridders 1982) with a bound of their own error and of that by rounding (Parker 1997);
    of very many entries a sample is checked one by one, and the others along random directions, the same ones each
    time.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        upstream: The gradient that arrives at the output, in its shape: 1 by default; an array needs one.
        digits: With more than 17, deprecated for `precision`.
        precision: The number of significant digits, at least 20, to which the gradient and the differences are
            computed, from numbers as they were typed (see `trace`); by default the gradient is in 64 bits.
        target: The language in which to generate code, run it at the point and compare it with both: "python", "numpy",
            "c", "javascript", "jax" or "torch".
        want: What the generated code computes besides the value: "gradient", or "jacobian", "hessian", "jvp", "vjp",
            "hvp", or "value" for nothing; each needs a target. Every entry of the matrix is then compared, of products
            by unit directions or upstreams.
        sparse: Whether the code of a Jacobian or Hessian computes only the entries that can differ from 0; the others
            are compared as 0.
        float32: Whether the code, of C or Rust, computes with 32-bit floats. The point is rounded to these, and the
            code may be off by what rounding to 32 bits changes.
        allow_nonfinite: Whether numbers that are not finite are not checkable, rather than an error.
        language: The language of the text, as `parse` takes it.
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        A row for each comparison, with its verdict.

    Raises:
        GraphdiffError: As by `trace`; "nonfinite" if the value or a gradient is not finite; "usage" if the target is
            unknown, or needs what is not installed, or `want` is unknown or needs a target, or the precision is
            invalid; "limit" if a matrix has very many entries.
    """
    if precision is None and digits is not None and digits > FLOAT_DIGITS:
        warn(f"digits above {FLOAT_DIGITS} is deprecated: use precision={digits}", DeprecationWarning, stacklevel=2)
        precision = digits
    if precision is not None:
        precision = max(check_precision(precision), LEAST_DIGITS)
    inputs: dict[str, Any] = normalize_names(join_values(point, values))
    if precision is None:
        inputs = {name: _plain(value) for name, value in inputs.items()}
    if float32:
        inputs = _single_point(inputs, target, precision)
    if want != "gradient" or sparse:
        _check_want(want, sparse, target, upstream)
        upstream = 1  # of the trace of an array
    base = trace(source, inputs, wrt=wrt, upstream=upstream, precision=precision, language=language)
    if not base.is_finite and not allow_nonfinite:
        raise nonfinite_error(base)
    code = None if target is None else Language(target, float32)
    rows, counts = _compare(base, inputs, code, Request(want, (), sparse=sparse), upstream is not None, precision)
    rows += [CheckRow(name, reason=INDEX) for name, gradient in base.gradients.items() if gradient is None]
    rows += gate_rows(base)
    return Check(base, target, rows, counts, float32)


def _compare(
    base: Trace,
    inputs: Mapping[str, Any],
    code: Language | None,
    request: Request,
    is_weighted: bool,
    precision: int | None,
) -> tuple[list[CheckRow], tuple[int, int]]:
    """The comparisons of the gradient, for the upstream of the trace if it is weighted, or of what else is wanted."""

    def trace_of(graph: Graph) -> Trace:
        point = {name: value for name, value in inputs.items() if name in graph.input_indices}
        return trace(graph, point, wrt=list(base.gradients), precision=precision)

    if request.want != "gradient" and code is not None:
        return matrix_rows(base, code, request._replace(wrt=inputs_by(base), inputs=list(inputs)), trace_of)
    scalar = base
    if is_weighted:
        scalar = trace_of(weighted_sum(base.graph, base.upstream, shape_of(base.value)))
    return _gradient_rows(scalar, code, list(inputs))


def _single_point(point: Mapping[str, Any], target: str | None, precision: int | None) -> dict[str, Any]:
    """The point in 32-bit floats.

    Raises GraphdiffError: "usage" if there is no code on these to check, "value" if a number is out of their range.
    """
    if target is None:
        raise GraphdiffError("usage", "float32 is for generated code, which needs a target", hint=f"choose {_SINGLE}")
    if precision is not None:
        raise GraphdiffError("usage", "float32 and precision exclude each other", hint="leave out one of them")
    if FLOAT32 not in find_target(target).options:
        raise GraphdiffError("usage", f"{TARGETS[target].title} code has no 32-bit floats", hint=f"choose {_SINGLE}")
    return {name: _single_value(name, value) for name, value in point.items()}


def _single_value(name: str, value: Any) -> Any:
    """A number, or nested lists of them, in 32-bit floats; anything else unchanged, which trace() reports."""
    if isinstance(value, (list, tuple)):
        return [_single_value(name, each) for each in value]
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return value
    single = as_single(number)
    if (math.isfinite(number) and not math.isfinite(single)) or (number and not single):
        size = "large" if single else "small"
        hint = "scale the formula, or check 64-bit code"
        raise GraphdiffError("value", f"{shorten(name)} = {number:.6g} is too {size} for a 32-bit float", hint=hint)
    return single


def _check_want(want: str, sparse: bool, target: str | None, upstream: Any) -> None:
    if want not in WANTS:
        hint = f"want is one of {', '.join(WANTS)}"
        raise GraphdiffError("usage", f"unknown result '{shorten(str(want))}'", hint=hint)
    if target is None:
        hint = "name a language as the target, such as c"
        raise GraphdiffError("usage", f"{want} is checked in generated code, which needs a target", hint=hint)
    if upstream is not None:
        raise GraphdiffError("usage", f"{want} is checked for every upstream", hint="leave out the upstream")
    if sparse:
        find_target(target).check_sparse(want)


def _gradient_rows(
    scalar: Trace, language: Language | None, names: Sequence[str]
) -> tuple[list[CheckRow], tuple[int, int]]:
    """The comparisons of the gradient of a number, and how many entries were checked one by one and how many there
    are."""
    judge = Judge(scalar)
    code = None
    if language is not None:
        code = CodeJudge(judge, gradient_by_code(in_floats(scalar), language, names), language)
    directions, total = directions_of(scalar, judge.is_precise)
    rows = [] if code is None else [code.value_row()]
    shape_errors = _shape_errors(scalar)
    rows += [CheckRow(name, verdict=DIFFERS, reason=reason) for name, reason in shape_errors.items()]
    for direction in directions:
        if direction.name not in shape_errors:
            row = judge.row(direction)
            rows.append(row if code is None else code.compare(row, direction))
    return rows, (sum(direction.entry_count == 1 for direction in directions), total)


def _plain(value: Any) -> Any:
    """An array of any library and precision as nested lists; anything else unchanged."""
    return to_list(value) if len(getattr(value, "shape", ())) and hasattr(value, "dtype") else value


def _shape_errors(trace: Trace) -> dict[str, str]:
    """A message for each gradient whose shape is not that of its input."""
    reasons: dict[str, str] = {}
    for name, gradient in trace.gradients.items():
        value = trace.values[trace.graph.input_indices[name]]
        if gradient is not None and value is not None and shape_of(gradient) != shape_of(value):
            shapes = shape_text(shape_of(gradient)), shape_text(shape_of(value))
            reasons[name] = "the gradient has the shape {}, but the input has {}".format(*shapes)
    return reasons
