"""The slips that students make in the forward pass, and the wrong values that they give."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.exercises.slips import Kind, WrongNumber
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric


class ValueRule(NamedTuple):
    """What an operation was taken for: (op, *xs) -> the wrong value."""

    kind: Kind
    rarity: float
    compute: Callable[..., Any]
    clause: str


SUBTRACTED = "{node} is a sum, in which {other} is added and not subtracted"
ADDED = "{node} is a difference, in which {other} is subtracted and not added"
ORDER = "The operands of {node} were swapped"
SUM_FOR_PRODUCT = "{node} is a product, and not a sum"
PRODUCT_FOR_SUM = "{node} is a sum, and not a product"
INVERTED = "The value of {node} is {right}, and {wrong} is its reciprocal"
PRODUCT_FOR_QUOTIENT = "{node} is a quotient, and not a product"
PRODUCT_FOR_POWER = "{node} is a power, and not the product of the base and the exponent"
NEGATIVE = "The value of {node} is {right}, and {wrong} has the wrong sign"
DEGREES = "The operand of {node} is in radians, and not in degrees"
NATURAL = "{node} is another logarithm: its value is {right}, and not {wrong}"
OTHER_BRANCH = "{node} selects {right}, and not {wrong}"
POINT = "The value of {node} is {right}: the decimal point of {wrong} is in the wrong place"

VALUE_RULES: Mapping[str, Sequence[ValueRule]] = {
    "add": (
        ValueRule("sign", 1.4, lambda op, x, y: op.sub(x, y), SUBTRACTED),
        ValueRule("arithmetic", 2.3, lambda op, x, y: op.mul(x, y), PRODUCT_FOR_SUM),
    ),
    "sub": (
        ValueRule("sign", 1.3, lambda op, x, y: op.add(x, y), ADDED),
        ValueRule("sign", 1.4, lambda op, x, y: op.sub(y, x), ORDER),
    ),
    "mul": (ValueRule("arithmetic", 2.0, lambda op, x, y: op.add(x, y), SUM_FOR_PRODUCT),),
    "div": (
        ValueRule("reciprocal", 1.7, lambda op, x, y: op.div(y, x), INVERTED),
        ValueRule("arithmetic", 2.2, lambda op, x, y: op.mul(x, y), PRODUCT_FOR_QUOTIENT),
    ),
    "pow": (
        ValueRule("arithmetic", 1.8, lambda op, x, y: op.mul(x, y), PRODUCT_FOR_POWER),
        ValueRule("arithmetic", 2.3, lambda op, x, y: op.pow(y, x), ORDER),
    ),
    "max": (ValueRule("wrong operand", 1.8, lambda op, x, y: op.min(x, y), OTHER_BRANCH),),
    "min": (ValueRule("wrong operand", 1.8, lambda op, x, y: op.max(x, y), OTHER_BRANCH),),
    "sin": (ValueRule("arithmetic", 1.8, lambda op, x: op.sin(op.mul(math.pi / 180, x)), DEGREES),),
    "cos": (ValueRule("arithmetic", 1.8, lambda op, x: op.cos(op.mul(math.pi / 180, x)), DEGREES),),
    "tan": (ValueRule("arithmetic", 1.8, lambda op, x: op.tan(op.mul(math.pi / 180, x)), DEGREES),),
    "log": (ValueRule("arithmetic", 1.9, lambda op, x: op.log10(x), NATURAL),),
    "log10": (ValueRule("arithmetic", 1.9, lambda op, x: op.log(x), NATURAL),),
}
"""Wrong values by the name of an operation, besides those that every operation has."""


def wrong_values(node: Node, right: Any, operands: Sequence[Any], op: Numeric) -> Iterator[WrongNumber]:
    """The wrong values of an operation on these operands, among them equal ones."""
    assert node.operation is not None
    for rule in VALUE_RULES.get(node.operation.name, ()):
        yield WrongNumber(rule.kind, rule.rarity, rule.compute(op, *operands), rule.clause)
    yield WrongNumber("sign", 1.6, op.neg(right), NEGATIVE)
    yield WrongNumber("arithmetic", 2.6, op.mul(right, 10.0), POINT)
    yield WrongNumber("arithmetic", 2.6, op.div(right, 10.0), POINT)
