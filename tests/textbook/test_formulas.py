"""What `graphdiff diff` prints beside what people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphdiff.reading.parse import parse
from support.textbook.corpus import ALL_ROWS, EACH_ROW, ROWS, Row
from support.textbook.cost import cost
from support.textbook.printed import HELPERS, RELATIVE, distance, judge, value
from support.textbook.truth import true_derivative

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "derivatives.md"


@pytest.mark.sampled(120)
@EACH_ROW
def test_what_is_printed(row: Row) -> None:
    judgement = judge(row)
    assert not judgement.faults, judgement.text


@pytest.mark.sampled(30)
@EACH_ROW
def test_people_are_right(row: Row) -> None:
    point = row.point(0)
    truth = true_derivative(row, point)
    person = value(parse(row.person), point)
    assert person.shape == truth.shape
    assert distance(person, truth) <= RELATIVE * distance(truth, 0)


def test_there_are_many_formulas_each_with_its_own_name() -> None:
    assert len(ROWS) >= 200
    assert len({row.identifier for row in ALL_ROWS}) == len(ALL_ROWS)
    assert len({(row.formula, row.by, row.kind, row.order) for row in ALL_ROWS}) == len(ALL_ROWS)


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("-2*x", 1),
        ("2/5*X.T @ (X @ w - y)", 6),
        ("x^x*(log(x) + 1)", 4),
        ("-sin(x)", 2),
        ("sum(x, axis=-1)[0]", 2),
        ("v1 = x + 1\nv1*exp(v1)  # note", 4),
    ],
)
def test_the_cost_of_a_text(text: str, operations: int) -> None:
    assert cost(text) == operations


def test_helpers_are_the_operations_that_nobody_writes() -> None:
    assert {"identity_like", "sum_to", "broadcast_to", "reshape_like", "count", "first", "place"} <= HELPERS
    assert not {"trace", "sum", "inv", "eye", "where", "sin", "outer"} & HELPERS


def test_the_page_has_every_formula() -> None:
    text = PAGE.read_text("utf-8")
    assert [row.formula for row in ROWS if f"| `{row.formula}` |" not in text] == []
