"""The result of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.fitting.model import Model
from graphdiff.fitting.statistics import correlations, half_widths
from graphdiff.reading.parse import Origin
from graphdiff.source import normalize_text


class FittedParameter(NamedTuple):
    """A parameter.

    Attributes:
        name: Its name.
        estimate: Its value where the loss is smallest.
        standard_error: The standard error of the estimate; None where it is not defined.
        interval: The 95 % confidence interval, by Student's t; None where there is no standard error.
    """

    name: str
    estimate: float
    standard_error: float | None
    interval: tuple[float, float] | None


class Prediction(NamedTuple):
    """Predictions: arrays of shape (N,), NaN where they are not defined.

    Attributes:
        value: The model.
        standard_error: Of the model.
        low, high: The 95 % prediction band, in which a new observation of weight 1 lies.
    """

    value: Any
    standard_error: Any
    low: Any
    high: Any


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Fit:
    """A fit.

    Attributes:
        parameters: The parameters, in the order of their start values.
        residual_sum_of_squares: The weighted sum.
        residual_standard_deviation: The root of that sum divided by the degrees of freedom; None if these are 0.
        degrees_of_freedom: The rows of a weight other than 0, less the parameters that are not at a bound.
        r_squared: 1 - residual_sum_of_squares / the weighted sum of squares about the weighted mean; None if all
            responses are equal.
        covariance: Of the parameters, an array of shape (P, P) with NaN where it is not defined.
        converged: Whether the minimum was reached.
        reason: Why the search ended.
        iterations: The evaluations of the model.
        loss: The loss that was minimized.
        loss_scale: The residual where a robust loss begins to count less; None for least squares.
        rows: The rows that were fitted, counted from 0.
        row_count: The number of rows of the data.
        columns: The columns of these rows, by name.
        response: The left side of the equation in these rows.
        residuals: The response minus the model, without weights.
        notes: What else is to be known, one sentence each.
        model: The equation.
        origin: How the equation was read.
    """

    parameters: tuple[FittedParameter, ...]
    residual_sum_of_squares: float
    residual_standard_deviation: float | None
    degrees_of_freedom: int
    r_squared: float | None
    covariance: Any
    converged: bool
    reason: str
    iterations: int
    loss: str
    loss_scale: float | None
    rows: Any
    row_count: int
    columns: Mapping[str, Any]
    response: Any
    residuals: Any
    notes: tuple[str, ...]
    model: Model
    origin: Origin

    def __str__(self) -> str:
        text: str = import_module("graphdiff.report.rich_tables").fit_text(self)
        return text

    def __repr__(self) -> str:
        values = (f"{each.name} = {each.estimate:.6g}" for each in self.parameters)
        return f"<Fit: {', '.join(values)}{'' if self.converged else ', not converged'}>"

    def _repr_html_(self) -> str:
        html: str = import_module("graphdiff.notebook").fit_html(self)
        return html

    @property
    def estimates(self) -> dict[str, float]:
        """The parameters by name."""
        return {each.name: each.estimate for each in self.parameters}

    @property
    def correlation(self) -> Any:
        """The correlations of the parameters, of shape (P, P)."""
        return correlations(self.covariance)

    @property
    def fitted(self) -> Any:
        """The model in the rows that were fitted."""
        return self.response - self.residuals

    @property
    def dropped(self) -> int:
        """The number of rows that were left out because a value is missing."""
        return self.row_count - len(self.rows)

    def predict(self, points: Mapping[str, Any]) -> Prediction:
        """Predict the response at points, given the columns of the model by name: arrays of shape (N,), or numbers.

        Raises GraphdiffError("name") if one is missing, "value" if their lengths differ.
        """
        given = {normalize_text(name): numpy.atleast_1d(numpy.asarray(value, float)) for name, value in points.items()}
        missing = [name for name in self.model.side.columns if name not in given]
        if missing:
            raise GraphdiffError("name", f"no values for {', '.join(map(shorten, missing))}")
        try:
            columns = numpy.broadcast_arrays(*[given[name] for name in self.model.side.columns])
        except ValueError:
            raise GraphdiffError("value", "the columns have different lengths") from None
        count = len(columns[0]) if columns else 1
        estimates = list(self.estimates.values())
        value, slopes = self.model.evaluate(estimates, dict(zip(self.model.side.columns, columns, strict=True)), count)
        free = ~numpy.isnan(numpy.diag(self.covariance))
        variance = numpy.einsum("ni,ij,nj->n", slopes[:, free], self.covariance[numpy.ix_(free, free)], slopes[:, free])
        variance[(slopes[:, ~free] != 0).any(axis=1)] = numpy.nan
        deviation = self.residual_standard_deviation
        if deviation is None:
            width = numpy.full(count, numpy.nan)
        else:
            width = half_widths(numpy.sqrt(variance + deviation**2), self.degrees_of_freedom)
        return Prediction(value, numpy.sqrt(variance), value - width, value + width)
