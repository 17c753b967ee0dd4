"""A table in many files: each file is a part, which any process can map on its own."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import BinaryIO

import graphdiff
from graphdiff.batch.atomic import atomic_file
from graphdiff.batch.compression import compressing
from graphdiff.batch.files import Part
from graphdiff.batch.formats import delimiter_of_name, open_table
from graphdiff.batch.job import Job, Mapper
from graphdiff.batch.run import Counts
from graphdiff.errors import GraphdiffError, shorten

THE_FILE = "the file"
"""What messages call a part; they start with its name."""
Outcome = Counts | GraphdiffError
Engine = Callable[[Mapper, Sequence[Part]], Iterator[tuple[int, Outcome]]]
"""A function that maps parts, and yields the position and the outcome of each, in any order. It may skip parts after
one that failed."""


def map_part(mapper: Mapper, source: str, target: str) -> Outcome:
    """Map one file. Its result is written completely or not at all, so that a part can be mapped again.

    Errors of the part are returned; an exception is an error of the cluster.
    """
    try:
        with open_table(source, THE_FILE) as table:
            counts = mapper.map_table(table, source, THE_FILE, partial(_open_target, target), delimiter_of_name(target))
        return Counts() if counts is None else counts
    except GraphdiffError as error:
        return error
    except OSError as error:
        return GraphdiffError("file", f"cannot write its result: {error.strerror or error}")


@contextmanager
def _open_target(target: str) -> Iterator[BinaryIO]:
    with atomic_file(target) as file, compressing(file, target) as content:
        yield content


def in_this_process(mapper: Mapper, parts: Sequence[Part]) -> Iterator[tuple[int, Outcome]]:
    """Map one part after the other."""
    for position, part in enumerate(parts):
        outcome = map_part(mapper, part.source, part.target)
        yield position, outcome
        if isinstance(outcome, GraphdiffError):
            break


def map_on_worker(data: bytes, source: str, target: str) -> Outcome:
    """Map one file as a pickled job says, in a process that received it.

    Errors are returned as by map_part; among them is that of a job from another version of graphdiff.
    """
    try:
        mapper = _unpickle_mapper(data)
    except GraphdiffError as error:
        return error
    return map_part(mapper, source, target)


@lru_cache(maxsize=1)
def _unpickle_mapper(data: bytes) -> Mapper:
    """The mapper of a pickled job: one object for all parts, so that its graph is built once.

    Raises GraphdiffError("cluster") if the job is from another version of graphdiff.
    """
    job: Job = pickle.loads(data)
    if job.version != graphdiff.__version__:
        raise GraphdiffError(
            "cluster",
            f"a worker has graphdiff {graphdiff.__version__}, not {job.version}",
            hint=f"on every worker: pip install {graphdiff.DISTRIBUTION}=={job.version}",
        )
    return Mapper(job)


class Work:
    """A job with all its parts."""

    def __init__(self, mapper: Mapper, parts: Sequence[Part]) -> None:
        self._mapper = mapper
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
        for position, outcome in engine(self._mapper, self._parts):
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
        return Counts(
            rows,
            empty,
            next(firsts, None),
            sum(counts.at_kink for _, counts in outcomes),
            sum(counts.missing for _, counts in outcomes),
            sum(counts.nonlinear for _, counts in outcomes),
        )


def _with_name(part: Part, error: GraphdiffError) -> GraphdiffError:
    """An error of a part, with the part's name."""
    return GraphdiffError(error.kind, f"'{shorten(part.name)}': {error.message}", error.source, error.span, error.hint)
