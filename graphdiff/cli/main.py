"""The command group, and the errors and exit statuses of all commands."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from graphdiff import DISTRIBUTION
from graphdiff.cli.exit_status import EXIT_INTERRUPTED, EXIT_NONFINITE, EXIT_STATUSES, EXIT_WRONG
from graphdiff.cli.failures import failure_of
from graphdiff.cli.option_hints import hint_of_unknown, option_hint
from graphdiff.cli.output import Messages
from graphdiff.cli.words import EVALUATE, with_command
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.hints import nearest

COMPLETION = "_GRAPHDIFF_COMPLETE"
"""The variable of the environment by which a shell asks for completions."""
COMMANDS = {
    "eval": "Show the forward and the backward pass, step by step.",
    "draw": "Draw the circuit: values above the wires, gradients below.",
    "explain": "Write out the chain rule for each input, path by path.",
    "check": "Compare the gradient with finite differences and with generated code.",
    "diff": "Print derivatives as formulas.",
    "compile": "Generate source code of the value and the gradient.",
    "map": "Compute value and gradients for every row of a table.",
    "fit": "Fit the parameters of an equation to the rows of a table.",
    "grade": "Grade answers, and name the slips that explain wrong ones.",
    "live": "Edit a formula in the terminal: all reports follow each key.",
    "worksheet": "Make exercises: circuits with empty boxes, tables with blanks, and their key.",
    "ops": "List the operations with their local derivatives.",
}
"""Each command's help line. The command is in the module of its name, which is imported when the command is called."""

INTRODUCTION = """\
graphdiff shows the value of a formula, its gradients, and every step of the chain rule. For example:

  graphdiff "(x+y)*z" --at x=-2,y=5,z=-4
  graphdiff draw "(x+y)*z" --at x=-2,y=5,z=-4
  graphdiff diff "x^3*y" --wrt x

graphdiff --help lists the commands, graphdiff eval --help the options of one."""
"""What `graphdiff` alone prints, on stderr: the exit status is that of a command line that is wrong."""


HELP = """\
Show the value of a formula, its gradients, and every step of the chain rule.

\b
graphdiff "(x+y)*z" --at x=-2,y=5,z=-4

An expression in place of a command is evaluated: the line above is short for graphdiff eval "(x+y)*z" --at …
"""
"""What --help prints: Python without docstrings has it too."""


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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        return super().parse_args(ctx, with_command(args, COMMANDS.keys(), options) if args else args)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _closed_pipe():  # --help writes here
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _closed_pipe():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            evaluate = f"to evaluate it as an expression: graphdiff {EVALUATE} {shorten(name)}"
            is_followed = len(args) > 1 and not args[1].startswith("-")
            hint = nearest(name, COMMANDS) or (f"the commands are {', '.join(COMMANDS)}" if is_followed else evaluate)
            if name == "help":
                hint = " ".join(["graphdiff", *(word for word in args[1:2] if word in COMMANDS), "--help"])
            raise GraphdiffError("usage", f"unknown command '{shorten(name)}'", hint=hint)
        return super().resolve_command(ctx, args)


@contextmanager
def _closed_pipe() -> Iterator[None]:
    """Let BrokenPipeError pass through click, which would exit with status 1 if it had its number."""
    try:
        yield
    except BrokenPipeError as error:
        raise BrokenPipeError from error


OTHER_NAMES = {
    **{"tex": "latex", "md": "markdown", "htm": "html", "moodle": "xml", "qti": "zip", "numbas": "exam"},
    **{"py": "python", "js": "javascript", "rs": "rust", "f90": "fortran", "m": "matlab", "octave": "matlab"},
    **dict.fromkeys(("c++", "cpp", "cxx"), "c"),
    **dict.fromkeys(("duckdb", "sqlite", "postgresql", "spark"), "sql"),
}
"""The formats and languages by file extensions and other names that people write for them."""


@click.group(
    cls=Commands,
    help=HELP,
    context_settings={"max_content_width": 100},
    subcommand_metavar="COMMAND|EXPR [ARGUMENTS]...",
    epilog=f"Exit status: {'; '.join(f'{status} {meaning}' for status, meaning in EXIT_STATUSES.items())}.",
)
@click.version_option(package_name=DISTRIBUTION, prog_name="graphdiff")
def group() -> None:
    """Run graphdiff."""


def as_utf8(word: str) -> str:
    """Decode a word of the command line as UTF-8 even if the locale could not."""
    if word.isprintable():
        return word
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        return word


def _usage_error(error: click.UsageError, command: str) -> GraphdiffError:
    """An error of click's in the style of our own: lower case, without a full stop."""
    hint = f"{command} --help lists the options"
    if isinstance(error, click.NoSuchOption):
        if error.possibilities:
            hint = f"did you mean {' or '.join(error.possibilities[:2])}?"
        if error.ctx is not None:
            with error.ctx:
                known = hint_of_unknown(error.option_name)
            hint = hint if known.startswith("--help") else known
        return GraphdiffError("usage", f"unknown option '{shorten(error.option_name)}'", hint=hint)
    if isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.Choice):
        value = re.match("'(.*?)'", error.message)
        choices = error.param.type.choices
        other = OTHER_NAMES.get(value[1].lower()) if value else None
        hint = f"did you mean '{other}'?" if other in choices else (value and nearest(value[1], choices)) or hint
    message = error.format_message().removesuffix(".")
    return GraphdiffError("usage", message[:1].lower() + message[1:], hint=hint)


def run(words: Sequence[str]) -> int:
    """Run one command line and return the exit status.

    Raises BrokenPipeError if nobody reads the output any more; other exceptions are bugs.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what its encoding lacks
    messages = Messages(words)
    if COMPLETION in os.environ:
        import_module("graphdiff.cli.completion").register()
    try:
        status = group.main(list(words), prog_name="graphdiff", standalone_mode=False, obj=messages)
        messages.finish()
        if sys.stdout is not None:
            sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except GraphdiffError as error:
        failure = error
    except click.exceptions.NoArgsIsHelpError:
        click.echo(INTRODUCTION, err=True)
        return EXIT_WRONG
    except click.UsageError as error:
        command = " ".join(["graphdiff", *(word for word in words[:1] if word in COMMANDS)])
        failure = _usage_error(error, error.ctx.command_path if error.ctx else command)
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        reason = failure_of(error)
        if reason is None:
            raise
        failure = reason
    failure.hint = option_hint(failure.hint)
    messages.fail(failure)
    return EXIT_NONFINITE if failure.kind == "nonfinite" else EXIT_WRONG
