"""Products of many small matrices as few large ones, which libraries compute far faster: an axis that only one operand
has, or that is summed over, becomes the columns of a matrix."""

from __future__ import annotations

from typing import Any

from graphdiff.operations.indexing import ALL, Item
from graphdiff.operations.shapes import Shape


def matmul(xp: Any, shapes: tuple[Shape, Shape], a: Any, b: Any) -> Any:
    """a @ b; where b is columns (e, …, n, 1) and a only (…, m, n), as a @ b' with all e columns in the last axis."""
    left, right = shapes
    has_axis = len(right) == len(left) + 1 > 2 and right[-1] == 1 != right[0] and left[:-2] == right[1:-2]
    if not has_axis:
        return xp.matmul(a, b)
    columns = xp.moveaxis(_first(xp, b, right, -1), 0, -1)
    return xp.expand_dims(xp.moveaxis(xp.matmul(a, columns), -1, 0), axis=-1)


def summed_matmul(xp: Any, product: Any, total: Shape) -> Any:
    """The sum over the first axis of a product of columns (e, …, m, 1) with rows (e, …, 1, n), which is a product of
    matrices (…, m, e) @ (…, e, n); None if the value is another product,
    or its sum does not have the shape total."""
    instruction = xp.instructions[product.number]
    if instruction.function != "matmul":
        return None
    a, b = (xp.value_at(number) for number in instruction.operands)
    left, right = xp.shapes.get(a.number), xp.shapes.get(b.number)
    if left is None or right is None or len(left) != len(right) or left[:-2] != right[:-2]:
        return None
    if left[-1] != 1 or left[0] == 1 or total != (*left[1:-1], right[-1]):
        return None
    columns = xp.moveaxis(_first(xp, a, left, -1), 0, -1)
    rows = xp.moveaxis(_first(xp, b, right, -2), 0, -2)
    return xp.matmul(columns, rows)


def _first(xp: Any, x: Any, shape: Shape, axis: int) -> Any:
    """The only entry of an axis of size 1."""
    items: list[Item] = [ALL] * len(shape)
    items[axis] = ("index", 0)
    return xp.index(x, items=tuple(items))
