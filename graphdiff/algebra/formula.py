"""A formula as it is requested: its text, its point, and the rewrites of its graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.algebra.rewrite import rewrite
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.reading.parse import read
from graphdiff.source import Source

if TYPE_CHECKING:
    from graphdiff.algebra.loop_steps import Step


class Formula(NamedTuple):
    """The text of a formula and the options that apply to it. It is small and can be pickled; its graph can be built
    from it in any process.

    Attributes:
        source: The text.
        point: The values of inputs by name.
        wrt: The inputs to differentiate with respect to; None for all of them.
        expand: Whether to expand gates.
        expand_steps: The steps of loops to expand; where there are none, expand applies to all of them.
        fuse: Whether to fuse formulas into gates.
        output: The node to make the output, by its name or label; None for the output of the text.
        shapes: The shapes of other inputs by name, as far as they are known.
        uncertainty: The standard uncertainties of values of the point, by name.
        correlation: Correlation coefficients, by pairs of names.
    """

    source: Source
    point: Mapping[str, Any]
    wrt: list[str] | None
    expand: bool
    expand_steps: tuple[Step, ...]
    fuse: bool
    output: str | None
    shapes: Mapping[str, Shape] = {}
    uncertainty: Mapping[str, Any] = {}
    correlation: Mapping[tuple[str, str], float] = {}

    def build_graph(self, parsed: Graph | None = None) -> Graph:
        """Build the graph, from the graph of the text if that is already there.

        Raises GraphdiffError if the text is not a formula, or has no such output.
        """
        if parsed is None:
            parsed = read(self.source, self.point, self.wrt, shapes=lambda: self.shapes)
        return rewrite(parsed, self.point, self.expand, self.expand_steps, self.fuse, self.output)
