"""Interpreters, the `op` of derivative rules: they apply primitives to numbers (here), to arrays (passes/arrays.py) or
to graph nodes (algebra/node_interpreter.py)."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.literal import RoundedNumber
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape


class Interpreter:
    """op.mul(x, y) applies the primitive mul, so that derivative rules are written once for every kind of value."""

    @abstractmethod
    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        """The primitive's value on operands of this interpreter's kind, or on floats."""

    def quiet(self) -> AbstractContextManager[object]:
        """A context in which no library warns of infinities and NaN: IEEE arithmetic carries them through."""
        return nullcontext()

    @abstractmethod
    def constant(self, value: Any) -> Any:
        """A constant of the text: a float, or nested tuples of them for an array."""

    def call(self, function: Any, operands: Sequence[Any]) -> Any:
        """The call of a function with its own derivative, where it stays a call for later passes; None where the body
        of the function is evaluated instead."""
        return None

    @abstractmethod
    def shape(self, value: Any) -> Shape | None:
        """The shape of a value, if it is known."""

    def rank(self, value: Any) -> int:
        """The number of axes of a value."""
        return len(self.shape(value) or ())

    @abstractmethod
    def scale(self, cotangent: Any, local: Any) -> Any:
        """cotangent × local, entry by entry."""

    @abstractmethod
    def broadcast_like(self, value: Any, like: Any) -> Any:
        """A value broadcast to the shape of another."""

    @abstractmethod
    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        """A cotangent summed over the axes along which the operand `like` was broadcast."""

    @abstractmethod
    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        """The entries in which an edge with this local derivative is open: True for all, False for none, otherwise an
        array with 1 for open entries and 0 for closed ones."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        primitive = PRIMITIVES[name]

        def apply(*operands: Any, **parameters: Any) -> Any:
            return self.apply(primitive, *operands, **parameters)

        setattr(self, name, apply)
        return apply


class Numeric(Interpreter):
    """Applies kernels to numbers, in a namespace of elementary functions. A gate closes an edge as a whole."""

    has_arrays = False
    follows_closed = True
    is_typed = False
    """Whether floats are read as the decimals that a person types for them, for more digits."""

    def __init__(self, namespace: Any) -> None:
        self.namespace = namespace

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        return primitive.kernel(self.namespace, *operands, **parameters)

    def constant(self, value: Any) -> Any:
        return float(value) if isinstance(value, RoundedNumber) else value

    def shape(self, value: Any) -> Shape:
        return getattr(value, "shape", ())

    def scale(self, cotangent: Any, local: Any) -> Any:
        return self.mul(cotangent, local)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return value

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        return cotangent

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        return not (pattern.selects and local == 0)

    def following_closed(self) -> Numeric:
        """An interpreter of the same values that follows which entries gates have closed."""
        return self

    def is_finite(self, value: Any) -> bool:
        """Whether every entry of a value is finite."""
        return math.isfinite(value)


FLOATS = Numeric(ieee)
"""The interpreter on Python floats."""
