"""graphdiff map: the value and the gradients for every row of a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Any, BinaryIO

import click

from graphdiff.batch.formats import FORMATS, format_of, format_of_name, reader_of, writer_of
from graphdiff.batch.inputs import find_inputs
from graphdiff.batch.whole import whole_file
from graphdiff.cli import options
from graphdiff.cli.inputs import called, read_expression, rewritten, split_names
from graphdiff.cli.output import binary_output, print_note, progress
from graphdiff.cli.point import read_point
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.build import parse

STANDARD = "-"


@click.command(cls=ExpressionCommand, name="map")
@options.expression
@options.file
@click.option(
    "--data",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="The table, whose columns are inputs by name; - for standard input.",
)
@click.option("--from", "origin", type=click.Choice(FORMATS), help="The table's format, where its name tells another.")
@click.option(
    "-o", "--out", metavar="FILE", shell_complete=click.Path().shell_complete, help="Standard output unless given."
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="The result's format: the table's unless given.")
@options.at
@options.wrt
@options.output
@click.option(
    "--on-error",
    type=click.Choice(["fail", "null"]),
    default="fail",
    help="null: a row that is wrong gets no results, and is counted.",
)
@options.fuse
@options.expand
@options.allow_nonfinite
@options.color
def command(
    expression: tuple[str, ...],
    file: str | None,
    data: str | None,
    origin: str | None,
    out: str | None,
    form: str | None,
    at: tuple[str, ...],
    wrt: str | None,
    output: str | None,
    on_error: str,
    fuse: bool,
    expand: bool,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Evaluate EXPR at every row of a table: columns are inputs by name, value and gradients are appended.

    Tables are CSV, JSON lines or Parquet. --at gives inputs that are the same in every row.

    \b
    graphdiff map "(x+y)*z" --data points.csv -o gradients.csv
    graphdiff map "sigmoid(w*x + b)" --data points.csv --at w=2,b=1 --wrt w,b
    graphdiff map "sum((W@x)^2)" --data points.jsonl --at "W=[[1,2],[3,4]]" --format csv
    """
    from graphdiff.batch.evaluate import Evaluator
    from graphdiff.batch.run import map_rows

    if data is None:
        raise GraphdiffError("usage", "there is no table", hint="--data FILE, or --data - for standard input")
    if data == STANDARD and STANDARD in (*expression, file):
        raise GraphdiffError("usage", "both the expression and the table are standard input", hint="put one in a file")
    graph = parse(read_expression(expression, file))
    point = read_point(graph, at)
    graph = rewritten(graph, point, expand, fuse, output)
    with _table(data) as table:
        origin = origin or format_of(table, data)
        reader = reader_of(origin, table, called(data))
        # An empty table of JSON lines does not tell its columns.
        inputs = None if reader.names is None else find_inputs(graph, reader.names, point, split_names(wrt))
        with _target(out) as target:
            if inputs is None:
                return
            writer = writer_of(form or format_of_name(out or "") or origin, target, reader, inputs.results)
            with progress(reader.progress, target, color) as progressed:
                evaluator = Evaluator(graph, inputs, allow_nonfinite)
                counts = map_rows(reader, inputs, evaluator, writer, on_error == "null", progressed)
    if counts.first is not None:
        rows = "row has" if counts.rows == 1 else "rows have"
        print_note(f"{counts.empty:,} of {counts.rows:,} {rows} no results; the first: {counts.first.message}", color)


def _table(path: str) -> BufferedReader:
    """The file of a table, or standard input.

    Raises GraphdiffError("file") where it cannot be read.
    """
    try:
        if path != STANDARD:
            file = open(path, "rb")  # noqa: SIM115
        elif sys.stdin is None:
            raise GraphdiffError("file", "standard input is closed")
        else:
            buffer: Any = sys.stdin.buffer
            file = BufferedReader(getattr(buffer, "raw", buffer))  # two buffers would wait until both are full
        file.peek(1)
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {called(path)}: {error.strerror or error}") from None
    return file


@contextmanager
def _target(path: str | None) -> Iterator[BinaryIO]:
    """The file of the result, which appears whole or not at all; or standard output."""
    if path in (None, STANDARD):
        yield binary_output()
        return
    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise GraphdiffError("file", f"cannot write '{shortened(path)}': {error.strerror or error}") from None
