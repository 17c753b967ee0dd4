"""Matrices, vectors, cases and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.language.tree import Array, Name
from graphdiff.reading.latex.indices import unwrap
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.tree import Group, Matrix, Text, Tree
from graphdiff.reading.latex.values import Value, call, elementwise, multiply, reduce
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader


def matrix(reader: Reader, tree: Matrix) -> Step[Value]:
    """An environment of rows: cases, a matrix, a vector as a column, a determinant."""
    if tree.environment in ("cases", "dcases", "rcases"):
        return (yield from wait(cases(reader, tree)))
    rows: list[Value] = []
    width = max(map(len, tree.rows))
    for row in tree.rows:
        entries: list[Value] = []
        for cell in row:
            if cell is None or len(row) != width:
                raise reader.error("the rows of the matrix differ in length, or an entry is missing", tree.span)
            entries.append((yield reader.read(cell)))
        span = (entries[0].span[0], entries[-1].span[1])
        rows.append(stack(reader, entries, span) if width > 1 else entries[0])
    result = stack(reader, rows, tree.span)
    if tree.environment in ("vmatrix", "Vmatrix"):
        return reduce("det" if tree.environment == "vmatrix" else "norm", result, tree.span)
    return result


def stack(reader: Reader, values: list[Value], span: Span) -> Value:
    """An array of values of the same rank."""
    if any(value.axes for value in values):
        raise reader.error("an array with indices of a sum in its entries", span, "give its entries names")
    return Value(Array(tuple([value.tree for value in values]), span), max(value.rank for value in values) + 1)


def read_list(reader: Reader, tree: Group) -> Step[Value]:
    """`(x, y)`, a vector; `⟨x, y⟩`, a scalar product."""
    values: list[Value] = []
    for item in tree.items:
        values.append((yield reader.read(item)))
    if tree.opening == "⟨" and len(values) == 2:
        numbers = [isinstance(each.tree, Name) and each.tree.name in reader.given for each in values]
        if not any(each.rank for each in values) and not any(numbers):
            return Value(call("@", values[0].tree, values[1].tree, span=tree.span))
        return multiply("", values[0], values[1], reader.notes)._replace(is_row=False)
    if tree.opening not in ("(", "[") or set(tree.separators) != {","}:
        raise reader.error("a list has no meaning here", tree.span, "write a vector in parentheses")
    reader.notes.add(f"'{reader.label(tree.span)}' is read as a vector")
    return stack(reader, values, tree.span)


def cases(reader: Reader, tree: Matrix) -> Step[Value]:
    """The first row whose condition holds; the last one, if none of the others does."""
    values: list[Value] = []
    conditions: list[Value] = []
    for place, row in enumerate(tree.rows):
        is_last = place == len(tree.rows) - 1
        if not 1 <= len(row) <= 2 or row[0] is None:
            raise reader.error("a case has a value and a condition", tree.span)
        values.append((yield reader.read(row[0])))
        condition = row[1] if len(row) == 2 else None
        if condition is None or isinstance(unwrap(condition), Text):
            if not is_last:
                raise reader.error("a case without a condition must be the last", tree.span)
        elif is_last and place:
            reader.notes.add("the last case is read as the one where no other holds")
        else:
            conditions.append((yield condition_of(reader, condition)))
    if len(values) == len(conditions):
        raise reader.error("there is only one case", tree.span, r"add a row for all other points: 0 & \text{otherwise}")
    result = values.pop()
    while conditions:
        result = elementwise("where", (conditions.pop(), values.pop(), result), tree.span)
    return result


def condition_of(reader: Reader, tree: Tree) -> Step[Value]:
    """A condition, or several that `and`, `or` or a comma joins."""
    tree = unwrap(tree)
    if not isinstance(tree, Group) or len(tree.items) == 1:
        value: Value = yield reader.read(tree)
        return value
    total: Value | None = None
    for separator, item in zip(["", *tree.separators], tree.items, strict=True):
        value = yield reader.read(item)
        if total is not None:
            value = elementwise("max" if separator == "or" else "*", (total, value), tree.span)
        total = value
    assert total is not None  # a list has items
    return total
