"""The errors of each elementwise operation and of its derivatives, in units in the last place.

The exact results are mpmath's: values from judge.py, derivatives by their differences.
"""

from __future__ import annotations

import math
import operator
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from mpmath import mp, mpf

from graphdiff.operations import special as special_functions
from graphdiff.operations import stable
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import arrays_of
from support import judge
from support.exact import digits_at, exact, slope, ulps

POINTS = 2000
"""Drawn for each operation; those outside its domain are dropped."""
SPECIAL = (0.5, 1.0, 2.0, math.e, math.pi / 2, math.pi, 2 * math.pi, 10.0, 22.2, 27.2, 36.7, 372.6, 709.78, 745.13)
"""Where functions have zeros, poles, their largest slopes, or begin to saturate, underflow or overflow."""


def scaled_erfc(x: mpf) -> mpf:
    """erfcx, for large numbers as a confluent hypergeometric function (DLMF 7.11.5)."""
    return mp.hyperu(mpf(0.5), mpf(0.5), x * x) / mp.sqrt(mp.pi) if x > 20 else mp.exp(x * x) * mp.erfc(x)


def log_normal(x: mpf) -> mpf:
    if x > -20:
        return mp.log1p(-mp.erfc(min(x, mpf(1000)) / mp.sqrt(2)) / 2)
    return mp.log(scaled_erfc(-x / mp.sqrt(2)) / 2) - x * x / 2


def normal_quantile(p: mpf) -> mpf | None:
    """norminv, by Newton's method from the 16 digits of the standard library."""
    if not 0 < p < 1:
        return None
    tail = min(p, 1 - p)
    x = mpf(statistics.NormalDist().inv_cdf(float(tail)))
    for halvings in range(mp.prec.bit_length() - 5, -1, -1):  # each step doubles the digits
        with mp.workprec((mp.prec >> halvings) + 60):
            x -= (mp.erfc(-x / mp.sqrt(2)) / 2 - tail) / mp.npdf(x)
    return x if tail == p else -x


ARITHMETIC: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le", "gt", "ge", "eq", "ne")},
    **{"div": operator.truediv, "atan2": judge.FUNCTIONS["arctan2"]},
    "clip": lambda x, low, high: min(max(x, low), high),
    "erfc": lambda x: mp.erfc(max(-1000, min(x, 1000))),  # mpmath raises an error for 1e200
    "erfcx": lambda x: scaled_erfc(x) if x > -1000 else None,
    "normcdf": lambda x: mp.erfc(-max(-1000, min(x, 1000)) / mp.sqrt(2)) / 2,
    "lognormcdf": log_normal,
    "norminv": normal_quantile,
    "erfinv": lambda x: normal_quantile((1 + x) / 2) / mp.sqrt(2),
    "inverse_mills_ratio": lambda x: mp.sqrt(2 / mp.pi) / scaled_erfc(-min(x, 1000) / mp.sqrt(2)),
}
ELEMENTWISE = {
    name: primitive
    for name, primitive in PRIMITIVES.items()
    if primitive.is_elementwise and primitive not in (*special_functions.PRIMITIVES, *stable.PRIMITIVES)
}
"""Beside the zeros of the special functions no count of ulps is small: tests/targets/test_special.py bounds theirs, and
tests/algebra/test_fuse_patterns.py those of the stable forms."""

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "accuracy.md"

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


def draw_points(primitive: Primitive, count: int) -> Iterator[Point]:
    """The first points of a sequence that is the operation's own, so that fewer are among more."""
    chance = random.Random(primitive.name)
    for _ in range(count):
        point = [chance.choice((anywhere, usual, special))(chance) for _ in primitive.inputs]
        if len(point) > 1 and chance.random() < 0.5:
            point[1] = chance.choice((alike, exponent))(chance, point[0])
        is_parity_lost = primitive.name == "pow" and point[0] < 0 and abs(point[1]) >= 2**53
        if all(0 < abs(x) < math.inf for x in point) and not is_parity_lost:
            yield tuple(point)


class Truth(NamedTuple):
    """What is exact at a point: the value, and the derivative by each operand; None where there is none."""

    point: Point
    value: mpf
    partials: tuple[mpf | None, ...]


def truths(primitive: Primitive, count: int) -> Iterator[Truth]:
    """At the points drawn for an operation, where it has a value; no derivative is exact at a kink."""
    function = ARITHMETIC.get(primitive.name) or judge.FUNCTIONS[primitive.name]
    for point in draw_points(primitive, count):
        with mp.workdps(digits_at(point)):
            value = exact(function, [mpf(x) for x in point])
            if value is None:
                continue
            y = FLOATS.apply(primitive, *point)
            is_kink = primitive.kink is not None and primitive.kink(FLOATS, y, *point)
            slopes = [None if is_kink else slope(function, point, slot) for slot in range(len(point))]
            if primitive.kink is not None:
                slopes = [
                    each if each is not None and _is_same(each, slope(function, point, slot, mp.sqrt(0.3))) else None
                    for slot, each in enumerate(slopes)
                ]
            yield Truth(point, value, tuple(slopes))


def _is_same(slope: mpf, other: mpf | None) -> bool:
    """Whether two differences are those of a derivative, and not of jumps between their points."""
    return other is not None and bool(abs(slope - other) <= abs(slope) * 1e-12)


Columns = Sequence[numpy.ndarray[Any, Any]]
Errors = list[float | None]
"""The worst of the value, and of the derivative by each operand."""


def worst(results: Sequence[Any], truth: Sequence[Truth], with_subnormals: bool) -> Errors:
    """Of columns of results: the value's, and the derivatives' as far as there are columns."""
    errors: Errors = []
    for place, column in enumerate(numpy.broadcast_to(each, len(truth)) for each in results):
        rows = [(float(column[row]), each, (each.value, *each.partials)[place]) for row, each in enumerate(truth)]
        counted = [
            ulps(result, expected)
            for result, each, expected in rows
            if expected is not None and (with_subnormals or is_normal(*each.point, each.value, expected))
        ]
        errors.append(max(counted, default=None))
    return errors


def is_normal(*numbers: Any) -> bool:
    """Whether all are 0 or have all the digits of a float."""
    return all(number == 0 or abs(number) >= sys.float_info.min for number in numbers)


def of_rules(primitive: Primitive, op: Numeric, operands: Sequence[Any]) -> list[Any]:
    """The value by the kernel, the derivatives by the rules."""
    with op.quiet():
        y = op.apply(primitive, *operands)
        return [y, *(partial(op, y, *operands) for partial in primitive.partials)]


def ours(primitive: Primitive, truth: Sequence[Truth], with_subnormals: bool = False) -> Errors:
    """The worse of numbers, by Python's math, and of arrays, by NumPy."""
    columns = columns_of(truth)
    numbers = list(zip(*(of_rules(primitive, FLOATS, each.point) for each in truth), strict=True))
    arrays = of_rules(primitive, arrays_of(columns), columns)
    both = (worst(results, truth, with_subnormals) for results in (numbers, arrays))
    return [max((error for error in pair if error is not None), default=None) for pair in zip(*both, strict=True)]


def columns_of(truth: Sequence[Truth]) -> Columns:
    return [numpy.array(column) for column in zip(*(each.point for each in truth), strict=True)]


def labels(primitive: Primitive) -> list[str]:
    """What the table calls the value, and the derivative by each operand."""
    return [f"`{primitive.name}`", *(f"∂`{primitive.name}`/∂{name}" for name in primitive.inputs)]
