"""The shapes of the arrays of a Python text, where those of its inputs are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.shapes import infer_shapes
from graphdiff.language.program import Program
from graphdiff.language.tree import Expression, Name, Result, Statement
from graphdiff.operations.shapes import Shape, nested_shape
from graphdiff.source import Source

MOST_INFERRED = 200
"""The most arrays whose shape is worked out from all statements before it."""


class Sizes:
    """Works out shapes; shapes are those of inputs, by name, and values those that the text gives to inputs."""

    def __init__(self, shapes: Mapping[str, Shape], values: Mapping[str, Any]) -> None:
        self.shapes = shapes
        self.values = values
        # By identity, since a tree may be too deep to be hashed; each tree is kept, so that its identity stays its own.
        self._inferred: dict[int, tuple[Expression, Shape | None]] = {}

    def shape_of(self, tree: Expression, statements: Sequence[Statement], source: Source) -> Shape | None:
        """The shape of an expression after some statements; None if it depends on an input of unknown shape."""
        if isinstance(tree, Name) and (shape := self._of_input(tree.name)) is not None:
            return shape
        if id(tree) not in self._inferred:
            if len(self._inferred) == MOST_INFERRED:
                return None
            self._inferred[id(tree)] = tree, self._infer(tree, statements, source)
        return self._inferred[id(tree)][1]

    def _of_input(self, name: str) -> Shape | None:
        return nested_shape(self.values[name]) if name in self.values else self.shapes.get(name)

    def _infer(self, tree: Expression, statements: Sequence[Statement], source: Source) -> Shape | None:
        try:
            graph = Program(source, [*statements, Result(tree)]).graph()
            inputs = [self._of_input(name) for name in graph.input_names]
            needed = [index for index in graph.inputs if graph.needed[index]]
            known = {index for index, shape in zip(graph.inputs, inputs, strict=True) if shape is not None}
            return infer_shapes(graph, inputs)[graph.output] if known.issuperset(needed) else None
        except GraphdiffError:
            return None
