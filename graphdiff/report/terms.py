"""The terms of tables, reports and hints, each explained in two sentences: the table terms.toml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from graphdiff.report.trace_tables import Column, Section

TERMS: Final = "terms"
"""What `graphdiff ops` calls the list of all terms."""


class Term(NamedTuple):
    """A term of the reports.

    Attributes:
        name: The term.
        meaning: Two sentences.
        example: A command whose output has the term in it.
        aliases: Other words for it.
        shows: What the output of the example has in it in place of the name.
    """

    name: str
    meaning: str
    example: str
    aliases: Sequence[str] = ()
    shows: str = ""


@cache
def all_terms() -> tuple[Term, ...]:
    """All terms, in the order in which one meets them."""
    import tomllib

    table = tomllib.loads(files(__package__).joinpath("terms.toml").read_text("utf-8"))
    return tuple([Term(**entry) for entry in table["term"]])


def find_term(name: str) -> Term | None:
    """The term of this name or alias, in any case and with hyphens or spaces; None if there is none."""
    words = {_normal(word): term for term in reversed(all_terms()) for word in (*term.aliases, term.name)}
    return words.get(_normal(name))


def term_section(term: Term) -> Section:
    """One term, with a row for each of its properties."""
    rows = [["meaning", term.meaning], ["example", term.example]]
    if term.aliases:
        rows.append(["also called", ", ".join(term.aliases)])
    return Section(term.name, [Column(""), Column("", is_folded=True)], rows, 0)


def terms_section() -> Section:
    """One row for each term."""
    rows = [[term.name, term.meaning] for term in all_terms()]
    return Section("Terms", [Column("term"), Column("meaning", is_folded=True)], rows, 0)


def term_document(term: Term) -> dict[str, Any]:
    """One term as data for JSON."""
    return {"term": term.name, "meaning": term.meaning, "example": term.example, "aliases": list(term.aliases)}


def _normal(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip()).casefold()
