"""What explains a wrong answer by itself: rounding, its sign, a transposed array, or arithmetic in the last step."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from graphdiff.errors import shorten
from graphdiff.exercises.answers import FEWEST_DIGITS, Question
from graphdiff.exercises.grade_numbers import Given
from graphdiff.exercises.slips import OWN_SIGN, Slip
from graphdiff.exercises.slips_sentences import number_text
from graphdiff.exercises.solution import Solution
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.values import shape_of
from graphdiff.report.numbers import format_value
from graphdiff.writing.text import operation_of

ROUNDED = 0.01
"""The most relative difference from the right number that rounding explains."""


def is_too_short(answer: Given, expected: Any) -> bool:
    """Whether an answer is the right number, rounded to fewer digits than are needed."""
    if not isinstance(answer.number, float) or not isinstance(expected, float) or not answer.is_short:
        return False
    return any(float(f"{expected:.{digits - 1}e}") == answer.number for digits in range(1, FEWEST_DIGITS))


def rounding_slip(answer: Given, expected: Any) -> Slip | None:
    """The slip of rounding too early or to too few digits."""
    if not isinstance(answer.number, float) or not isinstance(expected, float) or not expected:
        return None
    if abs(answer.number - expected) > ROUNDED * abs(expected) and not is_too_short(answer, expected):
        return None
    digits = max(answer.digits or 0, FEWEST_DIGITS)
    message = (
        f"{number_text(answer.number)} was rounded too early, or to too few digits: to {digits} significant digits, "
        f"{shorten(answer.question.name)} is {format_value(expected, digits)}."
    )
    return Slip("rounding", None, None, message)


def sign_slip(answer: Given, expected: Any, solution: Solution) -> Slip | None:
    """The slip of the wrong sign, where no edge explains it: an input may act on several paths."""
    opposite = solution.exercise.op.neg(expected)
    if not answer.agrees_at_own_digits(opposite):
        return None
    digits = "" if answer.agrees(opposite) else f", and fewer than {FEWEST_DIGITS} significant digits"
    name = shorten(answer.question.name)
    clause = OWN_SIGN.format(name=name, right=number_text(expected), wrong=number_text(answer.number))
    return Slip("sign", None, None, f"{clause}{digits}.")


def transposed_slip(answer: Given, expected: Any, solution: Solution) -> Slip | None:
    """The slip of giving the transpose of a matrix."""
    if len(shape_of(expected)) != 2:
        return None
    transposed = solution.exercise.op.transpose(expected)
    if not answer.agrees(transposed):
        return None
    message = f"{shorten(answer.question.name)} is the transpose of this matrix, {number_text(transposed)}."
    return Slip("transposed", None, None, message)


def last_step_slip(answer: Given, solution: Solution, known: Set[Question]) -> Slip | None:
    """The slip of wrong arithmetic in a step whose other numbers are given or were answered right."""
    steps = list(_last_step(answer.question, solution, known))
    if len(steps) != 1:
        return None
    (slip_node, edge, calculation), question = steps[0], answer.question
    message = (
        f"The numbers that {shorten(question.name)} is made of are right: it is {calculation}, "
        f"and not {number_text(answer.number)}."
    )
    return Slip("arithmetic", slip_node, edge, message)


def _last_step(
    question: Question, solution: Solution, known: Set[Question]
) -> Iterator[tuple[str, tuple[str, str] | None, str]]:
    """The operation of the last step, its edge and its calculation, where all other numbers in it are known."""
    graph = solution.exercise.graph
    node, labels = graph.nodes[question.node], graph.labels
    known_values = {each.node for each in known if not each.is_gradient}
    known_gradients = {each.node for each in known if each.is_gradient} | {graph.output}
    if solution.exercise.op is not FLOATS:
        return
    if not question.is_gradient:
        if node.operation is not None and all(
            graph.nodes[operand].operation is None or operand in known_values for operand in node.operands
        ):
            yield labels[node.index], None, f"{operation_of(graph, node)} = {number_text(solution.number(question))}"
        return
    consumers = graph.consumers(node)
    if len(consumers) != 1 or consumers[0].target not in known_gradients:
        return
    for step, edge in solution.edges:
        if step.node.index == consumers[0].target and edge.slot == consumers[0].slot and edge.local is not None:
            factors = f"{number_text(step.upstream.value)} × {number_text(edge.local)}"
            target = labels[step.node.index]
            yield target, (labels[node.index], target), f"{factors} = {number_text(solution.number(question))}"
