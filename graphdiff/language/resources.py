"""The files of grammar/, which is inside an installed package and beside it in a checkout."""

from __future__ import annotations

import os.path
from functools import lru_cache
from typing import Any

from graphdiff.errors import GraphdiffError

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_loader: Any = globals()["__loader__"]  # of files, or of a zip archive that Python imports from


@lru_cache(maxsize=1)
def grammar_folder() -> str:
    """The folder of the grammar.

    Raises GraphdiffError("file") if there is none, as in a damaged installation.
    """
    for parent in (PACKAGE, os.path.dirname(PACKAGE)):
        folder = os.path.join(parent, "grammar")
        try:
            _loader.get_data(os.path.join(folder, "expression.lark"))
        except OSError:
            continue
        return folder
    raise GraphdiffError("file", f"graphdiff's grammar is missing from {PACKAGE}", hint="reinstall graphdiff")


def read_grammar_file(name: str) -> str:
    """Read the text of a file of grammar/.

    Raises OSError if there is none of this name.
    """
    content: bytes = _loader.get_data(os.path.join(grammar_folder(), name))
    return content.decode().replace("\r\n", "\n")
