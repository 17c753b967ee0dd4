"""The slips that students make with local derivatives, and the wrong local derivatives that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive

Kind = Literal[
    "sign",
    "inner derivative",
    "upstream",
    "missing path",
    "reciprocal",
    "wrong operand",
    "product rule",
    "quotient rule",
    "power rule",
    "integrated",
    "transposed",
    "arithmetic",
    "rounding",
]


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that explains a wrong answer.

    Attributes:
        kind: What kind of slip it is.
        node: The operation at which it was made, by its label; None if it is not about one.
        edge: The operand and the operation between which the gradient goes wrong, by their labels; None if it is not
            about one edge.
        message: One sentence for the student, with the number that the slip gives.
        is_one_of_two: Whether two slips together explain the answer, of which it is one.
        equivalent_edges: Other edges at which the same slip gives the same numbers, so that no answer tells them apart.
    """

    kind: Kind
    node: str | None
    edge: tuple[str, str] | None
    message: str
    is_one_of_two: bool = False
    equivalent_edges: tuple[tuple[str, str], ...] = ()


class WrongNumber(NamedTuple):
    """A wrong local derivative or value: the slip that gives it, how rare that is, and what the student did, in a
    sentence with the fields {node}, {operand}, {other} (the second operand), {right} and {wrong}."""

    kind: Kind
    rarity: float
    value: Any
    clause: str


class LocalRule(NamedTuple):
    """A wrong derivative rule of one operand of an operation: (op, y, *xs) -> the wrong local derivative."""

    slot: int
    kind: Kind
    rarity: float
    derivative: Callable[..., Any]
    clause: str


SIGN = "The derivative of {node} by {operand} is {right}, and {wrong} has the wrong sign"
INNER = "The derivative of {node} by {operand}, which is {right}, was left out"
UPSTREAM = (
    "The gradient that arrives at {node}, which is {upstream}, was left out: {operand} received the local derivative "
    "{right} alone"
)
MISSING = "What {operand} receives through {node}, which is {downstream}, was left out"
RECIPROCAL = "The derivative of {node} by {operand} is {right}, and {wrong} is its reciprocal"
MULTIPLIED = (
    "The derivative of {node} by {operand} is that of this operation alone, {right}, and not yet multiplied by the "
    "gradient that arrives, {upstream}"
)
ADDED = "The gradient that arrives at {node} is multiplied by the local derivative {right}, not added to it"
OWN_OPERAND = "The derivative of the product {node} by {operand} is the other factor, {other}, and not {operand} itself"
ANOTHER_ARGUMENT = "The derivative of {node} by {operand} was evaluated at {node} in place of {operand}"
ITSELF = "The derivative of {node} by {operand} uses the value of {node}, and not that of {operand}"
INTEGRATED = "{node} was integrated and not differentiated: its derivative by {operand} is {right}, and not {wrong}"
SELECTED = "{node} passes its gradient only to the operand that it selected"
CLOSED, OPEN = f"{SELECTED}, which is not {{operand}}", f"{SELECTED}, which is {{operand}}"
NOT_LOWERED = (
    "The power rule lowers the exponent of {node} by 1: its derivative by {operand} is {right}, and not {wrong}"
)
NO_FACTOR = (
    "The power rule puts the exponent of {node} in front: its derivative by {operand} is {right}, and not {wrong}"
)
AS_POWER = "{node} has its variable in the exponent, where the power rule does not apply: its derivative is {right}"
NOT_SQUARED = "The quotient rule divides by the square of the denominator: the derivative of {node} is {right}"
NO_NUMERATOR = "The derivative of {node} by its denominator {operand} has the numerator as a factor: it is {right}"
NO_LOGARITHM = "The derivative of {node} has a logarithm of the base as a factor: it is {right}, and not {wrong}"
NOT_A_SQUARE = "The derivative of {node} by {operand} has a square in it: it is {right}, and not {wrong}"
OWN_SIGN = "{name} is {right}, and {wrong} has the wrong sign"
"""Where a number as a whole has the wrong sign."""

LOCAL_RULES: Mapping[str, Sequence[LocalRule]] = {
    "mul": (
        LocalRule(0, "wrong operand", 1.6, lambda op, y, u, v: u, OWN_OPERAND),
        LocalRule(1, "wrong operand", 1.6, lambda op, y, u, v: v, OWN_OPERAND),
    ),
    "div": (
        LocalRule(1, "quotient rule", 1.6, lambda op, y, u, v: op.neg(op.div(u, v)), NOT_SQUARED),
        LocalRule(1, "quotient rule", 1.7, lambda op, y, u, v: op.neg(op.div(op.div(1.0, v), v)), NO_NUMERATOR),
        LocalRule(1, "quotient rule", 1.8, lambda op, y, u, v: op.div(u, v), NOT_SQUARED),
        LocalRule(0, "quotient rule", 2.0, lambda op, y, u, v: op.div(op.div(1.0, v), v), NOT_SQUARED),
        LocalRule(1, "integrated", 2.3, lambda op, y, u, v: op.mul(u, op.log(op.abs(v))), INTEGRATED),
    ),
    "pow": (
        LocalRule(0, "power rule", 1.5, lambda op, y, x, n: op.mul(n, y), NOT_LOWERED),
        LocalRule(0, "power rule", 1.5, lambda op, y, x, n: op.pow(x, op.sub(n, 1.0)), NO_FACTOR),
        LocalRule(
            0, "power rule", 1.9, lambda op, y, x, n: op.mul(op.sub(n, 1.0), op.pow(x, op.sub(n, 1.0))), NO_FACTOR
        ),
        LocalRule(0, "power rule", 1.9, lambda op, y, x, n: op.mul(n, op.pow(x, op.add(n, 1.0))), NOT_LOWERED),
        LocalRule(0, "power rule", 2.2, lambda op, y, x, n: op.mul(n, op.pow(x, op.sub(n, 2.0))), NOT_LOWERED),
        LocalRule(0, "power rule", 2.2, lambda op, y, x, n: op.mul(n, x), NOT_LOWERED),
        LocalRule(0, "power rule", 2.4, lambda op, y, x, n: op.mul(y, op.log(x)), NOT_LOWERED),
        LocalRule(0, "integrated", 2.0, lambda op, y, x, n: op.div(op.mul(x, y), op.add(n, 1.0)), INTEGRATED),
        LocalRule(1, "power rule", 1.5, lambda op, y, a, x: op.mul(x, op.pow(a, op.sub(x, 1.0))), AS_POWER),
        LocalRule(1, "power rule", 1.7, lambda op, y, a, x: y, NO_LOGARITHM),
        LocalRule(1, "integrated", 2.2, lambda op, y, a, x: op.div(y, op.log(a)), INTEGRATED),
    ),
    "sqrt": (
        LocalRule(0, "power rule", 1.5, lambda op, y, x: op.div(1.0, y), NO_FACTOR),
        LocalRule(0, "power rule", 1.6, lambda op, y, x: op.mul(0.5, y), NOT_LOWERED),
        LocalRule(0, "power rule", 2.0, lambda op, y, x: op.div(0.5, x), NOT_LOWERED),
        LocalRule(0, "integrated", 2.2, lambda op, y, x: op.div(op.mul(x, y), 1.5), INTEGRATED),
    ),
    "exp": (LocalRule(0, "power rule", 1.5, lambda op, y, x: op.mul(x, op.exp(op.sub(x, 1.0))), AS_POWER),),
    "log": (
        LocalRule(0, "reciprocal", 2.1, lambda op, y, x: op.div(1.0, y), RECIPROCAL),
        LocalRule(0, "integrated", 2.2, lambda op, y, x: op.sub(op.mul(x, y), x), INTEGRATED),
    ),
    "log2": (LocalRule(0, "power rule", 1.7, lambda op, y, x: op.div(1.0, x), NO_LOGARITHM),),
    "log10": (LocalRule(0, "power rule", 1.7, lambda op, y, x: op.div(1.0, x), NO_LOGARITHM),),
    "sin": (LocalRule(0, "integrated", 2.2, lambda op, y, x: op.neg(op.cos(x)), INTEGRATED),),
    "cos": (LocalRule(0, "integrated", 2.2, lambda op, y, x: op.sin(x), INTEGRATED),),
    "tan": (
        LocalRule(0, "power rule", 1.8, lambda op, y, x: op.div(1.0, op.cos(x)), NOT_A_SQUARE),
        LocalRule(0, "integrated", 2.3, lambda op, y, x: op.neg(op.log(op.abs(op.cos(x)))), INTEGRATED),
    ),
    "sinh": (LocalRule(0, "sign", 1.6, lambda op, y, x: op.neg(op.cosh(x)), SIGN),),
    "tanh": (
        LocalRule(0, "power rule", 1.8, lambda op, y, x: op.sub(1.0, y), NOT_A_SQUARE),
        LocalRule(0, "wrong operand", 1.8, lambda op, y, x: op.sub(1.0, op.mul(x, x)), ITSELF),
        LocalRule(0, "sign", 1.9, lambda op, y, x: op.add(1.0, op.mul(y, y)), SIGN),
        LocalRule(0, "integrated", 2.3, lambda op, y, x: op.log(op.cosh(x)), INTEGRATED),
    ),
    "sigmoid": (LocalRule(0, "integrated", 2.3, lambda op, y, x: op.softplus(x), INTEGRATED),),
    "atan": (LocalRule(0, "sign", 1.8, lambda op, y, x: op.div(1.0, op.sub(1.0, op.mul(x, x))), SIGN),),
}
"""Wrong rules by the name of an operation, besides those that every operation has."""


def wrong_locals(
    node: Node, slot: int, right: Any, y: Any, operands: Sequence[Any], op: Numeric
) -> Iterator[WrongNumber]:
    """The wrong local derivatives of an elementwise operation by the operand in a slot, among them equal ones."""
    operation = node.operation
    yield WrongNumber("sign", 1.0 if _is_negative(right) else 1.3, op.neg(right), SIGN)
    yield WrongNumber("inner derivative", 1.2, op.broadcast_like(1.0, right), INNER)
    yield WrongNumber("reciprocal", 2.1, op.div(1.0, right), RECIPROCAL)
    if not isinstance(operation, Primitive):
        return
    for rule in LOCAL_RULES.get(operation.name, ()):
        if rule.slot == slot:
            yield WrongNumber(rule.kind, rule.rarity, rule.derivative(op, y, *operands), rule.clause)
    if operation.backward_pattern.selects:
        yield _wrong_selection(right, op)
    elif len(operands) == 1 and operation.is_elementwise:
        (x,) = operands
        partial = operation.partials[0]
        at_value = partial(op, op.apply(operation, y, **node.parameters), y, **node.parameters)
        yield WrongNumber("wrong operand", 2.3, at_value, ANOTHER_ARGUMENT)
        yield WrongNumber("wrong operand", 1.8, partial(op, x, x, **node.parameters), ITSELF)


def _wrong_selection(right: Any, op: Numeric) -> WrongNumber:
    """The gradient passed to an operand that was not selected, or not passed to the one that was."""
    if not isinstance(right, float):
        return WrongNumber("wrong operand", 1.7, op.sub(1.0, right), SELECTED)
    rarity, clause = (1.7, OPEN) if right else (1.1, CLOSED)  # a closed gate has no inner derivative to leave out
    return WrongNumber("wrong operand", rarity, op.sub(1.0, right), clause)


def _is_negative(value: Any) -> bool:
    return bool(value < 0) if isinstance(value, float) else False
