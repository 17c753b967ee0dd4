"""Each value and derivative is as accurate as docs/explanation/accuracy.md says, and not much better."""

from __future__ import annotations

import re

import pytest

from graphdiff.operations.primitive import Primitive
from support.accuracy import ELEMENTWISE, PAGE, POINTS, labels, ours, truths
from support.extremes import EXTREMES, Extreme, measure
from support.special_accuracy import FUNCTIONS, SpecialFunction, exact_numbers, our_errors, special_labels

FEW = 100
"""Of the points that the page is of, the first."""
ELSEWHERE = 4
"""Ulp by which the elementary functions of another machine's libraries may be worse."""
TEXT = PAGE.read_text("utf-8")
ROW = re.compile(r"^\| (∂?`\w+`\S*) \| (\S+) \| \S+ \| \S+ \| (\S+) \|$", re.MULTILINE)
DOCUMENTED = {label: (float(normal), float(any_number)) for label, normal, any_number in ROW.findall(TEXT)}
"""By label: the error without subnormal numbers, and with them."""
EXACT = re.findall(r"`(\w+)`", re.findall(r"Without any error: (.*)", TEXT)[0])


@pytest.mark.sampled(32)
@pytest.mark.parametrize("primitive", ELEMENTWISE.values(), ids=list(ELEMENTWISE))
def test_errors_are_as_told(primitive: Primitive) -> None:
    truth = list(truths(primitive, FEW))
    assert truth
    for label, normal, any_number in zip(
        labels(primitive), ours(primitive, truth), ours(primitive, truth, True), strict=True
    ):
        documented, documented_with_subnormals = (0.0, 0.0) if primitive.name in EXACT else DOCUMENTED[label]
        slack = ELSEWHERE if primitive.name not in EXACT else 0
        assert any_number is not None
        assert any_number <= documented_with_subnormals + slack
        assert (normal or 0.0) <= documented + slack
        assert documented <= 10 * (normal or 0.0) + ELSEWHERE, "the page tells far more than there is"


SPECIAL_ROW = re.compile(r"^\| (∂?²?`\w+\(.*?\)`\S*) \| [^|]* \| (\S+) \| \S+ \| \S+ \|$", re.MULTILINE)
SPECIAL_TEXT = TEXT[TEXT.index("## Special functions") : TEXT.index("## Extreme points")]
SPECIAL = {label: float(error) for label, error in SPECIAL_ROW.findall(SPECIAL_TEXT)}


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "function",
    [
        # mpmath takes seconds for these
        pytest.param(each, id=each.text, marks=[pytest.mark.slow] * each.text.startswith(("bessely", "besselk")))
        for each in FUNCTIONS
    ],
)
def test_errors_of_special_functions(function: SpecialFunction) -> None:
    exact = exact_numbers(function, 6)
    for label, error in zip(special_labels(function), our_errors(function, exact), strict=True):
        assert error <= SPECIAL[label] + ELSEWHERE * 2.0**-52


def test_the_page_is_of_all_operations() -> None:
    inexact = [primitive for primitive in ELEMENTWISE.values() if primitive.name not in EXACT]
    assert list(DOCUMENTED) == [label for primitive in inexact for label in labels(primitive)]
    assert list(SPECIAL) == [label for function in FUNCTIONS for label in special_labels(function)]
    assert f"at {POINTS} points" in TEXT


@pytest.mark.parametrize("extreme", EXTREMES, ids=lambda each: f"{each.formula} {each.point}")
def test_extremes(extreme: Extreme) -> None:
    point = ", ".join(f"{name} = {x:g}" for name, x in extreme.point.items())
    (documented,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{extreme.formula}` | {point} |"))
    bound = float(documented.strip("| ").split("|")[-1])
    worst = max(error for _, error in measure(extreme))
    assert worst <= bound + ELSEWHERE
    assert bound <= 10 * worst + ELSEWHERE
