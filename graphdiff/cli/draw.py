"""graphdiff draw: draw the circuit as a picture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from graphdiff.accuracy.lost_numbers import NOTE
from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import STANDARD, create_folder, open_result, print_drawing, print_note
from graphdiff.cli.shapes import complete_shapes, explain_missing_shapes
from graphdiff.cli.tracing import accuracy_of, collapsed, make_trace, warn_of
from graphdiff.cli.words import ExpressionCommand
from graphdiff.drawing.circuit import LIMIT, circuit
from graphdiff.drawing.picture import FORMATS, FORWARD, WHOLE, Picture, render
from graphdiff.drawing.terminal import lines
from graphdiff.drawing.theme import THEMES
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.graph.output import name_output
from graphdiff.operations.shapes import nested_entries
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import with_all_steps
from graphdiff.passes.values import to_list

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy

PAGE = "html"
"""The format of a web page that contains the picture."""
BINARY = "png", "pdf"
SCALED = "txt", "svg", "png", "pdf", "gif", "webp"
"""The formats with a width."""


HELP = """\
Draw EXPR as a circuit: values above the wires, gradients below.

Without --at, the circuit has no numbers; with --shape, it has the shapes of arrays. A page (.html) has the steps of the
backward pass, fields to edit the inputs, and boxes to practise.

\b
graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4
graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4 -o circuit.svg
graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4 --steps talk.pptx
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="draw", help=HELP)
@formula_and_point
@options.upstream
@options.shape
@click.option("--names", is_flag=True, help="Show the name of each gate, as tables have it: v1, v2, …")
@click.option("--locals", "has_locals", is_flag=True, help="Show the local derivative on each wire.")
@click.option("--patterns", is_flag=True, help="Show how each gate passes gradients back.")
@click.option("--forward-only", is_flag=True, help="Draw the circuit before the backward pass.")
@click.option("--step", type=options.Count(0), metavar="N", help="Draw the circuit after N backward steps.")
@click.option(
    "--steps",
    metavar="NAME",
    help="Draw the circuit after each step, into one file (.pdf, .pptx, .gif, .webp) or files in a new folder.",
)
@click.option(
    "--present", is_flag=True, help="Make the page (.html) for a projector: large, and with the keys of a clicker."
)
@click.option(
    "--theme",
    type=click.Choice(list(THEMES)),
    default="auto",
    show_default=True,
    help="The colours; auto is legible on light and dark.",
)
@options.direction
@click.option(
    "--width", type=options.Count(1), metavar="N", help="The width of the picture: in pixels, of text in columns."
)
@options.collapse
@options.limit_of(LIMIT, "GATES", "The most gates to draw; 0 for any number.")
@click.option(
    "--digits",
    type=options.Count(1, 17),
    metavar="N",
    show_default="two decimals",
    help="Significant digits of the numbers.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, PAGE]),
    show_default="from the file name, else txt",
    help="The output format.",
)
@options.out
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    upstream: str | None,
    shape: tuple[str, ...],
    names: bool,
    has_locals: bool,
    patterns: bool,
    forward_only: bool,
    step: int | None,
    steps: str | None,
    present: bool,
    theme: str,
    direction: str,
    width: int | None,
    collapse: bool,
    limit: int,
    digits: int | None,
    form: str | None,
    out: str | None,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Run graphdiff draw."""
    choices = {"--forward-only": forward_only, "--step": step is not None, "--steps": steps, "-o": steps and out}
    option_names = [name for name, value in choices.items() if value]
    if len(option_names) > 1:
        raise options.conflict(*option_names[:2])
    slides_form = _slides_form(steps) if steps else None
    if slides_form and form:
        raise options.conflict("--steps FILE", "--format", hint="the suffix of the file names its format")
    form = form or _form_of(out, "svg" if steps else "txt")
    _check_form(slides_form or form, steps, width, present)
    leads_down = options.leads_down(direction, form, "txt")
    drawing = drawing_of(
        request,
        upstream=upstream,
        shape=shape,
        has_locals=has_locals,
        collapse=collapse,
        limit=limit,
        digits=digits,
        allow_nonfinite=allow_nonfinite,
        is_page=form == PAGE,
        requires_point=form == PAGE,
        has_names=names or step is not None or steps is not None,  # captions speak of gates by name
        other_options=option_names,
    )
    subject, accuracy = drawing.subject, drawing.accuracy
    picture = drawing.picture._replace(patterns=patterns, theme=THEMES[theme], width=width, leads_down=leads_down)
    last = len(picture.circuit.captions)
    if step is not None and step > last:
        raise GraphdiffError("usage", f"there is no step {step}: the last step of the backward pass is {last}")
    if steps is not None and isinstance(subject, Trace):
        pictures = _step_pictures(picture, subject)
        if slides_form is None:
            _write_folder(pictures, form, steps)
        else:
            _write_slides(pictures, slides_form, steps, request)
        return
    is_before = forward_only or (present and step is None)
    picture = picture._replace(until=FORWARD if is_before else WHOLE if step is None else step)
    if out is None and form == "txt":
        print_drawing(partial(lines, picture), color, width)
        return
    if form == PAGE and isinstance(subject, Trace):
        from graphdiff.page.page import page  # lazy: pictures do not need its imports

        data = page(subject, drawing.expression, accuracy, picture, digits, present).encode()
    else:
        data = render(picture, form)
    with open_result(out, request.file, form in BINARY) as target:
        target.write(data)


class Drawing(NamedTuple):
    """What is drawn of a formula.

    Attributes:
        subject: The trace; the graph where there is no point.
        accuracy: The inaccurate numbers of the trace.
        picture: The whole picture, in the default theme.
        expression: The formula as reports show it.
    """

    subject: Trace | Graph
    accuracy: Sequence[Inaccuracy]
    picture: Picture
    expression: str


def drawing_of(
    request: FormulaRequest,
    *,
    upstream: str | None,
    shape: tuple[str, ...],
    collapse: bool,
    limit: int,
    digits: int | None,
    allow_nonfinite: bool,
    is_page: bool,
    requires_point: bool,
    has_names: bool = False,
    has_locals: bool = False,
    other_options: Sequence[str] = (),
) -> Drawing:
    """Read the formula, trace it and make its circuit, that of a page or a picture alone. Print warnings and notes.

    Raises GraphdiffError if an option or the formula is invalid, or there is no point and one of other_options, which
    were given too, needs one.
    """
    options.check_collapse(collapse, request.expand)
    formula, graph, origin = request.read(shape=shape)
    if collapse and formula.output is None:
        graph = name_output(graph)
    has_numbers = requires_point or request.has_point(graph)
    if not has_numbers:
        others = ("--wrt", request.wrt or None), ("--upstream", upstream), ("--locals", has_locals or None)
        names = [*other_options, *(name for name, value in others if value is not None)]
        if names:
            raise GraphdiffError("usage", f"{names[0]} requires a point", hint="give one with --at x=-2,y=5")
        print_note("without --at, the circuit has no numbers")
    shapes = complete_shapes(graph, formula.shapes, formula.point)
    subject = make_trace(graph, formula.point, formula.wrt, upstream, allow_nonfinite) if has_numbers else graph
    accuracy = accuracy_of(subject) if isinstance(subject, Trace) else []
    warn_of(accuracy, graph)
    if collapse:
        subject = collapsed(subject)
    with_steps = with_all_steps(subject) if is_page and isinstance(subject, Trace) else subject
    with explain_missing_shapes(graph, shapes):
        gates = circuit(with_steps, digits, limit, has_names or is_page, has_locals, shapes)
    if gates.zeros:
        print_note(NOTE)
    return Drawing(subject, accuracy, Picture(gates, _title(origin.expression)), origin.expression)


def _check_form(form: str, steps: str | None, width: int | None, present: bool) -> None:
    """Raise GraphdiffError("usage") for an option that the format does not have."""
    if form == PAGE and steps:
        raise options.conflict("--steps", f"--format {PAGE}", hint="an HTML page shows all steps: -o page.html")
    if width is not None and form not in SCALED:
        raise GraphdiffError("usage", f"--width requires one of the formats {', '.join(SCALED)}")
    if present and form != PAGE:
        raise GraphdiffError("usage", "--present requires a page", hint="write one with -o page.html")


def _write_slides(pictures: Mapping[str, Picture], form: str, file: str, request: FormulaRequest) -> None:
    """Write all steps to one file."""
    from graphdiff.drawing.slides import slides  # lazy: few command lines make slides

    data = slides(list(pictures.values()), form)
    with open_result(file, request.file, True) as target:
        target.write(data)


def _step_pictures(picture: Picture, trace: Trace) -> dict[str, Picture]:
    """The picture before the backward pass and after each step, by numbered names that sort in order. Steps at which
    nothing but zeros arrives, and which pass on nothing else, are left out."""
    steps = trace.backward
    idle = {step.step for step in steps if not any(nested_entries(to_list(step.upstream)))}
    if idle:
        print_note(f"{len(idle)} of {len(steps)} steps pass back only zeros, and are left out")
    digits = len(str(len(steps)))
    numbers = [number for number in range(FORWARD, len(steps) + 1) if number not in idle]
    names = {number: "forward" if number == FORWARD else f"step-{number:0{digits}}" for number in numbers}
    return {name: picture._replace(until=number, is_slide=True) for number, name in names.items()}


def _write_folder(pictures: Mapping[str, Picture], form: str, path: str) -> None:
    """Write pictures into a new folder."""
    with create_folder(path) as folder:
        for name, picture in pictures.items():
            Path(folder, f"{name}.{form}").write_bytes(render(picture, form))


def _slides_form(path: str) -> str | None:
    """The format of the file that --steps names; None for a folder, whose name has no suffix.

    Raises GraphdiffError("usage") if the suffix is not that of a format.
    """
    suffix = Path(path).suffix if not path.endswith(os.sep) else ""
    if not suffix:
        return None
    from graphdiff.drawing.slides import FORMATS

    form = suffix[1:].lower()
    if form not in FORMATS:
        hint = f"use one of {', '.join(f'.{each}' for each in FORMATS)}, or a folder's name without a suffix"
        raise GraphdiffError("usage", f"unknown format of slides '{shorten(suffix)}'", hint=hint)
    return form


def _form_of(path: str | None, default: str) -> str:
    """The format by the extension of a file's name.

    Raises GraphdiffError("usage") if there is no such format.
    """
    if path is None or path == STANDARD:
        return default
    extensions = {f".{form}": form for form in (*FORMATS, PAGE)}
    form = options.by_extension(path, extensions, "picture format", "--format")
    if form is None:
        hint = f"use one of {', '.join(extensions)}, or set --format"
        raise GraphdiffError("usage", f"the file name '{shorten(path)}' has no extension", hint=hint)
    return form


def _title(expression: str) -> str:
    """The expression on one line."""
    return shorten(expression, 200)
