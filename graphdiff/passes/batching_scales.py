"""Operations that are linear in many values: they change only the scale that all values have in common.

So factors that are the same for all values are multiplied together before, and the rows of an identity matrix stay
what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.batched import Batch, Batched, Value, is_number


def apply_linear(
    batch: Batch, operation: Primitive, operands: Sequence[Value], parameters: Mapping[str, Any]
) -> Batched | None:
    """The result of an operation on operands of which at least one has many values, if these values stay as they are
    but for their scale, or if they are rows of an identity matrix; None for any other operation."""
    if operation.name in ("neg", "mul", "div", "add", "sub", "where"):
        return _scale(batch, operation, operands)
    if operation.name == "sum" and not parameters:
        (x,) = operands
        if isinstance(x, Batched) and x.node is None and x.shape:  # each row has one entry
            return batch.values(batch.op.reshape(batch.diagonal(x), shape=(batch.count,)))
    if operation.name == "matmul":
        return _matmul(batch, *operands)
    return None


def _scale(batch: Batch, operation: Primitive, operands: Sequence[Value]) -> Batched | None:
    """Many values with the scale of the result."""
    op, name = batch.op, operation.name
    batched = [each for each in operands if isinstance(each, Batched)]
    nodes = [each for each in operands if not isinstance(each, Batched)]
    first = batched[0]
    if any([each.node is not first.node or each.shape != first.shape for each in batched[1:]]):
        return None
    scales = [each.scale if isinstance(each, Batched) else each for each in operands]
    keeps_shape = all([_broadcasts_to(batch.shape(node), first.shape) for node in nodes])
    is_linear = (
        name == "neg"
        or (name == "mul" and len(batched) == 1)
        or (name == "div" and operands[0] is first and len(batched) == 1)
        or (name in ("add", "sub") and len(batched) == 2)
        or (
            name == "where"
            and not isinstance(operands[0], Batched)
            and all([isinstance(each, Batched) or is_number(each, 0) for each in operands[1:]])
        )
    )
    if not is_linear or not keeps_shape:
        return None
    ones = [op.lift(1.0) if each is None else each for each in scales]
    scale = op.apply(operation, *ones)
    return first._replace(scale=None if is_number(scale, 1) else scale)


def _broadcasts_to(shape: Sequence[int], other: Sequence[int]) -> bool:
    """Whether an array of a shape broadcasts to another shape."""
    last = other[len(other) - len(shape) :]
    return len(shape) <= len(other) and all([size in (1, full) for size, full in zip(shape, last, strict=True)])


def _matmul(batch: Batch, a: Value, b: Value) -> Batched | None:
    """The product of a matrix and the rows of an identity matrix: its rows or columns."""
    op = batch.op
    node: Node
    if isinstance(b, Batched) and b.node is None and not isinstance(a, Batched) and batch.rank(a) == 2:
        value, node = b, op.transpose(a)
    elif isinstance(a, Batched) and a.node is None and not isinstance(b, Batched) and batch.rank(b) == 2:
        value, node = a, b
    else:
        return None
    if len(value.shape) != 1:
        return None
    scaled = node if value.scale is None else op.mul(op.expand_dims(batch.diagonal(value), axis=1), node)
    return batch.values(scaled)
