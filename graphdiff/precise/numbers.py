"""Multiprecision numbers."""

from __future__ import annotations

from typing import Any

from graphdiff.operations.interpreter import Numeric
from graphdiff.precise.functions import Precise


class PreciseNumbers(Numeric):
    """Scalars with a given number of digits."""

    def __init__(self, functions: Precise) -> None:
        super().__init__(functions)
        self.functions = functions

    def constant(self, value: Any) -> Any:
        return self.namespace.constant(value)

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return self.namespace.constant(value)

    def entries(self, value: Any) -> list[Any]:
        """The number as its own only entry."""
        return [self.number(value)]
