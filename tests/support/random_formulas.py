"""Random programs of numbers, as graphdiff and the judge read them, and points for them."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, Phase, reject, settings
from hypothesis import strategies as st
from mpmath import mpf

# What programs are made of is smooth almost everywhere, and nowhere singular by construction:
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


def split_pieces(texts: str) -> list[str]:
    """What stands two spaces or a line apart."""
    return re.split(r"  |\n", texts.strip())


def expressions(names: list[str], functions: bool) -> st.SearchStrategy[str]:
    """Texts that graphdiff and the judge must read alike: pieces are put side by side, precedence decides."""
    pairs = split_pieces(PAIRS) + (split_pieces(CALLS) if functions else [])

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("{}({})".format, st.sampled_from(SMOOTH.split()), smaller),
            st.builds(str.format, st.sampled_from(split_pieces(PATTERNS)), smaller),
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
    """Reject the example where a result is not a number, or float64 may not hold what follows from it."""
    if x != 0 and not 1e-30 < abs(x) < 1e30:
        reject()


def repeatable_examples(count: int) -> settings:
    """The settings of a test of so many examples, which are the same in each run."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
