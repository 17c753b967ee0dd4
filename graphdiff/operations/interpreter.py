"""What an op is: it gives the primitives their meaning, for numbers here, for arrays in passes/arrays and for graph
nodes in algebra/symbolic."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.operations.registry import PRIMITIVES


class Interpreter:
    """op.mul(x, y) applies the primitive mul: so derivative rules are written once, for every kind of value."""

    @abstractmethod
    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        """The primitive's value on operands of this interpreter's kind, or on floats."""

    def quiet(self) -> AbstractContextManager[object]:
        """While it is entered nothing warns of numbers that are not finite: IEEE arithmetic carries them."""
        return nullcontext()

    @abstractmethod
    def constant(self, value: Any) -> Any:
        """A constant of the text: a float, or nested tuples of them for an array."""

    def call(self, function: Any, operands: Sequence[Any]) -> Any:
        """The call of a function that has its own derivative, where it stays one: later passes meet it again; None
        where its body is worked out."""
        return None

    @abstractmethod
    def rank(self, value: Any) -> int:
        """How many axes a value has."""

    @abstractmethod
    def scale(self, cotangent: Any, local: Any) -> Any:
        """upstream × local, entry by entry."""

    @abstractmethod
    def broadcast_like(self, value: Any, like: Any) -> Any:
        """A value broadcast to the shape of another."""

    @abstractmethod
    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        """A cotangent summed over the axes along which the operand `like` was broadcast."""

    @abstractmethod
    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        """Where an edge with this local derivative is open: True, False (nothing is passed back), or, where only
        some entries are, 1 for those and 0 for the others."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        primitive = PRIMITIVES[name]

        def bound(*operands: Any, **parameters: Any) -> Any:
            return self.apply(primitive, *operands, **parameters)

        setattr(self, name, bound)
        return bound


class Numeric(Interpreter):
    """Applies kernels in a namespace of elementary functions, to numbers: a gate closes the whole of an edge."""

    follows_closed = True

    def __init__(self, namespace: Any) -> None:
        self.namespace = namespace

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        return primitive.kernel(self.namespace, *operands, **parameters)

    def constant(self, value: Any) -> Any:
        return value

    def rank(self, value: Any) -> int:
        return 0

    def scale(self, cotangent: Any, local: Any) -> Any:
        return self.mul(cotangent, local)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return value

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        return cotangent

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        return not (pattern.selects and local == 0)

    def following_closed(self) -> Numeric:
        """The same, but it follows what gates have closed."""
        return self

    def is_finite(self, value: Any) -> bool:
        """Whether every entry is."""
        return math.isfinite(value)


FLOATS = Numeric(ieee)
"""On Python floats."""
