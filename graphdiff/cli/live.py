"""graphdiff live: the formula, the circuit and the tables in the terminal, computed anew at each key."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import click

from graphdiff.cli import options
from graphdiff.cli.captured import run_captured
from graphdiff.cli.output import STANDARD
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError

HELP = """\
Edit EXPR and its point in the terminal: circuit, tables, explanation, derivatives, code and check follow each key.

Tab leads from the formula to the point and to the steps, where the arrow keys step through the backward pass. Ctrl-S
saves a file of any format, F1 lists all keys, Ctrl-Q quits.

\b
graphdiff live "(x+y)*z" --at x=-2,y=5,z=-4
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="live", help=HELP)
@options.expression
@options.at
@options.language
@options.function
@options.wrt
@options.output
@options.upstream
@options.shape
@options.fuse
@options.expand
@options.collapse
@click.option("--precision", metavar="N", help="Compute all numbers to N significant digits.")
@click.option("--digits", metavar="N", help="Significant digits of the numbers.")
@options.allow_nonfinite
def command(expression: tuple[str, ...], at: tuple[str, ...], **chosen: Any) -> None:
    """Run graphdiff live."""
    if len(expression) > 1:
        raise GraphdiffError("usage", "live takes one expression", hint="put it in quotes")
    if STANDARD in expression:
        raise GraphdiffError("usage", "live reads keys from standard input, and no expression")
    if find_spec("textual") is None:
        hint = 'pip install "graphdiff-cli[live]"'
        raise GraphdiffError("usage", "graphdiff live requires Textual, which is not installed", hint=hint)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise GraphdiffError("usage", "graphdiff live requires a terminal", hint="graphdiff eval prints the tables")
    from graphdiff.live.app import LiveApp  # lazy: it imports Textual
    from graphdiff.live.command_lines import options_line
    from graphdiff.live.computer import Computer

    given = {
        name.replace("_", "-"): ",".join(value) if isinstance(value, tuple) else value for name, value in chosen.items()
    }
    computer = Computer(run_captured)
    try:
        LiveApp(computer, "".join(expression), ",".join(at), options_line(given)).run()
    finally:
        computer.stop()
