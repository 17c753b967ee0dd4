"""The files of grammar/: inside the package where it is installed, beside it in a checkout."""

from __future__ import annotations

import os.path
from functools import lru_cache

from graphdiff.errors import GraphdiffError

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@lru_cache(maxsize=1)
def grammar_folder() -> str:
    """The folder that holds the grammar.

    Raises GraphdiffError("file") where neither place has it: an installation that lost its files.
    """
    for parent in (PACKAGE, os.path.dirname(PACKAGE)):
        folder = os.path.join(parent, "grammar")
        if os.path.isfile(os.path.join(folder, "expression.lark")):
            return folder
    raise GraphdiffError("file", f"graphdiff's grammar is missing from {PACKAGE}", hint="reinstall graphdiff")


def read_grammar_file(name: str) -> str:
    """The text of a file of grammar/."""
    with open(os.path.join(grammar_folder(), name), encoding="utf-8") as file:
        return file.read()
