"""Rewrites of where, and facts about its conditions; a comment states each rewrite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from graphdiff.algebra.constants import number_of
from graphdiff.graph.function import Operation
from graphdiff.graph.node import Node
from graphdiff.operations import comparisons
from graphdiff.operations.registry import PRIMITIVES

if TYPE_CHECKING:
    from graphdiff.algebra.simplify import Simplifier

ADD, MUL, DIV, NEG, WHERE = (PRIMITIVES[name] for name in ("add", "mul", "div", "neg", "where"))
CONDITIONS = frozenset(comparisons.PRIMITIVES)
DEEPEST = 3
"""How many factors deep a rewrite looks."""


def gives_binary(simplifier: Simplifier, operation: Operation, operands: Sequence[Node]) -> bool:
    """Whether every entry of an operation is 0 or 1: a comparison, where(c, 0, 1), or a product of these."""
    if operation is MUL:
        return simplifier.is_binary(operands[0]) and simplifier.is_binary(operands[1])
    if operation is WHERE:
        return all([number_of(operand) in (0.0, 1.0) for operand in operands[1:]])
    return operation in CONDITIONS


def join_choices(simplifier: Simplifier, x: Node, y: Node) -> Node | None:
    """where(c, a, b) + where(c, d, e) = where(c, a + d, b + e)"""
    for choice in (x, y):
        if choice.operation is WHERE:
            condition = simplifier.operand(choice, 0)
            left, right = _branches(simplifier, x, condition), _branches(simplifier, y, condition)
            if left and right and all(map(_adds_directly, left, right)):
                sums = [simplifier.apply(ADD, pair) for pair in zip(left, right, strict=True)]
                return simplifier.apply(WHERE, (condition, *sums))
    return None


def _adds_directly(x: Node, y: Node) -> bool:
    """Whether a sum of branches is not a sum of choices again, which could recurse as deep as they are nested."""
    return 0 in (number_of(x), number_of(y)) or WHERE not in (x.operation, y.operation)


def _branches(simplifier: Simplifier, node: Node, condition: Node) -> tuple[Node, Node] | None:
    """The values of a node where a condition holds and where not, if it is a choice by it; a condition is 1 or 0."""
    if node.operation is WHERE and node.operands[0] == condition.index:
        return simplifier.operand(node, 1), simplifier.operand(node, 2)
    if node.index == condition.index and simplifier.is_binary(node):
        return simplifier.constant(1.0), simplifier.constant(0.0)
    return None


def _where(simplifier: Simplifier, condition: Node, x: Node, y: Node) -> Node | None:
    value = number_of(condition)
    if value is not None:  # where(1, x, y) = x
        return x if value else y
    if condition.operation is WHERE:
        choices = [number_of(simplifier.operand(condition, slot)) for slot in (1, 2)]
        if None not in choices and bool(choices[0]) != bool(choices[1]):
            # where(where(c, 1, 0), x, y) = where(c, x, y)
            return simplifier.apply(WHERE, (simplifier.operand(condition, 0), *((x, y) if choices[0] else (y, x))))
    then, otherwise = _assume(simplifier, condition, x, 1), _assume(simplifier, condition, y, 2)
    if then.index == otherwise.index:  # where(c, x, x) = x
        return then
    if simplifier.is_binary(condition) and number_of(then) == 1 and number_of(otherwise) == 0:
        return condition  # where(x > 0, 1, 0) = (x > 0)
    return None if then is x and otherwise is y else simplifier.apply(WHERE, (condition, then, otherwise))


def _assume(simplifier: Simplifier, condition: Node, node: Node, slot: int, depth: int = 0) -> Node:
    """Simplify a node under the assumption that a condition holds (slot 1) or does not hold (slot 2):
    where(c, a*where(c, b, 0), …) is where(c, a*b, …)."""
    if node.operation is WHERE and node.operands[0] == condition.index:
        return simplifier.operand(node, slot)
    if node.index == condition.index and simplifier.is_binary(node):
        return simplifier.constant(1.0 if slot == 1 else 0.0)
    if depth < DEEPEST and node.operation in (MUL, DIV, NEG):
        assert node.operation is not None
        operands = [simplifier.builder.nodes[operand] for operand in node.operands]
        assumed_operands = [_assume(simplifier, condition, operand, slot, depth + 1) for operand in operands]
        if any([one is not other for one, other in zip(assumed_operands, operands, strict=True)]):
            return simplifier.apply(node.operation, assumed_operands)
    return node


REWRITES: dict[Operation, Callable[..., Node | None]] = {WHERE: _where}
