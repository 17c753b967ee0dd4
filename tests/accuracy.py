"""Writes docs/accuracy.md, the errors of each elementwise operation and of its derivatives, anew:

python tests/accuracy.py

It takes some minutes. The judge is mpmath: values from tests/judge.py, derivatives by their differences.
"""

from __future__ import annotations

import math
import operator
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import judge
import numpy
import scipy.special
from mpmath import mp, mpf

from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import arrays_of

POINTS = 2000
"""Drawn for each operation; those outside its domain are dropped."""
STEP, DIGITS = mpf("1e-30"), 420
"""Of differences, relative to the operand up to 1; and digits of what they are taken of: 1 - tanh(370) is 1e-321."""
BEYOND, LEAST_NORMAL = mpf(2) ** 1024, sys.float_info.min
SPECIAL = (0.5, 1.0, 2.0, math.e, math.pi / 2, math.pi, 2 * math.pi, 10.0, 22.2, 27.2, 36.7, 372.6, 709.78, 745.13)
"""Where functions have zeros, poles, their largest slopes, or begin to saturate, underflow or overflow."""

ARITHMETIC: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le", "gt", "ge", "eq", "ne")},
    **{"div": operator.truediv, "atan2": judge.FUNCTIONS["arctan2"]},
    "erfc": lambda x: mp.erfc(max(-1000, min(x, 1000))),  # mpmath raises an error for 1e200
}
ARRAY_NAMES = {
    **{"sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "max": "maximum", "min": "minimum"},
    **{"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal"},
}
NUMPY = {
    **{"erf": scipy.special.erf, "erfc": scipy.special.erfc, "sigmoid": scipy.special.expit},
    "softplus": lambda x: numpy.logaddexp(0.0, x),
}
JAX = {
    **{"erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc},
    **{"sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus},
}
"""By the operation's name, where a library's function is not named as the array API standard names it."""

ELEMENTWISE = {name: primitive for name, primitive in PRIMITIVES.items() if primitive.is_elementwise}

Point = tuple[float, ...]


def anywhere(chance: random.Random) -> float:
    """A float of any exponent, those of subnormal numbers too, and of either sign."""
    return chance.choice((1, -1)) * math.ldexp(chance.uniform(1, 2), chance.randint(-1074, 1023))


def usual(chance: random.Random) -> float:
    return chance.uniform(-30, 30)


def special(chance: random.Random) -> float:
    """A float near one of the special ones, at most a few or very many floats away."""
    near = chance.choice(SPECIAL)
    near += chance.choice((0, 1, -1)) * math.ldexp(near, -chance.randint(1, 52))
    return chance.choice((1, -1)) * near


def alike(chance: random.Random, x: float) -> float:
    """An operand of about the other's size, whose sum with it may cancel."""
    return x * math.ldexp(chance.uniform(-2, 2), chance.randint(-30, 30))


def exponent(chance: random.Random, x: float) -> float:
    """A power to which x is a float that neither overflows nor vanishes; a whole one where x is negative."""
    log = math.log(abs(x)) or 1.0
    power = chance.uniform(-745, 710) / log
    return float(round(power)) if x < 0 else power


def drawn(primitive: Primitive, count: int) -> Iterator[Point]:
    """The first points of a sequence that is the operation's own, so that fewer are among more."""
    chance = random.Random(primitive.name)
    for _ in range(count):
        point = [chance.choice((anywhere, usual, special))(chance) for _ in primitive.inputs]
        if len(point) > 1 and chance.random() < 0.5:
            point[1] = chance.choice((alike, exponent))(chance, point[0])
        if all(0 < abs(x) < math.inf for x in point):
            yield tuple(point)


def exact(function: Callable[..., Any], point: Sequence[mpf]) -> mpf | None:
    """A function's value, None where it is not real and finite."""
    try:
        value = mpf(function(*point))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return value if mp.isfinite(value) else None


class Truth(NamedTuple):
    """What is exact at a point: the value, and the derivative by each operand; None where there is none."""

    point: Point
    value: mpf
    partials: tuple[mpf | None, ...]


def truths(primitive: Primitive, count: int) -> Iterator[Truth]:
    """At the points drawn for an operation, where it has a value."""
    function = ARITHMETIC.get(primitive.name) or judge.FUNCTIONS[primitive.name]
    for point in drawn(primitive, count):
        # A difference loses as many digits as an operand is large, or small beside the other.
        with mp.workdps(DIGITS + sum(int(2 * abs(math.log10(abs(x)))) for x in point)):
            value = exact(function, [mpf(x) for x in point])
            if value is not None:
                yield Truth(point, value, tuple(derivative(primitive, function, point)))


def derivative(primitive: Primitive, function: Callable[..., Any], point: Point) -> Iterator[mpf | None]:
    """By each operand, the slope between two points to both sides; None at a kink."""
    y = FLOATS.apply(primitive, *point)
    is_kink = primitive.kink is not None and primitive.kink(FLOATS, y, *point)
    for slot, x in enumerate(point):
        step = STEP * min(abs(mpf(x)), mpf(1))
        sides = [
            exact(function, [mpf(other) + (shift if place == slot else 0) for place, other in enumerate(point)])
            for shift in (step, -step)
        ]
        above, below = sides
        yield None if is_kink or above is None or below is None else (above - below) / (2 * step)


def ulps(found: float, exact: mpf) -> float:
    """The error in units of the last place of the exact number's float: below 2.2e-308 in the least float, and with
    all beyond the largest float counted as 2^1024; infinite for NaN."""
    if math.isnan(found):
        return math.inf
    with mp.workdps(50):
        expected, given = (min(max(mpf(number), -BEYOND), BEYOND) for number in (exact, found))
        return float(abs(given - expected) / math.ulp(min(abs(float(expected)), sys.float_info.max)))


Columns = Sequence[numpy.ndarray[Any, Any]]
Errors = list[float]
"""The worst of the value, and of the derivative by each operand."""


def worst(found: Sequence[Any], truth: Sequence[Truth], counts: Callable[[Truth, mpf], bool] = lambda *_: True) -> Errors:
    """Of columns of results, the value's and the derivatives'; only those errors that count."""
    results = [numpy.broadcast_to(column, len(truth)) for column in found]
    errors = [0.0] * len(results)
    for row, each in enumerate(truth):
        for place, (column, expected) in enumerate(zip(results, (each.value, *each.partials), strict=False)):
            if expected is not None and counts(each, expected):
                errors[place] = max(errors[place], ulps(float(column[row]), expected))
    return errors


def of_rules(primitive: Primitive, op: Numeric, operands: Sequence[Any]) -> list[Any]:
    """The value by the kernel, the derivatives by the rules."""
    with op.quiet():
        y = op.apply(primitive, *operands)
        return [y, *(partial(op, y, *operands) for partial in primitive.partials)]


def ours(primitive: Primitive, truth: Sequence[Truth]) -> Errors:
    """The worse of numbers, by Python's math, and of arrays, by NumPy."""
    columns = columns_of(truth)
    numbers = zip(*(of_rules(primitive, FLOATS, each.point) for each in truth), strict=True)
    arrays = of_rules(primitive, arrays_of(columns), columns)
    return [max(pair) for pair in zip(worst(list(numbers), truth), worst(arrays, truth), strict=True)]


def numpys(primitive: Primitive, truth: Sequence[Truth]) -> Errors:
    """NumPy's value, or SciPy's; none where they lack the function."""
    function = NUMPY.get(primitive.name) or getattr(numpy, ARRAY_NAMES.get(primitive.name, primitive.name), None)
    with numpy.errstate(all="ignore"):
        return worst([function(*columns_of(truth))], truth) if function else []


def jaxs(primitive: Primitive, truth: Sequence[Truth]) -> Errors:
    """JAX's value and jax.grad's derivatives, but of subnormal numbers, which it takes and gives as 0."""
    function = JAX.get(primitive.name) or getattr(jax.numpy, ARRAY_NAMES.get(primitive.name, primitive.name), None)
    if function is None:
        return []

    def number(*operands: Any) -> Any:
        return jax.numpy.asarray(function(*operands), float)

    with jax.enable_x64(True):
        slots = range(len(primitive.inputs))
        results = [jax.vmap(each)(*columns_of(truth)) for each in (number, *(jax.grad(number, slot) for slot in slots))]
        return worst(results, truth, lambda each, expected: min(map(abs, (*each.point, expected))) >= LEAST_NORMAL)


def columns_of(truth: Sequence[Truth]) -> Columns:
    return [numpy.array(column) for column in zip(*(each.point for each in truth), strict=True)]


if __name__ == "__main__":
    import time
    for name, p in ELEMENTWISE.items():
        if len(sys.argv) > 2 and name not in sys.argv[2].split(','): continue
        t=time.time()
        truth = list(truths(p, int(sys.argv[1])))
        t2=time.time()
        print(name, len(truth), ["%.3g"%e for e in ours(p, truth)], ["%.3g"%e for e in numpys(p,truth)], ["%.3g"%e for e in jaxs(p,truth)], "%.1f %.1f"%(t2-t, time.time()-t2), flush=True)
