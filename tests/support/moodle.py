"""Read Moodle XML as its documentation describes it: the questions, and the answers that each of them accepts.

https://docs.moodle.org/en/Moodle_XML_format, https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type
"""

from __future__ import annotations

import html
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

START = re.compile(r"\{(\d*):(NUMERICAL|NM|MULTICHOICE|MC|SHORTANSWER|SA|MW):")
ALTERNATIVE = re.compile(r"(=|%-?\d+%)([^:#]+):([^#]+)#(.*)", re.DOTALL)
COMMON = {"name", "questiontext", "generalfeedback", "penalty", "hidden"}
ELEMENTS = {"cloze": COMMON, "numerical": COMMON | {"defaultgrade", "answer"}}
"""The elements of a question by its type."""


class Choice(NamedTuple):
    """An accepted answer: its fraction of the grade in percent, a number, its tolerance, and the feedback."""

    fraction: float
    number: float
    tolerance: float
    feedback: str

    def accepts(self, number: float) -> bool:
        return abs(number - self.number) <= self.tolerance


class Question(NamedTuple):
    """A question: its type, name, text, files, and the choices of each of its fields."""

    kind: str
    name: str
    text: str
    files: dict[str, bytes]
    fields: list[list[Choice]]

    def grade(self, field: int, number: float) -> tuple[float, str]:
        """The fraction and the feedback that an answer gets: those of the first choice that accepts it."""
        for choice in self.fields[field]:
            if choice.accepts(number):
                return choice.fraction, choice.feedback
        return 0.0, ""


def read_questions(document: bytes) -> tuple[str, list[Question]]:
    """The category of a file, and its questions. Asserts that the file has the structure of the documentation."""
    root = ElementTree.fromstring(document)
    assert root.tag == "quiz"
    category, *questions = root
    assert (category.tag, category.get("type")) == ("question", "category")
    return category.findtext("category/text") or "", [_question(each) for each in questions]


def _question(element: ElementTree.Element) -> Question:
    kind = element.get("type") or ""
    assert element.tag == "question"
    assert {child.tag for child in element} == ELEMENTS[kind]
    text = element.find("questiontext")
    assert text is not None
    assert text.get("format") == "html"
    body = text.findtext("text") or ""
    files = {file.get("name") or "": b64decode(file.text or "", validate=True) for file in text.findall("file")}
    assert {f"@@PLUGINFILE@@/{name}" for name in files} == set(re.findall(r'src="([^"]*)"', body))
    fields = list(_fields(body)) if kind == "cloze" else [[_answer(each) for each in element.findall("answer")]]
    return Question(kind, element.findtext("name/text") or "", body, files, fields)


def _answer(element: ElementTree.Element) -> Choice:
    texts = [element.findtext(path) or "" for path in ("text", "tolerance", "feedback/text")]
    return Choice(float(element.get("fraction") or "nan"), float(texts[0]), float(texts[1]), html.unescape(texts[2]))


def _fields(text: str) -> Iterator[list[Choice]]:
    """The choices of each subquestion of a cloze question: they end at a brace, and are separated by tildes."""
    for start in START.finditer(text):
        assert start[2] == "NUMERICAL"
        content = text[start.end() : text.index("}", start.end())]
        assert "{" not in content
        choices = []
        for alternative in content.split("~"):
            match = ALTERNATIVE.fullmatch(alternative)
            assert match is not None, alternative
            fraction = 100.0 if match[1] == "=" else float(match[1].strip("%"))
            choices.append(Choice(fraction, float(match[2]), float(match[3]), html.unescape(match[4])))
        yield choices
