"""Answers of students: what each is about, and the number or the formula that it gives. A text is parsed, never run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import nested_entries
from graphdiff.passes.point import value_of
from graphdiff.passes.trace import value as value_at
from graphdiff.passes.values import is_finite, to_list
from graphdiff.reading.parse import read
from graphdiff.source import Source, normalize_text

GRADIENT = "d_"
"""What stands before the name of a node in the name of the gradient by it."""
VALUE = "value"
"""The name of the output's value."""
FEWEST_DIGITS = 3
"""Significant digits to which numbers are compared at least."""
MOST_DIGITS = 12
"""Digits beyond which rounding in 64 bits may show."""
LONGEST_ANSWER = 10_000
"""The most characters of an answer."""
LARGEST_ANSWER = 2_000
"""The most operations of an answer, which is evaluated at many points."""
_NUMBER = r"(\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?"
_DECIMAL = re.compile(rf"(?<![\w.]){_NUMBER}(?![\w.])")


class Question(NamedTuple):
    """What an answer is about: the value of a node, or the gradient by it.

    Attributes:
        name: Its name in answers: q, d_q, value.
        node: The index of the node.
        is_gradient: Whether the gradient is asked for.
    """

    name: str
    node: int
    is_gradient: bool


class Answer(NamedTuple):
    """An answer as given, and what it gives: a number or an array, with the digits to compare it by; or a formula.

    Attributes:
        question: What it is about.
        given: The text, number or nested list.
        number: The number, or an array; None for a formula, and if nothing is given.
        digits: The significant digits of the number, at least one, or of the decimals in the formula; None for all
            digits.
        formula: The formula; None for a number.
    """

    question: Question
    given: Any
    number: Any
    digits: int | None
    formula: Graph | None


def named_nodes(graph: Graph) -> dict[str, int]:
    """The nodes that an answer can be about, by name: inputs, named nodes, and the others as reports call them."""
    labels = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    return {**labels, **graph.names, **graph.input_indices}


def question_of(name: str, graph: Graph, nodes: Mapping[str, int]) -> Question:
    """What an answer with this name is about. Where a node is called value or d_x, the output and the gradient win.

    Raises GraphdiffError: "name" if the node does not exist, "value" if it is an index, which has no gradient.
    """
    name = normalize_text(name.strip())
    if name == VALUE:
        return Question(name, graph.output, False)
    bare = name.removeprefix(GRADIENT)
    is_gradient = bare != name and bare in nodes
    index = nodes.get(bare if is_gradient else name)
    if index is None:
        candidates = [VALUE, *nodes, *(GRADIENT + each for each in nodes)]
        raise GraphdiffError(
            "name",
            f"there is no '{shorten(name)}' in the expression",
            hint=nearest(name, candidates) or f"answers are about {shorten(', '.join(candidates), 200)}",
        )
    if is_gradient and graph.is_index[index]:
        raise GraphdiffError("value", f"'{shorten(bare)}' is an index, which has no derivative", hint="leave it out")
    return Question(name, index, is_gradient)


def ambiguity_of(question: Question, nodes: Mapping[str, int]) -> str | None:
    """A note where the name of a question is also that of a node that it is not about."""
    if nodes.get(question.name, question.node) == question.node and not (
        question.is_gradient and question.name in nodes
    ):
        return None
    what = f"the gradient by {shorten(question.name.removeprefix(GRADIENT))}" if question.is_gradient else "the output"
    return f"the answer '{shorten(question.name)}' is about {what}, not about the node of that name"


def read_answer(question: Question, given: Any, nodes: Mapping[str, int]) -> Answer:
    """What an answer gives. None and blank text count as not answered.

    Raises GraphdiffError if it is neither a number, an array of numbers nor a formula in the names of nodes.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return Answer(question, given, None, None, None)
    if not isinstance(given, str):
        value = value_of(given, lambda: f"the answer '{shorten(question.name)}'")
        _check_finite(value, question)
        texts = [repr(float(each)).removesuffix(".0") for each in _entries(value)]
        return Answer(question, given, value, min(map(_digits_of, texts)), None)
    if len(given) > LONGEST_ANSWER:
        message = f"the answer '{shorten(question.name)}' has more than {LONGEST_ANSWER:,} characters"
        raise GraphdiffError("limit", message)
    source = Source(normalize_text(given), question.name)
    graph = read(source)
    if len(graph.nodes) > LARGEST_ANSWER:
        message = f"the answer '{shorten(question.name)}' has more than {LARGEST_ANSWER:,} operations"
        raise GraphdiffError("limit", message)
    names = [name for name in graph.input_names if graph.needed[graph.input_indices[name]]]
    unknown = [name for name in names if name not in nodes and name not in CONSTANTS]
    if unknown:
        raise GraphdiffError(
            "name",
            f"'{shorten(unknown[0])}' is neither an input nor a node of the expression",
            source,
            graph.nodes[graph.input_indices[unknown[0]]].span,
            nearest(unknown[0], nodes),
        )
    if any(name in nodes for name in names):
        return Answer(question, given, None, _digits_of_decimals(source.text), graph)
    value = value_at(graph)
    _check_finite(value, question)
    return Answer(question, given, value, _digits_of_text(source.text), None)


def _check_finite(value: Any, question: Question) -> None:
    if not all(isfinite(each) for each in _entries(value)) if isinstance(value, list) else not is_finite(value):
        raise GraphdiffError("value", f"the answer '{shorten(question.name)}' is not a finite number")


def _entries(value: Any) -> list[float]:
    """The numbers of a value."""
    nested = value if isinstance(value, list) else to_list(value)
    return list(nested_entries(nested)) if isinstance(nested, list) else [nested]


def _digits_of(text: str) -> int:
    """The significant digits of a decimal, at least one and at most MOST_DIGITS."""
    digits = re.sub(r"[eE].*|[^\d]", "", text).lstrip("0")
    return min(max(len(digits), 1), MOST_DIGITS)


def _digits_of_text(text: str) -> int | None:
    """The fewest digits of the numbers in a text: of a number or an array of them; else of those with a decimal point,
    and None for 1/3, which has no decimals."""
    parts = [part for part in re.split(r"[\[\],\s]+", text) if part]
    if not all(re.fullmatch(rf"[-+−]?{_NUMBER}", part) for part in parts):
        parts = [match[0] for match in _DECIMAL.finditer(text) if "." in match[1]]
    return min(map(_digits_of, parts), default=None)


def _digits_of_decimals(text: str) -> int | None:
    """The digits of the decimals in a formula that may be rounded, which are those with FEWEST_DIGITS or more."""
    lengths = [len(match[1].replace(".", "").lstrip("0")) for match in _DECIMAL.finditer(text) if "." in match[1]]
    return min((length for length in lengths if length >= FEWEST_DIGITS), default=None)
