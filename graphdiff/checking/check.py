"""Every partial derivative against differences of the formula's own values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.checking.code import Results, code_results
from graphdiff.checking.gates import GateCheck, gate_checks
from graphdiff.checking.judge import NONFINITE, Judge
from graphdiff.checking.parts import Part, parts_of
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

INDEX = "an index: nothing is differentiated by it"
VALUE_DIFFERS = "the code's value is not the trace's"
CODE_DIFFERS = "the code's derivative is not the trace's"
FLOAT_DIGITS = 17
"""A 64-bit float has no more; differences with more digits are of mpmath's numbers."""


class Row(NamedTuple):
    """One comparison: of the derivative by an entry of an input, at its place, or along a direction in entry_count of
    them at once; of generated code also of the value, which has no input.

    analytic is the trace's, code that of the generated code, numeric the one from differences, in `digits` with all
    that were asked for. error is how far the farthest is off, bound how far rounding and differences may bring it.
    What is not known is None. slopes are those from below and from above, at a kink.
    Of a gate with its own derivative, gate is its call and input its parameter; numeric is the derivative of its body.
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
    """What a check found: the trace whose gradients it is of, the language of the code that was checked too, a row for
    each comparison, and how many entries were checked one by one, of how many."""

    trace: Trace
    target: str | None
    rows: Sequence[Row]
    entries: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether something could be checked, and nothing differs."""
        return self.count(DIFFERS) == 0 and self.count(AGREES) > 0

    def count(self, verdict: Verdict) -> int:
        """How many rows have this verdict."""
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
    """Holds the gradient at a point, given as a mapping, as keywords, or both, against differences of the values.

    Every derivative, by each entry of each input of wrt (all unless given), is compared with central differences that
    are extrapolated to step 0 (Ridders 1982). The bound of the error is computed: what the extrapolation leaves open,
    and how far other roundings move the values and the gradient (Parker 1997). With more than 17 digits the differences
    are worked out by mpmath to so many. Of inputs with very many entries a sample is checked one by one, and all others
    along directions at random, always the same. With target, code in that language, one that compile writes and that
    can be run here, is run at the point and held against both.
    Derivatives that a program gives its gates are held against those of the gates' bodies.
    upstream is the output's cotangent, which an array needs. With allow_nonfinite what is not finite is not checkable.
    All is worked out in 64 bits, by NumPy where there are arrays.
    Raises GraphdiffError: "nonfinite" where the value or a gradient is not finite, "usage" where what the target needs
    is missing, and as trace does where the source is no program or the point does not fit it.
    """
    graph = parse(source)
    given = {normalized(name): _plain(value) for name, value in {**(point or {}), **values}.items()}
    traced = trace(graph, given, wrt=wrt, upstream=upstream)
    names = list(traced.gradients)
    if not traced.is_finite and not allow_nonfinite:
        raise nonfinite_error(traced, names)
    weighted = traced if upstream is None else trace(_weighted(traced, upstream), given, wrt=names)
    is_precise = digits is not None and digits > FLOAT_DIGITS
    judge = Judge(weighted, digits if is_precise else None)
    code = None if target is None else code_results(weighted, target, given)
    parts, total = parts_of(weighted, is_precise)
    rows = [] if code is None else [_value_row(judge, code.value)]
    misshapen = _misshapen(weighted)
    rows += [Row(name, verdict=DIFFERS, reason=reason) for name, reason in misshapen.items()]
    rows += [_row(judge, part, code) for part in parts if part.name not in misshapen]
    rows += [Row(name, reason=INDEX) for name, gradient in traced.gradients.items() if gradient is None]
    rows += [_gate_row(each) for each in gate_checks(traced)]
    return Check(traced, target, rows, (sum(part.entry_count == 1 for part in parts), total))


def _plain(value: Any) -> Any:
    """An array of any library and precision as nested lists; all else as it is."""
    return to_list(value) if len(getattr(value, "shape", ())) and hasattr(value, "dtype") else value


def _weighted(traced: Trace, upstream: Any) -> Graph:
    """sum(output*upstream), whose gradients are those of the output from upstream."""
    graph = traced.graph
    nodes = list(graph.nodes)
    weights = to_tuples(value_of(upstream, lambda: "upstream"))
    nodes.append(Node(len(nodes), None, parameters={"value": weights}))
    nodes.append(Node(len(nodes), PRIMITIVES["mul"], (graph.output, len(nodes) - 1)))
    if shape_of(traced.value):
        nodes.append(Node(len(nodes), PRIMITIVES["sum"], (len(nodes) - 1,)))
    return Graph(nodes, graph.inputs, [len(nodes) - 1], graph.names, graph.source)


def _misshapen(traced: Trace) -> dict[str, str]:
    """Of each gradient that has not the shape of its input: what is wrong."""
    reasons: dict[str, str] = {}
    for name, gradient in traced.gradients.items():
        value = traced.values[traced.graph.input_indices[name]]
        if gradient is not None and value is not None and shape_of(gradient) != shape_of(value):
            shapes = shape_text(shape_of(gradient)), shape_text(shape_of(value))
            reasons[name] = "the gradient has the shape {}, the input {}".format(*shapes)
    return reasons


def _value_row(judge: Judge, value: float) -> Row:
    """The code's value against the trace's."""
    error, bound = abs(value - judge.value), judge.value_noise
    verdict, reason = (AGREES, "") if error <= bound else (DIFFERS, VALUE_DIFFERS)
    if not math.isfinite(judge.value):
        verdict, reason = NOT_CHECKABLE, NONFINITE.format("value")
    return Row("", analytic=judge.value, code=value, error=error, bound=bound, verdict=verdict, reason=reason)


def _gate_row(found: GateCheck) -> Row:
    return Row(
        found.parameter,
        found.place,
        analytic=found.given,
        numeric=found.true,
        error=found.error,
        bound=found.bound,
        verdict=found.verdict,
        reason=found.reason,
        gate=found.call,
    )


def _row(judge: Judge, part: Part, code: Results | None) -> Row:
    found = judge.judged(part)
    analytic = part.along(judge.gradients)
    coded = None if code is None else part.along(code.gradients)
    row = Row(part.name, part.place, part.entry_count, analytic, coded, slopes=found.slopes)
    rounding = 2 * part.bound_along(judge.gradient_noise)
    if coded is not None and math.isfinite(analytic) and not abs(coded - analytic) <= rounding:
        return row._replace(error=abs(coded - analytic), bound=rounding, verdict=DIFFERS, reason=CODE_DIFFERS)
    if found.numeric is None or found.bound is None:
        return row._replace(reason=found.told)
    error = float(abs(found.numeric - analytic))
    return row._replace(
        numeric=float(found.numeric),
        digits=found.digits,
        error=error,
        bound=found.bound,
        verdict=AGREES if error <= found.bound else DIFFERS,
        reason=found.told,
    )
