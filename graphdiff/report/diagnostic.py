"""An error or a warning in colours for a reader, and an error as data for a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import DiagnosticPart, GraphdiffError, diagnostic
from graphdiff.report.json_document import versioned

if TYPE_CHECKING:
    from rich.text import Text

    from graphdiff.source import Source, Span

STYLES = {"message": "bold", "source": "", "caret": "red"}


def error_document(error: GraphdiffError, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON document that `--json` writes to stderr, with the notes about the formula."""
    fields = {
        "kind": error.kind,
        "message": error.message,
        "span": None if error.span is None else list(error.span),
        "source": error.source.name if error.source else None,
        "hint": error.hint,
    }
    return versioned({"error": fields, "notes": list(notes)})


def error_lines(error: GraphdiffError) -> Iterator[Text]:
    """The lines of the error's diagnostic, in colours."""
    return _lines("error", "bold red", diagnostic(error.message, error.source, error.span, error.hint))


def warning_lines(message: str, source: Source | None, span: Span | None, hint: str | None) -> Iterator[Text]:
    """The lines of a warning's diagnostic, in colours."""
    return _lines("warning", "bold yellow", diagnostic(message, source, span, hint))


def _lines(label: str, style: str, parts: Iterable[tuple[DiagnosticPart, str]]) -> Iterator[Text]:
    from rich.text import Text

    for part, line in parts:
        text = Text(line, style=STYLES[part])
        yield Text(f"{label}: ", style=style) + text if part == "message" else text
