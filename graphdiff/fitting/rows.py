"""The rows of a table with what a fit gives for them."""

from __future__ import annotations

import math
from contextlib import closing
from typing import Any

import numpy

from graphdiff.batch.table import Reader, Results, Writer
from graphdiff.fitting.data import FileTable
from graphdiff.fitting.result import Fit

FITTED, RESIDUAL, BAND = "fitted", "residual", ("low", "high")


def row_results(has_band: bool) -> list[str]:
    """The names of the columns that are appended."""
    return [FITTED, RESIDUAL, *(BAND if has_band else ())]


def write_rows(fit: Fit, reader: Reader, writer: Writer, has_band: bool) -> None:
    """Write all rows of the table with what is known of them: a row without a response has a fitted value and no
    residual."""
    columns = fit.model.side.columns
    residuals = numpy.full(fit.row_count, numpy.nan)
    residuals[fit.rows] = fit.residuals
    assert reader.names is not None
    positions = FileTable(reader).positions(columns)
    first = 0
    with closing(writer):
        for chunk in reader.chunks(positions):
            numbers = {name: chunk.column(place).values for name, place in zip(columns, positions, strict=True)}
            prediction = fit.predict(numbers if columns else {})
            residual = _cells(residuals[first : first + len(chunk)], len(chunk))
            fitted = _cells(prediction.value, len(chunk))
            band = [_cells(side, len(chunk)) for side in ((prediction.low, prediction.high) if has_band else ())]
            empty = [row for row, value in enumerate(fitted) if value is None]
            writer.write(chunk, Results([fitted, residual, *band], empty))
            first += len(chunk)


def _cells(values: Any, count: int) -> list[float | None]:
    """Numbers for the rows of a chunk; None for what is not known."""
    cells = values.tolist() if len(values) == count else values.tolist() * count
    return [cell if math.isfinite(cell) else None for cell in cells]
