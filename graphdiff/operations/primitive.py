"""The record of one primitive operation: all that graphdiff knows of it stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from graphdiff.operations.functions import CallChecker
from graphdiff.operations.options import Option
from graphdiff.operations.shapes import Shape


class BackwardPattern(NamedTuple):
    """How an operation passes gradients back, in the words of the lectures.

    A gate that selects closes an edge whose local derivative is 0: nothing passes, not even 0 · inf = NaN.
    """

    name: str
    selects: bool = False


DISTRIBUTOR = BackwardPattern("distributor")
SIGNED_DISTRIBUTOR = BackwardPattern("signed distributor")
SWAP_MULTIPLIER = BackwardPattern("swap multiplier")
SWAP_DIVIDER = BackwardPattern("swap divider")
SIGN_FLIPPER = BackwardPattern("sign flipper")
POWER_SCALER = BackwardPattern("power scaler")
SCALER = BackwardPattern("scaler")
ROUTER = BackwardPattern("router", selects=True)
SWITCH = BackwardPattern("switch", selects=True)
BLOCKER = BackwardPattern("blocker", selects=True)
MATRIX_MULTIPLIER = BackwardPattern("matrix swap multiplier")
SPREADER = BackwardPattern("spreader")
GATHERER = BackwardPattern("gatherer", selects=True)
MOVER = BackwardPattern("mover")
NORMALIZER = BackwardPattern("normalizer")
SOURCE = BackwardPattern("source")


COMPARISON, SUM, PRODUCT, SIGN, POWER, LITERAL, ATOM = range(1, 8)
"""Precedences, the loosest first, as in grammar/expression.lark; a number is a literal: 2.T is none."""


class Operator(NamedTuple):
    """How an operation is written between (or, with one input, before) its operands.

    left and right are the least precedences that stand there without parentheses.
    """

    symbol: str
    precedence: int
    left: int
    right: int


class Latex(NamedTuple):
    """How an operation is written in LaTeX.

    template stands before the operands in parentheses (`\\sin`), or has them in their places: `\\sqrt{#1}`. In place of
    an operator's symbol it stands between the operands. precedence is how tightly it holds together, operands are the
    least precedences that stand there without parentheses: 0, the default, between braces or delimiters.
    A call that gives options is always a name before parentheses.
    """

    template: str
    precedence: int = ATOM
    operands: tuple[int, ...] = (0, 0)


class Fold(NamedTuple):
    """The function that joins the terms of a comprehension by this operation: sum by add; and what it is of none."""

    function: str
    empty: float | None = None


Kernel = Callable[..., Any]
"""(xp, *xs, **parameters) -> y, in a namespace xp of elementary functions: operations/ieee or an array library's."""

Partial = Callable[..., Any]
"""(op, y, *xs, **parameters) -> ∂y/∂x_i from the output y and the inputs, through an interpreter op."""

Vjp = Callable[..., Any]
"""(op, g, y, *xs, **parameters) -> the cotangent of x_i from the cotangent g of the output y."""


class Sample(NamedTuple):
    """Shapes that operands may have together, with parameters: where tests try a rule."""

    shapes: tuple[Shape, ...]
    parameters: Mapping[str, Any] = {}


def zero(op: Any, y: Any, *xs: Any) -> float:
    """The derivative of what is constant between its jumps."""
    return 0.0


def no_index(slot: int) -> bool:
    """Of an operation without indices."""
    return False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Primitive:
    """An operation: elementwise where it has partials, else on whole arrays.

    name        as in the JSON's "op"
    inputs      the names of its operands
    doc         one line
    backward_pattern  how it passes gradients back
    kernel      its value
    partials    of an elementwise operation, a derivative rule for each operand; these and vjps are the only source
                of derivatives
    vjps        of any other, for each operand what is passed back to it; None where that is nothing, as it is beyond
                the last; of operands that are all alike a function of the slot
    shape       (*shapes, **parameters) -> the shape of the output, where that is not the operands' broadcast together;
                raises GraphdiffError where the operands do not fit
    sample      for each operand a range inside which the operation is smooth
    samples     shapes to try it on, where it is not elementwise
    options     constants that a call gives by name or after the operands
    is_index    whether the operand in a slot is an index: a whole number, by which nothing is differentiated
    by_elimination  whether it is computed by elimination, which chooses its way by the numbers
    moves       whether the rule only moves, copies and adds entries, so that what a gate closed stays closed
    operator    how it is written, where not as a call of its name
    latex       how it is written in LaTeX, where not by its operator or its name
    aliases     other names for it
    is_called   whether a formula calls it by its name; an index is written x[0]
    alone_as    the function that means it when called with one operand: max(x) is amax(x)
    commutative whether its operands may be swapped, as fusing does
    variadic    whether more operands fold from the left: max(a, b, c) is max(max(a, b), c)
    n_ary       whether it takes any number of operands at once, all alike
    fold        what a comprehension joins by it
    kink        (op, y, *xs) -> nonzero where a derivative does not exist
    ties        what a rule chooses there
    nonfinite   what it means that its value is not finite though its operands are
    parameters  what a node must know of which of its operands are constants
    reflection  (op, y) -> the operation of -x in terms of that of x, where formulas read better so
    fuse_patterns  formulas in its inputs that --fuse replaces by it
    fused       the options of a reduction in a fuse pattern -> its own; None where it means something else then
    """

    name: str
    inputs: tuple[str, ...]
    doc: str
    backward_pattern: BackwardPattern
    kernel: Kernel
    partials: tuple[Partial, ...] = ()
    vjps: tuple[Vjp | None, ...] | Callable[[int], Vjp] = ()
    shape: Callable[..., Shape] | None = None
    sample: tuple[tuple[float, float], ...] = ()
    samples: tuple[Sample, ...] = ()
    options: tuple[Option, ...] = ()
    is_index: Callable[[int], bool] = no_index
    by_elimination: bool = False
    moves: bool = False
    operator: Operator | None = None
    latex: Latex | None = None
    aliases: tuple[str, ...] = ()
    is_called: bool = True
    alone_as: str = ""
    commutative: bool = False
    variadic: bool = False
    n_ary: bool = False
    fold: Fold | None = None
    kink: Callable[..., Any] | None = None
    ties: str = ""
    nonfinite: str = ""
    parameters: Callable[[tuple[bool, ...]], Mapping[str, Any]] | None = None
    reflection: Callable[..., Any] | None = None
    fuse_patterns: tuple[str, ...] = ()
    fused: Callable[..., Mapping[str, Any] | None] = lambda **options: options
    # What graph/function.Function has in addition: the values of the program that its body uses, the options of a
    # call and their defaults, and counts of the operations inside it.
    captures: ClassVar[tuple[str, ...]] = ()
    option_values: ClassVar[Mapping[str, Any]] = {}
    option_defaults: ClassVar[Mapping[str, Any]] = {}
    size: ClassVar[int] = 0
    work: ClassVar[int] = 0
    depth: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Raises AttributeError where the kernel of an elementwise operation calls a function without a row in
        operations/functions; others are checked when they first run."""
        if self.is_elementwise:
            xp = CallChecker()
            self.kernel(xp, *[xp] * len(self.inputs))

    @property
    def is_elementwise(self) -> bool:
        """Whether entry i of the output depends on entries i of the operands alone."""
        return self.shape is None

    @property
    def asks_for_constants(self) -> bool:
        """Whether a node must know which of its operands are constants."""
        return self.parameters is not None

    def with_constants(self, constants: tuple[bool, ...]) -> Primitive:
        """The operation for operands some of which are constants; a primitive is the same for all."""
        return self

    @property
    def passes_to_all(self) -> bool:
        """Whether something is differentiated by each operand."""
        return self.shape is None and self.is_index is no_index

    def vjp(self, slot: int) -> Vjp | None:
        """What passes the cotangent back to the operand in a slot."""
        if callable(self.vjps):
            return self.vjps(slot)
        return self.vjps[slot] if slot < len(self.vjps) else None

    def passes_to(self, slot: int) -> bool:
        """Whether a gradient passes to the operand in a slot."""
        return not self.is_index(slot) if self.is_elementwise else self.vjp(slot) is not None

    def differentiable_slots(self, slots: list[int]) -> list[int]:
        """The slots, among these, to whose operands a gradient passes."""
        return slots if self.passes_to_all else [slot for slot in slots if self.passes_to(slot)]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
