"""The sizes of the terms that cancel where a result is 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sys import float_info
from typing import Any

from graphdiff.accuracy.absorption import is_rounding
from graphdiff.accuracy.evaluation import Evaluation, Key, Problem, evaluate, map_entries
from graphdiff.accuracy.interpreters import rounded_precise_interpreter
from graphdiff.algebra.expand import expand_gates
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.forward import update

SEEDS = (1, 2, 3)
"""Of the errors that show the sizes: relu and the like show only some of them."""


def sizes_of_terms(problem: Problem, keys: Sequence[Key], digits: int) -> Mapping[Key, Any]:
    """For results that are 0, or smaller than any float, the sizes of the terms that cancel there: how far a result
    moves if each operation has a small relative error, divided by that error. So the terms of x - y are x and y; those
    of (x - y)*(x - y) are 0 where x = y.

    A value in between that is not 0 has no other error than its own: the terms of ((x + y) - x)/y - 1 are 1 and 1, even
    where x is so large that 64 bits lose y beside it. So it is inside functions and loops.
    """
    problem = _expanded(problem)
    exact_ops = [rounded_precise_interpreter(problem.op, digits, seed) for seed in SEEDS[:2]]
    ops = [rounded_precise_interpreter(problem.op, digits, seed, spares_exact=False) for seed in SEEDS]
    try:
        first, second = [evaluate(problem, op) for op in exact_ops]
        values = [_with_own_errors(problem.graph, first, second, op) for op in ops]
        results = [evaluate(problem, op, values=each).results for op, each in zip(ops, values, strict=True)]
    except GraphdiffError:
        return {}
    functions: list[Any] = [op.functions for op in ops]
    rounding = functions[0].mp.mpf(10) ** -min(digits, *(each.digits_of_results for each in functions))
    if any(each.distances_from_edges for each in functions):  # the root of rounding alone
        rounding = rounding**0.5
    sizes = {key: (max(each[key] for each in results) - min(each[key] for each in results)) / rounding for key in keys}
    # An error that has led to another branch shows no terms.
    return {key: size for key, size in sizes.items() if size < float_info.max}


def _expanded(problem: Problem) -> Problem:
    """The problem without calls, unless steps beside kinks are chosen for them."""
    if problem.pieces:
        return problem
    graph = expand_gates(problem.graph, keeps_own_derivatives=True)
    indices = [graph.inputs[problem.graph.inputs.index(index)] for index in problem.indices]
    return problem._replace(graph=graph, indices=indices)


def _with_own_errors(graph: Graph, first: Evaluation, second: Evaluation, op: Any) -> list[Any]:
    """The values of the nodes, each with an error of its own alone; those that are 0, as two evaluations with different
    rounding show, with the errors of their operands too. What is selected has the error of what it is selected from."""
    exact, values = list(first.values), list(first.values)
    for node in graph.nodes:
        index, operation = node.index, node.operation
        if operation is None or exact[index] is None:
            continue
        update(graph, [node], values, op)
        zeros = map_entries(_is_zero, exact[index], second.values[index])
        if zeros == 1.0 or (isinstance(operation, Primitive) and operation.is_exact):
            continue
        if operation.is_elementwise:  # an exponent has no error
            right = exact[index]
            update(graph, [node], exact, op)
            own, exact[index] = exact[index], right
        else:
            own = op.with_errors(exact[index])
        values[index] = op.where(op.constant(zeros), values[index], own)
    return values


def _is_zero(one: Any, other: Any) -> float:
    return float(not one or is_rounding(one, other))
