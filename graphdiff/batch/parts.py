"""A table in many files: each is a part, mapped by itself, by whichever process."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from threading import get_ident
from typing import Any

import graphdiff
from graphdiff.algebra.rewrite import rewritten
from graphdiff.batch.atomic import atomic_file
from graphdiff.batch.evaluate import Evaluator
from graphdiff.batch.files import Part
from graphdiff.batch.formats import delimiter_of_name, format_of, open_table, reader_of, writer_of
from graphdiff.batch.inputs import Inputs, find_inputs
from graphdiff.batch.run import Counts, map_rows
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.source import Source

THE_FILE = "the file"
"""What messages call a part; which one it is stands before them."""


@dataclass(frozen=True)
class Job:
    """What is done with every part: small, as it goes to every worker.

    The formula goes as text; a process makes its graph once, and an evaluator for each of its threads, whose buffers
    are its own. origin is the format of the parts where their names and first bytes do not tell, form that of the
    result; names are the columns of the first part, where that is known.
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
        return rewritten(parse(self.source), self.point, self.expand, self.fuse, self.output)

    @cached_property
    def _evaluators(self) -> dict[Any, Evaluator]:
        return {}

    def inputs(self, names: Sequence[str]) -> Inputs:
        """The inputs of the formula in a file of these columns."""
        return find_inputs(self.graph, names, self.point, self.wrt)

    def check_columns(self, names: Sequence[str], inputs: Inputs) -> None:
        """Raises GraphdiffError("name") where a part's result would have other columns than that of the first; lines
        of JSON may each have what they like besides results."""
        if self.names is None:
            return
        here, there = names, self.names
        if self.form == "jsonl":
            here, there = inputs.results, self.inputs(self.names).results
        if list(here) != list(there):
            listed = [", ".join(map(shortened, columns[:20])) for columns in (here, there)]
            raise GraphdiffError(
                "name",
                f"the columns of {'its result' if self.form == 'jsonl' else THE_FILE} are {listed[0]}",
                hint=f"in the first file they are {listed[1]}",
            )

    def evaluator(self, inputs: Inputs) -> Evaluator:
        key = get_ident(), tuple(inputs.columns.items())
        if key not in self._evaluators:
            self._evaluators[key] = Evaluator(self.graph, inputs, self.allow_nonfinite)
        return self._evaluators[key]

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@lru_cache(maxsize=1)
def unpacked(job: bytes) -> Job:
    """The job that was pickled: one object for all parts, as its graph is made once."""
    found: Job = pickle.loads(job)
    return found


def map_part(job: Job, source: str, target: str) -> Counts | GraphdiffError:
    """Maps one file. Its part appears whole or not at all, so that to do it twice is to do it once.

    What is wrong is returned: an error that is raised is the cluster's own.
    """
    try:
        if job.version != graphdiff.__version__:
            raise GraphdiffError(
                "cluster",
                f"a worker has graphdiff {graphdiff.__version__}, this is {job.version}",
                hint=f"on every worker: pip install {graphdiff.DISTRIBUTION}=={job.version}",
            )
        with open_table(source, THE_FILE) as table:
            reader = reader_of(job.origin or format_of(table, source), table, THE_FILE)
            if reader.names is None:  # no rows: then nobody knows its columns either
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
"""Maps parts: the position of each that is done, in any order, and what came of it. Parts behind one that failed may
be left out."""


def in_this_process(job: Job, parts: Sequence[Part]) -> Iterator[tuple[int, Outcome]]:
    """One part after the other."""
    for position, part in enumerate(parts):
        outcome = map_part(job, part.source, part.target)
        yield position, outcome
        if isinstance(outcome, GraphdiffError):
            break


class Work:
    """A job at all its parts."""

    def __init__(self, job: Job, parts: Sequence[Part]) -> None:
        self._job = job
        self._parts = parts
        self._done: dict[int, Counts] = {}

    def progress(self) -> tuple[int, int]:
        """How many parts are done, of how many."""
        return len(self._done), len(self._parts)

    def run(self, engine: Engine, progressed: Callable[[], None]) -> Counts:
        """All rows of all parts; progressed is called after each part.

        Raises the GraphdiffError of the first part, in their order, that has one.
        """
        targets = {part.target for part in self._parts}
        folders = {os.path.dirname(target) for target in targets}
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        wrong: dict[int, GraphdiffError] = {}
        for position, outcome in engine(self._job, self._parts):
            if isinstance(outcome, Counts):
                self._done[position] = outcome
                progressed()
            else:
                wrong[position] = outcome
        if wrong:
            raise _placed(self._parts[min(wrong)], wrong[min(wrong)])
        for folder in folders:
            for entry in os.scandir(folder):
                if entry.is_file() and entry.path not in targets:  # begun by a process that was killed
                    os.remove(entry)
        done = sorted(self._done.items())
        firsts = (_placed(self._parts[position], counts.first) for position, counts in done if counts.first)
        rows, empty = (sum(column) for column in zip(*((counts.rows, counts.empty) for _, counts in done), strict=True))
        return Counts(rows, empty, next(firsts, None))


def _placed(part: Part, error: GraphdiffError) -> GraphdiffError:
    """An error of a part, which it names."""
    return GraphdiffError(
        error.kind, f"'{shortened(part.name)}': {error.message}", error.source, error.span, error.hint
    )
