"""Multiprecision numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.precise.functions import Precise


class PreciseNumbers(Numeric):
    """Scalars with a given number of digits. read converts constants, by default to the numbers that floats hold."""

    def __init__(self, functions: Precise, read: Callable[[Any], Any] | None = None) -> None:
        super().__init__(functions)
        self.functions = functions
        self.read = read or functions.number

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        numbers = [self.read(operand) if isinstance(operand, float) else operand for operand in operands]
        return super().apply(primitive, *numbers, **parameters)

    def constant(self, value: Any) -> Any:
        return self.functions.constant(self.read(value) if isinstance(value, float) else value)

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return self.namespace.constant(value)

    def entries(self, value: Any) -> list[Any]:
        """The number as its own only entry."""
        return [self.number(value)]
