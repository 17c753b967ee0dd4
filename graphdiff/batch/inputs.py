"""Which inputs of a formula are columns of a table, and which are the same in every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.point import differentiation_indices
from graphdiff.source import normalized

VALUE = "value"


class Inputs(NamedTuple):
    """columns: the position of each input that is a column, by its name; constants: the values of the others;
    wanted: the inputs to differentiate by."""

    columns: Mapping[str, int]
    constants: Mapping[str, Any]
    wanted: Sequence[str]

    @property
    def results(self) -> list[str]:
        """The names of the columns that are appended."""
        return [VALUE, *(f"d_{name}" for name in self.wanted)]


def find_inputs(graph: Graph, names: Sequence[str], given: Mapping[str, Any], wrt: Sequence[str] | None) -> Inputs:
    """The inputs among the columns of these names, and those that are given a value for all rows.

    Raises GraphdiffError("name") for all inputs that are neither, together, for one that is both, for one that two
    columns are called by, and for a column that is called as a result is.
    """
    called = [normalized(name) for name in names]
    columns: dict[str, int] = {}
    for position, name in enumerate(called):
        if name not in graph.input_indices:
            continue
        shown = shortened(name)
        if name in columns:
            raise GraphdiffError("name", f"two columns are called '{shown}'", hint="rename one of them")
        if name in given:
            raise GraphdiffError("name", f"'{shown}' is a column, and is given a value too", hint="leave one out")
        columns[name] = position
    known = {**given, **columns}
    missing = [
        name for name, index in graph.input_indices.items() if graph.needed[index] and name not in {*known, *CONSTANTS}
    ]
    if missing:
        raise _missing(graph, missing, called)
    wanted = [graph.labels[index] for index in differentiation_indices(graph, known, wrt)]
    inputs = Inputs(columns, given, wanted)
    for name in inputs.results:
        if name in called:
            raise GraphdiffError(
                "name",
                f"there is a column '{shortened(name)}' already, as a result is called",
                hint="rename that column",
            )
    return inputs


def _missing(graph: Graph, missing: Sequence[str], called: Sequence[str]) -> GraphdiffError:
    free = [name for name in called if name not in graph.input_indices]
    near = [f"{hint[:-1]} by {shortened(name)}?" for name in missing if (hint := nearest(name, free))]
    listed = ", ".join(shortened(name) for name in called[:20])
    return GraphdiffError(
        "name",
        f"neither a column nor given a value: {', '.join(shortened(name) for name in missing[:20])}",
        graph.source,
        graph.nodes[graph.input_indices[missing[0]]].span,
        near[0] if near else f"the columns are {listed or 'none'}",
    )
