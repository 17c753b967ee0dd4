"""Read exams of Numbas as its documentation and its JSON Schema describe them, and mark answers as its runtime does.

https://docs.numbas.org.uk/en/latest/question/parts/numberentry.html
"""

from __future__ import annotations

import html
import json
import re
from fractions import Fraction
from typing import Any, NamedTuple

HEAD = "// Numbas version: exam_results_page_options"
NUMBER_ENTRY = {
    "type",
    "marks",
    "minValue",
    "maxValue",
    "displayAnswer",
    "allowFractions",
    "showFractionHint",
    "notationStyles",
}
BOUNDS = ("minValue", "maxValue", "displayAnswer")
"""What is an expression, in which e is Euler's number: 1e-3 is none."""
GAP = NUMBER_ENTRY | {"useCustomName", "customName", "alternatives"}
ALTERNATIVE = NUMBER_ENTRY | {"alternativeFeedbackMessage"}
USER_TEXT = re.compile(r"<(code|span) nosubvars>.*?</\1>")
"""Text in which Numbas replaces neither {variables} nor, as code, TeX."""


class Question(NamedTuple):
    """A question: its name, its statement and prompt as HTML, and its gaps."""

    name: str
    statement: str
    prompt: str
    gaps: list[dict[str, Any]]

    def mark(self, gap: int, number: float) -> tuple[float, str]:
        """The marks and the feedback that a number gets in a gap: those of the first alternative that accepts it, if
        the gap itself does not."""
        field = self.gaps[gap]
        if _accepts(field, number):
            return field["marks"], ""
        for each in field["alternatives"]:
            if _accepts(each, number):
                return each["marks"], html.unescape(re.sub(r"<.*?>", "", each["alternativeFeedbackMessage"]))
        return 0, ""


def read_questions(data: bytes) -> list[Question]:
    """The questions of an exam, of which a student gets one. Asserts that they have the structure that is described."""
    head, document = data.decode().split("\n", 1)
    assert head == HEAD
    exam = json.loads(document)
    assert exam.keys() == {"name", "question_groups", "extensions", "resources"}
    (group,) = exam["question_groups"]
    assert (group["pickingStrategy"], group["pickQuestions"]) == ("random-subset", 1)
    return [_question(each) for each in group["questions"]]


def _question(question: dict[str, Any]) -> Question:
    assert question.keys() == {"name", "statement", "parts"}
    (part,) = question["parts"]
    assert part.keys() == {"type", "prompt", "gaps"}
    assert part["type"] == "gapfill"
    for gap in part["gaps"]:
        assert gap.keys() == GAP
        assert all(each.keys() == ALTERNATIVE for each in gap["alternatives"])
        for each in (gap, *gap["alternatives"]):
            assert each["type"] == "numberentry"
            assert all(re.fullmatch(r"-?[\d.]+", each[bound]) for bound in BOUNDS)
    assert [int(number) for number in re.findall(r"\[\[(\d+)\]\]", part["prompt"])] == list(range(len(part["gaps"])))
    names = [question["name"], *(gap["customName"] for gap in part["gaps"])]
    assert not set("".join(names)) & set("{}")
    for text in (question["statement"], part["prompt"]):
        assert not set(USER_TEXT.sub("", text)) & set("{}$\\")
    return Question(question["name"], question["statement"], part["prompt"], part["gaps"])


def _accepts(field: dict[str, Any], number: float) -> bool:
    return Fraction(field["minValue"]) <= Fraction(repr(number)) <= Fraction(field["maxValue"])
