"""Errors as diagnostics for people (what, where, what to do) and as data for scripts."""

from __future__ import annotations

from typing import Any

from graphdiff.errors import GraphdiffError, escaped
from graphdiff.source import Source, Span

WIDTH = 96
"""Characters of a source line that are shown around the error."""


def error_document(error: GraphdiffError) -> dict[str, Any]:
    """The JSON document that `--json` writes to stderr."""
    return {
        "error": {
            "kind": error.kind,
            "message": error.message,
            "span": None if error.span is None else list(error.span),
            "source": error.source.name if error.source else None,
            "hint": error.hint,
        }
    }


def error_lines(error: GraphdiffError) -> list[tuple[str, str]]:
    """The lines of the diagnostic, each with its kind: "message", "source" or "caret"."""
    lines = [("message", _printable(error.message)[0])]
    if error.source is None or error.span is None:
        if error.hint:
            lines.append(("caret", f"  {_printable(error.hint)[0]}"))
        return lines
    number, line, start, end = _line_of(error.source, error.span)
    line, start, end = _window(line, start, end)
    text, offsets = _printable(line)
    label = f"{error.source.name}:{number}" if error.source.name else str(number)
    margin = " " * len(label)
    carets = " " * offsets[start] + "^" * max(1, offsets[end] - offsets[start])
    lines.append(("source", f"  {label} │ {text}"))
    lines.append(("caret", f"  {margin} │ {carets} {error.hint or ''}".rstrip()))
    return lines


def _line_of(source: Source, span: Span) -> tuple[int, str, int, int]:
    """The number, counted from 1, and the text of the line where a span begins, and the span within it."""
    begin = source.text.rfind("\n", 0, span[0]) + 1
    finish = source.text.find("\n", span[0])
    line = source.text[begin : finish if finish >= 0 else len(source.text)]
    start = span[0] - begin
    return source.text.count("\n", 0, begin) + 1, line, start, min(max(span[1] - begin, start), len(line))


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line that is shown, and the span within it."""
    if len(line) <= WIDTH:
        return line, start, end
    first = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
    last = min(len(line), first + WIDTH)
    before, after = "…" * (first > 0), "…" * (last < len(line))
    shift = len(before) - first
    return before + line[first:last] + after, start + shift, min(end, last) + shift


def _printable(line: str) -> tuple[str, list[int]]:
    """The line with control characters escaped, and the terminal column of each character."""
    from rich.cells import cell_len

    pieces = []
    offsets = [0]
    for character in line:
        piece = character if character.isprintable() else " " if character == "\t" else escaped(character)
        pieces.append(piece)
        offsets.append(offsets[-1] + cell_len(piece))
    return "".join(pieces), offsets
