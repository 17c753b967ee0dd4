"""The command group, and what every command shares: errors, exit statuses, closed pipes, Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from graphdiff import DISTRIBUTION
from graphdiff.cli.interrupt import EXIT_INTERRUPTED, hear_interrupts
from graphdiff.cli.output import print_error
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.language.hints import nearest

COMMANDS = {
    "eval": "Forward and backward pass, step by step.",
    "draw": "The circuit: values above the wires, gradients below.",
    "explain": "The chain rule for each input, path by path.",
    "check": "The gradient against finite differences, and generated code against both.",
    "diff": "Derivatives as formulas.",
    "compile": "Value and gradients as source in another language.",
    "map": "Value and gradients for every row of a table.",
    "ops": "The operations, with their local derivatives.",
}
"""Each command's help line; the command stands in the module of its name and is imported when it is called."""

EXIT_WRONG = 2
EXIT_NONFINITE = 3


class Commands(click.Group):
    """Imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"graphdiff.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            evaluate = f"to evaluate an expression: graphdiff eval '{shortened(name)}' --at …"
            hint = nearest(name, COMMANDS)
            if hint is None:
                is_word = name.isidentifier() and len(args) > 1
                hint = f"there are {', '.join(COMMANDS)}" if is_word else evaluate
            raise GraphdiffError("usage", f"there is no command '{shortened(name)}'", hint=hint)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"max_content_width": 100})
@click.version_option(package_name=DISTRIBUTION, prog_name="graphdiff")
def group() -> None:
    """See and use the gradient of a formula.

    graphdiff eval "(x+y)*z" --at x=-2,y=5,z=-4
    """


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Runs one command line and exits: 0 done, 1 a check failed, 2 wrong input, 3 a number is not finite."""
    words = [_as_utf8(word) for word in sys.argv[1:]] if words is None else words
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a closed pipe (| head) ends us in silence
    hear_interrupts()
    try:
        status = run(words)
    except KeyboardInterrupt:  # while an error was printed
        status = EXIT_INTERRUPTED
    sys.exit(status)


def _as_utf8(word: str) -> str:
    """A word of the command line that a poorer locale could not decode."""
    if word.isprintable():
        return word
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        return word


def _forget_output() -> None:
    """What could not be written is not tried again when the process ends."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(words: Sequence[str]) -> int:
    """One command line; the exit status."""
    try:
        status = group.main(list(words), prog_name="graphdiff", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except GraphdiffError as error:
        failure = error
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return EXIT_WRONG
    except click.UsageError as error:
        called = " ".join(["graphdiff", *(word for word in words[:1] if word in COMMANDS)])
        command = error.ctx.command_path if error.ctx else called
        failure = GraphdiffError("usage", error.format_message(), hint=f"{command} --help lists the options")
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except OSError as error:
        failure = GraphdiffError("file", f"cannot write the result: {error.strerror or error}")
        _forget_output()
    except MemoryError:
        failure = GraphdiffError("limit", "there is not enough memory for this expression")
    print_error(failure, words)
    return EXIT_NONFINITE if failure.kind == "nonfinite" else EXIT_WRONG
