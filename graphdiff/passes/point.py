"""The point that a graph is evaluated at: a value for each of its inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Integral
from typing import Any

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest, split_name
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.literal import check_range, is_out_of_range
from graphdiff.operations.registry import CONSTANTS, FUNCTIONS
from graphdiff.operations.shapes import MOST_AXES, Shape, nested_shape, shape_text
from graphdiff.passes.forward import forward
from graphdiff.source import normalize_text

GIVEN = Hint("values are passed by name: x=1, W=[[1, 2], [3, 4]]", "values")
NOT_EMPTY = "an array needs at least one entry"


class ConstantExpression:
    """A value of a point that is computed with as many digits as are needed: pi/4."""

    def __init__(self, graph: Graph, shape: Shape) -> None:
        self.graph = graph
        self.shape = shape

    def compute(self, op: Numeric) -> Any:
        """Its value by an interpreter."""
        graph = self.graph
        inputs = [op.constant(CONSTANTS[name]) if name in CONSTANTS else None for name in graph.input_names]
        return forward(graph, inputs, op)[graph.output]


def join_values(point: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a point and of others by name.

    Raises GraphdiffError("usage") if the point does not map names to values.
    """
    if point is not None and not isinstance(point, Mapping):
        hint = "map each input to its value: {'x': 2, 'y': 3}"
        raise GraphdiffError("usage", f"the point is not a dictionary: {shorten(repr(point))}", hint=hint)
    return {**(point or {}), **values}


def bind(graph: Graph, point: Mapping[str, Any], is_typed: bool = False, keeps_arrays: bool = False) -> list[Any]:
    """The value of each input in the order of graph.inputs, from the point, or else the program: a float, nested lists
    of floats, an array as it is, or None for an input that has no value and that nothing needs. With is_typed, numbers
    are what they were given as; with keeps_arrays, arrays without axes and arrays in lists are, since a library may be
    following them.

    Raises GraphdiffError: "name" where inputs have no value, naming all of them; "value" where a value is neither a
    number nor an array of numbers.
    """
    values: list[Any] = []
    missing: list[int] = []
    point = {**graph.defaults, **point} if graph.defaults else point
    for index in graph.inputs:
        name = graph.labels[index]
        if name in point:
            if graph.is_index[index] and _is_mask(point[name]):
                raise GraphdiffError(
                    "value",
                    f"'{shorten(name)}' is a mask of true and false, which is not an index",
                    hint="sum(where(m, x, 0)) sums the entries that a mask m selects",
                )
            values.append(value_of(point[name], value_by(name), is_typed, keeps_arrays))
        elif name in CONSTANTS:
            values.append(CONSTANTS[name])
        else:
            values.append(None)
            if graph.needed[index]:
                missing.append(index)
    if missing:
        raise _missing_error(graph, missing, point)
    return values


def check_names(graph: Graph, names: Collection[str]) -> None:
    """Raise GraphdiffError("name") for a name that is not an input of the graph.

    If names is a mapping to values, a name to which the program gives the same number is accepted.
    """
    values = names if isinstance(names, Mapping) else {}
    for name in names:
        if name in graph.input_indices or (name in values and _has_number(graph, name, values[name])):
            continue
        label = shorten(name)
        known_names = {*names, *graph.input_names, *CONSTANTS}
        products = [label for label in graph.input_names if name in split_name(label, known_names)]
        if products:
            raise _missing_error(graph, [graph.input_indices[label] for label in products], names)
        if name in graph.names:
            node = graph.nodes[graph.names[name]]
            raise GraphdiffError(
                "name",
                f"'{label}' is an intermediate value, not an input",
                graph.source,
                node.span,
                "omit its value, or remove its assignment from the expression",
            )
        inputs = ", ".join(shorten(other) for other in graph.input_names[:20])
        names_of_inputs = f"its inputs are {inputs}" if len(graph.input_names) > 1 else f"its only input is {inputs}"
        hint = nearest(name, graph.input_names) or (names_of_inputs if inputs else "it has no inputs")
        raise GraphdiffError("name", f"the expression has no input '{label}'", hint=hint)


def _has_number(graph: Graph, name: str, value: Any) -> bool:
    """Whether the program has this number for a name."""
    from numbers import Real  # lazy: names that are not inputs are rare

    if name not in graph.names or not isinstance(value, Real):
        return False
    node = graph.nodes[graph.names[name]]
    return node.is_constant and bool(node.parameters["value"] == value)


def differentiation_indices(
    graph: Graph, point: Mapping[str, Any], wrt: str | Sequence[str] | None = None
) -> list[int]:
    """The indices of the inputs to differentiate by: those that wrt names; by default all, but pi and e only where the
    point has them.

    Raises GraphdiffError("name") where a name is not an input.
    """
    if wrt is None:
        inputs = zip(graph.input_names, graph.inputs, strict=True)
        given = {*point, *graph.defaults}
        return [index for name, index in inputs if name in given or name not in CONSTANTS]
    names = [normalize_text(name) for name in ([wrt] if isinstance(wrt, str) else wrt)]
    for name in names:
        if name in graph.names and name not in graph.input_indices:
            raise GraphdiffError(
                "name",
                f"'{shorten(name)}' is an intermediate value, not an input",
                graph.source,
                graph.nodes[graph.names[name]].span,
                "the gradient by an intermediate value is its upstream in the backward pass",
            )
    check_names(graph, names)
    return [graph.input_indices[name] for name in dict.fromkeys(names)]


def check_not_index(graph: Graph, name: str) -> None:
    """Raise GraphdiffError("value") for an input that is used as an index and has an uncertainty."""
    if graph.is_index[graph.input_indices[name]]:
        message = f"'{shorten(name)}' is an index, which has no uncertainty"
        raise GraphdiffError("value", message, hint="give its value alone")


def check_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> None:
    """Raise GraphdiffError: "name" for a name that is not an input of the graph, "value" for an invalid shape."""
    check_names(graph, list(shapes))
    for name, shape in shapes.items():
        if not isinstance(shape, (tuple, list)) or not all(isinstance(size, Integral) and size > 0 for size in shape):
            raise GraphdiffError(
                "value",
                f"the shape of '{shorten(name)}' is not a tuple of sizes: {shorten(repr(shape))}",
                hint=f"shapes={{'{shorten(name)}': (2, 3)}}",
            )


def derivatives_by(graph: Graph, wrt: str | Sequence[str] | None, point: Mapping[str, Any] | None = None) -> list[str]:
    """The names of the inputs to differentiate by: those of wrt; by default all but inputs used as indices, and pi and
    e only where the point has them.

    Raises GraphdiffError: "name" where a name is not an input, "value" where it is used as an index.
    """
    indices = differentiation_indices(graph, point or {}, wrt)
    if wrt is None:
        indices = [index for index in indices if not graph.is_index[index]]
    for index in indices:
        if graph.is_index[index]:
            raise GraphdiffError(
                "value",
                f"'{shorten(graph.labels[index])}' is an index, which has no derivative",
                graph.source,
                graph.nodes[index].span,
                "leave it out",
            )
    return [graph.labels[index] for index in indices]


def _is_mask(value: Any) -> bool:
    """Whether a value is an array or a nested list of booleans."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
        if isinstance(value, bool):
            return True
    return bool(len(getattr(value, "shape", ()))) and _dtype_name(value).startswith("bool")


def _is_real(value: Any, is_typed: bool) -> bool:
    """Whether the entries of an array are real numbers. JAX's bfloat16 has no kind of NumPy's, PyTorch has none."""
    kind = getattr(getattr(value, "dtype", None), "kind", "V")
    if kind != "V":
        return kind in ("biufO" if is_typed else "biuf")
    return re.fullmatch(r"u?int\d+|b?float\w+|bool", _dtype_name(value)) is not None


def _dtype_name(value: Any) -> str:
    """The name of an array's dtype, without that of its library."""
    dtype = getattr(value, "dtype", None)
    return str(getattr(dtype, "name", dtype)).rpartition(".")[2]


def value_by(name: str) -> Callable[[], str]:
    """What messages call the value of an input."""
    return lambda: f"the value of '{shorten(name)}'"


def value_of(value: Any, what: Callable[[], str], is_typed: bool = False, keeps_arrays: bool = False) -> Any:
    """A value as a float, nested lists of floats, or an array as it is; what() names it in messages. With is_typed,
    numbers stay what they are, such as a Decimal; with keeps_arrays, arrays without axes and arrays in lists do.

    Raises GraphdiffError: "value" where it is none of these, has no entries, or its rows differ in shape; "limit" where
    it has more than MOST_AXES axes.
    """
    if isinstance(value, ConstantExpression):
        return value
    if isinstance(value, (list, tuple, range)):
        return _entries(value, what, 1, is_typed, keeps_arrays)
    shape = getattr(value, "shape", ())
    if len(shape) or (keeps_arrays and hasattr(value, "dtype")):
        _check_axes(len(shape), what)
        if 0 in shape:
            raise GraphdiffError("value", f"{what()} is empty: its shape is {tuple(shape)}", hint=NOT_EMPTY)
        if not _is_real(value, is_typed):
            raise GraphdiffError("value", f"{what()} is not an array of real numbers")
        return value
    try:
        if not isinstance(value, str):
            number = float(value)  # raises what is not a number
            if is_typed and not isinstance(value, bool):
                return value
            if is_out_of_range(value):
                check_range(value, what())
            return number
        problem = "is not a number"
    except OverflowError:
        problem = "is too large for a 64-bit float"
    except (TypeError, ValueError):
        problem = "is not a number"
    text = f"'{value}'" if hasattr(value, "dtype") else repr(value)
    raise GraphdiffError("value", f"{what()} {problem}: {shorten(text)}")


def _check_axes(count: int, what: Callable[[], str]) -> None:
    if count > MOST_AXES:
        raise GraphdiffError("limit", f"{what()} has more than {MOST_AXES} axes")


def _entries(
    values: Sequence[Any], what: Callable[[], str], depth: int, is_typed: bool, keeps_arrays: bool
) -> list[Any]:
    """Nested lists whose rows have the same shape."""
    _check_axes(depth, what)
    if not values:
        raise GraphdiffError("value", f"{what()} is empty", hint=NOT_EMPTY)
    rows = [value if type(value) is float else _entry(value, what, depth, is_typed, keeps_arrays) for value in values]
    first = nested_shape(rows[0])
    _check_axes(depth + len(first), what)
    for number, row in enumerate(rows):
        if not first and isinstance(row, float):
            continue
        if nested_shape(row) != first:
            kinds = [shape_text(nested_shape(each)) for each in (rows[0], row)]
            raise GraphdiffError(
                "value",
                f"{what()} is ragged: entry {number} is {kinds[1]}, the first is {kinds[0]}",
                hint="all rows need the same shape",
            )
    return rows


def _entry(value: Any, what: Callable[[], str], depth: int, is_typed: bool, keeps_arrays: bool) -> Any:
    """An entry of a nested list as a float, nested lists of floats or, with keeps_arrays, an array."""
    if not keeps_arrays and len(getattr(value, "shape", ())) and hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return _entries(value, what, depth + 1, is_typed, keeps_arrays)
    return value_of(value, what, is_typed, keeps_arrays)


def _missing_error(graph: Graph, missing: Sequence[int], bound_names: Collection[str]) -> GraphdiffError:
    labels = [graph.labels[index] for index in missing]
    names = ", ".join(shorten(label) for label in labels[:20])
    if len(labels) > 20:
        names += f" and {len(labels) - 20} more"
    known_names = {*bound_names, *graph.input_names, *CONSTANTS}
    products = [(label, "*".join(split_name(label, known_names))) for label in labels]
    hints = [f"did you mean {product} instead of {label}?" for label, product in products if product]
    text = graph.source.text if graph.source is not None else ""
    if "T" in labels and re.search(r"(?:\^|\*\*)\s*\{?\s*T", text):
        hints.append("the transpose of a matrix is A.T")
    hints += ["'with' stands before a derivative: f(x) = x^2 with 2*x" for label in labels if label == "with"]
    hints += [f"{label} is a function: {label}(x), its square {label}(x)^2" for label in labels if label in FUNCTIONS]
    if graph.is_elementwise:
        example = [f"{shorten(label)}=1" for label in labels[:3]]
        hints.append(Hint(f"pass {', '.join(example)}", "value", example=",".join(example)))
    return GraphdiffError(
        "name", f"no value for {names}", graph.source, graph.nodes[missing[0]].span, hints[0] if hints else GIVEN
    )
