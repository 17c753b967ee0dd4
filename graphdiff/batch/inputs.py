"""The inputs of a formula that are columns of a table, and those that are the same in every row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.assigned import with_inputs
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.correlation import read_correlations
from graphdiff.passes.point import check_names, check_not_index, differentiation_indices
from graphdiff.passes.uncertainty import ColumnUncertainty, UncertainInput
from graphdiff.source import normalize_text

VALUE, UNCERTAINTY = "value", "u"


class Inputs(NamedTuple):
    """The inputs of a formula in a table.

    Attributes:
        graph: The graph, in which each column that the formula itself gives a value is an input.
        columns: The position of each input that is a column.
        constants: The value of each other input.
        wrt: The inputs to differentiate with respect to.
        uncertainty: The standard uncertainties of inputs; if there are any, that of the value is a result.
        correlation: The correlation coefficients of inputs, by pairs.
        columns_of_uncertainties: The position of each column of uncertainties, by its key.
    """

    graph: Graph
    columns: Mapping[str, int]
    constants: Mapping[str, Any]
    wrt: Sequence[str]
    uncertainty: Mapping[str, Any] = {}
    correlation: Mapping[tuple[str, str], float] = {}
    columns_of_uncertainties: Mapping[str, int] = {}

    @property
    def positions(self) -> dict[str, int]:
        """The positions of all columns that are read."""
        return {**self.columns, **self.columns_of_uncertainties}

    @property
    def results(self) -> list[str]:
        """The names of the columns that are appended."""
        return [VALUE, *(f"d_{name}" for name in self.wrt), *([UNCERTAINTY] if self.uncertainty else [])]


def find_inputs(
    graph: Graph,
    names: Sequence[str],
    constants: Mapping[str, Any],
    wrt: Sequence[str] | None,
    uncertainty: Mapping[str, Any] = {},
    correlation: Mapping[tuple[str, str], float] = {},
) -> Inputs:
    """Find the inputs among columns with these names; the others have the same value in all rows.

    Raises GraphdiffError("name") for inputs that are neither columns nor constants (all of them in one error), for an
    input that is both or is two columns, and for a column with the name of a result.
    """
    column_names = [normalize_text(name) for name in names]
    graph = with_inputs(graph, column_names)
    columns: dict[str, int] = {}
    for position, name in enumerate(column_names):
        if name not in graph.input_indices:
            continue
        if name in columns:
            raise GraphdiffError("name", f"duplicate column '{shorten(name)}'", hint="rename one of them")
        if name in constants:
            message = f"'{shorten(name)}' is a column and also has a constant value"
            own = f"{shorten(name)}=±0.1"
            hint = f"the uncertainty of a column stands alone: {own}" if name in uncertainty else "remove one of them"
            raise GraphdiffError("name", message, hint=hint)
        columns[name] = position
    constants = {**{name: value for name, value in graph.defaults.items() if name not in columns}, **constants}
    known = {**constants, **columns}
    missing = [
        name for name, index in graph.input_indices.items() if graph.needed[index] and name not in {*known, *CONSTANTS}
    ]
    for name in missing:
        _check_is_column(name, uncertainty.get(name), columns)
    if missing:
        raise _missing(graph, missing, column_names)
    labels = [graph.labels[index] for index in differentiation_indices(graph, known, wrt)]
    if graph.is_elementwise and correlation:  # report what is wrong before the first row
        uncertain = [name for name in graph.input_names if name in uncertainty]
        read_correlations([UncertainInput(name, numpy.zeros(())) for name in uncertain], correlation)
    keys = _columns_of_uncertainties(graph, uncertainty, columns, column_names)
    inputs = Inputs(graph, columns, constants, labels, uncertainty, correlation, keys)
    for name in inputs.results:
        if name in column_names:
            message = f"the column '{shorten(name)}' has the name of a result"
            raise GraphdiffError("name", message, hint="rename that column")
    return inputs


def _columns_of_uncertainties(
    graph: Graph, uncertainty: Mapping[str, Any], columns: Mapping[str, int], column_names: Sequence[str]
) -> dict[str, int]:
    """The positions of the columns of uncertainties, by their keys.

    Raises GraphdiffError("name") if an input that has the uncertainty of a column is none, or the column is missing.
    """
    check_names(graph, list(uncertainty))
    positions: dict[str, int] = {}
    for name, own in uncertainty.items():
        check_not_index(graph, name)
        _check_is_column(name, own, columns)
        if not isinstance(own, ColumnUncertainty) or own.column is None:
            continue
        if own.column not in column_names:
            hint = nearest(own.column, column_names) or f"the columns are {', '.join(map(shorten, column_names[:20]))}"
            message = f"no column '{shorten(own.column)}' for the uncertainty of '{shorten(name)}'"
            raise GraphdiffError("name", message, hint=hint)
        positions[own.key] = column_names.index(own.column)
    return positions


def _check_is_column(name: str, uncertainty: Any, columns: Mapping[str, int]) -> None:
    """Raises GraphdiffError("name") if an input has the uncertainty of a column, and is none."""
    if isinstance(uncertainty, ColumnUncertainty) and name not in columns:
        hint = f"only a column has the uncertainty alone; give the value too: {shorten(name)}=2±0.1"
        raise GraphdiffError("name", f"'{shorten(name)}' is not a column", hint=hint)


def _missing(graph: Graph, missing: Sequence[str], column_names: Sequence[str]) -> GraphdiffError:
    free = [name for name in column_names if name not in graph.input_indices]
    near = [f"{hint[:-1]} instead of {shorten(name)}?" for name in missing if (hint := nearest(name, free))]
    columns = ", ".join(shorten(name) for name in column_names[:20])
    hint = f"the columns are {columns}" if columns else "the table has no columns"
    if column_names and column_names[0].startswith(("#", "%", "//")):
        hint = Hint(f"{hint}; the first line is a comment", "comment", columns=hint, sign=column_names[0][0])
    elif column_names and all(re.fullmatch(r"[-+.,\deE]+", name) for name in column_names):
        hint = f"the first line should name the columns, and is {columns}"
    for name, column in ((name, column) for name in missing for column in free):
        if not near and re.match(r"\W*(\w*)", column)[1] == name:  # type: ignore[index]
            hint = Hint(f"write `{column}` in backticks: {hint}", "column_name", name=name, column=column, columns=hint)
            break
    return GraphdiffError(
        "name",
        f"no column and no constant value for {', '.join(shorten(name) for name in missing[:20])}",
        graph.source,
        graph.nodes[graph.input_indices[missing[0]]].span,
        near[0] if near else hint,
    )
