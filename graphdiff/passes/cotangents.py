"""The records of the backward pass: cotangents, and what happens at one node and along one edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Interpreter


class Cotangent(NamedTuple):
    """The derivative of the output by a value, in the value's shape.

    is_open is True, or an array of 1 and 0: the entries at 0 receive nothing, not even 0 · inf = NaN, since a gate that
    selects (max, where, relu) took another branch there.
    """

    value: Any
    is_open: Any = True


class EdgeBackward(NamedTuple):
    """An edge in the backward pass: the operand's slot, the local derivative by that operand, and the downstream
    cotangent.

    local is None where the operation is not elementwise: a rule then maps upstream to downstream. downstream is None
    where a gate that selects passes nothing.
    """

    slot: int
    local: Any
    downstream: Cotangent | None


class NodeBackward(NamedTuple):
    """A node in the backward pass: its upstream cotangent, and the slots of the edges that pass it on.

    y is the node's value, operands the values of its operands. slots are those of the operands that depend on an active
    input. inside is what is already known of the body of a function.
    """

    graph: Graph
    node: Node
    y: Any
    operands: list[Any]
    upstream: Cotangent
    slots: Sequence[int]
    inside: Inside | None = None


class Piece(NamedTuple):
    """Numbers that stand for the value and the operands of an operation: on one side of a kink that the true ones are
    at, so that the derivatives there are used. For a function also what is known of its body."""

    y: Any
    operands: list[Any]
    inside: Inside | None = None


Pieces: TypeAlias = Mapping[int, Piece]
"""Pieces of some operations, by index."""
NO_PIECES: Pieces = {}


class Inside(NamedTuple):
    """The values of all nodes in the body of a function, and the pieces of some."""

    values: Sequence[Any]
    pieces: Pieces


def add_to(pending: dict[int, Cotangent], index: int, cotangent: Cotangent, op: Interpreter) -> None:
    """Add a cotangent to the one that is pending at a node."""
    earlier = pending.get(index)
    pending[index] = cotangent if earlier is None else sum_of(cotangent, earlier, op)


def sum_of(first: Cotangent, second: Cotangent, op: Interpreter) -> Cotangent:
    """The sum of two cotangents of one value, which is open where either is."""
    is_open: Any = True
    if first.is_open is not True and second.is_open is not True:
        is_open = op.add(first.is_open, second.is_open)
    return Cotangent(op.add(first.value, second.value), is_open)
