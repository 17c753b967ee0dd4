"""Where results and errors go: stdout carries the result and nothing else, stderr every message."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.report.formats import REPORTS, TABLE
from graphdiff.report.lines import wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

STANDARD = "-"
"""What standard input and standard output are called on a command line."""
UNCUT = 1_000_000
"""Columns of what is no terminal: wider than any table."""
DRAWN = {"name": "italic", "pattern": "dim", "symbol": "bold", "active": "bold cyan"}
"""The styles of a drawing that a table has not."""
SIDEWAYS = "-+F -RS"
"""Asks less to scroll sideways, with colours, and not to leave at once when all lines are on the screen, if cut."""


def write_lines(lines: Iterable[str]) -> None:
    """Writes data to stdout, as UTF-8 whatever the terminal's encoding: that is what JSON is."""
    output = _stdout().buffer
    for line in lines:
        output.write(line.encode("utf-8"))
        output.write(b"\n")
    output.flush()


def window_width() -> int | None:
    """The columns of the terminal that stdout is; None where it is none, and no line is to be broken."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if _stdout().isatty() else None


def write_report(command: str, form: str, result: Any, color: str = "auto", **options: Any) -> None:
    """Writes a command's result to stdout in one of its formats: Rich's tables for a reader, all others as data."""
    report = REPORTS[command][form]
    lines = report.write(result, options)
    if form == TABLE:
        print_tables(lines, color)
    elif report.wraps:
        width = window_width()
        write_lines(piece for line in lines for piece in wrapped(line, width))
    else:
        # A Jacobian beyond the limit is told before anything is written.
        write_lines(list(lines) if options.get("jacobian") else lines)


def print_tables(tables: Iterable[RenderableType], color: str) -> None:
    """Prints for a reader: colours and the window's width in a terminal, neither in a pipe."""
    output = _stdout()
    console = _console(output, color)
    with console.capture() as capture:  # an error in the last table leaves no half result
        for table in tables:
            console.print(table, crop=False)
    output.write(capture.get())
    output.flush()


def print_drawing(drawn: Callable[[int], Iterable[Sequence[tuple[str, str]]]], color: str) -> None:
    """Prints lines of texts and what they are, made for the window's width. What is wider is shown in a pager that
    scrolls sideways where there are a terminal and a pager, else it is printed whole."""
    from rich.text import Text

    from graphdiff.drawing.terminal import PLAIN, WIDTH
    from graphdiff.report.table import STYLES

    output = _stdout()
    console = _console(output, color)
    window = console.width if output.isatty() else WIDTH
    styles = STYLES | DRAWN
    signs = {} if _can_write(output, map(chr, PLAIN)) else PLAIN
    lines = [
        Text.assemble(*((text.translate(signs), styles.get(kind, "")) for text, kind in line)) for line in drawn(window)
    ]
    picture = Text("\n").join(lines)
    is_wide = max((line.cell_len for line in lines), default=0) > window
    if is_wide and output.isatty() and sys.stdin is not None and sys.stdin.isatty():
        with console.capture() as capture:
            console.print(picture, soft_wrap=True, end="")
        os.environ["LESS"] = f"{os.environ.get('LESS', '')} {SIDEWAYS}"
        click.echo_via_pager(capture.get(), color=True)
    else:
        console.print(picture, soft_wrap=True)
    output.flush()


@contextmanager
def written_file(path: str | None) -> Iterator[BinaryIO]:
    """The file of a result, which appears whole or not at all; or standard output."""
    if path is None or path == STANDARD or _is_stdout(path):
        yield _stdout().buffer
        return
    from graphdiff.batch.whole import remove_dead, whole_file

    remove_dead(path)
    with _told_of(path), whole_file(path) as file:
        yield file


@contextmanager
def written_folder(path: str) -> Iterator[str]:
    """A folder that appears whole or not at all."""
    from graphdiff.batch.whole import remove_dead, whole_folder

    remove_dead(path)
    with _told_of(path), whole_folder(path) as folder:
        yield folder


@contextmanager
def _told_of(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GraphdiffError("file", f"cannot write '{shortened(path)}': {error.strerror or error}") from None


def print_note(text: str, color: str) -> None:
    """Says on stderr what is no error."""
    if sys.stderr is not None:
        _console(sys.stderr, color).print(f"note: {text}", soft_wrap=True)


@contextmanager
def progress(
    state: Callable[[], tuple[int, int | None]], target: BinaryIO | None, color: str
) -> Iterator[Callable[[], None]]:
    """What is called when a part of long work is done, of which state tells how much has been, of how much.

    It shows a bar on stderr where that is a terminal, unless data is written there too, and lets the reader of a pipe,
    the target, have what is written so far.
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

        def progressed() -> None:
            flush()
            done, total = state()
            bar.update(task, completed=done, total=total)

        yield progressed


def print_error(error: GraphdiffError, words: Sequence[str]) -> None:
    """Draws an error on stderr; as one JSON object where the command line asks for JSON."""
    from graphdiff.report.diagnostic import error_document, error_lines

    if sys.stderr is None:  # closed by the caller: then the exit status says it alone
        return
    if wants_json(words):
        import json

        print(json.dumps(error_document(error)), file=sys.stderr)
        return
    from rich.text import Text

    console = _console(sys.stderr, _chosen(words, "--color"))
    styles = {"message": "bold", "source": "", "caret": "red"}
    for part, line in error_lines(error):
        text = Text(line, style=styles[part])
        if part == "message":
            text = Text("error: ", style="bold red") + text
        console.print(text, soft_wrap=True)


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line, be it right or wrong, asks for JSON."""
    return "--json" in words or _chosen(words, "--format") in ("json", "jsonl")


def _chosen(words: Sequence[str], option: str) -> str:
    """The value of an option on a command line that click may have refused; empty without one."""
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else "".join(words[position + 1 : position + 2])
    return ""


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise GraphdiffError("file", "standard output is closed")
    return sys.stdout


def _is_stdout(path: str) -> bool:
    """Whether a path leads to where standard output goes, as /dev/stdout does: nothing may take the place of that."""
    try:
        return sys.stdout is not None and os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # there is no such file; stdout is none
        return False


def _can_write(file: TextIO, signs: Iterable[str]) -> bool:
    """Whether a file's encoding has these signs."""
    try:
        "".join(signs).encode(file.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _console(file: TextIO, color: str) -> Console:
    from rich.console import Console

    if hasattr(file, "reconfigure"):
        file.reconfigure(errors="replace")
    console = Console(
        file=file,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal={"always": True, "never": False}.get(color),
        no_color={"always": False, "never": True}.get(color),
    )
    if not file.isatty():
        console.width = UNCUT
    return console
