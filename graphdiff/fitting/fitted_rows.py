"""The rows that are fitted, and their residuals."""

from __future__ import annotations

from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, count_text, shorten
from graphdiff.fitting.data import Data
from graphdiff.fitting.least_squares import Minimum, gauss_newton_step
from graphdiff.fitting.model import Model

LOST = 1e-6
"""Residuals are computed in many digits where rounding may move their deviation by more of it."""
MOST_EXACT_WORK = 50_000
"""Operations that are worth it: a few seconds."""
EXACT_STEPS = 3


class FittedRows:
    """The rows of the data in which nothing is missing.

    Attributes:
        used: Their numbers in the data, from 0.
        columns: Their columns, by name.
        response: The left side of the equation.
        weight: What squared residuals are multiplied by.
        count: The number of rows of a weight other than 0.
        unit: The power of 2 that residuals are divided by while they are minimized, near the largest response: squares
            neither overflow nor underflow then.
    """

    def __init__(self, model: Model, data: Data, weights: Any | None) -> None:
        """weights are one for each row of the data; None for those of the model, if it has some.

        Raises GraphdiffError("value") if a number is not finite, a weight is negative, or there are too few rows.
        """
        self.model = model
        self.data = data
        count = len(data.places)
        for name, column in data.columns.items():
            for row in numpy.flatnonzero(numpy.isinf(column))[:1]:
                message = f"{data.places[row]}, column '{shorten(name)}': {column[row]} is not a finite number"
                raise GraphdiffError("value", message)
        if weights is not None and len(weights) != count:
            raise GraphdiffError("value", f"there are {len(weights)} weights for {count} rows")
        missing = numpy.zeros(count, bool) if weights is None else numpy.isnan(weights)
        for column in data.columns.values():
            missing |= numpy.isnan(column)
        self.used = numpy.flatnonzero(~missing)
        self.columns = {name: column[self.used] for name, column in data.columns.items()}
        self.response = model.responses(self.columns, len(self.used))
        for row in numpy.flatnonzero(~numpy.isfinite(self.response))[:1]:
            message = f"{self.place(row)}: the left side of the equation is {self.response[row]}"
            raise GraphdiffError("value", message, model.response.graph.source)
        self.weight = model.weights(self.columns, len(self.used)) if weights is None else weights[self.used]
        self._check_weights(count)
        roots = numpy.sqrt(self.weight)
        sizes = numpy.frexp(self.response)[1] + numpy.frexp(roots)[1]
        exponent = int(numpy.max(sizes[(self.response != 0) & (roots > 0)], initial=-1100))
        exponent = 0 if exponent == -1100 else exponent
        self.unit = float(numpy.ldexp(1.0, exponent))
        self._factors = numpy.ldexp(roots, -exponent)

    def _check_weights(self, count: int) -> None:
        for row in numpy.flatnonzero(~numpy.isfinite(self.weight))[:1]:
            raise GraphdiffError("value", f"{self.place(row)}: the weight is {self.weight[row]}")
        for row in numpy.flatnonzero(self.weight < 0)[:1]:
            raise GraphdiffError("value", f"{self.place(row)}: the weight {self.weight[row]:g} is negative")
        self.count = int(numpy.count_nonzero(self.weight))
        parameters = len(self.model.parameters)
        if self.count < parameters:
            rows = count_text(self.count, "row")
            message = f"{rows} of data cannot determine {count_text(parameters, 'parameter')}"
            reasons = {"a value is missing": count - len(self.used), "the weight is 0": len(self.used) - self.count}
            hint = "; ".join(f"rows where {why}: {rows}" for why, rows in reasons.items() if rows)
            raise GraphdiffError("value", message, hint=hint or None)

    def place(self, row: int) -> str:
        """What messages call a row that is used."""
        return self.data.places[int(self.used[row])]

    def check_start(self, values: Any) -> None:
        """Raises GraphdiffError("value") if the model is not finite at the start."""
        fitted, derivatives = self.model.evaluate(values, self.columns, len(self.used))
        start = ", ".join(
            f"{shorten(name)} = {value:g}" for name, value in zip(self.model.parameters, values, strict=True)
        )
        hint = f"the start is {start}: choose other values"
        for row in numpy.flatnonzero(~numpy.isfinite(fitted))[:1]:
            raise GraphdiffError("value", f"the model is {fitted[row]} at the start, {self.place(row)}", hint=hint)
        for row, column in numpy.argwhere(~numpy.isfinite(derivatives))[:1]:
            name = shorten(self.model.parameters[column])
            message = f"the derivative by {name} is {derivatives[row, column]} at the start, {self.place(row)}"
            raise GraphdiffError("value", message, hint=hint)

    def residuals(self, values: Any) -> tuple[Any, Any]:
        """The model minus the response, with weights and in the unit, of shape (N,), and its derivatives, (N, P)."""
        fitted, derivatives = self.model.evaluate(values, self.columns, len(self.used))
        with numpy.errstate(all="ignore"):
            return (fitted - self.response) * self._factors, derivatives * self._factors[:, None]

    def improve(self, minimum: Minimum) -> Minimum:
        """The minimum by residuals in many digits, where rounding would make up a part of them."""
        freedom = max(self.count - len(minimum.parameters), 1)
        deviation = float(numpy.linalg.norm(minimum.residuals)) / freedom**0.5
        rounding = float(numpy.max(numpy.abs(self.response * self._factors), initial=0.0)) * 2.0**-52
        is_affordable = self.model.work(len(self.used)) * (1 + EXACT_STEPS) <= MOST_EXACT_WORK
        if rounding <= LOST * deviation or not is_affordable or minimum.at_bound.any():
            return minimum
        values, jacobian = minimum.parameters, minimum.jacobian
        residuals = self._exact(values)
        for _ in range(EXACT_STEPS):
            better = values + gauss_newton_step(residuals, jacobian)
            exact = self._exact(better)
            if not numpy.linalg.norm(exact) < numpy.linalg.norm(residuals):
                break
            values, residuals = better, exact
        return minimum._replace(parameters=values, residuals=residuals)

    def plain_residuals(self, minimum: Minimum) -> Any:
        """The response minus the model, without weights."""
        fitted, _ = self.model.evaluate(minimum.parameters, self.columns, len(self.used))
        has_weight = self._factors > 0
        return numpy.where(
            has_weight, -minimum.residuals / numpy.where(has_weight, self._factors, 1.0), self.response - fitted
        )

    def sum_of_squares(self) -> float | None:
        """The weighted sum of squares of the response about its weighted mean, in the unit; None if all are equal."""
        response = self.response[self.weight > 0]
        if (response == response[0]).all():
            return None
        mean = numpy.average(self.response, weights=self.weight)
        return float(numpy.sum(((self.response - mean) * self._factors) ** 2))

    def _exact(self, values: Any) -> Any:
        return self.model.exact_residuals(values, self.columns, len(self.used)) * self._factors
