"""graphdiff draw: the circuit as a picture."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import STANDARD, print_drawing, print_note, written_file, written_folder
from graphdiff.cli.tracing import traced
from graphdiff.cli.words import ExpressionCommand
from graphdiff.drawing.circuit import LIMIT, circuit
from graphdiff.drawing.picture import FORMATS, FORWARD, WHOLE, Picture, render
from graphdiff.drawing.terminal import lines
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import with_all_steps
from graphdiff.source import Source

PAGE = "html"
"""The format that is no picture but has one in it."""


@click.command(cls=ExpressionCommand, name="draw")
@formula_and_point
@options.upstream
@click.option("--patterns", is_flag=True, help="Say how each gate passes gradients back.")
@click.option("--forward-only", is_flag=True, help="The picture before the backward pass.")
@click.option("--step", type=click.IntRange(0), metavar="N", help="The picture after N backward steps.")
@click.option("--steps", metavar="FOLDER", help="A picture after each step, in a new folder.")
@click.option("--collapse", is_flag=True, help="One gate for each named node.")
@options.limited(LIMIT, "GATES", "The largest circuit; 0 for any.")
@click.option(
    "--digits", type=click.IntRange(1, 17), metavar="N", help="Significant digits. Two decimals unless given."
)
@click.option("--format", "form", type=click.Choice([*FORMATS, PAGE]), help="By the name of the file unless given.")
@options.out
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    upstream: str | None,
    patterns: bool,
    forward_only: bool,
    step: int | None,
    steps: str | None,
    collapse: bool,
    limit: int,
    digits: int | None,
    form: str | None,
    out: str | None,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Draw EXPR as a circuit: values above the wires, gradients below. Without --at it has no numbers.

    \b
    graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4
    graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4 -o circuit.svg
    graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4 --steps slides --format pdf
    """
    words = {"--forward-only": forward_only, "--step": step is not None, "--steps": steps, "-o": steps and out}
    given = [name for name, value in words.items() if value]
    if len(given) > 1:
        raise GraphdiffError("usage", f"both {given[0]} and {given[1]} are given", hint="leave one out")
    form = form or _form_of(out, "svg" if steps else "txt")
    if form == PAGE and steps:
        raise GraphdiffError(
            "usage", "--steps writes a picture after each step", hint="a page has all of them: -o page.html"
        )
    source, graph, point = request.read()
    is_bare = form != PAGE and not request.at and any(name not in CONSTANTS for name in graph.input_names)
    if is_bare:
        given += [
            name for name, value in (("--wrt", request.wrt or None), ("--upstream", upstream)) if value is not None
        ]
        if given:
            raise GraphdiffError("usage", f"{given[0]} needs a point", hint="give --at x=-2,y=5,…")
        print_note("without --at the circuit has no numbers", color)
    drawn = graph if is_bare else traced(graph, point, request.names, upstream, allow_nonfinite)
    whole = with_all_steps(drawn) if form == PAGE and isinstance(drawn, Trace) else drawn
    picture = Picture(circuit(whole, digits, limit, collapse), _title(source), patterns)
    count = len(picture.circuit.captions)
    if step is not None and step > count:
        raise GraphdiffError("usage", f"there is no step {step}: the backward pass has {count}")
    if steps is not None:
        _write_steps(picture, form, steps)
        return
    picture = picture._replace(until=FORWARD if forward_only else WHOLE if step is None else step)
    if out is None and form == "txt":
        print_drawing(partial(lines, picture), color)
        return
    if form == PAGE and isinstance(drawn, Trace):
        from graphdiff.page.page import page  # which needs more than pictures do

        data = page(drawn, source.text, picture, digits).encode()
    else:
        data = render(picture, form)
    with written_file(out) as target:
        target.write(data)


def _write_steps(picture: Picture, form: str, path: str) -> None:
    """Writes the picture before the backward pass and after each step, numbered so that names sort."""
    count = len(picture.circuit.captions)
    with written_folder(path) as folder:
        for number in range(FORWARD, count + 1):
            name = "forward" if number == FORWARD else f"step-{number:0{len(str(count))}}"
            Path(folder, f"{name}.{form}").write_bytes(render(picture._replace(until=number, is_slide=True), form))


def _form_of(path: str | None, default: str) -> str:
    """The format that a file's name asks for.

    Raises GraphdiffError("usage") where it is none.
    """
    if path is None or path == STANDARD:
        return default
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    if ending not in (*FORMATS, PAGE):
        raise GraphdiffError(
            "usage",
            f"'{shortened(path)}' names no format of a picture",
            hint=f"there are .{', .'.join([*FORMATS, PAGE])}; --format settles it",
        )
    return ending


def _title(source: Source) -> str:
    """The expression on one line."""
    return shortened(source.text, 200)
