"""Primitive, the record of one operation: everything that graphdiff knows about the operation is a field of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import CallChecker
from graphdiff.operations.options import Option
from graphdiff.operations.shapes import Shape


class BackwardPattern(NamedTuple):
    """How an operation passes gradients back, under the name that lectures on neural networks give it.

    A gate that selects closes an edge whose local derivative is 0: nothing passes, so that 0 · inf is not NaN.
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
LOOP = BackwardPattern("loop")


COMPARISON, SUM, PRODUCT, SIGN, POWER, LITERAL, ATOM = range(1, 8)
"""Precedences, the loosest first, as in grammar/expression.lark. A number is a LITERAL and not an ATOM, since 2.T is
not a transpose."""


class Operator(NamedTuple):
    """How an operation is written between (or, with one input, before) its operands.

    left and right are the lowest precedences of operands that need no parentheses there.
    """

    symbol: str
    precedence: int
    left: int
    right: int


class Latex(NamedTuple):
    """How an operation is written in LaTeX.

    template stands before the operands in parentheses (`\\sin`), or has placeholders for them: `\\sqrt{#1}`. For an
    operator it replaces the symbol between the operands. precedence is that of the result, operands are the lowest
    precedences of operands that need no parentheses: 0, the default, for operands between braces or delimiters.
    A call with options is always a name before parentheses.
    """

    template: str
    precedence: int = ATOM
    operands: tuple[int, ...] = (0, 0)


class Fold(NamedTuple):
    """The comprehension whose terms this operation joins, as add does for sum, and its value if there are no terms."""

    function: str
    empty: float | None = None


Kernel = Callable[..., Any]
"""(xp, *xs, **parameters) -> y, in a namespace xp of elementary functions: operations/ieee.py or an array library's."""

Partial = Callable[..., Any]
"""(op, y, *xs, **parameters) -> ∂y/∂x_i from the output y and the inputs, through an interpreter op."""

Vjp = Callable[..., Any]
"""(op, g, y, *xs, **parameters) -> the cotangent of x_i from the cotangent g of the output y."""


Complement = Callable[..., Any]
"""(op, *xs) -> a sum of 1 and the output y, such as 1 - y, from the inputs."""


class Sample(NamedTuple):
    """Shapes that operands can have together, with parameters: what tests try a rule on."""

    shapes: tuple[Shape, ...]
    parameters: Mapping[str, Any] = {}


def zero(op: Any, y: Any, *xs: Any) -> float:
    """The derivative rule of an operation that is constant between its jumps."""
    return 0.0


class NoDerivative:
    """The rule of an operand by which no derivative is computed: it raises GraphdiffError("value")."""

    def __init__(self, operand: str) -> None:
        self.operand = operand

    def __call__(self, op: Any, y: Any, *xs: Any) -> Any:
        raise GraphdiffError(
            "value",
            f"the derivative by {self.operand} is not computed",
            hint=f"use a constant for {self.operand}, or differentiate by other inputs only",
        )


def no_index(slot: int) -> bool:
    """The is_index of an operation without indices."""
    return False


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Primitive:
    """An operation: elementwise if it has partials, otherwise on whole arrays. Its fields never
    change; it is not frozen, because every start of the program makes all operations, and would take longer for it.

    name        its name, also in the field "op" of JSON
    inputs      the names of its operands
    doc         its value in one line, as `graphdiff ops` prints it
    title       what textbooks call the rule of its derivative, if that is not its name
    backward_pattern  how it passes gradients back
    kernel      its value
    partials    of an elementwise operation, the derivative rule for each operand; these and vjps are the only source
                of derivatives
    vjps        of any other operation, for each operand the rule of what is passed back to it, None for nothing, as for
                operands beyond the last rule; a function of the slot where all operands are alike
    shape       (*shapes, **parameters) -> the shape of the output, if it is not the broadcast shape of the operands;
                raises GraphdiffError where the operands do not fit
    sample      for each operand, a range in which the operation is smooth
    samples     shapes to try it on, if it is not elementwise
    options     constants that a call passes by name or after the operands
    is_index    whether the operand in a slot is an index: a whole number, which has no derivative
    by_elimination  whether it is computed by elimination, whose steps depend on the numbers
    total       whether it is finite wherever its operands are, overflow apart; what only moves or selects is total
                anyway
    parity      of a function of one operand, 1 if f(-x) is f(x), -1 if it is -f(x)
    moves       whether the rule only moves, copies and adds entries, so that what a gate closed stays closed
    operator    how it is written, if not as a call of its name
    latex       how it is written in LaTeX, if not by its operator or its name
    aliases     other names for it
    is_called   whether a formula calls it by its name; an index is written x[0]
    alone_as    the function that stands for it when called with one operand: max(x) is amax(x)
    with_option the option that such a call needs: norm(x, ord=1) is norm_of_order(x, ord=1)
    choose      (parameters) -> the name of the primitive that computes a call, and its parameters, where the options
                decide which one it is
    commutative whether its operands can be swapped; fuse patterns then match either order
    variadic    whether more operands fold from the left: max(a, b, c) is max(max(a, b), c)
    n_ary       whether it takes any number of operands at once, all alike
    fold        the comprehension whose terms it joins
    kink        (op, y, *xs) -> nonzero at a kink, where a derivative does not exist
    ties        what the rule chooses at a kink
    nonfinite   the reason why its value is not finite although its operands are
    keeps_digits  (*xs) -> whether the kernel and the rules are accurate at these operands; None if they are everywhere
    parameters  the parameters that a node needs, from which of its operands are constants
    reflection  (op, y) -> the operation of -x in terms of that of x, if formulas read better that way
    complements the formulas "1 - y", "1 + y" and "1 - y^2" that have no digits where y is rounded to 1 or -1 -> their
                values from the inputs, which the forward pass computes instead
    fuse_patterns  the formulas, in its inputs, that --fuse replaces by it; or "formula -> replacement", for another
                formula in the same inputs
    smooth_patterns  the formulas with it that are smooth at its kink -> those that replace them in derivatives
    fused_options  the options of a reduction in a fuse pattern -> its own; None if the pattern then means another thing
    """

    name: str
    inputs: tuple[str, ...]
    doc: str
    backward_pattern: BackwardPattern
    kernel: Kernel
    partials: tuple[Partial, ...] = ()
    vjps: tuple[Vjp | None, ...] | Callable[[int], Vjp] = ()
    title: str = ""
    shape: Callable[..., Shape] | None = None
    sample: tuple[tuple[float, float], ...] = ()
    samples: tuple[Sample, ...] = ()
    options: tuple[Option, ...] = ()
    is_index: Callable[[int], bool] = no_index
    by_elimination: bool = False
    total: bool = False
    parity: int = 0
    moves: bool = False
    operator: Operator | None = None
    latex: Latex | None = None
    aliases: tuple[str, ...] = ()
    is_called: bool = True
    alone_as: str = ""
    with_option: str = ""
    choose: Callable[[Mapping[str, Any]], tuple[str, Mapping[str, Any]]] | None = None
    commutative: bool = False
    variadic: bool = False
    n_ary: bool = False
    fold: Fold | None = None
    kink: Callable[..., Any] | None = None
    ties: str = ""
    nonfinite: str = ""
    keeps_digits: Callable[..., bool] | None = None
    parameters: Callable[[tuple[bool, ...]], Mapping[str, Any]] | None = None
    reflection: Callable[..., Any] | None = None
    complements: Mapping[str, Complement] = field(default_factory=dict)
    fuse_patterns: tuple[str, ...] = ()
    smooth_patterns: tuple[str, ...] = ()
    fused_options: Callable[..., Mapping[str, Any] | None] = lambda **options: options
    # What graph/function.py's Function has in addition: the graphs inside it, what it is a case of, what it repeats if
    # it is a loop, the values of the program that its body uses, the options of a call and their defaults, and counts
    # of the operations inside it.
    bodies: ClassVar[tuple[()]] = ()
    general: ClassVar[None] = None
    body: ClassVar[None] = None
    captures: ClassVar[tuple[str, ...]] = ()
    option_values: ClassVar[Mapping[str, Any]] = {}
    option_defaults: ClassVar[Mapping[str, Any]] = {}
    size: ClassVar[int] = 0
    work: ClassVar[int] = 0
    depth: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Raise AttributeError if the kernel of an elementwise operation calls a function that has no row in
        operations/functions.py; other kernels are checked when they first run."""
        if self.is_elementwise:
            xp = CallChecker()
            self.kernel(xp, *[xp] * len(self.inputs))

    @property
    def is_elementwise(self) -> bool:
        """Whether entry i of the output depends only on entry i of each operand."""
        return self.shape is None

    @property
    def has_kinks(self) -> bool:
        """Whether it has points where a derivative does not exist, and a rule or a condition chooses one."""
        return self.kink is not None or self.backward_pattern is SWITCH

    @property
    def is_exact(self) -> bool:
        """Whether it never rounds, because it only selects, moves or copies numbers."""
        pattern = self.backward_pattern
        return pattern.selects or pattern in (MOVER, SPREADER, SOURCE, SIGN_FLIPPER)

    @property
    def is_total(self) -> bool:
        """Whether it is finite wherever its operands are, overflow apart: 0 times its value is 0."""
        return self.total or self.moves or self.is_exact

    @property
    def asks_for_constants(self) -> bool:
        """Whether a node depends on which of its operands are constants."""
        return self.parameters is not None

    def with_constants(self, constants: tuple[bool, ...]) -> Primitive:
        """The operation for operands some of which are constants: a primitive itself."""
        return self

    @property
    def passes_to_all(self) -> bool:
        """Whether a gradient passes to every operand."""
        return self.shape is None and self.is_index is no_index

    def vjp(self, slot: int) -> Vjp | None:
        """The rule that passes the cotangent back to the operand in a slot; None if nothing is passed."""
        if callable(self.vjps):
            return self.vjps(slot)
        return self.vjps[slot] if slot < len(self.vjps) else None

    def passes_to(self, slot: int) -> bool:
        """Whether a gradient passes to the operand in a slot."""
        if self.is_elementwise:
            return not self.is_index(slot) and not isinstance(self.partials[slot], NoDerivative)
        return self.vjp(slot) is not None

    def differentiable_slots(self, slots: list[int]) -> list[int]:
        """The slots, among these, to whose operands a gradient passes."""
        return slots if self.passes_to_all else [slot for slot in slots if self.passes_to(slot)]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
