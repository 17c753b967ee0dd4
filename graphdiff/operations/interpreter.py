"""What an op is: it gives the primitives their meaning, for numbers here and for graph nodes in graph/symbolic."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.primitive import Gate, Primitive
from graphdiff.operations.registry import PRIMITIVES


class Interpreter:
    """op.mul(x, y) applies the primitive mul: so derivative rules are written once, for every kind of value."""

    @abstractmethod
    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        """The primitive's value on operands of this interpreter's kind, or on floats."""

    @abstractmethod
    def closes(self, gate: Gate, local: Any) -> bool:
        """Whether an edge with this local derivative passes nothing back."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        primitive = PRIMITIVES[name]

        def bound(*operands: Any, **parameters: Any) -> Any:
            return self.apply(primitive, *operands, **parameters)

        setattr(self, name, bound)
        return bound


class Numeric(Interpreter):
    """Applies kernels in a namespace of elementary functions."""

    def __init__(self, namespace: Any) -> None:
        self._namespace = namespace

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        return primitive.kernel(self._namespace, *operands, **parameters)

    def closes(self, gate: Gate, local: Any) -> bool:
        return gate.selects and bool(local == 0)


FLOATS = Numeric(ieee)
"""On Python floats."""
