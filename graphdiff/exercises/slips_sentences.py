"""Slips as sentences that a student understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import shorten
from graphdiff.exercises.answers import FEWEST_DIGITS, Question
from graphdiff.exercises.slips import Slip
from graphdiff.exercises.slips_candidates import Candidate
from graphdiff.exercises.solution import Solution
from graphdiff.graph.graph import Graph
from graphdiff.report.numbers import format_value, one_line
from graphdiff.writing.text import operation_of

DIGITS = 6
"""Significant digits of numbers in messages."""
MOST_EDGES = 3
"""Other edges that a message names."""


def slip_of(
    candidate: Candidate,
    question: Question,
    result: Any,
    solution: Solution,
    equivalents: Sequence[Candidate] = (),
    is_one_of_two: bool = False,
    rounded: float | None = None,
) -> Slip:
    """A slip with the sentence about the number that it gives.

    equivalents are the same slip at other edges, where it gives the same; rounded is the answer of few digits to which
    the number was rounded.
    """
    graph = solution.exercise.graph
    slot = None if candidate.operand is None else candidate.slot
    clause = clause_text(candidate.clause, graph, candidate.node, slot, candidate.fields)
    edge = _edge_of(candidate, graph)
    edges = [each for each in dict.fromkeys(_edge_of(other, graph) for other in equivalents) if each and each != edge]
    message = f"{clause}; {'with another slip, this' if is_one_of_two else 'this slip'} gives {shorten(question.name)}"
    message += f" = {number_text(result)}"
    if rounded is not None:
        message += f", which {number_text(rounded)} rounds to fewer than {FEWEST_DIGITS} significant digits"
    if edges:
        message += f", as does the same slip {_places_text(edges)}"
    return Slip(candidate.kind, graph.labels[candidate.node], edge, f"{message}.", is_one_of_two, tuple(edges))


def _edge_of(candidate: Candidate, graph: Graph) -> tuple[str, str] | None:
    """The labels of the operand and the operation of a slip."""
    return None if candidate.operand is None else (graph.labels[candidate.operand], graph.labels[candidate.node])


def _places_text(edges: Sequence[tuple[str, str]]) -> str:
    """Where else the slip may have been made, for the first edges."""
    places = [f"from {shorten(operand)} to {shorten(node)}" for operand, node in edges[:MOST_EDGES]]
    if len(edges) > MOST_EDGES:
        places.append(f"at {len(edges) - MOST_EDGES} more")
    return " or ".join([", ".join(places[:-1]), places[-1]] if places[1:] else places)


def clause_text(clause: str, graph: Graph, index: int, slot: int | None, fields: Mapping[str, Any]) -> str:
    """What the student did at an operation, or at one of its operands, with these numbers."""
    node = graph.nodes[index]
    labels = [shorten(graph.labels[operand]) for operand in node.operands]
    return clause.format(
        node=f"{shorten(graph.labels[index])} = {shorten(operation_of(graph, node), 60)}",
        operand="" if slot is None else labels[slot],
        other=labels[1 - slot] if slot is not None and len(labels) == 2 else labels[-1],
        **{name: number_text(value) for name, value in fields.items()},
    )


def number_text(value: Any) -> str:
    """A number or an array in a message."""
    return one_line(format_value(value, DIGITS))
