"""Generated code at a point, compared with a trace in 64 bits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.checking.directions import Direction
from graphdiff.checking.judge import NONFINITE, Judge
from graphdiff.checking.noise import Noise
from graphdiff.checking.row import CheckRow
from graphdiff.checking.runner import Entries, Function, run
from graphdiff.checking.verdict import AGREES, CONVENTION, DIFFERS, NOT_CHECKABLE
from graphdiff.errors import GraphdiffError
from graphdiff.passes.request import Request
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import shape_of, to_list
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import RUNNABLE
from graphdiff.targets.results import Result

VALUE_DIFFERS = "the value of the generated code differs"
CODE_DIFFERS = "the derivative of the generated code differs"
CONVENTION_OF_CODE = "the generated code keeps the convention of its rules"


class Results(NamedTuple):
    """What generated code returned: the value, and the gradient by each input, its entries in row-major order."""

    value: float
    gradients: Mapping[str, Sequence[float]]


class Language(NamedTuple):
    """The language of generated code, and whether its floats have 32 bits."""

    name: str
    float32: bool = False


class CodeJudge:
    """Judges what generated code returned, at the point of a trace."""

    def __init__(self, judge: Judge, results: Results, language: Language) -> None:
        self._judge = Judge(in_floats(judge.trace)) if judge.trace.op.is_typed else judge
        self._noise = Noise(judge.trace, float32=True) if language.float32 else self._judge.noise
        self._results = results

    def value_row(self, place: tuple[int, ...] = ()) -> CheckRow:
        """Compare the value of the generated code, or its entry at a place, with that of the trace."""
        value, of_trace = self._results.value, self._judge.trace.value
        error, bound = abs(value - of_trace), self._noise.of_value
        verdict, reason = (AGREES, "") if error <= bound else (DIFFERS, VALUE_DIFFERS)
        if not math.isfinite(of_trace):
            verdict, reason = NOT_CHECKABLE, NONFINITE.format("value")
        return CheckRow(
            "", place, analytic=of_trace, code=value, error=error, bound=bound, verdict=verdict, reason=reason
        )

    def compare(self, row: CheckRow, direction: Direction) -> CheckRow:
        """The row of a derivative with that of the generated code, which is compared with the trace and its rules."""
        noise = self._noise
        analytic, by_code = direction.along(self._judge.gradients), direction.along(self._results.gradients)
        row = row._replace(code=by_code)
        rounding, error = 2 * noise.along(direction), abs(by_code - analytic)
        if error <= rounding or not math.isfinite(analytic):
            return row
        by_rules = direction.along(noise.rule_gradients)
        if by_rules != analytic and abs(by_code - by_rules) <= rounding:
            kink = self._judge.kink_along(direction)
            reason = f"{CONVENTION_OF_CODE}: {kink}" if kink else CONVENTION_OF_CODE
            return row._replace(verdict=CONVENTION, reason=reason)
        return row._replace(
            numeric=None,
            numeric_text="",
            digits=None,
            error=error,
            bound=rounding,
            verdict=DIFFERS,
            reason=CODE_DIFFERS,
        )


def in_floats(trace_: Trace) -> Trace:
    """The trace in 64 bits of what a trace with many digits has; another trace unchanged."""
    if not trace_.op.is_typed:
        return trace_
    point = {name: _to_floats(to_list(value)) for name, value in trace_.point.items()}
    return trace(trace_.graph, point, wrt=list(trace_.gradients), upstream=1)


def _to_floats(value: Any) -> Any:
    return [_to_floats(row) for row in value] if isinstance(value, list) else float(value)


def gradient_by_code(trace: Trace, language: Language, names: Sequence[str]) -> Results:
    """Run generated code in a language at a trace's point, which gives these names.

    Raises GraphdiffError: "usage" if it cannot be run, or its compiler, interpreter or library is missing; "value" if
    the language does not support the formula.
    """
    wrt = inputs_by(trace)
    (((value,), *gradients),), _ = run_code(trace, language, Request("gradient", wrt, inputs=names), [None])
    return Results(value, dict(zip(wrt, gradients, strict=True)))


def inputs_by(trace: Trace) -> list[str]:
    """The inputs that a trace differentiates by, without indices."""
    return [name for name, gradient in trace.gradients.items() if gradient is not None]


def run_code(
    trace: Trace, language: Language, request: Request, directions: Sequence[Any]
) -> tuple[list[Entries], Sequence[Result]]:
    """What generated code returns at a trace's point for each direction or upstream, None for code without these; and
    what these results are.

    Raises GraphdiffError as gradient_by_code does.
    """
    name = language.name
    if name not in RUNNABLE:
        raise GraphdiffError("usage", f"cannot run {name} code", hint=f"choose one of {', '.join(RUNNABLE)}")
    values = input_values(trace)
    shapes = {name: shape_of(value) for name, value in values.items()}
    options = {"float32": True} if language.float32 else {}
    source, signature = generate(trace.graph, name, request, shapes, NAME, **options)
    operands = [values[name] for name in source.parameters]
    calls = [(0, operands if last is None else [*operands, last]) for last in directions]
    return run(RUNNABLE[name], [Function(source.text, signature)], calls), signature.results


def input_values(trace: Trace) -> dict[str, Any]:
    """The value of each input; 0 of one that is not given because nothing needs it."""
    indices = trace.graph.input_indices
    return {name: 0.0 if trace.values[index] is None else trace.values[index] for name, index in indices.items()}
