"""Every language whose code can be run, on every operation, formula and array program: against the trace.

A language that the registry lists is tried on all of them, without a test of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random

import pytest

from graphdiff import GraphdiffError, trace, value_and_gradient
from graphdiff.targets.generate import source_of
from graphdiff.targets.registry import TARGETS, Program, Query, Target
from support.comparison import assert_as_traced
from support.languages import EACH_LANGUAGE, EACH_SCALAR_LANGUAGE, expressible, prepare, run_all, skip_without
from support.programs import (
    ARRAYS,
    CANCELLING,
    EACH_PRIMITIVE,
    EDGES,
    EXAMPLES,
    HOSTILE,
    NUMBERS,
    TOLERANCE,
    UNSELECTED,
    Case,
    assert_is_the_trace,
)
from support.samples import ELEMENTWISE, graph_of, inputs_with_derivatives

BY_ENTRY = 1e-13
"""The tolerance of what computes as the trace does, one entry after the other."""
SUBNORMAL = {"jax": ["logarithm-near-the-smallest-number"]}
"""Formulas on numbers below 2.2e-308, by the languages that take these as 0: XLA does."""
ORDERS_NAN = ["sql"]
"""The languages in which NaN is greater than all numbers: a condition on it chooses another branch."""
EXTREMES = [math.inf, -math.inf, math.nan, 0.0, -0.0, 800.0, -800.0, 1e300, -1e300, 1e-300, 1.0, -1.0, 0.5, -1.5, 2.5]
FEWER_EXTREMES = [math.inf, -math.inf, math.nan, 0.0, 800.0, 0.5, -1.0]
RELATIVE = 1e-12
"""By how much the functions of languages may differ in the end."""
PARAMETERS = """
out value gradient workspace results direction upstream hessian jacobian product tangent cotangent buffers masks block
np math jnp jax torch self f f_rows f_NONZEROS x v1 i j k table stack first point points args answer numbers steps
columns size state end T c t F pi2
"""
"""What generated code may call its parameters, and names of its own."""
PARTS = 4
"""The tests that array programs are divided among."""


def check(target: Target, cases: Sequence[Case]) -> int:
    """Holds those of the cases that a language can express against the trace; returns how many these are."""
    tolerance = BY_ENTRY if target.writes == "entries" else TOLERANCE
    ready = expressible(target, cases)
    for each, results in zip(ready, run_all(target, ready, [[each.case.point] for each in ready]), strict=True):
        assert_is_the_trace(each.case, results, tolerance)
    return len(ready)


def has_nan(case: Case) -> bool:
    return any(isinstance(value, float) and math.isnan(value) for value in case.point.values())


@pytest.mark.slow
@EACH_LANGUAGE
def test_formulas(target: Target) -> None:
    skip_without(target)
    by_entry = target.writes == "entries"
    cases = [case for case in NUMBERS if case.name not in SUBNORMAL.get(target.name, ())]
    if isinstance(target.runs, Query):  # it ignores the case of letters
        cases = [case for case in cases if len({name.lower() for name in case.point}) == len(case.point)]
    ready = [prepare(target, case, f"case{place}") for place, case in enumerate(cases)]
    for (case, _, _), results in zip(ready, run_all(target, ready, [[case.point] for case in cases]), strict=True):
        if by_entry:
            assert_as_traced(results, case.program, case.point, case.wrt)
        elif case.name not in CANCELLING:
            assert_is_the_trace(case, results)


@pytest.mark.slow
@EACH_SCALAR_LANGUAGE
def test_every_elementwise_operation_at_extremes_and_kinks(target: Target) -> None:
    """IEEE 754's infinities and NaN, and the choices at ties, are the trace's. Databases order NaN as a number."""
    skip_without(target)
    has_order_of_nan = isinstance(target.runs, Query)
    cases: list[Case] = []
    points_of: dict[str, list[dict[str, float]]] = {}
    for primitive in ELEMENTWISE.values():
        graph = graph_of(primitive)
        values = EXTREMES if len(graph.inputs) < 3 else FEWER_EXTREMES
        inside = zip(*[[low + (high - low) * k / 7 for k in range(8)] for low, high in primitive.sample], strict=True)
        orders = [slot for slot in range(len(graph.inputs)) if primitive.is_index(slot)]
        places = [
            place
            for place in [*extremes(values, len(graph.inputs)), *inside]
            if all(place[slot] >= 0 and place[slot] % 1 == 0 for slot in orders)
            and not (has_order_of_nan and any(map(math.isnan, place)))
        ]
        names = inputs_with_derivatives(graph)
        wrt = [name for slot, name in enumerate(graph.input_names) if slot not in orders and name in names]
        points_of[primitive.name] = [dict(zip(graph.input_names, place, strict=True)) for place in places]
        cases.append(Case(primitive.name, graph, points_of[primitive.name][-1], wrt))
    ready = expressible(target, cases)
    points = [points_of[each.case.name] for each in ready]
    tried = [(each.case, point) for each, its in zip(ready, points, strict=True) for point in its]
    for (case, point), (value, derivatives) in zip(tried, run_all(target, ready, points), strict=True):
        traced = trace(case.program, point, wrt=case.wrt)
        expected = [traced.value, *traced.gradients.values()]
        for one, other in zip([value, *derivatives], expected, strict=True):
            assert other is not None
            assert agree(float(one), float(other)), (case.name, point)


WRITTEN_OUT = {
    "erfcx(x)": (-5.0, 0.3, 2.5, 40.0, 1e200),
    "erfinv(x)": (-0.99, 1e-9, 0.4, 0.95),
    "normcdf(x) + lognormcdf(x)": (-40.0, -3.0, 0.2, 6.0),
    "inverse_mills_ratio(x)": (-1e5, -3.0, 0.2, 6.0),
    "norminv(x)": (1e-300, 0.01, 0.3, 0.999),
    "sinc(x)": (0.0, 0.3, 7.25, 1e10),
    "lambertw(x)": (-0.3678, -0.2, 0.0, 3.0, 1e300),
    "scaled_besseli0(x)": (-50.0, -3.0, 0.0, 39.0, 50.0, 1e5),
}
"""Functions whose values are written out, with points in their branches."""


@pytest.mark.slow
@EACH_SCALAR_LANGUAGE
def test_functions_that_are_written_out(target: Target) -> None:
    skip_without(target)
    cases = [Case(text, text, {"x": xs[0]}, ["x"]) for text, xs in WRITTEN_OUT.items()]
    ready = [prepare(target, case, f"case{place}") for place, case in enumerate(cases)]
    points = [[{"x": x} for x in xs] for xs in WRITTEN_OUT.values()]
    expected = [value_and_gradient(text, x=x) for text, xs in WRITTEN_OUT.items() for x in xs]
    for (value, (slope,)), (traced, gradients) in zip(run_all(target, ready, points), expected, strict=True):
        assert float(value) == pytest.approx(traced, rel=1e-13, abs=1e-300)
        assert float(slope) == pytest.approx(gradients["x"], rel=2e-12, abs=1e-300)


def extremes(values: Sequence[float], count: int) -> Iterable[tuple[float, ...]]:
    """All combinations of these values for so many inputs; a sample of them for more than four."""
    if count <= 4:
        return itertools.product(values, repeat=count)
    random = Random(count)
    return [tuple(random.choices(values, k=count)) for _ in range(2000)]


def agree(number: float, expected: float) -> bool:
    if math.isfinite(expected):
        return abs(number - expected) <= RELATIVE * abs(expected)
    return number == expected or (number != number and expected != expected)


@pytest.mark.sampled(48)
@EACH_LANGUAGE
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_on_arrays(target: Target, part: int) -> None:
    skip_without(target)
    assert check(target, EACH_PRIMITIVE[part::PARTS]) > 40
    edges = [case for case in EDGES[part::PARTS] if target.name not in ORDERS_NAN or not has_nan(case)]
    assert check(target, edges) > 5


@pytest.mark.sampled(60)
@EACH_LANGUAGE
@pytest.mark.parametrize("part", range(PARTS))
def test_array_programs(target: Target, part: int) -> None:
    """Whose trace is held against JAX."""
    skip_without(target)
    assert check(target, ARRAYS[part::PARTS]) > 25


@pytest.mark.sampled(2)
@EACH_LANGUAGE
def test_examples(target: Target) -> None:
    skip_without(target)
    assert check(target, EXAMPLES) > 15


@EACH_SCALAR_LANGUAGE
def test_entries_that_an_index_leaves_out(target: Target) -> None:
    """In the others compile falls back on the trace."""
    skip_without(target)
    assert check(target, [UNSELECTED]) == 1


@pytest.mark.slow
@EACH_LANGUAGE
def test_names_that_mean_something_else(target: Target) -> None:
    """SQL, which ignores the case of letters, refuses the names that differ in it alone."""
    skip_without(target)
    assert check(target, HOSTILE) == (1 if target.name == "sql" else len(HOSTILE))


@pytest.mark.parametrize("target", [target for target in TARGETS.values() if target.writes != "formulas"])
@pytest.mark.parametrize("name", ["a-b", "a b", "σ", "", "1a", "_f", "f()", "*/", '"', "f\n"])
def test_names_that_no_function_can_have(target: Target, name: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        source_of("x", target.name, name=name)
    assert caught.value.kind == "usage"


def test_every_record_is_whole() -> None:
    suffixes: Mapping[str, str] = {name: target.suffix for name, target in TARGETS.items()}
    assert all(suffix.startswith(".") for suffix in suffixes.values())
    for name, target in TARGETS.items():
        assert target.name == name
        assert hasattr(target.module, "formulas" if target.writes == "formulas" else "source")
        if isinstance(target.runs, Program):
            assert target.module.program([])


def test_an_unknown_language() -> None:
    with pytest.raises(GraphdiffError, match="unknown language 'cobol'") as caught:
        source_of("x", "cobol")
    assert caught.value.kind == "usage"


@pytest.mark.slow
@EACH_LANGUAGE
def test_inputs_that_are_called_like_parameters(target: Target) -> None:
    """Or like other names that generated code may have."""
    skip_without(target)
    names = PARAMETERS.split()
    cases = []
    for start in range(0, len(names), 10):
        own = names[start : start + 10]
        text = " + ".join([f"{place}*`{name}`^2" for place, name in enumerate(own, 1)])
        point = {name: place / 10 for place, name in enumerate(own, 1)}
        cases.append(Case(f"numbers-{start}", f"{text} + exp(`{own[0]}`*`{own[1]}`)", point, own))
    own = ["out", "value", "gradient", "workspace", "v1", "i", "sums"]
    text = " + ".join([f"{place}*sum({name}^2)" for place, name in enumerate(own, 1)])
    arrays = {name: [place / 10 + entry / 1000 for entry in range(100)] for place, name in enumerate(own, 1)}
    cases.append(Case("arrays", text, arrays, own))
    assert check(target, cases) >= len(cases) - 1
