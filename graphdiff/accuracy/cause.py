"""The operation at which a number of a trace lost its digits."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

from graphdiff.accuracy.evaluation import Evaluation, entries_of
from graphdiff.accuracy.inaccuracy import Cause, Why
from graphdiff.errors import shorten
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.backward import edges_of
from graphdiff.passes.cotangents import NodeBackward
from graphdiff.passes.forward import evaluate
from graphdiff.passes.nonfinite import nonfinite_origin
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import to_list
from graphdiff.writing.text import operation_of

SHARE = 0.1
"""An error comes from an operand, or from a gradient that arrives, whose own error is at least this part of it."""


class CauseFinder:
    """Compares the numbers of a trace, node by node, with those of an evaluation in many digits."""

    def __init__(self, trace: Trace, right: Evaluation) -> None:
        self._graph = trace.graph
        self._op = trace.op
        self._values = trace.values
        self._gradients = {trace.graph.input_indices[name]: each for name, each in trace.gradients.items()}
        self._steps = {step.node.index: step for step in trace.steps}
        self._right = right

    def cause(self, of: str) -> Cause:
        """The cause of an error of the value ("value") or of the gradient by x ("d_x")."""
        return self._cause_of_value(self._graph.output) if of == "value" else self._cause_of_gradient(of[2:])

    def _cause_of_gradient(self, name: str) -> Cause:
        """A value where one is wrong, else a sum of gradients or a local derivative."""
        index = self._graph.input_indices[name]
        number, right = self._gradients[index], self._right.gradients[index]
        while True:
            error = min(_relative_error(number, right), 1.0)
            consumers = sorted({edge.target for edge in self._graph.consumers(self._graph.nodes[index])})
            pairs = {each: self._terms(each, index) for each in consumers if each in self._right.steps}
            if not pairs:
                return self._cause(index, self._graph.labels[index], _why(number, right))
            worst = max(pairs, key=lambda each: _distance(*pairs[each]))
            if _relative_error(*pairs[worst]) < SHARE * error:
                through = [shorten(self._graph.labels[each]) for each in pairs]
                more = f" and {len(through) - 3} more" if len(through) > 3 else ""
                expression = f"the sum of the gradients through {', '.join(through[:3])}{more}"
                return self._cause(index, expression, _why(number, right))
            node = self._graph.nodes[worst]
            value = max((*node.operands, worst), key=self._value_error)
            if self._value_error(value) >= SHARE * error:
                return self._cause_of_value(value)
            number, right = self._upstream(worst, self._steps), self._upstream(worst, self._right.steps)
            if _relative_error(number, right) < SHARE * error:
                return self._cause(worst, operation_of(self._graph, node), _why(*pairs[worst]))
            index = worst

    def _cause_of_value(self, index: int) -> Cause:
        """Follow the operand whose error has the largest effect, as long as that error is a part of this one."""
        while True:
            node = self._graph.nodes[index]
            error = min(self._value_error(index), 1.0)
            wrong = [operand for operand in node.operands if self._value_error(operand) >= SHARE * error]
            if not wrong:
                why = _why(self._values[index], self._right.values[index])
                return self._cause(index, operation_of(self._graph, node), why)
            index = wrong[0] if len(wrong) == 1 else max(wrong, key=lambda operand: self._effect(node, operand))

    def _cause(self, index: int, expression: str, why: Why) -> Cause:
        return Cause(self._graph.labels[index], expression, why, self._graph.nodes[index].span)

    def _value_error(self, index: int) -> float:
        return _relative_error(self._values[index], self._right.values[index])

    def _effect(self, node: Node, wrong: int) -> float:
        """How far a value is off if only this operand is."""
        op, right = self._right.op, self._right.values
        operands = [
            op.constant(to_list(self._values[operand])) if operand == wrong else right[operand]
            for operand in node.operands
        ]
        return float(_distance(evaluate(node, operands, op), right[node.index]))

    def _terms(self, consumer: int, index: int) -> tuple[Any, Any]:
        """What a consumer passes back to a node, in the trace and right."""
        right = _term(self._right.steps[consumer], self._right.op, index)
        step = self._steps.get(consumer)
        return (0.0 if step is None else _term(step, self._op, index)), right

    def _upstream(self, index: int, steps: Mapping[int, NodeBackward]) -> Any:
        return steps[index].upstream.value if index in steps else 0.0


def singular_cause(trace: Trace) -> Cause:
    """The cause of a number that is not finite because a derivative is not."""
    node = trace.graph.nodes[nonfinite_origin(trace).node]
    expression = trace.graph.labels[node.index] if node.operation is None else operation_of(trace.graph, node)
    return Cause(trace.graph.labels[node.index], expression, "overflow", node.span)


def _term(step: NodeBackward, op: Numeric, index: int) -> Any:
    """What a step passes back to a node: the sum over its edges to it."""
    term: Any = 0.0
    with op.quiet():
        for edge in edges_of(step, op):
            if step.node.operands[edge.slot] == index and edge.downstream is not None:
                term = op.add(term, edge.downstream.value)
    return term


def _why(numbers: Any, right: Any) -> Why:
    pairs = list(_pairs(numbers, right))
    if not all(math.isfinite(number) for number, _ in pairs):
        return "overflow"
    if any(each and abs(each) < sys.float_info.min for _, each in pairs):
        return "underflow"
    return "cancellation"


def _pairs(numbers: Any, right: Any) -> list[tuple[Any, Any]]:
    """The entries of two values, of which one may be a number that stands for all entries."""
    first, second = dict(entries_of(numbers)), dict(entries_of(right))
    places = first if len(first) > len(second) else second
    return [(first.get(place, first.get(())), second.get(place, second.get(()))) for place in places]


def _relative_error(numbers: Any, right: Any) -> float:
    """The largest relative error of an entry; infinite for a number that is not finite, as its right value is."""
    return max(_relative(number, each) for number, each in _pairs(numbers, right))


def _relative(number: float, right: Any) -> float:
    if number == right or right != right:
        return 0.0
    return float(abs(number - right) / abs(right)) if math.isfinite(number) and right else math.inf


def _distance(numbers: Any, right: Any) -> Any:
    """The largest error of an entry; infinite for a number that is not finite."""
    return max(abs(number - each) if number - number == 0 else math.inf for number, each in _pairs(numbers, right))
