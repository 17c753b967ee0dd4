"""A table in many files: each file is a part, which any process can map on its own."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from threading import get_ident
from typing import Any

import graphdiff
from graphdiff.algebra.rewrite import rewrite
from graphdiff.batch.atomic import atomic_file
from graphdiff.batch.evaluate import Evaluator
from graphdiff.batch.files import Part
from graphdiff.batch.formats import delimiter_of_name, format_of, open_table, reader_of, writer_of
from graphdiff.batch.inputs import Inputs, find_inputs
from graphdiff.batch.run import Counts, map_rows
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.source import Source

THE_FILE = "the file"
"""What messages call a part; they start with its name."""


@dataclass(frozen=True)
class Job:
    """What to do with every part: small, because it is sent to every worker.

    The formula is sent as text; a process builds its graph once, and one evaluator for each of its threads, because an
    evaluator has buffers of its own. origin is the format of the parts if it is given, form that of the result; names
    are the columns of the first part, if known.
    """

    source: Source
    point: Mapping[str, Any]
    wrt: Sequence[str] | None
    expand: bool
    fuse: bool
    output: str | None
    allow_nonfinite: bool
    keeps_going: bool
    origin: str | None
    form: str
    names: Sequence[str] | None
    version: str = graphdiff.__version__

    @cached_property
    def graph(self) -> Graph:
        return rewrite(parse(self.source), self.point, self.expand, self.fuse, self.output)

    @cached_property
    def _evaluators(self) -> dict[Any, Evaluator]:
        return {}

    def inputs(self, names: Sequence[str]) -> Inputs:
        """The inputs of the formula in a file of these columns."""
        return find_inputs(self.graph, names, self.point, self.wrt)

    def check_columns(self, names: Sequence[str], inputs: Inputs) -> None:
        """Raises GraphdiffError("name") if the result of a part has other columns than that of the first; for JSON
        lines only the columns of results have to be the same."""
        if self.names is None:
            return
        columns, first_columns = names, self.names
        if self.form == "jsonl":
            columns, first_columns = inputs.results, self.inputs(self.names).results
        if list(columns) != list(first_columns):
            subject = "its result" if self.form == "jsonl" else THE_FILE
            raise GraphdiffError(
                "name",
                f"the columns of {subject} are {', '.join(map(shorten, columns[:20]))}",
                hint=f"those of the first file are {', '.join(map(shorten, first_columns[:20]))}",
            )

    def evaluator(self, inputs: Inputs) -> Evaluator:
        key = get_ident(), tuple(inputs.columns.items())
        if key not in self._evaluators:
            self._evaluators[key] = Evaluator(self.graph, inputs, self.allow_nonfinite)
        return self._evaluators[key]

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@lru_cache(maxsize=1)
def unpickle_job(data: bytes) -> Job:
    """Unpickle a job: one object for all parts, so that its graph is built once."""
    job: Job = pickle.loads(data)
    return job


def map_part(job: Job, source: str, target: str) -> Counts | GraphdiffError:
    """Map one file. Its result is written completely or not at all, so that a part can be mapped again.

    Errors of the part are returned; an exception is an error of the cluster.
    """
    try:
        if job.version != graphdiff.__version__:
            raise GraphdiffError(
                "cluster",
                f"a worker has graphdiff {graphdiff.__version__}, not {job.version}",
                hint=f"on every worker: pip install {graphdiff.DISTRIBUTION}=={job.version}",
            )
        with open_table(source, THE_FILE) as table:
            reader = reader_of(job.origin or format_of(table, source), table, THE_FILE)
            if reader.names is None:  # no rows, and so no columns
                return Counts()
            inputs = job.inputs(reader.names)
            job.check_columns(reader.names, inputs)
            with atomic_file(target) as file:
                writer = writer_of(job.form, file, reader, inputs.results, delimiter_of_name(target))
                return map_rows(reader, inputs, job.evaluator(inputs), writer, job.keeps_going)
    except GraphdiffError as error:
        return error
    except OSError as error:
        return GraphdiffError("file", f"cannot write its result: {error.strerror or error}")


Outcome = Counts | GraphdiffError
Engine = Callable[[Job, Sequence[Part]], Iterator[tuple[int, Outcome]]]
"""A function that maps parts, and yields the position and the outcome of each, in any order. It may skip parts after
one that failed."""


def in_this_process(job: Job, parts: Sequence[Part]) -> Iterator[tuple[int, Outcome]]:
    """Map one part after the other."""
    for position, part in enumerate(parts):
        outcome = map_part(job, part.source, part.target)
        yield position, outcome
        if isinstance(outcome, GraphdiffError):
            break


class Work:
    """A job with all its parts."""

    def __init__(self, job: Job, parts: Sequence[Part]) -> None:
        self._job = job
        self._parts = parts
        self._counts: dict[int, Counts] = {}

    def progress(self) -> tuple[int, int]:
        """The number of parts that are done, and the number of parts."""
        return len(self._counts), len(self._parts)

    def run(self, engine: Engine, update: Callable[[], None]) -> Counts:
        """Map all rows of all parts, and call update after each part.

        Raises the GraphdiffError of the first part, in order, that has one.
        """
        targets = {part.target for part in self._parts}
        folders = {os.path.dirname(target) for target in targets}
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        errors: dict[int, GraphdiffError] = {}
        for position, outcome in engine(self._job, self._parts):
            if isinstance(outcome, Counts):
                self._counts[position] = outcome
                update()
            else:
                errors[position] = outcome
        if errors:
            first = min(errors)
            raise _with_name(self._parts[first], errors[first])
        for folder in folders:
            for entry in os.scandir(folder):
                if entry.is_file() and entry.path not in targets:  # left by a process that was killed
                    os.remove(entry)
        outcomes = sorted(self._counts.items())
        firsts = (_with_name(self._parts[position], counts.first) for position, counts in outcomes if counts.first)
        rows = sum(counts.rows for _, counts in outcomes)
        empty = sum(counts.empty for _, counts in outcomes)
        return Counts(rows, empty, next(firsts, None))


def _with_name(part: Part, error: GraphdiffError) -> GraphdiffError:
    """An error of a part, with the part's name."""
    return GraphdiffError(error.kind, f"'{shorten(part.name)}': {error.message}", error.source, error.span, error.hint)
