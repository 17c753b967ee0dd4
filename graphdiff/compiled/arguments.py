"""The inputs of a compiled function in order, and the arguments of a call, by position or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.point import check_names
from graphdiff.passes.request import Request
from graphdiff.source import normalize_names
from graphdiff.targets.names import PYTHON_NAMES, PythonNames


def arguments(
    graph: Graph, inputs: Sequence[str], values: Sequence[Any], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that a call passes, by the name of the input.

    Raises GraphdiffError: "usage" if there are too many or an input is passed twice, "name" if a name is not an input.
    """
    if len(values) > len(inputs):
        raise GraphdiffError(
            "usage",
            f"{len(values)} values for {len(inputs)} inputs",
            hint=f"the inputs are {shorten(', '.join(inputs), 200)}" if inputs else "the formula has no inputs",
        )
    point = dict(zip(inputs, values, strict=False))
    others = normalize_names(keywords)
    check_names(graph, others)
    for name in others:
        if name in point:
            raise GraphdiffError("usage", f"'{shorten(name)}' is passed twice", hint="pass it by position or by name")
    return point | others


def order_inputs(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph with these inputs first; the others follow in their order.

    Raises GraphdiffError("usage") if a name is there twice.
    """
    if not names:
        return graph
    for place, name in enumerate(names):
        if name in names[:place]:
            raise GraphdiffError("usage", f"inputs names '{shorten(name)}' twice", hint="name each input once")
    first = [graph.input_indices[name] for name in names]
    inputs = [*first, *(index for index in graph.inputs if index not in first)]
    return Graph(
        graph.nodes, inputs, graph.outputs, graph.names, graph.source, graph.labels, graph.assigned, graph.notes
    )


def describe_function(graph: Graph, request: Request) -> str:
    """What a compiled function takes and returns, for people."""
    inputs = [name for name in graph.input_names if name not in CONSTANTS or name in (*request.inputs, *request.wrt)]
    last = last_argument(request.want, inputs)
    results = "value" if request.want == "value" else f"value, {request.want} by {', '.join(request.wrt)}"
    return f"({', '.join([*inputs, *([last] if last else [])])}) -> {results}"


LAST_ARGUMENTS = {"jvp": "direction", "vjp": "upstream", "hvp": "direction"}
"""The last argument, where something is multiplied by the Jacobian or the Hessian."""


def last_argument(want: str, inputs: Sequence[str]) -> str | None:
    """The name of the last argument, followed by underscores if an input has that name; None if there is no such
    argument."""
    name = LAST_ARGUMENTS.get(want)
    while name in inputs:
        name = f"{name}_"
    return name


def split_last(
    name: str, values: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """The arguments of a call without the last one, which can be passed by this name, and that one.

    Raises GraphdiffError("usage") if it is missing.
    """
    if name in keywords:
        return tuple(values), {key: value for key, value in keywords.items() if key != name}, keywords[name]
    if not values:
        raise GraphdiffError("usage", f"the {name} is missing", hint="it is the last argument")
    return tuple(values[:-1]), dict(keywords), values[-1]


def parts_of_last(request: Request, value: Any) -> tuple[Any, ...]:
    """The parts of the last argument, which is a tuple or a list if there is not just one.

    Raises GraphdiffError("value") if there are too few or too many.
    """
    name = LAST_ARGUMENTS[request.want]
    names = (request.outputs or [name]) if name == "upstream" else request.wrt
    if len(names) == 1:
        return (value,)
    if not isinstance(value, (tuple, list)) or len(value) != len(names):
        hint = f"it has a part for each of {shorten(', '.join(names), 200)}" if names else "it is ()"
        raise GraphdiffError("value", f"the {name} is not a tuple of {len(names)} parts", hint=hint)
    return tuple(value)


def signature_of(inputs: Sequence[str], last: str | None) -> Signature:
    """The parameters of a function of these inputs, whose names can be others where Python does not take them."""
    names = PythonNames(PYTHON_NAMES)
    parameters = [*map(names, inputs), *([names.new(last)] if last else [])]
    return Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in parameters])


def one_or_all(results: Sequence[Any]) -> Any:
    """The only result, or the tuple of all."""
    return tuple(results) if len(results) > 1 else results[0]
