"""Fit the parameters of an equation to data: `graphdiff.fit`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.fitting.data import Data, FileTable, MappingTable, Table
from graphdiff.fitting.least_squares import Minimum, gauss_newton_step, minimize
from graphdiff.fitting.losses import LINEAR, LOSSES
from graphdiff.fitting.model import Model
from graphdiff.fitting.result import Fit, FittedParameter
from graphdiff.fitting.statistics import half_widths, uncertainty
from graphdiff.passes.point import value_of
from graphdiff.source import Source, normalize_names, normalize_text

LOST = 1e-6
"""Residuals are computed in many digits where rounding may move their deviation by more of it."""
MOST_EXACT_WORK = 50_000
"""Operations that are worth it: a few seconds."""
EXACT_STEPS = 3


def fit(
    source: str | Source,
    data: Any,
    start: Mapping[str, float],
    *,
    at: Mapping[str, Any] | None = None,
    weights: str | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    loss: str = LINEAR,
    report: Callable[[], None] = lambda: None,
) -> Fit:
    """Fit the parameters of an equation to data by nonlinear least squares, with exact derivatives.

    Args:
        source: A program whose last statement is an equation, `y = a*exp(-b*x)`. Its left side is a column of the data,
            or a formula of columns such as `log(y)`.
        data: Columns by name: a dict of arrays of shape (N,), a data frame, or the path of a table in a file. Rows in
            which a needed value is missing (NaN, None, an empty cell) are left out.
        start: The start values; their names are the parameters.
        at: The values of names that are neither columns nor parameters.
        weights: The column of weights, by which squared residuals are multiplied.
        bounds: The lowest and the highest value of parameters, by name; infinite ones are no bounds.
        loss: "linear" for least squares; "huber" or "soft_l1", for which outliers count less.
        report: Is called after each evaluation of the model.

    Returns:
        The fit, with the parameters and what is known of them.

    Raises:
        GraphdiffError: As `parse` raises it; "syntax" if there is no equation; "name" if a name is unknown or of two
            kinds; "value" if the data are not numbers, are too few, or the model is not finite at the start; "usage" if
            an option is wrong, or SciPy is not installed; "file" if a file cannot be read.
    """
    if loss not in LOSSES:
        raise GraphdiffError("usage", f"unknown loss '{shorten(str(loss))}'", hint=f"it is one of {', '.join(LOSSES)}")
    whole = source if isinstance(source, Source) else Source(source)
    first = _numbers(start, "start value")
    constants = {} if at is None else normalize_names(at)
    weights = None if weights is None else normalize_text(weights)
    with _table(data) as table:
        model = Model(whole, table.names, first, constants)
        if weights is not None and weights not in table.names:
            hint = f"the columns are {', '.join(map(shorten, table.names[:20]))}"
            raise GraphdiffError("name", f"the table has no column '{shorten(weights)}' of weights", hint=hint)
        columns = dict.fromkeys([*model.columns, *([] if weights is None else [weights])])
        rows = _Rows(model, table.read(list(columns)), weights)
    limits = _limits(first, bounds or {})
    values = numpy.array(list(first.values()))
    rows.check_start(values)
    minimum = minimize(rows.residuals, values, limits, loss, report)
    if loss == LINEAR:
        minimum = rows.improve(minimum)
    return _result(model, rows, minimum, loss)


class _Rows:
    """The rows that are fitted."""

    def __init__(self, model: Model, data: Data, weights: str | None) -> None:
        self.model = model
        self.data = data
        count = len(data.places)
        for name, column in data.columns.items():
            for row in numpy.flatnonzero(numpy.isinf(column))[:1]:
                message = f"{data.places[row]}, column '{shorten(name)}': {column[row]} is not a finite number"
                raise GraphdiffError("value", message)
        missing = numpy.zeros(count, bool)
        for column in data.columns.values():
            missing |= numpy.isnan(column)
        self.used = numpy.flatnonzero(~missing)
        self.columns = {name: column[self.used] for name, column in data.columns.items()}
        self.response = model.responses(self.columns, len(self.used))
        for row in numpy.flatnonzero(~numpy.isfinite(self.response))[:1]:
            message = f"{self.place(row)}: the left side of the equation is {self.response[row]}"
            raise GraphdiffError("value", message, model.response.graph.source)
        weight = numpy.ones(len(self.used)) if weights is None else self.columns[weights]
        for row in numpy.flatnonzero(weight < 0)[:1]:
            raise GraphdiffError("value", f"{self.place(row)}: the weight {weight[row]:g} is negative")
        self.weight = weight
        self._roots = numpy.sqrt(weight)
        self.count = int(numpy.count_nonzero(weight))
        if self.count < len(model.parameters):
            told = "1 row" if self.count == 1 else f"{self.count} rows"
            message = f"{told} of data cannot determine {len(model.parameters)} parameters"
            hint = f"rows left out because a value is missing: {count - len(self.used)}" if missing.any() else None
            raise GraphdiffError("value", message, hint=hint)

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
        fitted, derivatives = self.model.evaluate(values, self.columns, len(self.used))
        return (fitted - self.response) * self._roots, derivatives * self._roots[:, None]

    def improve(self, minimum: Minimum) -> Minimum:
        """The minimum by residuals in many digits, where rounding would make up a part of them."""
        freedom = max(self.count - len(minimum.parameters), 1)
        deviation = float(numpy.linalg.norm(minimum.residuals)) / freedom**0.5
        rounding = float(numpy.max(numpy.abs(self.response * self._roots), initial=0.0)) * 2.0**-52
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
        has_weight = self.weight > 0
        return numpy.where(
            has_weight, -minimum.residuals / numpy.where(has_weight, self._roots, 1.0), self.response - fitted
        )

    def _exact(self, values: Any) -> Any:
        return self.model.exact_residuals(values, self.columns, len(self.used)) * self._roots


def _result(model: Model, rows: _Rows, minimum: Minimum, loss: str) -> Fit:
    count, free = rows.count, int(numpy.count_nonzero(~minimum.at_bound))
    freedom = count - free
    squares = float(numpy.sum(minimum.residuals**2))
    deviation = math.sqrt(squares / freedom) if freedom > 0 else math.nan
    covariance, notes = uncertainty(minimum, deviation, loss, model.parameters)
    errors = numpy.sqrt(numpy.diag(covariance))
    widths = half_widths(errors, freedom) if freedom > 0 else errors
    if freedom == 0:
        notes = ["there are as many parameters as rows: nothing tells their errors", *notes]
    mean = numpy.average(rows.response, weights=rows.weight)
    total = float(numpy.sum(rows.weight * (rows.response - mean) ** 2))
    return Fit(
        parameters=tuple(
            FittedParameter(name, float(value), _known(error), _interval(value, width))
            for name, value, error, width in zip(model.parameters, minimum.parameters, errors, widths, strict=True)
        ),
        residual_sum_of_squares=squares,
        residual_standard_deviation=_known(deviation),
        degrees_of_freedom=freedom,
        r_squared=1 - squares / total if total > 0 else None,
        covariance=covariance,
        converged=minimum.converged,
        reason=minimum.reason,
        iterations=minimum.iterations,
        loss=loss,
        loss_scale=minimum.loss_scale,
        rows=rows.used,
        row_count=len(rows.data.places),
        columns=rows.columns,
        response=rows.response,
        residuals=rows.plain_residuals(minimum),
        notes=tuple(notes),
        model=model,
        origin=model.origin,
    )


def _known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)


def _interval(value: float, width: float) -> tuple[float, float] | None:
    return None if math.isnan(width) else (float(value - width), float(value + width))


@contextmanager
def _table(data: Any) -> Iterator[Table]:
    if not isinstance(data, (str, os.PathLike)):
        yield data if isinstance(data, FileTable) else MappingTable(data)
        return
    from graphdiff.batch.formats import format_of, open_table, reader_of  # lazy: data are seldom in a file

    path = os.fspath(data)
    label = f"'{shorten(path)}'"
    with open_table(path, label) as file:
        yield FileTable(reader_of(format_of(file, path), file, label))


def _numbers(values: Mapping[str, Any], what: str) -> dict[str, float]:
    numbers = {}
    for name, value in normalize_names(values).items():
        number = value_of(value, lambda name=name: f"the {what} of '{shorten(name)}'")  # type: ignore[misc]
        if not isinstance(number, float) or not math.isfinite(number):
            raise GraphdiffError("value", f"the {what} of '{shorten(name)}' is not a finite number")
        numbers[name] = number
    return numbers


def _limits(start: Mapping[str, float], bounds: Mapping[str, Sequence[float]]) -> tuple[Any, Any]:
    """The lowest and the highest values, in the order of the parameters."""
    limits = dict.fromkeys(start, (-math.inf, math.inf))
    for name, (low, high) in normalize_names(bounds).items():
        if name not in limits:
            hint = f"the parameters are {', '.join(map(shorten, start))}"
            raise GraphdiffError("name", f"bounds for '{shorten(name)}', which is no parameter", hint=hint)
        if not low < high:
            raise GraphdiffError("value", f"the bounds of '{shorten(name)}' leave no room: {low:g} to {high:g}")
        if not low <= start[name] <= high:
            message = f"the start value {start[name]:g} of '{shorten(name)}' is outside its bounds {low:g} to {high:g}"
            raise GraphdiffError("value", message)
        limits[name] = low, high
    low_and_high = numpy.array(list(limits.values())).T
    return low_and_high[0], low_and_high[1]
