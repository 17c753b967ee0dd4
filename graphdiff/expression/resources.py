"""The files of grammar/: inside the package where it is installed, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent.parent


def grammar_folder() -> Path:
    """The folder that holds the grammar.

    Raises FileNotFoundError where neither place has it: an installation that lost its files.
    """
    for folder in (PACKAGE / "grammar", PACKAGE.parent / "grammar"):
        if (folder / "expression.lark").is_file():
            return folder
    raise FileNotFoundError(f"graphdiff's grammar is missing from {PACKAGE}: install graphdiff again")


def read_grammar_file(name: str) -> str:
    """The text of a file of grammar/."""
    return (grammar_folder() / name).read_text(encoding="utf-8")
