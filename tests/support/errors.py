"""What an error must say."""

from __future__ import annotations

from graphdiff import GraphdiffError


def assert_reports(error: GraphdiffError, marked_text: str | None, message: str, hint: str) -> None:
    """The error's message and hint contain these, and it marks this part of the text; None where any will do."""
    assert message in error.message
    assert hint in (error.hint or "")
    assert error.source is not None
    assert error.span is not None
    if marked_text is not None:
        assert error.source.text[slice(*error.span)] == marked_text
