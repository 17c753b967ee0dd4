"""What to do with a table, and the one way to do it, for a single file and for each of many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from threading import get_ident
from typing import Any, BinaryIO, NamedTuple

import graphdiff
from graphdiff.algebra.formula import Formula
from graphdiff.batch.evaluate import Evaluator
from graphdiff.batch.formats import format_of, output_format, reader_of, writer_of
from graphdiff.batch.inputs import Inputs, find_inputs
from graphdiff.batch.run import Counts, RowEvaluator, map_rows
from graphdiff.batch.table_options import TableOptions
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph

Progress = Callable[[Callable[[], tuple[int, int | None]], BinaryIO], AbstractContextManager[Callable[[], None]]]
"""A function of the state of a reader and the file of the result: its context provides the function to call after each
chunk."""


class Job(NamedTuple):
    """What to do with a table, or with every part of one: small, because it is sent to every worker.

    Attributes:
        formula: The formula to evaluate for every row.
        allow_nonfinite: Whether results may be infinite or NaN.
        keeps_going: Whether a row with an error is left without results, and counted.
        reading: How the table is read; where it has no format, each file has its own.
        form: The format of the result; None for that of the table.
        names: The columns of the first part, which the results of all parts must have; None if not known.
        version: The version of graphdiff that made the job.
    """

    formula: Formula
    allow_nonfinite: bool
    keeps_going: bool
    reading: TableOptions
    form: str | None
    names: Sequence[str] | None = None
    version: str = graphdiff.__version__


def _no_progress(_state: Any, _target: BinaryIO) -> AbstractContextManager[Callable[[], None]]:
    return nullcontext(lambda: None)


class Mapper:
    """Does a job in one process, which has one graph, and one evaluator for each of its threads, because an evaluator
    has buffers of its own."""

    def __init__(self, job: Job, graph: Graph | None = None) -> None:
        """graph is that of the job's formula; by default it is built.

        Raises GraphdiffError if the formula is invalid.
        """
        self.job = job
        self._graph = job.formula.build_graph() if graph is None else graph
        self._evaluators: dict[Any, RowEvaluator] = {}

    def map_table(
        self,
        table: BufferedReader,
        name: str,
        label: str,
        open_target: Callable[[], AbstractContextManager[BinaryIO]],
        delimiter: str | None,
        progress: Progress = _no_progress,
    ) -> Counts | None:
        """Map an open table into the file that open_target opens. name is the name of the table's file, label what
        messages call it; delimiter is for a result in CSV.

        Returns None, and opens no file, for a table without rows and columns: an empty one of JSON lines. Raises
        GraphdiffError if the table or a row is invalid.
        """
        origin = self.job.reading.origin or format_of(table, name)
        reader = reader_of(origin, table, label, self.job.reading)
        if reader.names is None:
            return None
        inputs = self.find_inputs(reader.names)
        self._check_columns(reader.names, inputs, label)
        with open_target() as target:
            writer = writer_of(self.job.form or output_format(origin), target, reader, inputs.results, delimiter)
            with progress(reader.progress, target) as update:
                evaluator, skips_missing = self._evaluator_of(inputs), bool(self.job.reading.missing)
                return map_rows(reader, inputs, evaluator, writer, self.job.keeps_going, skips_missing, update)

    def find_inputs(self, names: Sequence[str]) -> Inputs:
        """The inputs of the formula in a table of these columns.

        Raises GraphdiffError("name") if they do not fit.
        """
        formula = self.job.formula
        return find_inputs(self._graph, names, formula.point, formula.wrt, formula.uncertainty, formula.correlation)

    def _check_columns(self, names: Sequence[str], inputs: Inputs, label: str) -> None:
        """Raises GraphdiffError("name") if the result of a part has other columns than that of the first; for JSON
        lines only the columns of results have to be the same."""
        if self.job.names is None:
            return
        columns, first_columns = names, self.job.names
        if self.job.form == "jsonl":
            columns, first_columns = inputs.results, self.find_inputs(self.job.names).results
        if list(columns) != list(first_columns):
            subject = "its result" if self.job.form == "jsonl" else label
            raise GraphdiffError(
                "name",
                f"the columns of {subject} are {', '.join(map(shorten, columns[:20]))}",
                hint=f"those of the first file are {', '.join(map(shorten, first_columns[:20]))}",
            )

    def _evaluator_of(self, inputs: Inputs) -> RowEvaluator:
        key = get_ident(), tuple(inputs.columns.items())
        if key not in self._evaluators:
            self._evaluators[key] = _evaluator(inputs, self.job.allow_nonfinite)
        return self._evaluators[key]


def _evaluator(inputs: Inputs, allow_nonfinite: bool) -> RowEvaluator:
    """What evaluates the formula of these inputs."""
    if not inputs.uncertainty:
        return Evaluator(inputs, allow_nonfinite)
    from graphdiff.batch.uncertainty import UncertainEvaluator  # lazy: few tables have uncertainties

    return UncertainEvaluator(inputs, allow_nonfinite)
