"""graphdiff compile: the value and its derivatives as source code in another language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import STANDARD, open_result
from graphdiff.cli.pieces import names_in
from graphdiff.cli.shapes import complete_shapes, explain_missing_shapes
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError
from graphdiff.passes.request import WANTS
from graphdiff.targets.generate import NAME, generated_source
from graphdiff.targets.registry import TARGETS, LanguageOption

PYTHON = "python"
HELP = """\
Generate source code that computes the value of EXPR and its gradients, or other derivatives.

The code does not need graphdiff. Array inputs need shapes, from --shape or from the values of --at. --output q,r
returns several values.

\b
graphdiff compile "1/(1+exp(-(w*x+b)))" --to c -o neuron.c --name neuron
graphdiff compile "sum((W@x)^2)" --to numpy --shape W=2x3,x=3
graphdiff compile "x^2*y + sin(y)" --want hessian --to rust
"""
"""What --help prints before the options: Python without docstrings has it too."""


def language_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of all languages to a command."""
    by_name: dict[str, tuple[LanguageOption, list[str]]] = {}
    for target in TARGETS.values():
        for each in target.options:
            by_name.setdefault(each.name, (each, []))[1].append(target.title)
    for each, titles in reversed([*by_name.values()]):
        default = each.default or "".join(each.choices[:1])
        command = click.option(
            each.flag,
            metavar=each.metavar or None,
            multiple=each.multiple,
            is_flag=each.is_flag,
            type=click.Choice(each.choices, case_sensitive=False) if each.choices else None,
            help=f"{', '.join(titles)}: {each.help}{f' [default: {default}]' * bool(default)}.",
        )(command)
    return command


@click.command(cls=ExpressionCommand, name="compile", help=HELP)
@formula_and_point
@click.option(
    "--to",
    "target",
    type=click.Choice(list(TARGETS), case_sensitive=False),
    show_default=f"from the file name, else {PYTHON}",
    help=f"The language: {', '.join(each.title for each in TARGETS.values())}.",
)
@click.option(
    "--want",
    type=click.Choice(WANTS, case_sensitive=False),
    default="gradient",
    show_default=True,
    help="What the function returns beside the value. A product (jvp, vjp, hvp) takes its direction last.",
)
@options.sparse
@language_options
@click.option("--name", default=NAME, show_default=True, metavar="NAME", help="The name of the function.")
@click.option("--header", is_flag=True, help="C: Also write the declaration to a header, f.h beside -o f.c.")
@options.shape
@options.out
def command(
    request: FormulaRequest,
    target: str | None,
    want: str,
    sparse: bool,
    name: str,
    header: bool,
    shape: tuple[str, ...],
    out: str | None,
    **chosen: Any,
) -> None:
    """Run graphdiff compile."""
    suffixes = {each.suffix: each.name for each in reversed([*TARGETS.values()])}  # the first of several for .py
    target = target or options.by_extension(out, suffixes, "language", "--to") or PYTHON
    chosen = {option: value for option, value in chosen.items() if value not in (None, (), False)}
    if header and (target != "c" or out in (None, STANDARD) or Path(out or "").suffix == ".h"):
        raise GraphdiffError("usage", "--header needs a file of C", hint="write one with -o f.c")
    outputs = names_in(request.output or "")
    if outputs[1:]:
        request = request._replace(output=None)
    formula, graph, _ = request.read(shape=shape)
    shapes = complete_shapes(graph, formula.shapes, formula.point)
    with explain_missing_shapes(graph, shapes):
        several = outputs if outputs[1:] else ()
        source = generated_source(graph, target, formula.wrt, shapes, name, want, several, sparse, **chosen)
    texts = {out: source.text}
    if header:
        texts[str(Path(out or "").with_suffix(".h"))] = source.header
    for path, content in texts.items():
        with open_result(path, request.file) as file:
            file.write(content.removesuffix("\n").encode() + b"\n")
