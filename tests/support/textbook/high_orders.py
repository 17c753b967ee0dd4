"""Derivatives of order 12 of elementary functions: their length and time, beside SymPy's."""

from __future__ import annotations

from graphdiff.errors import GraphdiffError
from graphdiff.reading.parse import parse
from support.textbook.comparison import measure_sympy
from support.textbook.corpus import Row
from support.textbook.printed import RELATIVE, distance, print_derivative, value
from support.textbook.truth import true_derivative

ORDER = 12
LONGEST, RATIO, SLOWEST = 2000, 2, 1.0
"""Characters of a derivative, or how many times SymPy's simplified form if that is more; seconds of CPU time."""

FORMULAS = (
    *("1/(1 + x^2)", "exp(x)/x", "tan(x)", "tanh(x)", "asinh(x)", "asin(x)", "atan(x)", "sqrt(1 + x^2)"),
    *("log(1 + x^2)", "exp(-x^2)", "exp(1/x)", "sin(x)/x", "log(x)/x", "sec(x)", "sin(x^2)", "exp(sin(x))"),
    *("exp(x)*cos(x)", "x^n", "1/(1 + exp(-x))", "sqrt(x)/(1 + x)"),
)
HIGH_ORDERS = [Row("", "order 12", formula, "x", "derivative", ORDER, {}, {}, "") for formula in FORMULAS]


def judge_high_order(row: Row) -> tuple[str, ...]:
    """What is wrong with a derivative of high order: "refused", "not equal", "longer"."""
    try:
        text = print_derivative(row)
    except GraphdiffError:
        return ("refused",)
    point = row.point(0)
    truth = true_derivative(row, point)
    faults = []
    if not distance(value(parse(text), point), truth) <= RELATIVE * distance(truth, 0):
        faults.append("not equal")
    if len(text) > max(LONGEST, RATIO * len(measure_sympy(row).text)):
        faults.append("longer")
    return tuple(faults)
