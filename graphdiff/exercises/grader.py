"""Grading of the answers of one student after the other: verdicts, carried errors and slips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.exercises.answers import Answer, Question, ambiguity_of, named_nodes, question_of, read_answer
from graphdiff.exercises.grade_numbers import Given
from graphdiff.exercises.grade_points import points_of
from graphdiff.exercises.grade_result import Grade, GradedAnswer, Verdict
from graphdiff.exercises.quantities import (
    SAFETY,
    Point,
    Quantity,
    are_equal,
    gradient_by_node,
    points_near,
    value_of_formula,
    value_of_node,
)
from graphdiff.exercises.slips import Slip
from graphdiff.exercises.slips_candidates import Candidate, candidates
from graphdiff.exercises.slips_own import is_too_short, last_step_slip, rounding_slip, sign_slip, transposed_slip
from graphdiff.exercises.slips_search import find_slips
from graphdiff.exercises.solution import Solution, exercise_of
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape, nested_shape
from graphdiff.passes.trace import trace
from graphdiff.passes.values import is_finite, shape_of

FORMULA_DIGITS = 7
"""Significant digits by which the slips are found that a formula shows."""
POINTS_OF_SLIPS = 2
"""Points besides that of the exercise at which a slip has to give what a formula gives."""


class Entry(NamedTuple):
    """An answer and the number that it gives at the point, None if it gives none."""

    answer: Answer
    given: Given | None

    @property
    def question(self) -> Question:
        """What the answer is about."""
        return self.answer.question


class Grader:
    """Grades the answers of any number of students about a formula at a point."""

    def __init__(
        self, graph: Graph, point: Mapping[str, Any], upstream: Any = None, tolerance: float | None = None
    ) -> None:
        """Solve the exercise; the arguments are those of grade, and errors are raised as by it."""
        if tolerance is not None and not 0 <= tolerance < 1:
            raise GraphdiffError("usage", "the tolerance is not a number from 0 to 1", hint="as in 0.01, for 1 %")
        self.trace = trace(graph, point, upstream=upstream)
        self.graph, self.upstream, self.tolerance = graph, upstream, tolerance
        self.nodes = named_nodes(graph)
        self.exercise = exercise_of(self.trace)
        self.solution = Solution(self.exercise)
        self.fixed = {name for name, index in graph.input_indices.items() if graph.is_index[index]} | set(CONSTANTS)
        self._quantities: dict[Question, tuple[Quantity, Point]] = {}
        self._candidates: dict[tuple[Question, ...], list[Candidate]] = {}
        self._solutions_near: list[tuple[Point, Solution]] = []

    def question(self, name: str) -> Question:
        """What an answer with this name is about.

        Raises GraphdiffError: "name" if the node does not exist or is a constant, "value" if the output does not need
        it, "nonfinite" if the number is not finite.
        """
        question = question_of(name, self.graph, self.nodes)
        label = self.graph.labels[question.node]
        if question.is_gradient and self.graph.nodes[question.node].is_input and label not in self.trace.gradients:
            hint = f"give it a value to ask for the gradient by it: {label}={CONSTANTS[label]:.6g}"
            raise GraphdiffError("name", f"'{shorten(label)}' is a constant here", hint=hint)
        if self.solution.values[question.node] is None:
            raise GraphdiffError("value", f"the output does not need '{shorten(label)}'", hint="leave it out")
        if not is_finite(self.solution.number(question)):
            raise GraphdiffError("nonfinite", f"'{shorten(question.name)}' is not finite at this point")
        return question

    def grade(self, answers: Mapping[str, Any]) -> Grade:
        """Grade the answers of one student. Raises GraphdiffError if one of them cannot be read."""
        entries = []
        for name, given in answers.items():
            answer = read_answer(self.question(name), given, self.nodes)
            entries.append(Entry(answer, self._number_of(answer)))
        if len({entry.question for entry in entries}) < len(entries):
            raise GraphdiffError("name", "two answers are about the same number", hint="leave one of them out")
        verdicts, carriers = self._verdicts(entries)
        slips = self._slips(entries, verdicts, carriers)
        points, most = points_of(self.solution, verdicts, slips)
        graded = [
            GradedAnswer(
                entry.question.name,
                entry.answer.given,
                self.solution.number(entry.question),
                verdicts[entry.question],
                tuple(slips.get(entry.question, ())),
            )
            for entry in entries
        ]
        notes = [ambiguity_of(entry.question, self.nodes) for entry in entries]
        return Grade(tuple(graded), points, most, tuple(note for note in notes if note), self.trace)

    def _number_of(self, answer: Answer) -> Given | None:
        """The number that an answer gives, at the point; None if it has no finite value there."""
        if answer.formula is not None:
            formula = value_of_formula(answer.formula, self.graph, self.nodes)
            try:
                number = formula.at(self.trace.point).value
            except GraphdiffError:  # an index out of range, a singular matrix
                return None
            return Given(answer.question, number, answer.digits or FORMULA_DIGITS) if is_finite(number) else None
        if answer.number is None:
            return None
        number = answer.number
        if isinstance(number, list):
            number = self.exercise.op.constant(number)
        return Given(answer.question, number, answer.digits, self.tolerance)

    def _verdicts(self, entries: Sequence[Entry]) -> tuple[dict[Question, Verdict], dict[Question, Solution]]:
        """The verdict of each answer; and for wrong ones, the solution with the earlier wrong answers, if any."""
        verdicts: dict[Question, Verdict] = {}
        carriers: dict[Question, Solution] = {}
        values: dict[int, Any] = {}
        gradients: dict[int, Any] = {}
        for entry in sorted(entries, key=_order):
            question, given = entry.question, entry.given
            if self._is_right(entry):
                verdicts[question] = "right"
                continue
            solutions = list(self._carried(values, gradients))
            is_carried = given is not None and any(given.agrees(each.number(question)) for each in solutions)
            verdicts[question] = "carried" if is_carried else "wrong"
            if solutions:
                carriers[question] = solutions[0]
            if given is not None and _shape_of(given.number) == shape_of(self.solution.number(question)):
                (gradients if question.is_gradient else values)[question.node] = given.number
        return verdicts, carriers

    def _carried(self, values: Mapping[int, Any], gradients: Mapping[int, Any]) -> Iterator[Solution]:
        """The solutions that go on with the wrong answers so far: with all, those of one pass, and each alone."""
        choices = [(values, gradients)]
        if values and gradients:
            choices += [(values, {}), ({}, gradients)]
        if len(values) > 1 or len(gradients) > 1:
            choices += [({index: value}, {}) for index, value in values.items()]
            choices += [({}, {index: value}) for index, value in gradients.items()]
        for choice in choices if values or gradients else ():
            try:
                yield Solution(self.exercise, *choice)
            except GraphdiffError:  # an index out of range, a singular matrix
                continue

    def _is_right(self, entry: Entry) -> bool:
        """Whether an answer is right."""
        answer, given = entry.answer, entry.given
        if answer.formula is not None:
            quantity, extra = self._quantity(answer.question)
            formula = value_of_formula(answer.formula, self.graph, self.nodes)
            tolerance = self.tolerance
            if tolerance is None and answer.digits is not None:
                tolerance = 0.5 * 10.0 ** (1 - answer.digits)
            points = (({**point, **extra}, point) for point in points_near(self.trace.point, self.fixed))
            return are_equal(quantity, formula, points, tolerance)
        if given is None:
            return False
        if given.agrees(self.solution.number(answer.question)):
            return True
        quantity, extra = self._quantity(answer.question)
        expected = quantity.at({**self.trace.point, **extra})
        error = SAFETY * expected.error if expected.error < float("inf") else 0.0
        return error > 0 and given.agrees(expected.value, error)

    def _quantity(self, question: Question) -> tuple[Quantity, Point]:
        """What a question is about as a function of the inputs, and what its points need besides these."""
        if question not in self._quantities:
            index = question.node
            if question.is_gradient:
                zero = self.exercise.op.broadcast_like(0.0, self.solution.values[index])
                self._quantities[question] = gradient_by_node(self.graph, index, zero, self.upstream)
            else:
                self._quantities[question] = value_of_node(self.graph, index), {}
        return self._quantities[question]

    def _slips(
        self, entries: Sequence[Entry], verdicts: Mapping[Question, Verdict], carriers: Mapping[Question, Solution]
    ) -> dict[Question, list[Slip]]:
        """The slips that explain each wrong answer."""
        slips: dict[Question, list[Slip]] = {
            entry.question: [] for entry in entries if verdicts[entry.question] == "wrong"
        }
        given = [entry.given for entry in entries if entry.given is not None]
        wrong = [each for each in given if each.question in slips]
        if wrong:
            questions = tuple(entry.question for entry in entries)
            if questions not in self._candidates:
                self._candidates[questions] = candidates(self.solution, questions)
            slips.update(find_slips(given, wrong, self.solution, self._candidates[questions]))
        known = {question for question, verdict in verdicts.items() if verdict == "right"}
        for entry in entries:
            question = entry.question
            if entry.given is None or question not in slips:
                continue
            if entry.answer.formula is not None:
                slips[question] = self._slips_of_formula(entry)
            if not slips[question] and question in carriers:
                later = [each for each in candidates(carriers[question], [question]) if question in each.results]
                slips[question] = find_slips([entry.given], [entry.given], carriers[question], later)[question]
            slips[question] = self._with_own_slips(entry.given, slips[question], known)
        return slips

    def _with_own_slips(self, given: Given, slips: list[Slip], known: set[Question]) -> list[Slip]:
        """The slips, and before or after them those that explain a number by itself."""
        expected = self.solution.number(given.question)
        rounding = rounding_slip(given, expected)
        transposed = transposed_slip(given, expected, self.solution)
        if transposed is not None or (rounding is not None and is_too_short(given, expected)):
            slips = [*(slip for slip in (transposed, rounding) if slip is not None), *slips]
        elif rounding is not None:
            slips = [*slips, rounding]
        if slips:
            return slips
        last = sign_slip(given, expected, self.solution) or last_step_slip(given, self.solution, known)
        return [] if last is None else [last]

    def _slips_of_formula(self, entry: Entry) -> list[Slip]:
        """The slips that give what a formula gives, at the point and at others."""
        assert entry.given is not None
        assert entry.answer.formula is not None
        question = entry.question
        every = candidates(self.solution, [question])
        matching = [each for each in every if each.results and entry.given.agrees(each.results[question])]
        formula = value_of_formula(entry.answer.formula, self.graph, self.nodes)
        for point, solution in self._near():
            if not matching:
                break
            given = Given(question, formula.at(point).value, entry.given.digits)
            others = {each.key: each.results[question] for each in candidates(solution, [question])}
            matching = [each for each in matching if each.key in others and given.agrees(others[each.key])]
        return find_slips([entry.given], [entry.given], self.solution, matching)[question] if matching else []

    def _near(self) -> Sequence[tuple[Point, Solution]]:
        """Points near that of the exercise, and the solutions there."""
        if not self._solutions_near:
            for point in islice(points_near(self.trace.point, self.fixed), 1, None):
                result = trace(self.graph, point, upstream=self.upstream)
                if result.is_finite:
                    self._solutions_near.append((point, Solution(exercise_of(result))))
                if len(self._solutions_near) == POINTS_OF_SLIPS:
                    break
        return self._solutions_near


def _shape_of(value: Any) -> Shape:
    return nested_shape(value) if isinstance(value, list) else shape_of(value)


def _order(entry: Entry) -> tuple[bool, int]:
    """The order of the calculation: values, then gradients from the output back."""
    question = entry.question
    return question.is_gradient, -question.node if question.is_gradient else question.node
