"""An error in colours for a reader, and as data for a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError, diagnostic
from graphdiff.report.json_document import versioned

if TYPE_CHECKING:
    from rich.text import Text

STYLES = {"message": "bold", "source": "", "caret": "red"}


def error_document(error: GraphdiffError) -> dict[str, Any]:
    """The JSON document that `--json` writes to stderr."""
    fields = {
        "kind": error.kind,
        "message": error.message,
        "span": None if error.span is None else list(error.span),
        "source": error.source.name if error.source else None,
        "hint": error.hint,
    }
    return versioned({"error": fields})


def error_lines(error: GraphdiffError) -> Iterator[Text]:
    """The lines of the error's diagnostic, in colours."""
    from rich.text import Text

    for part, line in diagnostic(error):
        text = Text(line, style=STYLES[part])
        yield Text("error: ", style="bold red") + text if part == "message" else text
