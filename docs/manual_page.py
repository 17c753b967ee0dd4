"""The manual page graphdiff(1), made from what click knows of the commands: `python docs/manual_page.py | man -l -`.

The build of a wheel puts it at share/man/man1 (hatch_build.py), so that it never differs from --help.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import version

import click

import graphdiff
from graphdiff.cli.exit_status import EXIT_STATUSES
from graphdiff.cli.main import group

VERBATIM = "\b\n"
"""How a paragraph of a help text begins whose lines stay as they are."""
SIGNS = {
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}
"""What roff would take for something else, or typeset as another sign."""


def manual_page(release: str) -> str:
    """The page of this release, for man."""
    return "\n".join(_page(release)) + "\n"


def _page(release: str) -> Iterator[str]:
    context = click.Context(group, info_name="graphdiff")
    purpose, *description = _paragraphs(group)
    yield f'.TH GRAPHDIFF 1 "" "graphdiff {release}" "User Commands"'
    yield from (".nr HY 0", ".ad l")  # neither hyphens nor wide spaces in what is to be typed
    yield ".SH NAME"
    yield rf"graphdiff \- {_escape(purpose[0].lower() + purpose[1:].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield _usage(group, context)
    yield ".SH DESCRIPTION"
    yield from _paragraph_lines(description)
    yield ".SH OPTIONS"
    yield from _options(group, context)
    yield ".SH COMMANDS"
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, parent=context, info_name=name)
        yield f".SS {name}"
        yield _usage(command, inner)
        yield from _paragraph_lines(_paragraphs(command))
        yield from _options(command, inner)
    yield ".SH EXIT STATUS"
    for status, meaning in EXIT_STATUSES.items():
        yield from (".TP", rf"\fB{status}\fR", _escape(meaning))


def _paragraphs(command: click.Command) -> list[str]:
    return inspect.cleandoc(command.help or "").split("\n\n")


def _paragraph_lines(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield ".PP"
        if paragraph.startswith(VERBATIM):
            yield from (".EX", _escape(paragraph.removeprefix(VERBATIM)), ".EE")
        else:
            yield _escape(" ".join(paragraph.split()))


def _usage(command: click.Command, context: click.Context) -> str:
    pieces = " ".join(command.collect_usage_pieces(context))
    return rf"\fB{_escape(context.command_path)}\fR \fI{_escape(pieces)}\fR"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield from (".TP", rf"\fB{_escape(record[0])}\fR", _escape(" ".join(record[1].split())))


def _escape(text: str) -> str:
    """Escape text, so that no sign and no line that begins with a dot is a request to groff."""
    escaped = "".join(SIGNS.get(sign) or (sign if sign.isascii() else rf"\[u{ord(sign):04X}]") for sign in text)
    return "\n".join(rf"\&{line}" if line.startswith(".") else line for line in escaped.split("\n"))


if __name__ == "__main__":
    click.echo(manual_page(version(graphdiff.DISTRIBUTION)), nl=False)
