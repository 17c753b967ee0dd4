"""An error drawn for a reader (what, where, what to do), and as data for a script."""

from __future__ import annotations

from typing import Any

from graphdiff.errors import GraphdiffError, escaped
from graphdiff.report.json_document import versioned
from graphdiff.source import Source, Span

WIDTH = 96
"""Characters of a line of source that are shown around the error."""


def error_document(error: GraphdiffError) -> dict[str, Any]:
    """What `--json` writes to stderr."""
    fields = {
        "kind": error.kind,
        "message": error.message,
        "span": None if error.span is None else list(error.span),
        "source": error.source.name if error.source else None,
        "hint": error.hint,
    }
    return versioned({"error": fields})


def error_lines(error: GraphdiffError) -> list[tuple[str, str]]:
    """The lines of the diagnostic, each with the name of its part: "message", "source" or "caret"."""
    lines = [("message", _printable(error.message)[0])]
    if error.source is None or error.span is None:
        if error.hint:
            lines.append(("caret", f"  {_printable(error.hint)[0]}"))
        return lines
    number, line, start, end = _line_of(error.source, error.span)
    line, start, end = _window(line, start, end)
    shown, offsets = _printable(line)
    label = f"{error.source.name}:{number}" if error.source.name else str(number)
    margin = " " * len(label)
    carets = " " * offsets[start] + "^" * max(1, offsets[end] - offsets[start])
    lines.append(("source", f"  {label} │ {shown}"))
    lines.append(("caret", f"  {margin} │ {carets} {error.hint or ''}".rstrip()))
    return lines


def _line_of(source: Source, span: Span) -> tuple[int, str, int, int]:
    """The line where a span begins, counted from 1, and the span inside it."""
    begin = source.text.rfind("\n", 0, span[0]) + 1
    finish = source.text.find("\n", span[0])
    line = source.text[begin : finish if finish >= 0 else len(source.text)]
    start = span[0] - begin
    return source.text.count("\n", 0, begin) + 1, line, start, min(max(span[1] - begin, start), len(line))


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """What of a long line is shown, and the span in it."""
    if len(line) <= WIDTH:
        return line, start, end
    first = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
    last = min(len(line), first + WIDTH)
    before, after = "…" * (first > 0), "…" * (last < len(line))
    moved = len(before) - first
    return before + line[first:last] + after, start + moved, min(end, last) + moved


def _printable(line: str) -> tuple[str, list[int]]:
    """The line with what a terminal would obey escaped, and for each character the column that it is shown in."""
    from rich.cells import cell_len

    pieces = []
    offsets = [0]
    for character in line:
        piece = character if character.isprintable() else " " if character == "\t" else escaped(character)
        pieces.append(piece)
        offsets.append(offsets[-1] + cell_len(piece))
    return "".join(pieces), offsets
