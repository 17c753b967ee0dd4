"""The rows of a table in which first order is not enough for the uncertainty: curvature and kinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from graphdiff.batch.inputs import Inputs
from graphdiff.compiled.compile import compile
from graphdiff.errors import GraphdiffError
from graphdiff.passes.arrays import arrays_of
from graphdiff.passes.correlation import read_correlations
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import decisions
from graphdiff.passes.nonlinearity import MOST_NODES, SIGNIFICANT, directions
from graphdiff.passes.point import bind
from graphdiff.passes.uncertainty import UncertainInput

MOST_INPUTS = 8
"""Uncertain inputs with which rows are examined."""
DIRECTIONS = 16
"""Random directions in which kinks are looked for, beside those of the inputs."""


class NonlinearRows:
    """Finds the rows of numbers in which second-order terms matter, or a kink is within one standard uncertainty."""

    def __init__(self, inputs: Inputs, names: Sequence[str]) -> None:
        """names are the uncertain inputs."""
        self._inputs = inputs
        self._names = names
        self._correlations = read_correlations(
            [UncertainInput(name, numpy.zeros(())) for name in names], inputs.correlation
        )
        graph = inputs.graph
        given = [name for name in graph.input_names if name in inputs.constants or name in inputs.columns]
        self._hessian: Any = None
        if len(names) <= MOST_INPUTS and len(graph.nodes) <= MOST_NODES:
            try:
                self._hessian = compile(graph, names, want="hessian", backend="numpy", batch=True, inputs=given)
            except GraphdiffError:  # it has an operation without second derivatives, or would be too large
                return

    def __call__(self, columns: Mapping[str, Any], u: Sequence[Any], standard: Any) -> Any:
        """For each row whether it is one; columns are the numbers of the inputs that vary, u those of the
        uncertainties, standard the uncertainty of the value."""
        values = {**self._inputs.constants, **columns}
        with numpy.errstate(all="ignore"):
            near = self._near_kinks(values, u, len(standard))
            return near if self._hessian is None else near | self._curved(values, u, standard)

    def _curved(self, values: Mapping[str, Any], u: Sequence[Any], standard: Any) -> Any:
        """Where the terms of second order matter, as SecondOrder has it."""
        _, blocks = self._hessian(**{name: values.get(name, 0.0) for name in self._hessian.inputs})
        rows = [[blocks]] if len(u) == 1 else blocks
        hessian = numpy.array([[numpy.broadcast_to(each, len(standard)) for each in row] for row in rows])
        covariance = numpy.zeros((len(standard), len(u), len(u)))
        for place, each in enumerate(u):
            covariance[:, place, place] = each**2
        for first, second, coefficient in self._correlations:
            covariance[:, first, second] = covariance[:, second, first] = coefficient * u[first] * u[second]
        product = numpy.moveaxis(hessian, 2, 0) @ covariance
        shift = numpy.abs(numpy.trace(product, axis1=1, axis2=2)) / 2
        curvature = numpy.sqrt(numpy.maximum(numpy.trace(product @ product, axis1=1, axis2=2), 0)) / 2
        return numpy.maximum(shift, curvature) > SIGNIFICANT * standard

    def _near_kinks(self, values: Mapping[str, Any], u: Sequence[Any], count: int) -> Any:
        """Where a node is on another side of a kink at a point one standard uncertainty away."""
        near = numpy.zeros(count, bool)
        graph = self._inputs.graph
        if not graph.nodes_with_kinks or len(u) > MOST_INPUTS:
            return near
        op = arrays_of([])

        def decide(moves: Mapping[str, Any]) -> list[Any]:
            point = {name: value + moves[name] if name in moves else value for name, value in values.items()}
            inputs = [None if each is None else op.constant(each) for each in bind(graph, point)]
            return [numpy.asarray(each) for _, each in decisions(graph, forward(graph, inputs, op), op)]

        with op.quiet():
            here = decide({})
            for direction in directions(len(u), self._correlations, DIRECTIONS):
                steps = dict(
                    zip(self._names, (each * amount for each, amount in zip(direction, u, strict=True)), strict=True)
                )
                for decision, own in zip(decide(steps), here, strict=True):
                    near |= decision != own
        return near
