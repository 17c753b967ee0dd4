"""The values of a formula along a line through a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from graphdiff.checking.directions import Direction
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.forward import forward, update
from graphdiff.passes.values import plain, shape_of

Function = Callable[[Any], Any]


class ScalarFunction:
    """A graph with a scalar output as a function of its inputs, which are floats and NumPy arrays, on one interpreter.

    mover is the interpreter that moves the inputs, by default the same one. number converts the output to a number.
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Any], op: Numeric, mover: Numeric | None = None, number: Function = plain
    ) -> None:
        self.op = op
        self._mover = mover or op
        self._number = number
        self.inputs = [None if value is None else op.constant(value) for value in inputs]
        self._graph = graph
        self._places = {name: place for place, name in enumerate(graph.input_names)}
        self._shapes = [() if value is None else shape_of(value) for value in inputs]

    @cached_property
    def _values(self) -> list[Any]:
        """The values of all nodes at the point."""
        return forward(self._graph, self.inputs, self.op)

    def value(self) -> Any:
        """The value at the point."""
        return self._number(self._values[self._graph.output])

    def along(self, direction: Direction) -> Function:
        """The value as a function of the step along a direction; NaN where it has none."""
        values_at = self.values_along(direction)

        def value(step: Any) -> Any:
            try:
                return self._number(values_at(step)[self._graph.output])
            except GraphdiffError:  # an index is no longer whole
                return float("nan")

        return value

    def values_along(self, direction: Direction) -> Callable[[Any], Sequence[Any]]:
        """The values of all nodes, in one list, as a function of the step along a direction.

        Only the operations that depend on the inputs that move are evaluated again.
        """
        op, values = self._mover, list(self._values)
        starts: dict[int, tuple[Any, Any]] = {}
        with op.quiet():
            for name, of in direction.speeds.items():
                place = self._places[name]
                if self.inputs[place] is not None:
                    starts[self._graph.inputs[place]] = self.inputs[place], self._speeds(self._shapes[place], of)
        nodes = self._graph.reached_from(starts)

        def values_at(step: Any) -> Sequence[Any]:
            with op.quiet():
                for index, (start, speed) in starts.items():
                    values[index] = op.add(start, op.mul(op.constant(step), speed))
            update(self._graph, nodes, values, self.op)
            return values

        return values_at

    def _speeds(self, shape: Shape, speeds: Mapping[int, float]) -> Any:
        if not shape:
            return self._mover.constant(speeds[0])
        if len(speeds) == 1:
            (number,) = speeds
            one = self._mover.one_hot(self._mover.constant(float(number)), size=size_of(shape))
            return self._mover.mul(self._mover.reshape(one, shape=shape), self._mover.constant(speeds[number]))
        return self._mover.reshape(
            self._mover.constant([speeds.get(number, 0.0) for number in range(size_of(shape))]), shape=shape
        )
