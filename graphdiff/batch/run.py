"""Evaluate a formula for every row of a table, chunk by chunk, in this process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from typing import NamedTuple, Protocol

from graphdiff.batch.evaluate import Evaluation
from graphdiff.batch.inputs import Inputs
from graphdiff.batch.table import Chunk, Column, Reader, Results, Writer
from graphdiff.batch.table_options import MissingValueError
from graphdiff.errors import GraphdiffError, Hint, shorten

KEEP_GOING = Hint("keeps_going=True skips such rows and leaves their results empty", "on_error")


class RowEvaluator(Protocol):
    """What evaluates a formula at the rows of a chunk, as Evaluator does."""

    def __call__(self, columns: Mapping[str, Column], count: int, skip: Collection[int]) -> Evaluation: ...
    def nonfinite(
        self, columns: Mapping[str, Column], evaluation: Evaluation, row: int
    ) -> tuple[str, GraphdiffError]: ...


class Counts(NamedTuple):
    """The number of rows, the number of rows without results, the first error, the number of rows with results at a
    kink, of those without results because a value is missing, and of those where first order is not enough for the
    uncertainty."""

    rows: int = 0
    empty: int = 0
    first: GraphdiffError | None = None
    at_kink: int = 0
    missing: int = 0
    nonlinear: int = 0


def map_rows(
    reader: Reader,
    inputs: Inputs,
    evaluator: RowEvaluator,
    writer: Writer,
    keeps_going: bool,
    skips_missing: bool = False,
    update: Callable[[], None] = lambda: None,
) -> Counts:
    """Write every row with its results, and call update after each chunk.

    Raises GraphdiffError with line and column for the first row without results: "nonfinite" if a result is not finite,
    else "value". With keeps_going, such rows are written without results, and counted; with skips_missing, those in
    which a value is missing.
    """
    counts = Counts()
    with closing(writer):
        for chunk in reader.chunks(list(dict.fromkeys(inputs.positions.values()))):
            if not len(chunk):
                continue
            columns = {name: chunk.column(position) for name, position in inputs.positions.items()}
            unreadable = {*chunk.errors, *(row for column in columns.values() for row in column.errors)}
            evaluation = evaluator(columns, len(chunk), unreadable)
            missing = _missing(chunk, columns, unreadable) if skips_missing else set()
            wrong = sorted({*unreadable, *evaluation.errors} - missing)
            error = counts.first
            if wrong and (error is None or not keeps_going):
                error = _error(chunk, reader, inputs, columns, evaluator, evaluation, wrong[0])
                if not keeps_going:
                    raise error
            empty = sorted({*wrong, *missing})
            writer.write(chunk, Results(evaluation.columns, empty))
            at_kink = len({*evaluation.at_kink} - {*empty})
            counts = Counts(
                counts.rows + len(chunk),
                counts.empty + len(wrong),
                error,
                counts.at_kink + at_kink,
                counts.missing + len(missing),
                counts.nonlinear + len({*evaluation.nonlinear} - {*empty}),
            )
            update()
    return counts


def _missing(chunk: Chunk, columns: Mapping[str, Column], unreadable: Collection[int]) -> set[int]:
    """The rows in which nothing is wrong but that values are missing."""
    return {
        row
        for row in unreadable
        if row not in chunk.errors
        and all(isinstance(column.errors.get(row), MissingValueError | None) for column in columns.values())
    }


def _error(
    chunk: Chunk,
    reader: Reader,
    inputs: Inputs,
    columns: Mapping[str, Column],
    evaluator: RowEvaluator,
    evaluation: Evaluation,
    row: int,
) -> GraphdiffError:
    """Why a row has no results, with its place."""
    place = chunk.place(row)
    error = chunk.errors.get(row)
    for name, column in columns.items():
        if error is None and row in column.errors:
            assert reader.names is not None
            place = f"{place}, column '{shorten(reader.names[inputs.positions[name]])}'"
            error = column.errors[row]
    if error is None:
        error = evaluation.errors[row]
    if error is None:
        result, error = evaluator.nonfinite(columns, evaluation, row)
        place = f"{place}, column '{shorten(result)}'"
    return GraphdiffError(error.kind, f"{place}: {error.message}", error.source, error.span, error.hint or KEEP_GOING)
