"""Messages on stderr: notes, warnings and the error that ends a command.

Where a command line asks for JSON, notes and warnings wait until the command has succeeded. If it fails, stderr holds
the error alone, as one JSON object that has the notes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from graphdiff.cli.output import console_of, value_of, wants_json
from graphdiff.errors import GraphdiffError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from graphdiff.source import Source, Span


class Messages:
    """The messages of one command line."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.is_json = wants_json(words)
        self.notes: list[str] = []
        self.waiting: list[str | Text] = []

    def say(self, lines: Iterable[str | Text]) -> None:
        """Print lines, or keep them until the command has succeeded."""
        if self.is_json:
            self.waiting += lines
        elif sys.stderr is not None:
            _print_lines(lines, self._console())

    def finish(self) -> None:
        """Print the lines that wait."""
        if self.waiting and sys.stderr is not None:
            _print_lines(self.waiting, self._console())

    def fail(self, error: GraphdiffError) -> None:
        """Print an error."""
        from graphdiff.report.diagnostic import error_document, error_lines

        if sys.stderr is None:  # closed by the caller, who has only the exit status
            return
        if self.is_json:
            import json

            with suppress(OSError):
                print(json.dumps(error_document(error, self.notes)), file=sys.stderr)
            return
        try:
            _print_lines(error_lines(error), self._console())
        except (ImportError, MemoryError, OSError):  # what the error is about may also keep Rich from being imported
            with suppress(OSError):
                print(f"error: {error}", file=sys.stderr)

    def _console(self) -> Console:
        return console_of(sys.stderr, value_of(self.words, "--color"))


def print_note(text: str, label: str = "note") -> None:
    """Print a message of the present command that is not an error."""
    messages = _messages()
    if label == "note":
        messages.notes.append(text)
    messages.say([f"{label}: {text}"])


def print_warning(message: str, source: Source | None, span: Span | None, hint: str | None) -> None:
    """Print a warning of the present command, with the place in the source."""
    from graphdiff.report.diagnostic import warning_lines

    _messages().say(warning_lines(message, source, span, hint))


def _messages() -> Messages:
    messages: Messages = click.get_current_context().find_root().obj
    return messages


def _print_lines(lines: Iterable[str | Text], console: Console) -> None:
    """Print lines to stderr. If it is full, they are lost, and the exit status stays that of the command."""
    for line in lines:
        with suppress(OSError):
            console.print(line, soft_wrap=True)
