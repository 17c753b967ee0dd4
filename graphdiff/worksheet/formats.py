"""The formats of worksheets."""

from __future__ import annotations

from importlib import import_module

from graphdiff.worksheet.sheet import Worksheet

FORMATS = {
    "pdf": "pdf",
    "tex": "latex",
    "html": "page",
    "md": "markdown",
    "xml": "moodle",
    "zip": "qti",
    "exam": "numbas",
}
"""The formats by file suffix; each is the name of a function in a module of this package."""
WITHOUT_KEY = ("xml", "zip", "exam")
"""The formats that have the answers in the sheet alone."""
BINARY = ("pdf", "zip")
"""The formats that are not text."""


def write_worksheet(worksheet: Worksheet, form: str, is_key: bool = False) -> bytes:
    """A worksheet, or its key, in one of FORMATS.

    Raises GraphdiffError: "usage" where the format needs a library that is not installed, "limit" where a picture is
    too large for it.
    """
    module = import_module(f"graphdiff.worksheet.{FORMATS[form]}")
    data: str | bytes = getattr(module, form)(worksheet, is_key)
    return data.encode() if isinstance(data, str) else data
