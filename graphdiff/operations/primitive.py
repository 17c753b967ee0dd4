"""The record of one primitive operation: all that graphdiff knows of it stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Gate(NamedTuple):
    """How an operation passes gradients back, in the words of the lectures.

    A gate that selects closes an edge whose local derivative is 0: nothing passes, not even 0 · inf = NaN.
    """

    name: str
    selects: bool = False


DISTRIBUTOR = Gate("distributor")
SIGNED_DISTRIBUTOR = Gate("signed distributor")
SWAP_MULTIPLIER = Gate("swap multiplier")
SWAP_DIVIDER = Gate("swap divider")
SIGN_FLIPPER = Gate("sign flipper")
POWER_SCALER = Gate("power scaler")
SCALER = Gate("scaler")
ROUTER = Gate("router", selects=True)
SWITCH = Gate("switch", selects=True)
BLOCKER = Gate("blocker", selects=True)


class Operator(NamedTuple):
    """How an operation is written between (or, with one input, before) its operands.

    left and right are the least precedences that stand there without parentheses.
    """

    symbol: str
    precedence: int
    left: int
    right: int


COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 7)
"""Precedences, the loosest first, as in grammar/expression.lark."""

Kernel = Callable[..., Any]
"""(xp, *xs, **parameters) -> y, in a namespace xp of elementary functions: operations/ieee or an array library's."""

Partial = Callable[..., Any]
"""(op, y, *xs, **parameters) -> ∂y/∂x_i from the output y and the inputs, through an interpreter op."""


def zero(op: Any, y: Any, *xs: Any) -> float:
    """The derivative of what is constant between its jumps."""
    return 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Primitive:
    """An elementwise operation.

    name        as in the JSON's "op"
    inputs      the names of its operands
    doc         one line
    gate        how it passes gradients back
    kernel      its value
    partials    one derivative rule for each operand; rules are the only source of derivatives
    sample      for each operand a range inside which the operation is smooth
    operator    how it is written, where not as a call of its name
    aliases     other names for it
    commutative whether its operands may be swapped, as fusing does
    variadic    whether more operands fold from the left: max(a, b, c) is max(max(a, b), c)
    kink        (op, y, *xs) -> nonzero where a derivative does not exist
    ties        what a rule chooses there
    parameters  what a node must know of which of its operands are constants
    reflection  (op, y) -> the operation of -x in terms of that of x, where formulas read better so
    patterns    formulas in its inputs that mean it, for fusing
    """

    name: str
    inputs: tuple[str, ...]
    doc: str
    gate: Gate
    kernel: Kernel
    partials: tuple[Partial, ...]
    sample: tuple[tuple[float, float], ...]
    operator: Operator | None = None
    aliases: tuple[str, ...] = ()
    commutative: bool = False
    variadic: bool = False
    kink: Callable[..., Any] | None = None
    ties: str = ""
    parameters: Callable[[tuple[bool, ...]], Mapping[str, Any]] | None = None
    reflection: Callable[..., Any] | None = None
    patterns: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
