"""The Jacobian and the Hessian of a formula at a point, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.compiled.array_function import ArrayFunction
from graphdiff.graph.graph import Graph
from graphdiff.passes.point import check_names, derivatives_by, join_values
from graphdiff.passes.request import Request
from graphdiff.reading.parse import read
from graphdiff.source import normalize_names


def jacobian(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    language: str | None = None,
    **values: Any,
) -> dict[str, Any]:
    """The derivative of every entry of a formula's value by every entry of its inputs, at a point.

    At a kink, the derivatives follow the conventions of the operations.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        language: The language of the text, as `parse` takes it.
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        The Jacobian by each input, by name: an array in the shape of the value, followed by that of the input; a float
        where both are numbers.

    Raises:
        GraphdiffError: As by `trace`; "value" if `wrt` names an index.
    """
    names, (_, blocks) = _evaluate("jacobian", source, join_values(point, values), wrt, language)
    return dict(zip(names, blocks if len(names) != 1 else [blocks], strict=True))


def hessian(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    language: str | None = None,
    **values: Any,
) -> dict[str, dict[str, Any]]:
    """The second derivatives of a formula whose value is a number, by every two entries of its inputs, at a point.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        language: The language of the text, as `parse` takes it.
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        The second derivatives, by the name of the first input and then that of the second: arrays in the shape of the
        first input, followed by that of the second; floats where both are numbers.

    Raises:
        GraphdiffError: As by `trace`; "value" if the value is an array, or `wrt` names an index.
    """
    names, (_, rows) = _evaluate("hessian", source, join_values(point, values), wrt, language)
    rows = rows if len(names) != 1 else [[rows]]
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, rows, strict=True)}


def _evaluate(
    want: str, source: str | Graph, point: Mapping[str, Any], wrt: str | Sequence[str] | None, language: str | None
) -> tuple[list[str], Any]:
    """The inputs to differentiate by, and the value with what is wanted of it."""
    point = normalize_names(point)
    graph = read(source, point, wrt, language=language)
    check_names(graph, point)
    names = derivatives_by(graph, wrt, point)
    given = [name for name in graph.input_names if name in point]
    function = ArrayFunction(graph, Request(want, names, inputs=given), "numpy", None)
    return names, function(**{name: point[name] for name in given})
