"""Generated code at a point, compared with a trace in 64 bits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.checking.directions import Direction
from graphdiff.checking.judge import NONFINITE, Judge
from graphdiff.checking.row import CheckRow
from graphdiff.checking.runner import Function, run
from graphdiff.checking.verdict import AGREES, CONVENTION, DIFFERS, NOT_CHECKABLE
from graphdiff.errors import GraphdiffError
from graphdiff.passes.request import Request
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import shape_of, to_list
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import RUNNABLE

VALUE_DIFFERS = "the value of the generated code differs"
CODE_DIFFERS = "the derivative of the generated code differs"
CONVENTION_OF_CODE = "the generated code keeps the convention of its rules"


class Results(NamedTuple):
    """What generated code returned: the value, and the gradient by each input, its entries in row-major order."""

    value: float
    gradients: Mapping[str, Sequence[float]]


class CodeJudge:
    """Judges the value and the derivatives of generated code in a language, at the point of a trace.

    Raises GraphdiffError as code_results does.
    """

    def __init__(self, judge: Judge, target: str, names: Sequence[str]) -> None:
        self._judge = Judge(_in_floats(judge.trace)) if judge.trace.op.is_typed else judge
        self._results = code_results(self._judge.trace, target, names)

    def value_row(self) -> CheckRow:
        """Compare the value of the generated code with that of the trace."""
        value, of_trace = self._results.value, self._judge.trace.value
        error, bound = abs(value - of_trace), self._judge.noise.of_value
        verdict, reason = (AGREES, "") if error <= bound else (DIFFERS, VALUE_DIFFERS)
        if not math.isfinite(of_trace):
            verdict, reason = NOT_CHECKABLE, NONFINITE.format("value")
        return CheckRow("", analytic=of_trace, code=value, error=error, bound=bound, verdict=verdict, reason=reason)

    def compare(self, row: CheckRow, direction: Direction) -> CheckRow:
        """The row of a derivative with that of the generated code, which is compared with the trace and its rules."""
        noise = self._judge.noise
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


def _in_floats(precise: Trace) -> Trace:
    """The trace in 64 bits of what a trace with many digits has."""
    point = {name: _to_floats(to_list(value)) for name, value in precise.point.items()}
    return trace(precise.graph, point, wrt=list(precise.gradients))


def _to_floats(value: Any) -> Any:
    return [_to_floats(row) for row in value] if isinstance(value, list) else float(value)


def code_results(trace: Trace, target: str, names: Sequence[str]) -> Results:
    """Run generated code in a language at a trace's point, which gives these names.

    Raises GraphdiffError: "usage" if it cannot be run, or its compiler, interpreter or library is missing; "value" if
    the language does not support the formula.
    """
    if target not in RUNNABLE:
        raise GraphdiffError("usage", f"cannot run {target} code", hint=f"choose one of {', '.join(RUNNABLE)}")
    graph = trace.graph
    wrt = [name for name, gradient in trace.gradients.items() if gradient is not None]
    values = {
        name: 0.0 if trace.values[index] is None else trace.values[index] for name, index in graph.input_indices.items()
    }
    shapes = {name: shape_of(value) for name, value in values.items()}
    text, parameters, signature = generate(graph, target, Request("gradient", wrt, inputs=names), shapes, NAME)
    operands = [values[name] for name in parameters]
    (((value,), *gradients),) = run(RUNNABLE[target], [Function(text, signature)], [(0, operands)])
    return Results(value, dict(zip(wrt, gradients, strict=True)))
