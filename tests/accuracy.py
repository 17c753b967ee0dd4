"""Write docs/explanation/accuracy.md, the errors of each elementwise operation and of its derivatives:

python tests/accuracy.py

It takes some minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import jax
import numpy
import scipy.special

from graphdiff.operations.primitive import Primitive
from support.accuracy import ELEMENTWISE, PAGE, POINTS, Errors, Truth, columns_of, labels, ours, truths, worst
from support.extremes import EXTREMES, Extreme, measure
from support.special_accuracy import (
    FUNCTIONS,
    SpecialFunction,
    exact_numbers,
    largest_errors,
    our_errors,
    special_labels,
)
from support.special_accuracy import POINTS as SPECIAL_POINTS

config: Any = jax.config
config.update("jax_enable_x64", True)

ARRAY_NAMES = {
    **{"sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "max": "maximum", "min": "minimum"},
    **{"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal"},
}
NUMPY = {
    **{"erf": scipy.special.erf, "erfc": scipy.special.erfc, "sigmoid": scipy.special.expit},
    **{"erfcx": scipy.special.erfcx, "erfinv": scipy.special.erfinv, "normcdf": scipy.special.ndtr},
    **{"lognormcdf": scipy.special.log_ndtr, "norminv": scipy.special.ndtri},
    "softplus": lambda x: numpy.logaddexp(0.0, x),
}
JAX = {
    **{"erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc, "erfinv": jax.scipy.special.erfinv},
    **{"erfcx": getattr(jax.scipy.special, "erfcx", None)},  # older versions do not have it
    **{"normcdf": jax.scipy.special.ndtr},
    **{"lognormcdf": jax.scipy.special.log_ndtr, "norminv": jax.scipy.special.ndtri},
    **{"sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus},
}
"""By the operation's name, where a library's function is not named as the array API standard names it."""


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


def format_error(error: float | None) -> str:
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
    numbers, errors = zip(*measure(extreme), strict=True)
    value, *gradients = (f"{number + 0.0:.6g}" for number in numbers)
    yield f"`{extreme.formula}`"
    yield ", ".join(f"{name} = {x:g}" for name, x in extreme.point.items())
    yield value
    yield ", ".join(gradients)
    yield format_error(max(errors))


def special_rows(function: SpecialFunction) -> Iterator[str]:
    """Each label with its errors: ours, SciPy's, JAX's."""
    exact = exact_numbers(function, SPECIAL_POINTS)
    points = numpy.array([each.point for each in exact])
    columns = [our_errors(function, exact), [], []]
    if function.scipy is not None:
        columns[1] = largest_errors(function, exact, [function.scipy(scipy.special, points)])
    if (jax_function := function.jax) is not None:

        def number(x: Any) -> Any:
            return jax_function(jax.scipy.special, x)

        derivatives = [number, jax.grad(number), jax.grad(jax.grad(number))]
        results = [numpy.asarray(jax.vmap(each)(points)) for each in derivatives]
        columns[2] = largest_errors(function, exact, results)
    for label, domain, *errors in zip_longest(special_labels(function), [function.domain], *columns):
        yield f"| {label} | {domain or ''} | {' | '.join(map(format_share, errors))} |"


def format_share(error: float | None) -> str:
    """A relative error, rounded up to one digit; a dash where there is none."""
    if error is None or math.isinf(error):
        return "—" if error is None else "inf"
    unit = 10.0 ** math.floor(math.log10(error or 1e-17))
    return f"{math.ceil(error / unit) * unit:.0e}"


def write_page() -> None:
    """Measure all errors and write the page."""
    exact_ones, table = [], []
    for primitive in ELEMENTWISE.values():
        errors_by_label = list(rows(primitive))
        if all(errors[0] == errors[-1] == 0 for _, errors in errors_by_label):
            exact_ones.append(f"`{primitive.name}`")
        else:
            table += [f"| {label} | {' | '.join(map(format_error, errors))} |" for label, errors in errors_by_label]
    extremes = (f"| {' | '.join(extreme_row(extreme))} |" for extreme in EXTREMES)
    template = Path(__file__).with_suffix(".md").read_text("utf-8")
    special = [row for function in FUNCTIONS for row in special_rows(function)]
    text = template.format(
        points=POINTS,
        exact=", ".join(exact_ones),
        table="\n".join(table),
        special_points=SPECIAL_POINTS,
        special="\n".join(special),
        extremes="\n".join(extremes),
    )
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    write_page()
