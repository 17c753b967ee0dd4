"""Nodes and edges of the computational graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.graph.function import Operation

NO_PARAMETERS: Mapping[str, Any] = {}


class Node(NamedTuple):
    """An input, a constant or an operation on earlier nodes.

    operation is None for an input and for a constant, whose value is parameters["value"]. operands are indices of
    nodes, so that a graph of any depth is flat data.
    """

    index: int  # type: ignore[assignment]  # tuple.index is not used on nodes
    operation: Operation | None
    operands: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = NO_PARAMETERS
    name: str | None = None
    span: Span | None = None

    @property
    def is_constant(self) -> bool:
        return self.operation is None and "value" in self.parameters

    @property
    def is_input(self) -> bool:
        return self.operation is None and "value" not in self.parameters


class Edge(NamedTuple):
    """An edge from a node to its consumer: source is operand number slot of target; x*x has two edges."""

    source: int
    target: int
    slot: int
