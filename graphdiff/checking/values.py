"""The values of a formula along a line through a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.checking.directions import Direction
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.forward import forward
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
        self._shapes = [() if value is None else shape_of(value) for value in inputs]

    def along(self, direction: Direction) -> Function:
        """The value as a function of the step along a direction; NaN where it has none."""
        inputs = self.inputs_along(direction)

        def value(step: Any) -> Any:
            with self.op.quiet():
                return self.value(inputs(step))

        return value

    def inputs_along(self, direction: Direction) -> Function:
        """The inputs as a function of the step along a direction."""
        places = {name: place for place, name in enumerate(self._graph.input_names)}
        op = self._mover
        with op.quiet():
            speeds = {
                places[name]: self._speeds(self._shapes[places[name]], of) for name, of in direction.speeds.items()
            }

        def inputs(step: Any) -> Any:
            values = list(self.inputs)
            for place, speed in speeds.items():
                if values[place] is not None:
                    values[place] = op.add(values[place], op.mul(op.constant(step), speed))
            return values

        return inputs

    def value(self, inputs: Sequence[Any] | None = None) -> Any:
        """The value at these inputs, by default at those of the point."""
        try:
            output = forward(self._graph, self.inputs if inputs is None else inputs, self.op)[self._graph.output]
        except GraphdiffError:  # an index is no longer whole
            return float("nan")
        return self._number(output)

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
