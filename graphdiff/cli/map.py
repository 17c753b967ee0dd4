"""graphdiff map: compute the value and the gradients for every row of a table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from io import BufferedReader
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from graphdiff.batch.compression import compressing, decompressed, without_compression
from graphdiff.batch.files import column_shapes, find_files, find_parts, first_table, is_several
from graphdiff.batch.formats import (
    BINARY,
    NAMES,
    OUTPUT_FORMATS,
    delimiter_of_name,
    format_of,
    format_of_name,
    open_table,
    output_format,
)
from graphdiff.cli import options
from graphdiff.cli.expression import file_label
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import STANDARD, create_folder, open_result, print_note, progress
from graphdiff.cli.table_options import table_options
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError
from graphdiff.passes.point import derivatives_by

if TYPE_CHECKING:
    from graphdiff.batch.job import Job
    from graphdiff.batch.parts import Engine
    from graphdiff.batch.pipe import Pipe
    from graphdiff.batch.run import Counts
    from graphdiff.batch.table_options import TableOptions
    from graphdiff.graph.graph import Graph

LOCAL, DASK = ENGINES = ["local", "dask"]


HELP = """\
Evaluate EXPR for every row of a table, and append the value and the gradients.

Columns are inputs by name; --at sets inputs that are the same in every row. Tables are CSV, JSON lines,
Parquet, Arrow (Feather) or Excel workbooks (.xlsx), whose results are CSV.
At a kink, gradients follow a convention (see graphdiff ops NAME); how many rows are at one is reported.
With uncertainties of columns, --at x=±0.1, x=±5% or, from a column, x=±u_x, and of other inputs, --at w=3±0.1, the
result column u has the standard uncertainty of the value.

\b
graphdiff map "(x+y)*z" --data points.csv -o gradients.csv
graphdiff map "sigmoid(w*x + b)" --data points.csv --at w=2,b=1 --wrt w,b
graphdiff map "sum((W@x)^2)" --data points.jsonl --at "W=[[1,2],[3,4]]" --format csv
graphdiff map "(x+y)*z" --data "points/*.parquet" -o gradients --engine dask --scheduler tcp://HOST:8786
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="map", help=HELP)
@formula_and_point
@options.correlation
@click.option(
    "--data",
    metavar="FILE",
    multiple=True,
    shell_complete=click.Path().shell_complete,
    help="The table; its columns are inputs by name. - reads standard input. For many files: a folder, 'points/*.csv', "
    "or --data more than once.",
)
@table_options
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    show_default="standard output",
    help="The file to write. For a table in many files: a new folder.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(OUTPUT_FORMATS),
    show_default="from the name of --out, else that of the table",
    help="The output format.",
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "null"]),
    default="fail",
    show_default=True,
    help="For a row with an error: stop (fail), or leave its results empty and count it (null).",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=LOCAL,
    show_default=True,
    help="What processes the files: this process (local), or the workers of a Dask cluster (dask).",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    show_default="a cluster on this machine",
    help="The address of the Dask scheduler.",
)
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    correlation: tuple[str, ...],
    data: tuple[str, ...],
    table_options: TableOptions,
    out: str | None,
    form: str | None,
    on_error: str,
    engine: str,
    scheduler: str | None,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Run graphdiff map."""
    if not data:
        raise GraphdiffError("usage", "no input table given", hint="use --data FILE, or --data - for standard input")
    if STANDARD in data and STANDARD in (*request.expression, request.file):
        message = "the expression and the table cannot both be standard input"
        raise GraphdiffError("usage", message, hint="put one of them in a file")
    if scheduler is not None and engine != DASK:
        raise GraphdiffError("usage", f"--scheduler requires --engine {DASK}")
    is_folder = engine == DASK or is_several(data)
    if not form:
        name = without_compression(out or "")
        form = format_of_name(name) if is_folder else options.by_extension(name, NAMES, "table format", "--format")
    is_pipe = not is_folder and (data[0] == STANDARD or (os.path.exists(data[0]) and not os.path.isfile(data[0])))
    pipe = _pipe(data[0], table_options) if is_pipe else None
    columns = partial(column_shapes, data, table_options) if pipe is None else lambda: pipe.shapes
    formula, graph, _ = request.read(columns=columns, correlation=correlation)
    from graphdiff.batch.job import Job  # lazy: it imports NumPy

    job = Job(formula, allow_nonfinite, on_error == "null", table_options, form)
    if is_folder:
        counts = _map_files(job, graph, data, out, engine, scheduler, color)
    else:
        counts = _map_file(job, graph, data[0], pipe.table if pipe else _table(data[0]), out, color)
    if counts.first is not None:
        print_note(_note_of(counts, counts.first))
    if counts.missing:
        rows = "1 row has" if counts.missing == 1 else f"{counts.missing:,} rows have"
        print_note(f"{rows} no results, because a value is missing")
    if counts.at_kink:
        print_note(_kink_note(counts.at_kink, graph, formula.wrt))
    if counts.nonlinear:
        rows = "1 row" if counts.nonlinear == 1 else f"{counts.nonlinear:,} rows"
        print_note(f"in {rows}, first order is not enough for the uncertainty; graphdiff eval at such a point says why")


def _note_of(counts: Counts, error: GraphdiffError) -> str:
    """How many rows have no results, and the first error."""
    rows = "row has" if counts.rows == 1 else "rows have"
    return f"{counts.empty:,} of {counts.rows:,} {rows} no results; the first error: {error.message}"


def _kink_note(count: int, graph: Graph, wrt: Sequence[str] | None) -> str:
    """How many rows are at a kink, and where its convention is described."""
    from graphdiff.passes.kinks import kink_operations

    operations = kink_operations(graph, derivatives_by(graph, wrt))
    nodes = [] if operations is None else [operations.nodes[index] for index in operations.outputs]
    names = dict.fromkeys(node.operation.name for node in nodes if node.operation is not None)
    commands = ", ".join(f"graphdiff ops {name}" for name in names)
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return f"{rows} at a kink, where the gradient follows a convention ({commands})"


def _pipe(path: str, options: TableOptions) -> Pipe:
    """The table of standard input, or of a named pipe."""
    from graphdiff.batch.pipe import Pipe

    return Pipe(_table(path), options, file_label(path))


def _map_file(job: Job, graph: Graph, path: str, table: BufferedReader, out: str | None, color: str) -> Counts:
    """Map a table in one file, or standard input, into a file or standard output."""
    from graphdiff.batch.job import Mapper
    from graphdiff.batch.run import Counts

    with table:
        is_binary = (job.form or output_format(job.reading.origin or format_of(table, path))) in BINARY
        open_target, delimiter = partial(_open_target, out, path, is_binary), delimiter_of_name(out or "")
        show_progress = partial(progress, color=color)
        counts = Mapper(job, graph).map_table(table, path, file_label(path), open_target, delimiter, show_progress)
        if counts is None:
            with open_target():  # the result of an empty table is an empty file
                return Counts()
        return counts


@contextmanager
def _open_target(out: str | None, path: str, is_binary: bool) -> Iterator[BinaryIO]:
    """Open the file of the result, compressed as its name says."""
    with open_result(out, path, is_binary) as file, compressing(file, out or "") as content:
        yield content


def _map_files(
    job: Job, graph: Graph, data: Sequence[str], out: str | None, engine: str, scheduler: str | None, color: str
) -> Counts:
    """Map a table of many files into a folder of as many, which is written completely or not at all."""
    from graphdiff.batch.job import Mapper
    from graphdiff.batch.parts import Work

    if STANDARD in data:
        raise GraphdiffError("usage", "standard input cannot be one of several tables", hint="save it to a file")
    files = find_files(data)
    if out in (None, STANDARD):
        raise GraphdiffError("usage", "several tables need an output folder", hint="give one with -o FOLDER")
    first, names = first_table(files, job.reading)
    form = job.form or output_format(first)
    mapper = Mapper(job._replace(form=form, names=names), graph)
    if names is not None:
        mapper.find_inputs(names)  # report errors in the formula before starting
    with create_folder(out) as folder, _engine(engine, scheduler, color) as map_all:
        work = Work(mapper, find_parts(files, folder, form))
        with progress(work.progress, None, color) as update:
            return work.run(map_all, update)


@contextmanager
def _engine(name: str, scheduler: str | None, color: str) -> Iterator[Engine]:
    """The function that maps all files: in this process, or on the workers of a cluster.

    Raises GraphdiffError if Dask is not installed, or the scheduler does not answer.
    """
    if name == LOCAL:
        from graphdiff.batch.parts import in_this_process

        yield in_this_process
        return
    try:
        cluster = import_module("graphdiff.batch.cluster")
    except ImportError:
        raise GraphdiffError("usage", "--engine dask requires Dask", hint="pip install 'graphdiff-cli[dask]'") from None
    with cluster.connect(scheduler) as client:
        if not client.nthreads():
            print_note("the cluster has no workers yet")
        yield partial(cluster.on_cluster, client)


def _table(path: str) -> BufferedReader:
    """Open the file of a table, or standard input.

    Raises GraphdiffError("file") if it cannot be read.
    """
    if path != STANDARD:
        return open_table(path, file_label(path))
    if sys.stdin is None:
        raise GraphdiffError("file", "standard input is closed")
    buffer: Any = sys.stdin.buffer
    # Two buffers would delay rows until both are full.
    return decompressed(BufferedReader(getattr(buffer, "raw", buffer)), file_label(path))
