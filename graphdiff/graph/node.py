"""Nodes and edges of the computational graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.graph.function import Operation

NO_PARAMETERS: Mapping[str, Any] = {}


class Node(NamedTuple):
    """An input, a constant, or an operation on earlier nodes.

    Attributes:
        index: Its position among the nodes of its graph.
        operation: The operation; None for an input or a constant.
        operands: The indices of its operands.
        parameters: The options of the operation by name; of a constant its "value"; of an input its "default", if the
            program gives one, and its "shape", if the program depends on it.
        name: The name that the program gives it, or None.
        span: Its place in the program, as offsets [start, end) in characters, or None.
    """

    index: int  # type: ignore[assignment]  # tuple.index is not used on nodes
    operation: Operation | None
    operands: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = NO_PARAMETERS
    name: str | None = None
    span: Span | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is a constant."""
        return self.operation is None and "value" in self.parameters

    @property
    def is_input(self) -> bool:
        """Whether it is an input."""
        return self.operation is None and "value" not in self.parameters

    @property
    def has_constant_places(self) -> bool:
        """Whether it selects entries of an array at places that the text gives."""
        return (
            self.operation is not None
            and self.operation.name == "index"
            and not any(item[0] in ("operand", "new") for item in self.parameters["items"])
        )


class Edge(NamedTuple):
    """The use of a node as an operand; x*x has two edges.

    Attributes:
        source: The index of the operand.
        target: The index of the node that uses it.
        slot: Its position among the operands of the target.
    """

    source: int
    target: int
    slot: int
