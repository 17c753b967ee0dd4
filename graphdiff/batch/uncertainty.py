"""The uncertainty of the value in every row of a table, by the law of propagation."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy

from graphdiff.batch.evaluate import Evaluation, Evaluator
from graphdiff.batch.inputs import UNCERTAINTY, Inputs
from graphdiff.batch.nonlinear_rows import NonlinearRows
from graphdiff.batch.table import Column
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.correlation import read_correlations
from graphdiff.passes.propagation import terms_of
from graphdiff.passes.uncertainty import ColumnUncertainty, Correlation, UncertainInput


class UncertainEvaluator:
    """Evaluates a formula for any number of chunks, with the standard uncertainty of its value as the last column."""

    def __init__(self, inputs: Inputs, allow_nonfinite: bool) -> None:
        self._inputs = inputs
        self._allow_nonfinite = allow_nonfinite
        self._uncertainty = {
            name: inputs.uncertainty[name] for name in inputs.graph.input_names if name in inputs.uncertainty
        }
        self._correlations: dict[tuple[tuple[int, ...], ...], Sequence[Correlation]] = {}
        names = list(self._uncertainty)
        wrt = list(dict.fromkeys([*inputs.wrt, *names]))
        self._evaluator = Evaluator(inputs._replace(wrt=wrt, uncertainty={}), allow_nonfinite)
        self._places = [1 + wrt.index(name) for name in names]
        are_numbers = all(isinstance(value, float) for value in inputs.constants.values())
        self._nonlinear = NonlinearRows(inputs, names) if inputs.graph.is_elementwise and are_numbers else None

    def __call__(self, columns: Mapping[str, Column], count: int, skip: Collection[int]) -> Evaluation:
        """As Evaluator does; columns has those of uncertainties too."""
        own = {name: column for name, column in columns.items() if name in self._inputs.columns}
        evaluation = self._evaluator(own, count, skip)
        gradients = [evaluation.columns[place] for place in self._places]
        u = [self._u_of(name, columns, count) for name in self._uncertainty]
        errors = dict(evaluation.errors)
        other_results = evaluation.columns[: 1 + len(self._inputs.wrt)]
        if all(isinstance(each, numpy.ndarray) for each in (*gradients, *u)):
            self._check_signs(u, errors, skip)
            standard = self._standard(numpy.stack(gradients, 1), numpy.stack(u, 1), [()] * len(u))
            if not self._allow_nonfinite:
                rows = numpy.flatnonzero(~numpy.isfinite(standard)).tolist()
                errors.update({row: None for row in rows if row not in skip and row not in errors})
            nonlinear: list[int] = []
            if self._nonlinear is not None:
                numbers = {name: column.values for name, column in own.items()}
                nonlinear = numpy.flatnonzero(self._nonlinear(numbers, u, standard)).tolist()
            return Evaluation([*other_results, standard], errors, evaluation.at_kink, nonlinear)
        results: list[Any] = [None] * count
        for row in range(count):
            if row not in skip and row not in errors:
                try:
                    results[row] = self._of_row([each[row] for each in gradients], [each[row] for each in u])
                    if not self._allow_nonfinite and not math.isfinite(results[row]):
                        errors[row] = None
                except GraphdiffError as error:
                    errors[row] = error
        return Evaluation([*other_results, results], errors, evaluation.at_kink)

    def nonfinite(self, columns: Mapping[str, Column], evaluation: Evaluation, row: int) -> tuple[str, GraphdiffError]:
        """As Evaluator does."""
        results = zip(self._inputs.results, evaluation.columns, strict=True)
        name = next((name for name, column in results if not numpy.isfinite(column[row]).all()), UNCERTAINTY)
        if name == UNCERTAINTY:
            return name, GraphdiffError("nonfinite", "the uncertainty is not finite")
        own = {each: column for each, column in columns.items() if each in self._inputs.columns}
        return self._evaluator.nonfinite(own, evaluation._replace(columns=evaluation.columns[:-1]), row)

    def _u_of(self, name: str, columns: Mapping[str, Column], count: int) -> Any:
        """The uncertainty of an input in each row: an array of numbers, or a list."""
        own = self._uncertainty[name]
        if not isinstance(own, ColumnUncertainty):
            return numpy.full(count, own) if isinstance(own, float) else [own] * count
        if own.column is not None:
            return columns[own.key].values
        if not own.is_relative:
            return numpy.full(count, own.amount)
        values = columns[name].values
        if isinstance(values, numpy.ndarray):
            return numpy.abs(values) * own.amount
        return [numpy.abs(numpy.asarray(each)) * own.amount for each in values]

    def _check_signs(self, u: Sequence[Any], errors: dict[int, GraphdiffError | None], skip: Collection[int]) -> None:
        """Add an error for each row with an uncertainty that is negative."""
        for (name, own), each in zip(self._uncertainty.items(), u, strict=True):
            if isinstance(own, ColumnUncertainty) and own.column is not None:
                for row in numpy.flatnonzero(each < 0).tolist():
                    if row not in skip:
                        errors[row] = GraphdiffError(
                            "value", f"the uncertainty of '{shorten(name)}' is negative: {each[row]:g}"
                        )

    def _standard(self, gradients: Any, u: Any, shapes: Sequence[tuple[int, ...]]) -> Any:
        """The uncertainty for each row of a matrix of gradients and one of uncertainties."""
        correlations = self._correlations_of(tuple(shapes))
        with numpy.errstate(all="ignore"):
            return terms_of(numpy.where(u == 0, 0.0, gradients * u), correlations).standard

    def _correlations_of(self, shapes: tuple[tuple[int, ...], ...]) -> Sequence[Correlation]:
        """The correlations of inputs of these shapes, which few rows change."""
        if shapes not in self._correlations:
            pairs = zip(self._uncertainty, shapes, strict=True)
            inputs = [UncertainInput(name, numpy.zeros(shape)) for name, shape in pairs]
            self._correlations[shapes] = read_correlations(inputs, self._inputs.correlation)
        return self._correlations[shapes]

    def _of_row(self, gradients: Sequence[Any], u: Sequence[Any]) -> float:
        """The uncertainty in a row with arrays."""
        own = [numpy.asarray(each, dtype=float) for each in gradients]
        wide = []
        for name, each, gradient in zip(self._uncertainty, u, own, strict=True):
            amount = numpy.asarray(each, dtype=float)
            if amount.shape not in ((), gradient.shape):
                kinds = shape_text(amount.shape), shape_text(gradient.shape)
                message = f"the uncertainty of '{shorten(name)}' is {kinds[0]}, but its value is {kinds[1]}"
                raise GraphdiffError("value", message)
            if (amount < 0).any():
                raise GraphdiffError("value", f"the uncertainty of '{shorten(name)}' is negative: {amount.min():g}")
            wide.append(numpy.broadcast_to(amount, gradient.shape).ravel())
        row = numpy.concatenate([each.ravel() for each in own])
        return float(self._standard(row[None], numpy.concatenate(wide)[None], [each.shape for each in own])[0])
