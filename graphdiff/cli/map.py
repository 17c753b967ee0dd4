"""graphdiff map: the value and the gradients for every row of a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from io import BufferedReader
from typing import TYPE_CHECKING, Any

import click

from graphdiff.batch.files import find_files, find_parts, first_table, is_several
from graphdiff.batch.formats import (
    FORMATS,
    delimiter_of_name,
    format_of,
    format_of_name,
    open_table,
    reader_of,
    writer_of,
)
from graphdiff.batch.inputs import find_inputs
from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.inputs import called
from graphdiff.cli.output import STANDARD, print_note, progress, written_file, written_folder
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError

if TYPE_CHECKING:
    from graphdiff.batch.parts import Engine, Job
    from graphdiff.batch.run import Counts

LOCAL, DASK = ENGINES = ["local", "dask"]


@click.command(cls=ExpressionCommand, name="map")
@formula_and_point
@click.option(
    "--data",
    metavar="FILE",
    multiple=True,
    shell_complete=click.Path().shell_complete,
    help="The table, whose columns are inputs by name; - for standard input; of many files, a folder, 'points/*.csv', "
    "or --data more than once.",
)
@click.option("--from", "origin", type=click.Choice(FORMATS), help="The table's format, where its name tells another.")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="Standard output unless given; a new folder where the table is many files.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="The result's format: the table's unless given.")
@click.option(
    "--on-error",
    type=click.Choice(["fail", "null"]),
    default="fail",
    help="null: a row that is wrong gets no results, and is counted.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=LOCAL,
    help="dask: the files are mapped by the workers of a Dask cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="That of the cluster; one on this machine unless given.")
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    data: tuple[str, ...],
    origin: str | None,
    out: str | None,
    form: str | None,
    on_error: str,
    engine: str,
    scheduler: str | None,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Evaluate EXPR at every row of a table: columns are inputs by name, value and gradients are appended.

    Tables are CSV, JSON lines or Parquet. --at gives inputs that are the same in every row.

    \b
    graphdiff map "(x+y)*z" --data points.csv -o gradients.csv
    graphdiff map "sigmoid(w*x + b)" --data points.csv --at w=2,b=1 --wrt w,b
    graphdiff map "sum((W@x)^2)" --data points.jsonl --at "W=[[1,2],[3,4]]" --format csv
    graphdiff map "(x+y)*z" --data "points/*.parquet" -o gradients --engine dask --scheduler tcp://HOST:8786
    """
    if not data:
        raise GraphdiffError("usage", "there is no table", hint="--data FILE, or --data - for standard input")
    if STANDARD in data and STANDARD in (*request.expression, request.file):
        raise GraphdiffError("usage", "both the expression and the table are standard input", hint="put one in a file")
    if scheduler is not None and engine != DASK:
        raise GraphdiffError("usage", "--scheduler is that of a Dask cluster", hint="--engine dask --scheduler ADDRESS")
    source, graph, point = request.read()
    keeps_going = on_error == "null"
    if engine == DASK or is_several(data):
        from graphdiff.batch.parts import Job

        if STANDARD in data:
            raise GraphdiffError("usage", "standard input is not one of many files", hint="put it in a file")
        files = find_files(data)
        first, names = first_table(files, origin)
        form = form or format_of_name(out or "") or first
        job = Job(
            source,
            point,
            request.names,
            request.expand,
            request.fuse,
            request.output,
            allow_nonfinite,
            keeps_going,
            origin,
            form,
            names,
        )
        counts = _map_files(job, files, out, engine, scheduler, color)
    else:
        from graphdiff.batch.evaluate import Evaluator
        from graphdiff.batch.run import map_rows

        with _table(data[0]) as table:
            origin = origin or format_of(table, data[0])
            reader = reader_of(origin, table, called(data[0]))
            # An empty table of JSON lines does not tell its columns.
            inputs = None if reader.names is None else find_inputs(graph, reader.names, point, request.names)
            with written_file(out) as target:
                if inputs is None:
                    return
                form = form or format_of_name(out or "") or origin
                writer = writer_of(form, target, reader, inputs.results, delimiter_of_name(out or ""))
                with progress(reader.progress, target, color) as progressed:
                    evaluator = Evaluator(graph, inputs, allow_nonfinite)
                    counts = map_rows(reader, inputs, evaluator, writer, keeps_going, progressed)
    if counts.first is not None:
        rows = "row has" if counts.rows == 1 else "rows have"
        print_note(f"{counts.empty:,} of {counts.rows:,} {rows} no results; the first: {counts.first.message}", color)


def _map_files(
    job: Job, files: Mapping[str, str], out: str | None, engine: str, scheduler: str | None, color: str
) -> Counts:
    """Maps a table of many files into a folder of as many, which appears whole or not at all."""
    from graphdiff.batch.parts import Work

    if out in (None, STANDARD):
        raise GraphdiffError("usage", "the result of many files is a folder", hint="-o FOLDER")
    if job.names is not None:
        job.inputs(job.names)  # what is wrong with the formula is told before anything is begun
    with written_folder(out) as folder, _engine(engine, scheduler, color) as map_all:
        work = Work(job, find_parts(files, folder, job.form))
        with progress(work.progress, None, color) as progressed:
            return work.run(map_all, progressed)


@contextmanager
def _engine(name: str, scheduler: str | None, color: str) -> Iterator[Engine]:
    """What maps the files: this process, or the workers of a cluster.

    Raises GraphdiffError where there is no Dask, or no scheduler.
    """
    if name == LOCAL:
        from graphdiff.batch.parts import in_this_process

        yield in_this_process
        return
    try:
        cluster = import_module("graphdiff.batch.cluster")
    except ImportError:
        raise GraphdiffError("usage", "--engine dask needs Dask", hint="pip install 'graphdiff-cli[dask]'") from None
    with cluster.connected(scheduler) as client:
        if not client.nthreads():
            print_note("the cluster has no worker yet", color)
        yield partial(cluster.on_cluster, client)


def _table(path: str) -> BufferedReader:
    """The file of a table, or standard input.

    Raises GraphdiffError("file") where it cannot be read.
    """
    if path != STANDARD:
        return open_table(path, called(path))
    if sys.stdin is None:
        raise GraphdiffError("file", "standard input is closed")
    buffer: Any = sys.stdin.buffer
    return BufferedReader(getattr(buffer, "raw", buffer))  # two buffers would wait until both are full
