"""The one exception: what is wrong, where, and what to do, as data and as text; and how user text is quoted in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from graphdiff.display import printable, text_width

if TYPE_CHECKING:
    from graphdiff.source import Source, Span

ErrorKind = Literal["syntax", "name", "value", "usage", "file", "limit", "nonfinite", "cluster"]
"""What an error is about: the text of a program, a name in it, a value, how something was called, a file, a limit, a
number that is not finite, or a cluster."""
DiagnosticPart = Literal["message", "source", "caret"]

LINE_WIDTH = 96
"""Characters of a line of source that are shown around an error."""


class Hint(str):
    """A hint about a parameter, in the words of Python's functions.

    The command line has options in place of parameters: graphdiff/cli/option_hints.py has its words for each topic, in
    which the details are filled in.
    """

    topic: str
    details: dict[str, str]

    def __new__(cls, text: str, topic: str, **details: str) -> Hint:
        hint = super().__new__(cls, text)
        hint.topic = topic
        hint.details = details
        return hint

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, str]]:
        return (str(self), self.topic), self.details


class GraphdiffError(Exception):
    """An input that graphdiff cannot use: a program, a point, an argument or a file.

    Converted to text it is a diagnostic: the message, the line of the program with the place marked, and the hint.

    Attributes:
        kind: What the error is about: "syntax", "name", "value", "usage", "file", "limit", "nonfinite" or "cluster".
        message: What is wrong, in one sentence.
        source: The program, with its text and its name; None where the error is not about a program.
        span: The place in the program, as offsets [start, end) in characters of `source.text`, or None.
        hint: What to do, or None.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        source: Source | None = None,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(kind, message, source, span, hint)  # all arguments, for pickle
        self.kind: ErrorKind = kind
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(line for _, line in diagnostic(self.message, self.source, self.span, self.hint))


def diagnostic(
    message: str, source: Source | None, span: Span | None, hint: str | None
) -> list[tuple[DiagnosticPart, str]]:
    """The lines of an error's or a warning's text, each with what it shows.

    A tab is a space in them, other control characters are escaped. Of a span over several lines the first line is
    shown, of a long line the part around the span.
    """
    lines: list[tuple[DiagnosticPart, str]] = [("message", _on_one_line(message))]
    hint = _on_one_line(hint or "")
    if source is None or span is None:
        return [*lines, ("caret", f"  {hint}")] if hint else lines
    number, line, start, end = _line_of(source, span)
    before, marked, after = map(_on_one_line, (line[:start], line[start:end], line[end:]))
    label = f"{_on_one_line(source.name)}:{number}" if source.name else str(number)
    carets = " " * text_width(before) + "^" * max(1, text_width(marked))
    lines.append(("source", f"  {label} │ {before}{marked}{after}"))
    lines.append(("caret", f"  {' ' * text_width(label)} │ {carets} {hint}".rstrip()))
    return lines


def _on_one_line(text: str) -> str:
    return printable(text.replace("\t", " "))


def _line_of(source: Source, span: Span) -> tuple[int, str, int, int]:
    """The line in which a span begins, its number counted from 1, and the span in it."""
    begin = source.text.rfind("\n", 0, span[0]) + 1
    finish = source.text.find("\n", span[0])
    line = source.text[begin : finish if finish >= 0 else len(source.text)]
    start = span[0] - begin
    end = min(max(span[1] - begin, start), len(line))
    return source.text.count("\n", 0, begin) + 1, *_around(line, start, end)


def _around(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a line around a span, where the line is too long to show, and the span in it."""
    if len(line) <= LINE_WIDTH:
        return line, start, end
    first = max(0, min(start - LINE_WIDTH // 3, len(line) - LINE_WIDTH))
    last = min(len(line), first + LINE_WIDTH)
    before, after = "…" * (first > 0), "…" * (last < len(line))
    shift = len(before) - first
    return before + line[first:last] + after, start + shift, min(end, last) + shift


def count_text(number: int, noun: str) -> str:
    """A number of things: 1 row, 2,000 rows."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def shorten(text: str, width: int = 40) -> str:
    """User text for a message: on one line, with control characters escaped, and its middle left out if it is long."""
    if len(text) > width:
        half = width // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    return printable(text)
