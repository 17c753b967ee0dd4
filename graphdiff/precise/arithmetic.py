"""Arithmetic, rounding and comparisons of multiprecision numbers, as in operations/ieee."""

from __future__ import annotations

from typing import Any


class Arithmetic:
    """The functions of a namespace for kernels that are exact, or rounded once, in the context mp of mpmath."""

    mp: Any

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

    def sign(self, x: Any) -> Any:
        return x if self.mp.isnan(x) else self.mp.sign(x)

    def floor(self, x: Any) -> Any:
        return self.mp.floor(x) if self.mp.isfinite(x) else x

    def ceil(self, x: Any) -> Any:
        return self.mp.ceil(x) if self.mp.isfinite(x) else x

    def round(self, x: Any) -> Any:
        return self.mp.nint(x) if self.mp.isfinite(x) else x

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

    def isfinite(self, x: Any) -> Any:
        return self._as_number(self.mp.isfinite(x))

    def float_of(self, x: Any) -> Any:
        return x

    def _as_number(self, holds: bool) -> Any:
        return self.mp.one if holds else self.mp.zero
