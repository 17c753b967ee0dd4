"""The values of a formula on a line through a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.checking.parts import Part
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.forward import forward
from graphdiff.passes.values import plain, shape_of

Function = Callable[[Any], Any]


class Evaluated:
    """A graph whose output is a number, from inputs that are floats and NumPy's arrays, by one interpreter.

    Another, the same unless given, moves the inputs. number makes a number of the output.
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

    def along(self, part: Part) -> Function:
        """The value where the inputs have gone so many steps in the direction of a part; NaN where there is none."""
        moved = self.moved(part)

        def value(step: Any) -> Any:
            with self.op.quiet():
                return self.value(moved(step))

        return value

    def moved(self, part: Part) -> Function:
        """The inputs where they have gone so many steps in the direction of a part."""
        places = {name: place for place, name in enumerate(self._graph.input_names)}
        op = self._mover
        with op.quiet():
            moving = {places[name]: self._speeds(self._shapes[places[name]], of) for name, of in part.speeds.items()}

        def inputs(step: Any) -> Any:
            found = list(self.inputs)
            for place, speeds in moving.items():
                if found[place] is not None:
                    found[place] = op.add(found[place], op.mul(op.constant(step), speeds))
            return found

        return inputs

    def value(self, inputs: Sequence[Any] | None = None) -> Any:
        """The value at other inputs, at the point's unless given."""
        try:
            found = forward(self._graph, self.inputs if inputs is None else inputs, self.op)[self._graph.output]
        except GraphdiffError:  # an index that is no longer whole
            return float("nan")
        return self._number(found)

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
