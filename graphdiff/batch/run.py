"""Every row of a table through a formula, chunk by chunk, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import NamedTuple

from graphdiff.batch.evaluate import Evaluated, Evaluator
from graphdiff.batch.inputs import Inputs
from graphdiff.batch.table import Chunk, Column, Reader, Results, Writer
from graphdiff.errors import GraphdiffError, Hint, shortened

KEEP_GOING = Hint("keeps_going=True leaves such rows without results", "on_error")


class Counts(NamedTuple):
    """How many rows there were, how many have no results, and why the first of those has none."""

    rows: int = 0
    empty: int = 0
    first: GraphdiffError | None = None


def map_rows(
    reader: Reader,
    inputs: Inputs,
    evaluator: Evaluator,
    writer: Writer,
    keeps_going: bool,
    progressed: Callable[[], None] = lambda: None,
) -> Counts:
    """Writes every row with its results; progressed is called after each chunk.

    Raises GraphdiffError with its line and column for the first row that has no results: "nonfinite" where one is not
    finite, else "value". With keeps_going such rows are written without results, and counted.
    """
    counts = Counts()
    with closing(writer):
        for chunk in reader.chunks(list(inputs.columns.values())):
            if not len(chunk):
                continue
            columns = {name: chunk.column(position) for name, position in inputs.columns.items()}
            unread = {*chunk.wrong, *(row for column in columns.values() for row in column.wrong)}
            evaluated = evaluator(columns, len(chunk), unread)
            empty = sorted({*unread, *evaluated.wrong})
            error = counts.first
            if empty and (error is None or not keeps_going):
                error = _error(chunk, reader, inputs, columns, evaluator, evaluated, empty[0])
                if not keeps_going:
                    raise error
            writer.write(chunk, Results(evaluated.columns, empty))
            counts = Counts(counts.rows + len(chunk), counts.empty + len(empty), error)
            progressed()
    return counts


def _error(
    chunk: Chunk,
    reader: Reader,
    inputs: Inputs,
    columns: Mapping[str, Column],
    evaluator: Evaluator,
    evaluated: Evaluated,
    row: int,
) -> GraphdiffError:
    """Why a row has no results, with its place."""
    place = chunk.place(row)
    error = chunk.wrong.get(row)
    for name, column in columns.items():
        if error is None and row in column.wrong:
            assert reader.names is not None
            place = f"{place}, column '{shortened(reader.names[inputs.columns[name]])}'"
            error = column.wrong[row]
    if error is None:
        error = evaluated.wrong[row]
    if error is None:
        result, error = evaluator.nonfinite(columns, evaluated, row)
        place = f"{place}, column '{shortened(result)}'"
    return GraphdiffError(error.kind, f"{place}: {error.message}", error.source, error.span, error.hint or KEEP_GOING)
