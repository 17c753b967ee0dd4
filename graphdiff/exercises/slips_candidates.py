"""What each slip would make of the numbers that an exercise asks for.

The backward pass is linear in the gradient that arrives at a node: a wrong local derivative changes what its operand
receives, and the gradients below change by that times the response to a change by 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.exercises import slips
from graphdiff.exercises.answers import Question
from graphdiff.exercises.slips import Kind, wrong_locals
from graphdiff.exercises.slips_forward import wrong_values
from graphdiff.exercises.solution import Solution
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.backward import edges_of
from graphdiff.passes.cotangents import Cotangent, EdgeBackward, NodeBackward
from graphdiff.passes.values import shape_of

MOST_STEPS = 20_000
"""Nodes that are visited in search of slips in the backward pass; in larger graphs, those near the output are found."""
MOST_FORWARD_STEPS = 5_000
"""The same for slips in the forward pass, of which each needs both passes again."""
RARITY_OF_VALUES = 0.5
"""How much rarer slips in the forward pass are, where both explain a gradient."""
COMMON = 2.2
"""The rarity up to which slips are taken two at once to explain a single number, or to explain a number of one or two
digits: some rare pair or slip always does."""

PRODUCT_OF_DERIVATIVES = (
    "The derivative of the product {node} is a sum of two terms, and not the product of the derivatives of its factors"
)
QUOTIENT_OF_DERIVATIVES = (
    "The derivative of the quotient {node} is not the quotient of the derivatives of numerator and denominator"
)
ORDER_OF_TERMS = "The quotient rule for {node} has the term with the derivative of the numerator first"
NOT_DIVIDED = "The quotient rule for {node} divides by the square of the denominator, and not by the denominator"
OWN_OPERANDS = "The derivative of the product {node} by each factor is the other factor, and not the factor itself"
ONE_PATH = "Only what {operand} receives through {node}, which is {downstream}, was taken: the other paths add to it"
TRANSPOSED = "What {operand} receives through {node} was transposed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A slip, and the numbers that it gives.

    Attributes:
        kind: What kind of slip it is.
        rarity: How rare it is: 1 for the commonest.
        clause: What the student did, in a sentence with fields.
        node: The index of the operation.
        operand: The index of the operand; None where the slip is not about one edge.
        fields: The numbers that the clause names.
        results: What the slip gives, for each question whose number it changes.
        slot: The operand's slot.
        terms: For an edge on numbers, by what the gradient that arrives at the operation was multiplied, and what was
            added to the product; None for others.
    """

    kind: Kind
    rarity: float
    clause: str
    node: int
    operand: int | None
    fields: Mapping[str, Any]
    results: Mapping[Question, Any]
    slot: int = 0
    terms: tuple[float, float] | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What is the same for the same slip at another point."""
        return self.clause, self.rarity, self.node, self.slot, self.operand

    def result(self, question: Question, solution: Solution) -> Any:
        """What the slip makes of the number that a question asks for."""
        return self.results[question] if question in self.results else solution.number(question)


def candidates(solution: Solution, questions: Sequence[Question]) -> list[Candidate]:
    """The slips that change at least one of the numbers, from the output back."""
    with solution.exercise.op.quiet():
        every = [*_edge_candidates(solution, questions), *_path_candidates(solution, questions)]
        every += [*_rule_candidates(solution, questions), *_forward_candidates(solution, questions)]
    return [each for each in every if each.results]


class WrongDownstream(NamedTuple):
    """What an operand receives by a slip.

    Attributes:
        kind: What kind of slip it is.
        rarity: How rare it is.
        value: The gradient that the operand receives.
        local: The wrong local derivative.
        clause: What the student did.
        terms: The factor of the gradient that arrives at the operation, and what is added to the product.
    """

    kind: Kind
    rarity: float
    value: Any
    local: Any
    clause: str
    terms: tuple[Any, Any] | None = None


def _edge_candidates(solution: Solution, questions: Sequence[Question]) -> Iterator[Candidate]:
    op = solution.exercise.op
    asked = [question for question in questions if question.is_gradient]
    visited = 0
    for step, edge in solution.edges if asked else ():
        node, operand = step.node, step.node.operands[edge.slot]
        visited += operand
        if visited > MOST_STEPS:
            return
        right = op.broadcast_like(0.0, step.operands[edge.slot])
        if edge.downstream is not None:
            right = edge.downstream.value
        for wrong in wrong_downstreams(solution, step, edge, right):
            change = op.sub(wrong.value, right)
            if not _is_usable(change, right):
                continue
            results = _results(solution, operand, change, asked)
            fields = fields_of(wrong, step, edge, right)
            terms = wrong.terms if op is FLOATS else None
            yield Candidate(
                wrong.kind, wrong.rarity, wrong.clause, node.index, operand, fields, results, edge.slot, terms
            )


def wrong_downstreams(
    solution: Solution, step: NodeBackward, edge: EdgeBackward, right: Any
) -> Iterator[WrongDownstream]:
    """What an operand receives by each slip at its edge, among them equal and infinite numbers; right is what it should
    receive."""
    op = solution.exercise.op
    is_output = step.node.index == solution.exercise.graph.output
    operand, upstream = step.operands[edge.slot], step.upstream.value
    if edge.local is None:
        yield from _wrong_downstreams_of_arrays(solution, step, edge, right)
    else:
        for kind, rarity, local, clause in wrong_locals(step.node, edge.slot, edge.local, step.y, step.operands, op):
            if kind == "inner derivative" and not shape_of(upstream) and abs(upstream) == 1:
                rarity += 0.6  # it would rather be called the outer one
            value = op.unbroadcast(op.scale(upstream, local), operand)
            yield WrongDownstream(kind, rarity, value, local, clause, (local, 0.0))
        if not is_output:
            alone = op.unbroadcast(op.broadcast_like(edge.local, upstream), operand)
            yield WrongDownstream("upstream", 1.4, alone, edge.local, slips.UPSTREAM, (0.0, edge.local))
        added = op.unbroadcast(op.add(upstream, edge.local), operand)
        yield WrongDownstream("arithmetic", 2.5, added, edge.local, slips.ADDED, (1.0, edge.local))
    zero = op.broadcast_like(0.0, right)
    graph = solution.exercise.graph
    is_shared = len(graph.consumers(graph.nodes[step.node.operands[edge.slot]])) > 1
    yield WrongDownstream("missing path", 1.3 if is_shared else 1.4, zero, zero, slips.MISSING, (0.0, 0.0))


def fields_of(wrong: WrongDownstream, step: NodeBackward, edge: EdgeBackward, right: Any) -> dict[str, Any]:
    """The numbers that the clause of a slip at an edge names."""
    return {
        "right": right if edge.local is None else edge.local,
        "wrong": wrong.local,
        "upstream": step.upstream.value,
        "downstream": right,
    }


def _wrong_downstreams_of_arrays(
    solution: Solution, step: NodeBackward, edge: EdgeBackward, right: Any
) -> Iterator[WrongDownstream]:
    """Slips at an operation on whole arrays, which has no local derivatives entry by entry."""
    op, operand, upstream = solution.exercise.op, step.operands[edge.slot], step.upstream.value
    negative = op.neg(right)
    yield WrongDownstream("sign", 1.2, negative, negative, slips.SIGN)
    if len(shape_of(right)) == 2 and shape_of(right)[0] == shape_of(right)[1]:
        transposed = op.transpose(right)
        yield WrongDownstream("transposed", 1.3, transposed, transposed, TRANSPOSED)
    if not shape_of(upstream) and shape_of(operand):
        copied = op.broadcast_like(upstream, operand)
        yield WrongDownstream("inner derivative", 1.4, copied, copied, slips.INNER)
    if step.node.index != solution.exercise.graph.output:
        ones = Cotangent(op.broadcast_like(1.0, upstream))
        (alone,) = edges_of(step._replace(upstream=ones, slots=(edge.slot,)), op)
        if alone.downstream is not None:
            yield WrongDownstream("upstream", 1.4, alone.downstream.value, right, slips.UPSTREAM)


def _path_candidates(solution: Solution, questions: Sequence[Question]) -> Iterator[Candidate]:
    """Of three or more gradients that arrive at a node, only one was taken."""
    op = solution.exercise.op
    arriving: dict[int, list[tuple[int, EdgeBackward]]] = {}
    visited = 0
    for step, edge in solution.edges:
        visited += step.node.operands[edge.slot]
        if visited > MOST_STEPS:
            break
        arriving.setdefault(step.node.operands[edge.slot], []).append((step.node.index, edge))
    for operand, edges in arriving.items():
        for target, edge in edges if len(edges) > 2 else ():
            if edge.downstream is None:
                continue
            change = op.sub(edge.downstream.value, solution.gradient(operand))
            results = _results(solution, operand, change, questions) if _is_usable(change, change) else {}
            fields = {"downstream": edge.downstream.value}
            yield Candidate("missing path", 1.7, ONE_PATH, target, operand, fields, results, edge.slot)


def _results(solution: Solution, operand: int, change: Any, questions: Sequence[Question]) -> dict[Question, Any]:
    """What becomes of the gradients that are asked for if the one by an operand changes."""
    response = solution.response(operand, change)
    return {
        question: solution.exercise.op.add(solution.gradient(question.node), response[question.node])
        for question in questions
        if question.is_gradient and question.node in response and _differs(response[question.node])
    }


def _rule_candidates(solution: Solution, questions: Sequence[Question]) -> Iterator[Candidate]:
    """Slips with the product and the quotient rule at operations of which both operands depend on an input."""
    if solution.exercise.op is not FLOATS:
        return
    visited = 0
    for step in solution.steps:
        operation = step.node.operation
        if operation is None or operation.name not in ("mul", "div") or len(step.slots) < 2:
            continue
        visited += step.node.index
        if visited > MOST_STEPS:
            return
        first, second = (solution.unit_response(operand) for operand in step.node.operands)
        slopes = {
            question: (first.get(question.node, 0.0), second.get(question.node, 0.0))
            for question in questions
            if question.is_gradient and (question.node in first or question.node in second)
        }
        u, v = step.operands
        rules = _product_rules(u, v, slopes) if operation.name == "mul" else _quotient_rules(u, v, slopes)
        for kind, rarity, clause, changes in rules:
            results = {
                question: solution.gradient(question.node) + step.upstream.value * change
                for question, change in changes.items()
                if change and isfinite(step.upstream.value * change)
            }
            yield Candidate(kind, rarity, clause, step.node.index, None, {}, results)


Slopes = Mapping[Question, tuple[float, float]]
"""The derivatives of both operands of an operation by the node that each question is about."""
RuleSlip = tuple[Kind, float, str, Mapping[Question, float]]
"""Kind, rarity, clause, and by how much the derivative of the operation is off for each question."""


def _product_rules(u: float, v: float, slopes: Slopes) -> Iterator[RuleSlip]:
    right = {question: du * v + u * dv for question, (du, dv) in slopes.items()}
    products = {question: du * dv - right[question] for question, (du, dv) in slopes.items() if du and dv}
    yield "product rule", 1.4, PRODUCT_OF_DERIVATIVES, products
    own = {question: du * u + v * dv - right[question] for question, (du, dv) in slopes.items()}
    yield "wrong operand", 1.65, OWN_OPERANDS, own


def _quotient_rules(u: float, v: float, slopes: Slopes) -> Iterator[RuleSlip]:
    both = {question: pair for question, pair in slopes.items() if all(pair)} if v else {}
    right = {question: du / v - u * dv / v / v for question, (du, dv) in both.items()}
    quotients = {question: du / dv - right[question] for question, (du, dv) in both.items()}
    yield "quotient rule", 1.4, QUOTIENT_OF_DERIVATIVES, quotients
    yield "quotient rule", 1.5, ORDER_OF_TERMS, {question: -2 * each for question, each in right.items()}
    yield "quotient rule", 1.6, NOT_DIVIDED, {question: each * (v - 1) for question, each in right.items()}


def _forward_candidates(solution: Solution, questions: Sequence[Question]) -> Iterator[Candidate]:
    """Slips in the value of an operation, with which both passes go on."""
    graph, op = solution.exercise.graph, solution.exercise.op
    visited = 0
    for node in graph.nodes:
        if node.operation is None or not graph.needed[node.index]:
            continue
        operands = [solution.values[operand] for operand in node.operands]
        right = solution.values[node.index]
        for kind, rarity, value, clause in wrong_values(node, right, operands, op):
            visited += len(graph.nodes)
            if visited > MOST_FORWARD_STEPS:
                return
            if not _is_usable(op.sub(value, right), right):
                continue
            try:
                wrong = Solution(solution.exercise, {node.index: value})
            except GraphdiffError:  # an index out of range, a singular matrix
                continue
            results = {
                question: wrong.number(question)
                for question in questions
                if _differs(op.sub(wrong.number(question), solution.number(question)))
            }
            rarity += RARITY_OF_VALUES
            yield Candidate(kind, rarity, clause, node.index, None, {"right": right, "wrong": value}, results)


def _differs(change: Any) -> bool:
    return change != 0 if isinstance(change, float) else bool((change != 0).any())


def _is_usable(change: Any, right: Any) -> bool:
    """Whether a slip changes something to a finite number of the same shape."""
    if shape_of(change) != shape_of(right):
        return False
    if isinstance(change, float):
        return change != 0 and isfinite(change)
    return bool((change != 0).any()) and bool(abs(change).max() < float("inf"))
