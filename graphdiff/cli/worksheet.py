"""graphdiff worksheet: make exercises of a formula, with their key."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.constant import read_constant
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import open_result
from graphdiff.cli.sample import read_ranges
from graphdiff.cli.tracing import accuracy_of, collapsed, make_trace, warn_of
from graphdiff.cli.words import ExpressionCommand
from graphdiff.drawing.circuit import LIMIT
from graphdiff.errors import GraphdiffError
from graphdiff.graph.output import name_output
from graphdiff.worksheet.formats import BINARY, FORMATS, WITHOUT_KEY, write_worksheet
from graphdiff.worksheet.sheet import TASKS, make_worksheet
from graphdiff.worksheet.variants import make_variants

DIGITS = 4
MOST_VARIANTS = 1_000

HELP = """\
Make a worksheet on EXPR: the circuit with empty boxes, and tables with blanks.

--at gives the point; --sample gives ranges, from which points are chosen at which all numbers are short.
A page (.html) checks the answers itself; .xml is for Moodle's question bank, .zip a QTI 2.1 package, .exam for Numbas.

\b
graphdiff worksheet "(x+y)*z" --at x=-2,y=5,z=-4
graphdiff worksheet "(x+y)*z" --sample "x=-5..5, y=1..9, z=-5..5" --variants 30 -o sheet.pdf --key key.pdf
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="worksheet", help=HELP)
@formula_and_point
@click.option(
    "--sample",
    multiple=True,
    metavar="RANGES",
    help="The ranges to choose values from: x=-5..5,y=1..9. May be repeated.",
)
@options.shape
@options.upstream
@click.option(
    "--variants",
    type=options.Count(1, MOST_VARIANTS),
    default=1,
    show_default=True,
    metavar="N",
    help="How many points to choose, each of them a variant.",
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Choose other points of the ranges.")
@click.option(
    "--blank", type=click.Choice(list(TASKS)), default="gradients", show_default=True, help="What to leave blank."
)
@options.direction
@options.collapse
@options.limit_of(LIMIT, "GATES", "The most gates to draw; 0 for any number.")
@click.option(
    "--digits",
    type=options.Count(1, 17),
    default=DIGITS,
    show_default=True,
    metavar="N",
    help="Significant digits of the numbers.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    show_default="from the file name, else md",
    help="The output format.",
)
@options.out
@click.option(
    "--key", metavar="FILE", shell_complete=click.Path().shell_complete, help="Write the answers to this file."
)
def command(
    request: FormulaRequest,
    sample: tuple[str, ...],
    shape: tuple[str, ...],
    upstream: str | None,
    variants: int,
    seed: int,
    blank: str,
    direction: str,
    collapse: bool,
    limit: int,
    digits: int,
    form: str | None,
    out: str | None,
    key: str | None,
) -> None:
    """Run graphdiff worksheet."""
    options.check_collapse(collapse, request.expand)
    extensions = {f".{each}": each for each in FORMATS}
    form = form or options.by_extension(out, extensions, "worksheet format", "--format") or "md"
    key_form = options.by_extension(key, extensions, "worksheet format", "--format") or form
    without_key = next((each for each in (form, key_form) if each in WITHOUT_KEY), None)
    if key is not None and without_key:
        hint = (
            "its questions have the answers; for a key on paper, run the command again with -o sheet.pdf --key key.pdf"
        )
        raise GraphdiffError("usage", f"no key goes with a file of questions, .{without_key}", hint=hint)
    leads_down = any(options.leads_down(direction, each, "md") for each in (form, key_form))
    if key is not None and key == out:
        raise GraphdiffError("usage", "the worksheet and its key are the same file")
    if variants > 1 and not sample:
        raise GraphdiffError("usage", "--variants requires ranges", hint="give them with --sample x=-5..5")
    names = read_ranges(sample)
    formula, graph, origin = request.read(shape=shape, direction=names)
    if collapse and formula.output is None:
        graph = name_output(graph)
    if sample:
        ranges = {name: each._replace(shape=formula.shapes.get(name, ())) for name, each in names.items()}
        cotangent = None if upstream is None else read_constant(upstream, "--upstream")
        traces = make_variants(graph, formula.point, ranges, variants, seed, formula.wrt, cotangent)
    else:
        traces = [make_trace(graph, formula.point, formula.wrt, upstream, allow_nonfinite=False)]
        warn_of(accuracy_of(traces[0]), graph)
    if collapse:
        traces = [collapsed(trace) for trace in traces]
    worksheet = make_worksheet(traces, origin.expression, TASKS[blank], digits, limit, leads_down)
    files = [(write_worksheet(worksheet, form), out, form)]
    if key is not None:
        files.append((write_worksheet(worksheet, key_form, is_key=True), key, key_form))
    for data, path, kind in files:
        with open_result(path, request.file, kind in BINARY) as target:
            target.write(data)
