"""The terms of the reports: complete, told apart from operations, and seen in the output of their examples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from graphdiff.checking.verdict import VERDICTS
from graphdiff.graph.function import COMPOSITE
from graphdiff.language.program import prelude
from graphdiff.operations.registry import FUNCTIONS, PRIMITIVES
from graphdiff.report.terms import Term, all_terms, find_term, term_section

TERMS = all_terms()
COLUMNS = """step node pattern upstream formula local downstream kink gradient analytic numeric digits bound verdict"""
"""The headings of columns that are terms; the others are plain words."""


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_term(term: Term) -> None:
    """Two sentences, the name first in the words by which it is found."""
    assert len(re.findall(r"[^.]\.(?= |$)", term.meaning)) == 2, term.meaning
    assert term.meaning[0].isupper()
    assert all(find_term(name) is term for name in (term.name, *term.aliases, term.name.upper()))
    assert term.example.startswith("graphdiff ")
    assert [term.name, *term.aliases] == sorted({term.name, *term.aliases}, key=[term.name, *term.aliases].index)


def test_terms_are_no_operations() -> None:
    operations = {*PRIMITIVES, *FUNCTIONS, *prelude()}
    names = [name for term in TERMS for name in (term.name, *term.aliases)]
    assert len({*names}) == len(names)
    assert not operations & {*names}


def test_all_words_of_reports_are_there() -> None:
    patterns = {each.backward_pattern.name for each in PRIMITIVES.values()} | {COMPOSITE.name}
    words = {*patterns, *COLUMNS.split(), *VERDICTS, "Jacobian", "fan-out", "cancellation", "overflow", "underflow"}
    assert {word for word in words if find_term(word) is None} == set()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_examples(term: Term, command: Callable[..., Any]) -> None:
    result = command(*shlex.split(term.example)[1:])
    assert (term.shows or term.name).casefold() in (result.out + result.err).casefold()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["router"], "router"),
        (["add", "gate"], "distributor"),
        (["Copy Gate"], "fan-out"),
        (["fan_out"], "fan-out"),
        (["switcher"], "swap multiplier"),
        (["backward", "pattern"], "backward pattern"),
    ],
)
def test_ops(words: list[str], name: str, command: Callable[..., Any]) -> None:
    out = command("ops", *words).out
    assert out.startswith(f"{name}\n")
    assert term_section(next(term for term in TERMS if term.name == name)).rows[0][1] in out


def test_nearest(command: Callable[..., Any]) -> None:
    result = command("ops", "distribtor")
    assert (result.status, result.out) == (2, "")
    assert "did you mean 'distributor'?" in result.err
    assert all(term.name in command("ops", "terms").out for term in TERMS)
