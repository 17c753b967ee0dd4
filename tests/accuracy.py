"""Regenerate docs/accuracy.md, the errors of each elementwise operation and of its derivatives:

python tests/accuracy.py

It takes some minutes. The reference is mpmath: values from tests/judge.py, derivatives from their differences.
"""

from __future__ import annotations

import math
import operator
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import jax
import judge
import numpy
import scipy.special
from exact import digits_at, exact, slope, ulps
from extremes import EXTREMES, Extreme, measured
from mpmath import mp, mpf

from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import arrays_of

config: Any = jax.config
config.update("jax_enable_x64", True)

POINTS = 2000
"""Drawn for each operation; those outside its domain are dropped."""
SPECIAL = (0.5, 1.0, 2.0, math.e, math.pi / 2, math.pi, 2 * math.pi, 10.0, 22.2, 27.2, 36.7, 372.6, 709.78, 745.13)
"""Where functions have zeros, poles, their largest slopes, or begin to saturate, underflow or overflow."""

ARITHMETIC: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le", "gt", "ge", "eq", "ne")},
    **{"div": operator.truediv, "atan2": judge.FUNCTIONS["arctan2"]},
    "clip": lambda x, low, high: min(max(x, low), high),
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

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"

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
    for point in drawn(primitive, count):
        with mp.workdps(digits_at(point)):
            value = exact(function, [mpf(x) for x in point])
            if value is None:
                continue
            y = FLOATS.apply(primitive, *point)
            is_kink = primitive.kink is not None and primitive.kink(FLOATS, y, *point)
            slopes = (None if is_kink else slope(function, point, slot) for slot in range(len(point)))
            yield Truth(point, value, tuple(slopes))


Columns = Sequence[numpy.ndarray[Any, Any]]
Errors = list[float | None]
"""The worst of the value, and of the derivative by each operand."""


def worst(found: Sequence[Any], truth: Sequence[Truth], with_subnormals: bool) -> Errors:
    """Of columns of results: the value's, and the derivatives' as far as there are columns."""
    errors: Errors = []
    for place, column in enumerate(numpy.broadcast_to(each, len(truth)) for each in found):
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


def numpys(primitive: Primitive, truth: Sequence[Truth]) -> Errors:
    """NumPy's value, or SciPy's; none where they lack the function."""
    function = NUMPY.get(primitive.name) or getattr(numpy, ARRAY_NAMES.get(primitive.name, primitive.name), None)
    with numpy.errstate(all="ignore"):
        return worst([function(*columns_of(truth))], truth, False) if function else []


def jaxs(primitive: Primitive, truth: Sequence[Truth]) -> Errors:
    """JAX's value and jax.grad's derivatives; none where it lacks the function."""
    function = JAX.get(primitive.name) or getattr(jax.numpy, ARRAY_NAMES.get(primitive.name, primitive.name), None)
    if function is None:
        return []

    def number(*operands: Any) -> Any:
        return jax.numpy.asarray(function(*operands), float)

    slots = range(len(primitive.inputs))
    results = [jax.vmap(each)(*columns_of(truth)) for each in (number, *(jax.grad(number, slot) for slot in slots))]
    return worst(results, truth, False)


def columns_of(truth: Sequence[Truth]) -> Columns:
    return [numpy.array(column) for column in zip(*(each.point for each in truth), strict=True)]


def labels(primitive: Primitive) -> list[str]:
    """What the table calls the value, and the derivative by each operand."""
    return [f"`{primitive.name}`", *(f"∂`{primitive.name}`/∂{name}" for name in primitive.inputs)]


def shown(error: float | None) -> str:
    """An error rounded up to one decimal, or to two digits where it is large; a dash where there is none."""
    if error is None or math.isinf(error):
        return "—" if error is None else "inf"
    unit = max(0.1, 10.0 ** (math.floor(math.log10(error or 1)) - 1))
    rounded = math.ceil(error / unit) * unit
    return f"{rounded:.1f}" if rounded < 100 else f"{rounded:.2g}" if rounded > 999 else f"{rounded:.0f}"


def rows(primitive: Primitive) -> Iterator[tuple[str, Errors]]:
    """Each label with its errors: ours, NumPy's, JAX's, and ours with subnormal numbers."""
    truth = list(truths(primitive, POINTS))
    columns = (ours(primitive, truth), numpys(primitive, truth), jaxs(primitive, truth), ours(primitive, truth, True))
    for label, *errors in zip_longest(labels(primitive), *columns):
        yield label, errors


def extreme_row(extreme: Extreme) -> Iterator[str]:
    """The formula, its point, its value and gradients, and the worst of their errors."""
    numbers, errors = zip(*measured(extreme), strict=True)
    value, *gradients = (f"{number + 0.0:.6g}" for number in numbers)
    yield f"`{extreme.formula}`"
    yield ", ".join(f"{name} = {x:g}" for name, x in extreme.point.items())
    yield value
    yield ", ".join(gradients)
    yield shown(max(errors))


def write_page() -> None:
    """docs/accuracy.md."""
    exact_ones, table = [], []
    for primitive in ELEMENTWISE.values():
        found = list(rows(primitive))
        if all(errors[0] == errors[-1] == 0 for _, errors in found):
            exact_ones.append(f"`{primitive.name}`")
        else:
            table += [f"| {label} | {' | '.join(map(shown, errors))} |" for label, errors in found]
    extremes = (f"| {' | '.join(extreme_row(extreme))} |" for extreme in EXTREMES)
    template = Path(__file__).with_suffix(".md").read_text("utf-8")
    text = template.format(
        points=POINTS, exact=", ".join(exact_ones), table="\n".join(table), extremes="\n".join(extremes)
    )
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    write_page()
