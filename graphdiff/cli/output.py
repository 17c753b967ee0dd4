"""Output: results go to stdout and nothing else does; messages go to stderr.

Where a command line asks for JSON, notes and warnings wait until the command has succeeded. If it fails, stderr holds
the error alone, as one JSON object that has the notes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.report.formats import REPORTS, TABLE

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from graphdiff.reading.parse import Origin
    from graphdiff.source import Source, Span

STANDARD = "-"
"""The name of standard input and standard output on a command line."""
UNLIMITED_WIDTH = 1_000_000
"""Columns where stdout is not a terminal: more than any table has."""
DRAWING_STYLES = {"name": "italic", "pattern": "dim", "local": "magenta", "symbol": "bold", "active": "bold cyan"}
"""The styles that only drawings use."""
WITHOUT_JSON = "compile", "draw", "map", "worksheet"
"""The commands that have no option --json."""
LESS_OPTIONS = "-+F -RS"
"""Options for less: keep colours, scroll sideways, and stay open even if all lines fit on the screen."""


def write_lines(lines: Iterable[str]) -> None:
    """Write data to stdout as UTF-8, whatever the terminal's encoding, because JSON is UTF-8."""
    output = sys.stdout.buffer
    for line in lines:
        output.write(line.encode("utf-8"))
        output.write(b"\n")
    output.flush()


def window_width() -> int | None:
    """The width of the terminal in columns; None if stdout is not a terminal and lines should not be wrapped."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def write_report(
    command: str, form: str, result: Any, color: str = "auto", origin: Origin | None = None, **options: Any
) -> None:
    """Write a command's result to stdout in one of its formats: Rich's tables for a reader, all others as data. origin
    is that of the formula, if the result is of one."""
    report = REPORTS[command][form]
    expression = None if origin is None else origin.expression
    lines = report.write(result, {"expression": expression, "origin": origin, **options})
    if form == TABLE:
        print_tables(lines, color)
    elif report.wraps:
        from graphdiff.report.lines import wrap_line

        width = window_width()
        write_lines(piece for line in lines for piece in wrap_line(line, width))
    else:
        # Report a Jacobian beyond the limit before writing anything.
        write_lines(list(lines) if options.get("jacobian") else lines)


def print_tables(tables: Iterable[RenderableType], color: str) -> None:
    """Print tables for a reader: in a terminal with colours and at the window's width, in a pipe without either."""
    output = sys.stdout
    console = _console(output, color)
    with console.capture() as capture:  # print nothing if the last table raises an error
        for table in tables:
            console.print(table, crop=False)
    text = capture.get()
    output.write(text if output.isatty() else re.sub(" +$", "", text, flags=re.MULTILINE))
    output.flush()


def print_drawing(
    draw: Callable[[int], Iterable[Sequence[tuple[str, str]]]], color: str, width: int | None = None
) -> None:
    """Print the lines that draw returns for a width, by default the window's, each a sequence of (text, kind).

    A drawing wider than the window opens in a pager that scrolls sideways, or is printed in full if there is no
    terminal or no pager.
    """
    from rich.text import Text

    from graphdiff.drawing.terminal import PLAIN, WIDTH
    from graphdiff.report.rich_tables import STYLES

    output = sys.stdout
    console = _console(output, color)
    window = console.width if output.isatty() else WIDTH
    styles = STYLES | DRAWING_STYLES
    replacements = {} if _can_encode(output, map(chr, PLAIN)) else PLAIN
    lines = [
        Text.assemble(*((text.translate(replacements), styles.get(kind, "")) for text, kind in line))
        for line in draw(width or window)
    ]
    picture = Text("\n").join(lines)
    is_wide = max((line.cell_len for line in lines), default=0) > window
    if is_wide and output.isatty() and sys.stdin is not None and sys.stdin.isatty():
        with console.capture() as capture:
            console.print(picture, soft_wrap=True, end="")
        os.environ["LESS"] = f"{os.environ.get('LESS', '')} {LESS_OPTIONS}"
        click.echo_via_pager(capture.get(), color=True)
    else:
        console.print(picture, soft_wrap=True)
    output.flush()


@contextmanager
def open_result(path: str | None, source: str | None = None, is_binary: bool = False) -> Iterator[BinaryIO]:
    """Open the file of a result, which is written completely or not at all; or standard output. source is the file that
    the command reads.

    Raises GraphdiffError: "usage" if the result would replace that file, or is binary and would be shown in a terminal;
    "file" if it cannot be written.
    """
    if path is None or path == STANDARD or _is_stdout(path):
        if path is None and is_binary and sys.stdout.isatty():
            message = "the result is binary, and standard output is a terminal"
            raise GraphdiffError("usage", message, hint="write it to a file with -o FILE")
        yield sys.stdout.buffer
        return
    if source is not None and _is_file(path, source):
        message = f"the output '{shorten(path)}' is also the input"
        raise GraphdiffError("usage", message, hint="write to another file, and rename it then")
    from graphdiff.batch.atomic import atomic_file, remove_leftovers

    remove_leftovers(path)
    with _report_write_errors(path), atomic_file(path) as file:
        yield file


@contextmanager
def create_folder(path: str) -> Iterator[str]:
    """Create a folder that is written completely or not at all."""
    from graphdiff.batch.atomic import atomic_folder, remove_leftovers

    remove_leftovers(path)
    with _report_write_errors(path), atomic_folder(path) as folder:
        yield folder


@contextmanager
def _report_write_errors(path: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise GraphdiffError("file", f"cannot write '{shorten(path)}': {error.strerror or error}") from None


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
        return _console(sys.stderr, _value_of(self.words, "--color"))


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


@contextmanager
def progress(
    state: Callable[[], tuple[int, int | None]], target: BinaryIO | None, color: str
) -> Iterator[Callable[[], None]]:
    """Show a progress bar on stderr if it is a terminal, unless the result is written there too.

    state returns how much is done, of how much. Call the function that this yields after each piece of work: it updates
    the bar, and flushes the target, so that the reader of a pipe gets what is written so far.
    """

    def flush() -> None:
        if target is not None:
            target.flush()

    is_stdout = target is not None and sys.stdout is not None and target is sys.stdout.buffer
    if sys.stderr is None or not sys.stderr.isatty() or (is_stdout and sys.stdout.isatty()):
        yield flush
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=_console(sys.stderr, color), transient=True) as bar:
        task = bar.add_task("", total=None)

        def update() -> None:
            flush()
            done, total = state()
            bar.update(task, completed=done, total=total)

        yield update


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line, valid or not, asks for JSON."""
    is_asked = "--json" in words and words[0] not in WITHOUT_JSON
    return is_asked or _value_of(words, "--format") in ("json", "jsonl")


def _value_of(words: Sequence[str], option: str) -> str:
    """The value of an option on a command line that click may have rejected; empty without one."""
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else "".join(words[position + 1 : position + 2])
    return ""


def _is_stdout(path: str) -> bool:
    """Whether a path is that of standard output, as /dev/stdout is: such a file must not be replaced."""
    try:
        return sys.stdout is not None and os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # the file does not exist; stdout is not a file
        return False


def _is_file(path: str, source: str) -> bool:
    """Whether a path is that of a regular file that is read, or of standard input."""
    try:
        status = os.fstat(sys.stdin.fileno()) if source == STANDARD else os.stat(source)
        return os.path.isfile(path) and os.path.samestat(os.stat(path), status)
    except (OSError, ValueError, AttributeError):  # one does not exist; stdin is closed or not a file
        return False


def _can_encode(file: TextIO, characters: Iterable[str]) -> bool:
    """Whether a file's encoding has these characters."""
    try:
        "".join(characters).encode(file.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _console(file: TextIO, color: str) -> Console:
    """Rich's console on stdout or stderr, with colours as --color sets them."""
    from rich.console import Console

    console = Console(
        file=file,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal={"always": True, "never": False}.get(color),
        no_color={"always": False, "never": True}.get(color),
    )
    if not file.isatty():
        console.width = UNLIMITED_WIDTH
    return console
