"""The elementary functions on Python floats as IEEE 754 defines them: they never raise.

Names are those of the array API standard, so that a primitive's kernel runs on this module and on an array namespace
alike. A function that is not here has a definition in its row of operations/functions.py, or is SciPy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import row_of, special_function

inf = math.inf
nan = math.nan
QUANTUM = 2.0**-1074
"""The distance of subnormal numbers, and the smallest of them."""


def _total(
    function: Callable[[float], float],
    overflow: Callable[[float], float] = lambda x: inf,
    pole: Callable[[float], float] = lambda x: nan,
) -> Callable[[float], float]:
    """A function of math that returns the value of IEEE 754 where math raises."""

    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return pole(x)

    return total


def _infinite_like(x: float) -> float:
    return math.copysign(inf, x)


def _log_pole(at: float) -> Callable[[float], float]:
    return lambda x: -inf if x == at else nan


exp = _total(math.exp)
expm1 = _total(math.expm1)
log = _total(math.log, pole=_log_pole(0.0))
log2 = _total(math.log2, pole=_log_pole(0.0))
log10 = _total(math.log10, pole=_log_pole(0.0))
log1p = _total(math.log1p, pole=_log_pole(-1.0))
sqrt = _total(math.sqrt)
cbrt = math.cbrt
sin = _total(math.sin)
cos = _total(math.cos)
tan = _total(math.tan)
asin = _total(math.asin)
acos = _total(math.acos)
atan = math.atan
atan2 = math.atan2
sinh = _total(math.sinh, overflow=_infinite_like)
cosh = _total(math.cosh)
tanh = math.tanh
asinh = math.asinh
acosh = _total(math.acosh)
atanh = _total(math.atanh, pole=lambda x: _infinite_like(x) if abs(x) == 1 else nan)
erf = math.erf
erfc = math.erfc
hypot = math.hypot
abs = abs


def add(x: float, y: float) -> float:
    return x + y


def subtract(x: float, y: float) -> float:
    return x - y


def multiply(x: float, y: float) -> float:
    return x * y


def negative(x: float) -> float:
    return -x


def divide(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0 or x != x else math.copysign(inf, x) * math.copysign(1.0, y)


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and math.fmod(y, 2) != 0 else inf
    except ValueError:
        if x != 0:
            return nan
        return math.copysign(inf, x) if math.fmod(y, 2) == -1.0 else inf  # y is negative here


def remainder(x: float, y: float) -> float:
    """x - y*floor(x/y) without rounding errors of the quotient, with the sign of y."""
    return x % y if y != 0 else nan


def sign(x: float) -> float:
    return x if x == 0 or x != x else math.copysign(1.0, x)


def floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else x


def ceil(x: float) -> float:
    return float(math.ceil(x)) if math.isfinite(x) else x


def round(x: float) -> float:
    """To the nearest integer, ties to even."""
    return x - math.remainder(x, 1.0) if math.isfinite(x) else x


def maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def where(condition: float, x: float, y: float) -> float:
    return x if condition else y


def logical_and(x: float, y: float) -> float:
    return float(bool(x) and bool(y))


def float_of(x: float) -> float:
    return x


def whole_order(n: float) -> float:
    """n; raises GraphdiffError if it is not a whole number, or negative."""
    if not (n >= 0 and n % 1 == 0):
        raise GraphdiffError("value", f"an order must be a whole number from 0, not {n:g}")
    return n


def less(x: float, y: float) -> float:
    return float(x < y)


def less_equal(x: float, y: float) -> float:
    return float(x <= y)


def greater(x: float, y: float) -> float:
    return float(x > y)


def greater_equal(x: float, y: float) -> float:
    return float(x >= y)


def equal(x: float, y: float) -> float:
    return float(x == y)


def not_equal(x: float, y: float) -> float:
    return float(x != y)


def __getattr__(name: str) -> Callable[..., float]:
    if name.startswith("__"):
        raise AttributeError(name)
    row = row_of(name)
    function = special_function(name) if row.special else row.definition
    if function is None:
        raise AttributeError(f"'{name}' is not a function of numbers: add it here, or add a definition to its row")
    namespace = () if row.special else (import_module(__name__),)

    def of_numbers(*operands: float) -> float:
        return float(function(*namespace, *operands))

    globals()[name] = of_numbers
    return of_numbers
