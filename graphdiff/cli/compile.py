"""graphdiff compile: the value and all gradients as source in another language."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.inputs import read_expression, split_names
from graphdiff.cli.output import written_file
from graphdiff.cli.point import read_point
from graphdiff.cli.shapes import read_shapes, told_of_shapes
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.build import parse, rewritten
from graphdiff.targets.compile import NAME, TARGETS, source_of


@click.command(cls=ExpressionCommand, name="compile")
@options.expression
@options.file
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS, case_sensitive=False),
    default="python",
    show_default=True,
    help="The language.",
)
@options.wrt
@click.option("--name", default=NAME, show_default=True, metavar="NAME", help="What the function is called.")
@options.shape
@options.at
@options.output
@options.fuse
@options.expand
@options.out
def command(
    expression: tuple[str, ...],
    file: str | None,
    target: str,
    wrt: str | None,
    name: str,
    shape: tuple[str, ...],
    at: tuple[str, ...],
    output: str | None,
    fuse: bool,
    expand: bool,
    out: str | None,
) -> None:
    """Write a function of the value and the derivatives of EXPR as source that stands alone.

    Formulas of arrays need shapes, by --shape or from the values of --at.

    \b
    graphdiff compile "1/(1+exp(-(w*x+b)))" --to c -o neuron.c --name neuron
    graphdiff compile "sum((W@x)^2)" --to numpy --shape W=2x3,x=3
    """
    graph = parse(read_expression(expression, file))
    point = read_point(graph, at)
    graph = rewritten(graph, point, expand, fuse, output)
    shapes = read_shapes(graph, shape, point)
    with told_of_shapes(graph, shapes):
        text = source_of(graph, target, split_names(wrt), shapes, name)
    with written_file(out) as written:
        written.write(text.removesuffix("\n").encode() + b"\n")
