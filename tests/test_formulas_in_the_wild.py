"""Formulas as people write them, and random programs, against an independent reference at 50 digits."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import judge
import pytest
from hypothesis import HealthCheck, Phase, assume, given, reject, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from graphdiff.graph.function import Operation
from graphdiff.language.build import parse
from graphdiff.language.program import prelude
from graphdiff.operations.registry import FUNCTIONS, OPERATORS
from graphdiff.passes.trace import value_and_gradient

RELATIVE = 1e-12
"""What a formula's value and derivatives may be off by, and more only where terms cancel."""
ROUNDING = mpf(2) ** -53
"""The relative error of one float64 operation."""
MARGIN = 50
"""How much farther off a result may be than the worst of four draws of its rounding errors."""
TINY = 1e-50
"""What underflow may take from graphdiff, and the last of its digits from the judge."""


class Formula(NamedTuple):
    """A line of formulas_in_the_wild.txt."""

    text: str
    point: dict[str, float]
    origin: str

    @property
    def identifier(self) -> str:
        """The origin in letters that every terminal shows."""
        plain = unicodedata.normalize("NFKD", self.origin).encode("ascii", "ignore").decode()
        return re.sub(r"\W+", "-", plain)

    @property
    def depth(self) -> int:
        """How many brackets are open at once where most are."""
        opened = [0]
        for bracket in re.findall("[()]", self.text):
            opened.append(opened[-1] + (1 if bracket == "(" else -1))
        return max(opened)


def read_formulas() -> list[Formula]:
    """The formulas of the file beside this one, whose first lines say how it is written."""
    formulas = []
    for line in Path(__file__).with_name("formulas_in_the_wild.txt").read_text("utf-8").split("\n"):
        if line.strip() and not line.startswith("#"):
            formula, origin = line.rsplit("#", 1)
            text, point = formula.rsplit("@", 1)
            values = dict(re.findall(r"([^\s=,]+)=([^\s=,]+)", point))
            formulas.append(
                Formula(text.strip(), {name: float(value) for name, value in values.items()}, origin.strip())
            )
    return formulas


FORMULAS = read_formulas()


def results_of(text: str, point: dict[str, float], check: Callable[[mpf], None] | None = None) -> list[mpf]:
    """All that the judge finds on its way to the value, each given to check at once."""
    results: list[mpf] = []

    def recorded(x: mpf) -> mpf:
        if check is not None:
            check(x)
        results.append(x)
        return x

    with mp.workdps(judge.DIGITS):
        judge.Program(text).value({name: mpf(value) for name, value in point.items()}, recorded)
    return results


def moved_by_rounding(text: str, point: dict[str, float], results: list[mpf], seed: int) -> tuple[mpf, dict[str, mpf]]:
    """What the judge finds where every use of a name and every result is off by up to a rounding.

    Their derivatives are off by another one; all these errors are drawn at random.
    """

    def rounding() -> judge.Rounding:
        draws = random.Random(seed)
        unrounded = iter(results)

        def rounded(x: mpf) -> mpf:
            middle = next(unrounded, x)
            error, error_of_change = (draws.uniform(-1, 1) * ROUNDING for _ in range(2))
            return middle * (1 + error) + (x - middle) * (1 + error_of_change)

        return rounded

    return judge.value_and_gradient(text, point, rounding)


@pytest.mark.parametrize("formula", FORMULAS, ids=[formula.identifier for formula in FORMULAS])
def test_value_and_gradient_are_the_judges(formula: Formula) -> None:
    text, point, _ = formula
    value, gradient = value_and_gradient(text, point)
    true_value, true_gradient = judge.value_and_gradient(text, point)
    assert abs(value - true_value) <= RELATIVE * abs(true_value)
    assert gradient.keys() == true_gradient.keys()
    errors = {name: abs(gradient[name] - true) for name, true in true_gradient.items()}
    assert all(error == error for error in errors.values())
    doubtful = [name for name, error in errors.items() if error > RELATIVE * abs(true_gradient[name])]
    if doubtful:
        results = results_of(text, point)
        moved = [moved_by_rounding(text, point, results, seed)[1] for seed in range(4)]
        for name in doubtful:
            assert errors[name] <= MARGIN * max(abs(near[name] - true_gradient[name]) for near in moved)


def test_there_are_many_formulas_each_with_its_own_name() -> None:
    assert len(FORMULAS) >= 300
    assert len({formula.identifier for formula in FORMULAS}) == len(FORMULAS)


def test_every_function_and_every_operator_occurs() -> None:
    texts = "\n".join(formula.text for formula in FORMULAS)
    called = set(re.findall(r"\w+(?=\()", texts))
    functions: list[tuple[str, Operation]] = [*FUNCTIONS.items(), *prelude().items()]
    elementwise = {name for name, function in functions if function.is_elementwise}
    assert elementwise - called == set()
    assert [symbol for symbol, _ in OPERATORS if symbol not in texts and symbol != "@"] == []


def test_some_formulas_are_long_and_some_are_deep() -> None:
    assert sum(len(formula.text) > 1000 for formula in FORMULAS) >= 5
    assert sum(formula.depth >= 25 for formula in FORMULAS) >= 5


# Random programs. What they are made of is smooth almost everywhere, and nowhere singular by construction:
# no number is 0, and what has no finite slope at 0 (log, cbrt, a power of 1/2, atan2) keeps clear of it.
# What jumps or bends does so 0.0131 from where round numbers meet, which they often do.

NUMBERS = ["1", "2", "3.", ".5", "1.75", "2e-1", "1.e1", "pi", "e", "π"]
SMOOTH = """sin cos tan tanh atan arctan sinh cosh exp expm1 sigmoid softplus erf erfc asinh arcsinh
gelu silu mish log_sigmoid exp2 square relu abs"""
PATTERNS = """
({})  ({})  -{}  +{}  {}^2  {}²  ({})**3  ({})^2.0  ({})^3  {}^2^0  2({})  -3({})²  1/({})  ({})⁻¹  ({})^-2
log(1 + ({})²)  ln(0.5 + abs({}))  log1p(square({}))  log2(2 + sin({}))  log10(3 − cos({}))  exp(-({})^2)
sqrt(1 + ({})^2)  (1 + ({})^2)^2^-1  √(2 + cos({}))  cbrt(1.5 + sin({}))  asin(tanh({}))  acos(tanh({})/2)
atanh(sin({})/2)  acosh(2 + ({})**2)  sec(erf({}))  csc(2 + tanh({}))  cot(2 + sin({}))  logit(sigmoid({}))
elu({} + .0131, 1.5)  leaky_relu({} + .0131, .1)  clip({}, -1.513, 2.017)  floor({} + .0131)
round({} + .0131)  sign({} + .0131)  where({} > 1.0131, x, sin(x))
"""
PAIRS = """
{} + {}  {} - {}  {} * {}  {} / {}  {} − {}  {} · {}  {} ÷ {}  ({})({})  ({})²({})  ({})*({})  ({}) - ({})
({})/({})  (1 + ({})^2)^({})  (1.5 + sin({}))^tanh({})  pow(2 + cos({}), {})  hypot({}, {})
atan2(2 + cos({}), {})  max({}, {} + .0131)  min({} − .0131, {})  max({}, {} + .0131, x)  logaddexp({}, {})
where({} < {} + .0131, x, y^2)  ({} ≤ {} + .0131) - z
"""
CALLS = "f({}, {})  f({}, {})"


def separated(texts: str) -> list[str]:
    """What stands two spaces or a line apart."""
    return re.split(r"  |\n", texts.strip())


def expressions(names: list[str], functions: bool) -> st.SearchStrategy[str]:
    """Texts that graphdiff and the judge must read alike: pieces are put side by side, precedence decides."""
    pairs = separated(PAIRS) + (separated(CALLS) if functions else [])

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("{}({})".format, st.sampled_from(SMOOTH.split()), smaller),
            st.builds(str.format, st.sampled_from(separated(PATTERNS)), smaller),
            st.builds(str.format, st.sampled_from(pairs), smaller, smaller),
        )

    return st.recursive(st.sampled_from(names) | st.sampled_from(NUMBERS), larger, max_leaves=12)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A function of two variables, up to three named nodes that build on one another, and a result."""
    statements = [f"f(u, v) = {draw(expressions(['u', 'v', 'x'], functions=False))}"]
    names = ["x", "y", "z"]
    for name in ["a", "σ", "x₀"][: draw(st.integers(0, 3))]:
        statements.append(f"{name} = {draw(expressions(names, functions=True))}")
        names.append(name)
    statements.append(draw(expressions(names, functions=True)))
    return draw(st.sampled_from(["; ", "\n", "  # named\n\n"])).join(statements)


# No input is 0, and no two are equal.
POINTS = st.builds(
    lambda x, y, z: {"x": x / 10 + 0.031, "y": y / 10 + 0.047, "z": z / 10 + 0.059},
    *[st.integers(-30, 30)] * 3,
)


def check_range(x: mpf) -> None:
    """Rejects the example where a result is no number, or float64 may not hold what follows from it."""
    if x != 0 and not 1e-30 < abs(x) < 1e30:
        reject()


@pytest.mark.slow
@settings(
    max_examples=500,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(programs(), POINTS)
def test_random_programs(program: str, point: dict[str, float]) -> None:
    """What graphdiff computes is no farther from the truth than its roundings can bring it."""
    point = {name: value for name, value in point.items() if name in parse(program).input_names}
    results = results_of(program, point, check_range)
    moved = [moved_by_rounding(program, point, results, seed) for seed in range(4)]
    true_value, true_gradient = judge.value_and_gradient(program, point)
    value, gradient = value_and_gradient(program, point)
    assert gradient.keys() == true_gradient.keys()
    largest = max(abs(true) for true in [true_value, *true_gradient.values()])
    for result, true, nearby in [
        (value, true_value, [value for value, _ in moved]),
        *((gradient[name], true_gradient[name], [near[name] for _, near in moved]) for name in point),
    ]:
        distance = max(abs(near - true) for near in nearby)
        assume(distance <= 1e-9 * largest)  # NaN, too, is no number to be near to
        assert abs(result - true) <= MARGIN * (distance + ROUNDING * abs(true)) + TINY
