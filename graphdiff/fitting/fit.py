"""Fit the parameters of an equation to data: `graphdiff.fit`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.fitting.data import FileTable, MappingTable, Table, float_array
from graphdiff.fitting.fitted_rows import FittedRows
from graphdiff.fitting.least_squares import Minimum, minimize
from graphdiff.fitting.losses import LINEAR, LOSSES
from graphdiff.fitting.model import Model
from graphdiff.fitting.result import Fit, FittedParameter
from graphdiff.fitting.statistics import half_widths, uncertainty
from graphdiff.passes.point import value_of
from graphdiff.source import Source, normalize_names, normalize_text

ROUNDING = 1e-14
"""Of R²: that of a constant is 0."""


def fit(
    source: str | Source,
    data: Any,
    start: Mapping[str, float],
    *,
    at: Mapping[str, Any] | None = None,
    weights: Any = None,
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
        weights: What squared residuals are multiplied by: the name of a column, a formula of columns such as "1/sd^2",
            or an array of shape (N,).
        bounds: The lowest and the highest value of parameters, by name; an infinite one or None is no limit.
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
    first = _start_values(start)
    limits = _limits(first, bounds or {})
    constants = {} if at is None else normalize_names(at)
    formula = normalize_text(weights) if isinstance(weights, str) else None
    with _table(data) as table:
        model = Model(whole, table.names, first, constants, formula)
        read = table.read(model.columns)
    given = None if weights is None or isinstance(weights, str) else float_array(weights, "the array of weights")
    rows = FittedRows(model, read, given)
    values = numpy.array(list(first.values()))
    rows.check_start(values)
    minimum = minimize(rows.residuals, values, limits, loss, report)
    if loss == LINEAR:
        minimum = rows.improve(minimum)
    return _result(model, rows, minimum, loss)


def _result(model: Model, rows: FittedRows, minimum: Minimum, loss: str) -> Fit:
    count, free = rows.count, int(numpy.count_nonzero(~minimum.at_bound))
    freedom = count - free
    squares = float(numpy.sum(minimum.residuals**2))
    deviation = math.sqrt(squares / freedom) if freedom > 0 else math.nan
    covariance, notes = uncertainty(minimum, deviation, loss, model.parameters)
    errors = numpy.sqrt(numpy.diag(covariance))
    widths = half_widths(errors, freedom) if freedom > 0 else errors
    if freedom == 0:
        notes = ["there are as many parameters as rows: the errors are not known", *notes]
    total = rows.sum_of_squares()
    unit = rows.unit
    return Fit(
        parameters=tuple(
            FittedParameter(name, float(value), _known(error), _interval(value, width))
            for name, value, error, width in zip(model.parameters, minimum.parameters, errors, widths, strict=True)
        ),
        residual_sum_of_squares=squares * unit * unit,
        residual_standard_deviation=_known(deviation * unit),
        degrees_of_freedom=freedom,
        r_squared=_r_squared(squares, total),
        covariance=covariance,
        converged=minimum.converged,
        reason=minimum.reason,
        iterations=minimum.iterations,
        loss=loss,
        loss_scale=None if minimum.loss_scale is None else minimum.loss_scale * unit,
        rows=rows.used,
        row_count=len(rows.data.places),
        columns=rows.columns,
        response=rows.response,
        residuals=rows.plain_residuals(minimum),
        notes=tuple(notes),
        model=model,
        origin=model.origin,
    )


def _r_squared(squares: float, total: float | None) -> float | None:
    if total is None:
        return None
    r_squared = 1 - squares / total
    return r_squared if abs(r_squared) > ROUNDING else 0.0


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


def _start_values(start: Mapping[str, Any]) -> dict[str, float]:
    if not isinstance(start, Mapping):
        message = f"the start values are a {type(start).__name__}, not values by name"
        raise GraphdiffError("value", message, hint='pass a dict: {"a": 1, "b": 0.5}')
    numbers = {}
    for name, value in normalize_names(start).items():
        what = f"the start value of '{shorten(name)}'"
        number = value_of(value, lambda what=what: what)  # type: ignore[misc]
        if not isinstance(number, float):
            raise GraphdiffError(
                "value", f"{what} is an array", hint="a parameter is a number: write a, b, … for its entries"
            )
        if not math.isfinite(number):
            raise GraphdiffError("value", f"{what} is not a finite number")
        numbers[name] = number
    return numbers


def _limits(start: Mapping[str, float], bounds: Mapping[str, Sequence[float | None]]) -> tuple[Any, Any]:
    """The lowest and the highest values, in the order of the parameters."""
    limits = dict.fromkeys(start, (-math.inf, math.inf))
    for name, pair in normalize_names(bounds).items():
        if name not in limits:
            hint = f"the parameters are {', '.join(map(shorten, start))}"
            raise GraphdiffError("name", f"bounds for '{shorten(name)}', which is not a parameter", hint=hint)
        try:
            low, high = (
                infinite if end is None else float(end) for end, infinite in zip(pair, limits[name], strict=True)
            )
        except (TypeError, ValueError):
            message = f"the bounds of '{shorten(name)}' are not two numbers"
            raise GraphdiffError("value", message, hint="pass the lowest and the highest value: (0, 10)") from None
        if not low < high:
            message = f"the bounds of '{shorten(name)}' leave no room: {low:g} to {high:g}"
            fixed = Hint(f"to keep {shorten(name)} at a value, pass it in at", "fixed", name=shorten(name))
            raise GraphdiffError("value", message, hint=fixed if low == high else None)
        if not low <= start[name] <= high:
            message = f"the start value {start[name]:g} of '{shorten(name)}' is outside its bounds {low:g} to {high:g}"
            raise GraphdiffError("value", message)
        limits[name] = low, high
    low_and_high = numpy.array(list(limits.values())).reshape(-1, 2).T
    return low_and_high[0], low_and_high[1]
