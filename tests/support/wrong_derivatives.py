"""Gates with derivatives of their own, right and wrong ones, at points of all sizes; mpmath judges which are wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from mpmath import mp

from graphdiff import check

DIGITS = 1300
"""Enough for the sine of 1e300*1e300."""
LEAST = 1e-5
"""A derivative is wrong if it is off by more than this, relative to the right one; rounding here does much less."""
SMALLEST, LARGEST = 1e-300, 1e300
"""The sizes of derivatives that are judged: beyond them floats underflow and overflow."""

Real = Callable[[Any], Any]


@dataclass(frozen=True)
class Gate:
    """The body of a gate of u, its derivative as text and in mpmath, its value in mpmath, and where it is tried:
    exponents of 10 of |u|, the signs of u, and other points."""

    body: str
    derivative: str
    slope: Real
    value: Real
    exponents: tuple[float, float]
    signs: tuple[int, ...] = (-1, 1)
    points: tuple[float, ...] = ()


GATES = (
    Gate("u^2", "2*u", lambda u: 2 * u, lambda u: u**2, (-140, 140), points=(0.0,)),
    Gate("u^3", "3*u^2", lambda u: 3 * u**2, lambda u: u**3, (-100, 100)),
    Gate("exp(u)", "y", mp.exp, mp.exp, (-300, 2), points=(0.0, 690.0, -690.0)),
    Gate("log(u)", "1/u", lambda u: 1 / u, mp.log, (-300, 300), (1,), (1.0, 1 + 2**-52)),
    Gate("sqrt(u)", "0.5/y", lambda u: 0.5 / mp.sqrt(u), mp.sqrt, (-300, 300), (1,)),
    Gate(
        "cbrt(u^2)", "2/3/cbrt(u)", lambda u: mp.sign(u) * 2 / 3 / mp.cbrt(abs(u)), lambda u: mp.cbrt(u**2), (-160, 150)
    ),
    Gate(
        "cbrt(u)",
        "1/(3*y^2)",
        lambda u: 1 / (3 * mp.cbrt(abs(u)) ** 2),
        lambda u: mp.sign(u) * mp.cbrt(abs(u)),
        (-300, 300),
    ),
    Gate("sin(u)", "cos(u)", mp.cos, mp.sin, (-300, 300), points=(0.0, math.pi, math.pi / 2)),
    Gate("cos(u)", "-sin(u)", lambda u: -mp.sin(u), mp.cos, (-300, 300), points=(0.0, math.pi)),
    Gate(
        "sin(1e8*u)",
        "1e8*cos(1e8*u)",
        lambda u: 1e8 * mp.cos(mp.mpf(1e8) * u),
        lambda u: mp.sin(mp.mpf(1e8) * u),
        (-250, -1),
    ),
    Gate("1/u", "-1/u^2", lambda u: -1 / u**2, lambda u: 1 / u, (-140, 140)),
    Gate("tanh(u)", "1/cosh(u)^2", lambda u: 1 / mp.cosh(u) ** 2, mp.tanh, (-300, 2), points=(0.0, 100.0, -300.0)),
    Gate(
        "1/(1+exp(-u))",
        "y*(1-y)",
        lambda u: mp.exp(-u) / (1 + mp.exp(-u)) ** 2,
        lambda u: 1 / (1 + mp.exp(-u)),
        (-300, 1),
        points=(0.0, -600.0),
    ),
    Gate(
        "log(1+u^2)",
        "2*u/(1+u^2)",
        lambda u: 2 * u / (1 + u**2),
        lambda u: mp.log(1 + u**2),
        (-150, 150),
        points=(0.0,),
    ),
    Gate("atan(u)", "1/(1+u^2)", lambda u: 1 / (1 + u**2), mp.atan, (-300, 140), points=(0.0,)),
    Gate(
        "u*exp(-u)",
        "(1-u)*exp(-u)",
        lambda u: (1 - u) * mp.exp(-u),
        lambda u: u * mp.exp(-u),
        (-300, 2),
        points=(1.0, 1 + 1e-9),
    ),
    Gate("abs(u)", "sign(u)", mp.sign, abs, (-300, 300)),
    Gate(
        "where(u > 0, u^2, -u)",
        "where(u > 0, 2*u, -1)",
        lambda u: 2 * u if u > 0 else mp.mpf(-1),
        lambda u: u**2 if u > 0 else -u,
        (-140, 140),
    ),
    Gate(
        "max(u, 2*u)", "where(u > 0, 2, 1)", lambda u: mp.mpf(2 if u > 0 else 1), lambda u: max(u, 2 * u), (-300, 300)
    ),
    Gate(
        "1/(u - 1)",
        "-y^2",
        lambda u: -1 / (u - 1) ** 2,
        lambda u: 1 / (u - 1),
        (-300, 100),
        points=(1 + 1e-9, 1 - 2**-53),
    ),
    Gate(
        "u + 2^-664*sin(2^664*u)",
        "1 + cos(2^664*u)",
        lambda u: 1 + mp.cos(mp.mpf(2) ** 664 * u),
        lambda u: u + mp.mpf(2) ** -664 * mp.sin(mp.mpf(2) ** 664 * u),
        (-300, 5),
    ),
)


@dataclass(frozen=True)
class Mistake:
    """A wrong derivative: its text, with {} for the right one, and its value in mpmath."""

    name: str
    text: str
    value: Callable[[Gate, Any], Any]


MISTAKES = (
    Mistake("zero", "0", lambda gate, u: mp.zero),
    Mistake("one", "1", lambda gate, u: mp.one),
    Mistake("sign", "-({})", lambda gate, u: -gate.slope(u)),
    Mistake("factor 1.001", "1.001*({})", lambda gate, u: mp.mpf(1.001) * gate.slope(u)),
    Mistake("factor 1.0001", "1.0001*({})", lambda gate, u: mp.mpf(1.0001) * gate.slope(u)),
    Mistake("factor 2", "2*({})", lambda gate, u: 2 * gate.slope(u)),
    Mistake("half", "({})/2", lambda gate, u: gate.slope(u) / 2),
    Mistake("factor 1e8", "1e8*({})", lambda gate, u: mp.mpf(1e8) * gate.slope(u)),
    Mistake("reciprocal", "1/({})", lambda gate, u: 1 / gate.slope(u)),
    Mistake("square", "({})^2", lambda gate, u: gate.slope(u) ** 2),
    Mistake("wrong variable", "u", lambda gate, u: u),
    Mistake("the value itself", "y", lambda gate, u: gate.value(u)),
    Mistake("a constant more", "({}) + 1e-3", lambda gate, u: gate.slope(u) + mp.mpf(1e-3)),
    Mistake("one more", "({}) + 1", lambda gate, u: gate.slope(u) + 1),
    Mistake("its absolute value", "abs({})", lambda gate, u: abs(gate.slope(u))),
    Mistake("right at 1", "({})*u", lambda gate, u: gate.slope(u) * u),
    Mistake("right at 0", "({})*(1 + u)", lambda gate, u: gate.slope(u) * (1 + u)),
    Mistake("right to first order at 0", "({})*cos(u)", lambda gate, u: gate.slope(u) * mp.cos(u)),
    Mistake("wrong below 0", "where(u < 0, 0, {})", lambda gate, u: mp.zero if u < 0 else gate.slope(u)),
    Mistake("wrong above 0", "where(u > 0, -({0}), {0})", lambda gate, u: -gate.slope(u) if u > 0 else gate.slope(u)),
)
RIGHT = Mistake("none", "{}", lambda gate, u: gate.slope(u))


@dataclass(frozen=True)
class Context:
    """A program that calls g: its text, how many times x its argument is, and by how much the gradient by x is larger
    than that of the gate, from the gate's value."""

    text: str
    scale: float = 1.0
    factor: Real = lambda value: mp.one
    is_array: bool = False


CONTEXTS = (
    Context("g(x)"),
    Context("g(x)*3.7", factor=lambda value: mp.mpf(3.7)),
    Context("exp(g(x))", factor=mp.exp),
    Context("g(x)^2", factor=lambda value: 2 * value),
    Context("g(x*2^26)", 2.0**26),
    Context("g(x/2^26)", 2.0**-26),
    Context("g(x) + 1e8"),
    Context("sum(g(x))", is_array=True),
    Context("sum(g(x)*[1, 2, 3])", is_array=True),
    Context("gate h(v) = g(v)*2; h(x)", factor=lambda value: mp.mpf(2)),
    Context("where(x == x, g(x), x)"),
    Context("max(g(x), g(x) - 1)"),
    Context("[g(x), 1] @ [1, 2]"),
)


@dataclass(frozen=True)
class Case:
    """A program, its point, and whether the gradient by x and the gate's own derivative are wrong there."""

    text: str
    x: Any
    mistake: str
    x_is_wrong: bool
    gate_is_wrong: bool


def cases(count: int, seed: int, mistakes: tuple[Mistake, ...] = MISTAKES) -> Iterator[Case]:
    """So many random cases in which something is wrong; or, where there is no mistake, in which all can be judged."""
    random = Random(seed)
    while count:
        case = _case(random.choice(GATES), random.choice(mistakes), random.choice(CONTEXTS), random)
        if case is not None:
            count -= 1
            yield case


def is_called_right(case: Case) -> bool:
    """Whether the check agrees with something that is wrong."""
    rows = check(case.text, x=case.x, allow_nonfinite=True).rows
    agreeing = [row.gate for row in rows if row.verdict == "agrees"]
    of_gate = any(gate.startswith("g(") for gate in agreeing)
    return (of_gate and case.gate_is_wrong) or ("" in agreeing and case.x_is_wrong)


def _case(gate: Gate, mistake: Mistake, context: Context, random: Random) -> Case | None:
    u = random.choice(gate.signs) * 10 ** random.uniform(*gate.exponents)
    if random.random() < 0.3:
        near = (min(0.0, gate.exponents[1]), min(2.0, gate.exponents[1]))
        u = random.choice([*gate.points, random.choice(gate.signs) * round(10 ** random.uniform(*near), 3)])
    x = u / context.scale
    if x * context.scale != u:
        return None
    with mp.workdps(DIGITS):
        try:
            right, wrong, value = gate.slope(mp.mpf(u)), mistake.value(gate, mp.mpf(u)), gate.value(mp.mpf(u))
            if not (abs(value) < LARGEST and (context.factor is not mp.exp or abs(value) < 300)):
                return None
            factor = context.factor(value) * mp.mpf(context.scale)
        except (ZeroDivisionError, ValueError):
            return None
        gate_is_wrong = _is_wrong(right, wrong)
        x_is_wrong = _is_wrong(right * factor, wrong * factor)
    if mistake is not RIGHT and not gate_is_wrong:
        return None
    if not all(each == 0 or SMALLEST < abs(each) < LARGEST for each in (right, wrong, right * factor, wrong * factor)):
        return None
    text = f"gate g(u) = {gate.body} with {mistake.text.format(gate.derivative)}; {context.text}"
    return Case(text, [x, x, x] if context.is_array else x, mistake.name, x_is_wrong, gate_is_wrong)


def _is_wrong(right: Any, wrong: Any) -> bool:
    return bool(abs(wrong - right) > LEAST * abs(right))
