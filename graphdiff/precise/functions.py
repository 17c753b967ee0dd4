"""The elementary functions of operations/ieee on multiprecision numbers, by mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mpmath import MPContext

from graphdiff.operations import ieee
from graphdiff.operations.functions import row_of, unsupported_error

LARGEST_EXPONENT = 1e9
"""Powers of e beyond it are infinite, or 0: mpmath would carry them, in memory without end."""


class Precise:
    """A namespace for kernels: mpmath's functions by its names, but for those here. A result that is not real is NaN; a
    comparison is 1 or 0."""

    inf = math.inf
    nan = math.nan

    def __init__(self, digits: int) -> None:
        self.mp = MPContext()
        self.mp.dps = digits
        self.constant = self.mp.mpf
        for name in ("sinh", "cosh"):
            setattr(self, name, self._limit_exponent(getattr(self, name), name == "sinh"))
        self.exp = self._exp
        self.tanh = lambda x: self.mp.tanh(min(max(x, -LARGEST_EXPONENT), LARGEST_EXPONENT))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        row = row_of(name)
        if not (row.is_elementwise and hasattr(self.mp, name)):
            raise unsupported_error("mpmath", name, "fewer digits do without it")
        function = self._real(getattr(self.mp, name))
        setattr(self, name, function)
        return function

    def _real(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def real(*operands: Any) -> Any:
            try:
                result = function(*operands)
            except (ValueError, ZeroDivisionError, OverflowError):
                return self.mp.nan
            return result if isinstance(result, self.mp.mpf) else self.mp.nan

        return real

    def _limit_exponent(self, function: Callable[..., Any], is_odd: bool) -> Callable[..., Any]:
        def limit(x: Any) -> Any:
            if abs(x) <= LARGEST_EXPONENT:
                return function(x)
            return self.mp.sign(x) * self.mp.inf if is_odd else self.mp.inf * abs(x)

        return limit

    def _exp(self, x: Any) -> Any:
        if x > LARGEST_EXPONENT:
            return self.mp.inf
        return self.mp.zero if x < -LARGEST_EXPONENT else self.mp.exp(x)

    def expm1(self, x: Any) -> Any:
        return self.mp.expm1(x) if abs(x) < 1 else self._exp(x) - 1

    def log2(self, x: Any) -> Any:
        return self.log(x) / self.mp.ln2

    def cbrt(self, x: Any) -> Any:
        return self.mp.sign(x) * self.mp.cbrt(abs(x))

    def pow(self, x: Any, y: Any) -> Any:
        if x != 0 and abs(y * self.mp.log(abs(x))) > LARGEST_EXPONENT:
            return self.mp.nan if x < 0 else self._exp(y * self.mp.log(x))
        return self._real(self.mp.power)(x, y)

    def divide(self, x: Any, y: Any) -> Any:
        return x / y if y != 0 else self.mp.nan if x == 0 else self.mp.inf * self.mp.sign(x)

    def add(self, x: Any, y: Any) -> Any:
        return x + y

    def subtract(self, x: Any, y: Any) -> Any:
        return x - y

    def multiply(self, x: Any, y: Any) -> Any:
        return x * y

    def negative(self, x: Any) -> Any:
        return -x

    def abs(self, x: Any) -> Any:
        return self.mp.fabs(x)

    def round(self, x: Any) -> Any:
        return self.mp.nint(x)

    def maximum(self, x: Any, y: Any) -> Any:
        return x if x >= y or x != x else y

    def minimum(self, x: Any, y: Any) -> Any:
        return x if x <= y or x != x else y

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return x if condition else y

    def less(self, x: Any, y: Any) -> Any:
        return self._as_number(x < y)

    def less_equal(self, x: Any, y: Any) -> Any:
        return self._as_number(x <= y)

    def greater(self, x: Any, y: Any) -> Any:
        return self._as_number(x > y)

    def greater_equal(self, x: Any, y: Any) -> Any:
        return self._as_number(x >= y)

    def equal(self, x: Any, y: Any) -> Any:
        return self._as_number(x == y)

    def not_equal(self, x: Any, y: Any) -> Any:
        return self._as_number(x != y)

    def logical_and(self, x: Any, y: Any) -> Any:
        return self._as_number(bool(x) and bool(y))

    def as_condition(self, x: Any) -> Any:
        return self._as_number(x != 0)

    def float_of(self, x: Any) -> Any:
        return x

    def whole_order(self, n: Any) -> Any:
        return self.mp.mpf(ieee.whole_order(float(n)))

    def lgamma(self, x: Any) -> Any:
        is_pole = x <= 0 and x == self.mp.floor(x)
        return self.mp.inf if is_pole or self.mp.isinf(x) else self.mp.loggamma(x).real

    def polygamma(self, n: Any, x: Any) -> Any:
        return self._real(self.mp.psi)(int(n), x)

    def _as_number(self, holds: bool) -> Any:
        return self.mp.one if holds else self.mp.zero
