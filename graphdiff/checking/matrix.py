"""The Jacobian or the Hessian by generated code, or its products with directions, against traces and differences.

Each row of the matrix is the gradient of a number: of an entry of the value, or of a first derivative. A product is
computed for each unit direction or unit upstream, which gives the matrix column by column or row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from graphdiff.checking.code import CodeJudge, Language, Results, in_floats, input_values, run_code
from graphdiff.checking.directions import directions_of
from graphdiff.checking.judge import Judge
from graphdiff.checking.row import CheckRow
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.derivative import derivatives
from graphdiff.passes.request import Request
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_tuples

MOST_ENTRIES = 2500
"""The most entries of a matrix that are checked."""
OF_HESSIAN = ("hessian", "hvp")

Blocks = list[dict[str, list[float]]]
"""Each row of a matrix: its entries by each input, in row-major order."""


class Component(NamedTuple):
    """A number whose gradient is a row of the matrix: its graph, its name, and its place in the array it is from."""

    graph: Graph
    name: str
    place: tuple[int, ...]


def weighted_sum(graph: Graph, weights: Any, shape: Shape) -> Graph:
    """sum(output*weights), whose gradients are those of the output, of this shape, for these weights as upstream."""
    nodes = list(graph.nodes)
    nodes.append(Node(len(nodes), None, parameters={"value": to_tuples(weights)}))
    nodes.append(Node(len(nodes), PRIMITIVES["mul"], (graph.output, len(nodes) - 1)))
    if shape:
        nodes.append(Node(len(nodes), PRIMITIVES["sum"], (len(nodes) - 1,)))
    return Graph(nodes, graph.inputs, [len(nodes) - 1], graph.names, graph.source)


def matrix_rows(
    base: Trace, language: Language, request: Request, trace: Callable[[Graph], Trace]
) -> tuple[list[CheckRow], tuple[int, int]]:
    """The comparisons of every entry, and how many entries were checked one by one and how many there are.

    base is the trace of the formula; trace traces another graph at its point.

    Raises GraphdiffError as run_code does; "limit" if the matrix has very many entries.
    """
    want, wrt = request.want, request.wrt
    values = input_values(base)
    shapes = {name: shape_of(values[name]) for name in wrt}
    width = sum(map(size_of, shapes.values()))
    if want != "value" and not width:
        raise GraphdiffError("usage", f"there is no input to differentiate by for {want}")
    height = width if want in OF_HESSIAN else size_of(shape_of(base.value))
    if want != "value" and width * height > MOST_ENTRIES:
        raise GraphdiffError(
            "limit",
            f"{height:,} × {width:,} derivatives are too many to be checked: at most {MOST_ENTRIES:,}",
            hint="differentiate by fewer inputs, or check a smaller example",
        )
    blocks, value = _by_code(in_floats(base), language, request, shapes)
    rows, single, total = [], 0, 0
    if want in OF_HESSIAN:
        rows.append(CodeJudge(Judge(base), Results(value[0], {}), language).value_row())
    for number, component in enumerate(_components(base, want, wrt)):
        judge = Judge(trace(component.graph))
        code = CodeJudge(judge, Results(value[0 if want in OF_HESSIAN else number], blocks[number]), language)
        if want not in OF_HESSIAN:
            rows.append(code.value_row(component.place))
        if want == "value":
            continue
        directions, count = directions_of(judge.trace, judge.is_precise)
        rows += [code.compare(judge.row(each), each)._replace(of=component.name) for each in directions]
        single, total = single + sum(each.entry_count == 1 for each in directions), total + count
    return rows, (single, total)


def _components(base: Trace, want: str, wrt: Sequence[str]) -> Iterator[Component]:
    """The numbers whose gradients are the rows of the matrix, in order."""
    if want not in OF_HESSIAN:
        shape = shape_of(base.value)
        for place in _places(shape):
            graph = weighted_sum(base.graph, _unit(shape, place), shape) if shape else base.graph
            yield Component(graph, f"value{_index(place)}" if shape else "", place)
        return
    shapes = {name: shape_of(value) for name, value in input_values(base).items()}
    for name, graph in zip(wrt, derivatives(base.graph, wrt, 1, shapes, base.graph.input_names), strict=True):
        for place in _places(shapes[name]):
            number = weighted_sum(graph, _unit(shapes[name], place), shapes[name]) if place else graph
            yield Component(number, f"d_{name}{_index(place)}", place)


def _by_code(
    base: Trace, language: Language, request: Request, shapes: Mapping[str, Shape]
) -> tuple[Blocks, Sequence[float]]:
    """The rows of the matrix by generated code, and the entries of the value."""
    want, wrt = request.want, request.wrt
    entries = [(name, place) for name in wrt for place in _places(shapes[name])]
    if want == "vjp":
        upstreams = [_unit(shape_of(base.value), place) for place in _places(shape_of(base.value))]
        products, _ = run_code(base, language, request, upstreams)
        return [dict(zip(wrt, parts, strict=True)) for _, *parts in products], products[0][0]
    if want in ("jvp", "hvp"):
        directions = [_units(wrt, shapes, *entry) for entry in entries]
        products, _ = run_code(base, language, request, directions)
        columns = [_joined(parts) for _, *parts in products]
        return [_by_input(row, wrt, shapes) for row in zip(*columns, strict=True)], products[0][0]
    ((value, *parts),), results = run_code(base, language, request, [None])
    if want == "value":
        return [{} for _ in value], value
    if (pattern := results[-1].pattern) is not None:
        height, width = pattern.shape
        matrix = [[0.0] * width for _ in range(height)]
        for row, column, entry in zip(pattern.rows, pattern.columns, _joined(parts), strict=True):
            matrix[row][column] = entry
        return [_by_input(row, wrt, shapes) for row in matrix], value
    blocks = []
    for start in range(0, len(parts), len(wrt)):
        of_inputs = [_split(part, size_of(shapes[name])) for name, part in zip(wrt, parts[start:], strict=False)]
        blocks += [dict(zip(wrt, row, strict=True)) for row in zip(*of_inputs, strict=True)]
    return blocks, value


def _joined(parts: Sequence[list[float]]) -> list[float]:
    return [entry for part in parts for entry in part]


def _by_input(row: Sequence[float], wrt: Sequence[str], shapes: Mapping[str, Shape]) -> dict[str, list[float]]:
    """The entries of a row by input."""
    rest = iter(row)
    return {name: list(islice(rest, size_of(shapes[name]))) for name in wrt}


def _split(entries: list[float], size: int) -> list[list[float]]:
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def _units(wrt: Sequence[str], shapes: Mapping[str, Shape], name: str, place: tuple[int, ...]) -> Any:
    """The unit direction along one entry of an input: one number or array, or a tuple of one for each input."""
    parts = [_unit(shapes[each], place if each == name else None) for each in wrt]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _unit(shape: Shape, place: tuple[int, ...] | None) -> Any:
    """An array of zeros with 1 at a place, or of zeros alone."""
    if not shape:
        return 0.0 if place is None else 1.0
    import numpy as np

    unit = np.zeros(shape)
    if place is not None:
        unit[place] = 1.0
    return unit


def _places(shape: Shape) -> Iterator[tuple[int, ...]]:
    """The indices of the entries of an array, in row-major order."""
    return product(*map(range, shape))


def _index(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""
