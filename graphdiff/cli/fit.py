"""graphdiff fit: fit the parameters of an equation to a table."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING, Any

import click

from graphdiff.batch.compression import compressing, decompressed, without_compression
from graphdiff.batch.formats import BINARY, NAMES, delimiter_of_name, format_of, output_format, reader_of, writer_of
from graphdiff.batch.formats import open_table as open_file
from graphdiff.cli import options
from graphdiff.cli.constant import read_constant
from graphdiff.cli.exit_status import EXIT_CHECK_FAILED
from graphdiff.cli.expression import file_label, read_expression
from graphdiff.cli.formula_request import input_names
from graphdiff.cli.output import STANDARD, open_result, print_note, progress, write_report
from graphdiff.cli.pieces import bare, equal_sign, pieces
from graphdiff.cli.point import Values, read_values, unused_notes
from graphdiff.cli.table_options import table_options
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.fitting.losses import LINEAR, LOSSES

if TYPE_CHECKING:
    from graphdiff.batch.table import Reader
    from graphdiff.batch.table_options import TableOptions
    from graphdiff.fitting.result import Fit

PLOTS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
HELP = """\
Fit the parameters of an equation to the rows of a table, by nonlinear least squares with exact derivatives.

The last equation of EXPR has a column on its left side, or a formula of columns: y = …, log(y) = …. Its parameters are
the names that --start gives a value; the other names are columns, or have a value with --at. Rows in which a value is
missing are left out. If the minimum is not reached, the exit status is 1.

\b
graphdiff fit "y = b1*(1 - exp(-b2*x))" --data t.csv --start b1=500,b2=1e-4
graphdiff fit "log(y) = a - b*x" --data t.csv --start a=1,b=1 --weights w -o rows.csv --plot fit.svg
graphdiff fit "v = V*c/(K + c)" --data t.csv --start V=1,K=1 --bounds "V=0:,K=0:10" --loss huber --json
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="fit", help=HELP)
@options.expression
@options.file
@options.language
@options.function
@options.aliases
@click.option(
    "--data",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="The table, in CSV, JSON lines or Parquet. - reads standard input.",
)
@table_options
@click.option(
    "--start",
    multiple=True,
    metavar="VALUES",
    help="The parameters with their start values: a=1,b=0.5. May be repeated.",
)
@options.at
@click.option(
    "--weights",
    metavar="COLUMN",
    help="The weights, by which squared residuals are multiplied: a column, or a formula of columns, such as 1/sd^2.",
)
@click.option(
    "--bounds",
    multiple=True,
    metavar="BOUNDS",
    help="The lowest and the highest value of parameters: a=0:10,b=0: (no highest). May be repeated.",
)
@click.option(
    "--loss",
    type=click.Choice(list(LOSSES)),
    default=LINEAR,
    show_default=True,
    help="The loss of a residual: its square (linear), or one for which outliers count less.",
)
@click.option(
    "--predict", is_flag=True, help="Add 95 % prediction bands to the rows of -o, and to the picture of --plot."
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="Write all rows with the fitted values and the residuals.",
)
@click.option(
    "--plot",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="Draw data, curve and residuals: an SVG, PNG or PDF file.",
)
@options.report_format("fit")
@options.digits
@options.limit
@options.color
def command(
    expression: tuple[str, ...],
    file: str | None,
    language: str | None,
    function: str | None,
    aliases: tuple[str, ...],
    data: str | None,
    table_options: TableOptions,
    start: tuple[str, ...],
    at: tuple[str, ...],
    weights: str | None,
    bounds: tuple[str, ...],
    loss: str,
    predict: bool,
    out: str | None,
    plot: str | None,
    form: str,
    digits: int,
    limit: int,
    color: str,
) -> int:
    """Run graphdiff fit."""
    if data is None:
        raise GraphdiffError("usage", "no table given", hint="use --data FILE, or --data - for standard input")
    if data == STANDARD and STANDARD in (*expression, file):
        message = "the expression and the table cannot both be standard input"
        raise GraphdiffError("usage", message, hint="put one of them in a file")
    if predict and out is None and plot is None:
        raise GraphdiffError("usage", "--predict adds bands to a file", hint="write one with -o FILE or --plot FILE")
    rows_form = options.by_extension(without_compression(out or ""), NAMES, "table format", "--format")
    plot_form = options.by_extension(plot, PLOTS, "picture format", "another name")
    names = input_names(aliases)
    source = read_expression(expression, file)
    source = source._replace(language=language or source.language, function=function, names=names)
    fixed = read_values(at).by_input(names).without_columns()
    for note in (*fixed.notes, *unused_notes(fixed.uncertainties)):
        print_note(note)
    open_table = _opener(data)
    with open_table() as table, progress(lambda: (0, None), None, color) as update:
        result = _fit(
            source,
            _reader(table, data, table_options),
            start=read_values(start, "--start").by_input(names).by_name,
            at={**_used(fixed, source.text), **fixed.words},
            weights=None if weights is None else bare(weights),
            bounds=_read_bounds(bounds, names),
            loss=loss,
            report=update,
        )
    if result.origin.read_as is not None:
        print_note("; ".join(result.origin.read_as.splitlines()), label="read as")
    for note in result.origin.notes:
        print_note(note)
    if out is not None:
        with open_table() as table:
            form_of_rows = rows_form or output_format(table_options.origin or format_of(table, data))
            _write_rows(result, _reader(table, data, table_options), out, data, form_of_rows, predict)
    if plot is not None:
        _write_plot(result, plot, plot_form or PLOTS[".svg"], predict)
    write_report("fit", form, result, color, digits=digits, limit=limit)
    return 0 if result.converged else EXIT_CHECK_FAILED


def _fit(source: Any, reader: Reader, **arguments: Any) -> Fit:
    from graphdiff.fitting.data import FileTable  # lazy: it imports NumPy
    from graphdiff.fitting.fit import fit

    return fit(source, FileTable(reader), **arguments)


def _used(values: Values, text: str) -> dict[str, Any]:
    """The values in files whose names stand in the text: a file may have others."""
    from graphdiff.fitting.model import has_word

    return {name: value for _, each in values.files for name, value in each.items() if has_word(text, name)}


def _opener(data: str) -> Callable[[], BufferedReader]:
    """What opens the table, any number of times."""
    if data != STANDARD:
        return partial(open_file, data, file_label(data))
    if sys.stdin is None:
        raise GraphdiffError("file", "standard input is closed")
    content = sys.stdin.buffer.read()
    return lambda: decompressed(BufferedReader(BytesIO(content)), file_label(data))


def _reader(table: BufferedReader, data: str, options: TableOptions) -> Reader:
    return reader_of(options.origin or format_of(table, data), table, file_label(data), options)


def _read_bounds(texts: Sequence[str], names: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """The bounds of the option, by the names of the parameters.

    Raises GraphdiffError if one is not written as NAME=LOW:HIGH.
    """
    bounds: dict[str, tuple[float, float]] = {}
    for text in texts:
        for start, end in pieces(text):
            place = equal_sign(text[start:end])
            name = bare(text[start : start + place]) if place else ""
            low, colon, high = text[start + (place or 0) + 1 : end].partition(":")
            if not name or not colon:
                hint = "write NAME=LOW:HIGH, either of which may be left out: a=0:10,b=0:"
                raise GraphdiffError("usage", f"these are no bounds: '{shorten(text[start:end])}'", hint=hint)
            if name in bounds:
                raise GraphdiffError("usage", f"'{shorten(name)}' has bounds twice")
            bounds[names.get(name, name)] = _bound(low, -math.inf), _bound(high, math.inf)
    return bounds


def _bound(text: str, infinite: float) -> float:
    if text.strip().lower().removeprefix("+" if infinite > 0 else "-") in ("", "inf", "infinity", "∞"):
        return infinite
    value = read_constant(text, "--bounds")
    if not isinstance(value, float):
        raise GraphdiffError("usage", f"a bound is a number, not '{shorten(text)}'")
    return value


def _write_rows(result: Fit, reader: Reader, out: str, data: str, form: str, has_band: bool) -> None:
    from graphdiff.fitting.rows import row_results, write_rows

    names = row_results(has_band)
    for name in names:
        if name in (reader.names or ()):
            message = f"the column '{shorten(name)}' has the name of a result"
            raise GraphdiffError("name", message, hint="rename that column")
    with open_result(out, data, form in BINARY) as file, compressing(file, out) as content:
        write_rows(result, reader, writer_of(form, content, reader, names, delimiter_of_name(out)), has_band)


def _write_plot(result: Fit, path: str, form: str, has_band: bool) -> None:
    from graphdiff.drawing.fit_plot import draw_fit

    with open_result(path, None, is_binary=True) as file:
        file.write(draw_fit(result, form, has_band))
