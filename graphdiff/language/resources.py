"""The files of grammar/, which is inside an installed package and beside it in a checkout."""

from __future__ import annotations

import os.path
from functools import lru_cache

from graphdiff.errors import GraphdiffError

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@lru_cache(maxsize=1)
def grammar_folder() -> str:
    """The folder of the grammar.

    Raises GraphdiffError("file") if there is none, as in a damaged installation.
    """
    for parent in (PACKAGE, os.path.dirname(PACKAGE)):
        folder = os.path.join(parent, "grammar")
        if os.path.isfile(os.path.join(folder, "expression.lark")):
            return folder
    raise GraphdiffError("file", f"graphdiff's grammar is missing from {PACKAGE}", hint="reinstall graphdiff")


def read_grammar_file(name: str) -> str:
    """Read the text of a file of grammar/."""
    with open(os.path.join(grammar_folder(), name), encoding="utf-8") as file:
        return file.read()
