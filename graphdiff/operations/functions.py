"""The elementary functions: whatever kernels call, one row each, and what every interpreter and language must know of
them.

Names are the array API standard's. What it lacks is named as math or SciPy name it, or, where neither has it, for what
it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.operations import gamma
from graphdiff.operations.options import REQUIRED

NUMBER = "number"
CONDITION = "condition"
WHOLE_NUMBER = "whole number"

EVERY = range(34)
"""Every operand: arrays have 32 axes at most, and an index takes one for each."""
NONE = range(0)
ALONG = {"axis": None, "keepdims": False}
"""The options of reductions."""
AXIS = {"axis": REQUIRED}
BY_POSITION = {"": REQUIRED}
"""The option of what takes sizes, places or widths."""


class ElementaryFunction(NamedTuple):
    """An elementary function.

    name        as kernels call it in their namespace; linalg.det is called as xp.linalg.det
    inputs      how many operands it takes; None where that varies
    gives       NUMBER, CONDITION or WHOLE_NUMBER
    options     the constants that it takes by name, with their defaults; "" stands for whole numbers and tuples by
                position
    is_elementwise  whether entry i of its value depends on entries i of its operands alone: operations/ieee has it,
                or defines it
    conditions  the operands that are conditions
    indices     the operands that are indices
    raises      whether Python's math or an operator raises where IEEE 754 has a value; a whole number too large for a
                float is enough
    neutral     the right operand that changes nothing, and the left one too where the function is commutative
    is_standard whether array libraries have it, as the array API standard does
    special     what SciPy, and other libraries as it, call it among the special functions, where it has no definition
    only_moves  whether it only moves entries, or joins them by their own operators: NumPy does that with any objects
    creates     whether the dtype of its value does not follow from its operands
    is_lookup   whether its text is short enough to be repeated: it reads what is there
    in_code     whether generated code may have it; others are for kernels that run on numbers, see
                targets/shape_dependent
    definition  (xp, *xs) -> its value in terms of other functions, for whatever has no such function
    """

    name: str
    inputs: int | None = 1
    gives: str = NUMBER
    options: Mapping[str, Any] = {}
    is_elementwise: bool = False
    conditions: range = NONE
    indices: range = NONE
    raises: bool = False
    neutral: float | None = None
    is_standard: bool = True
    special: str = ""
    only_moves: bool = False
    creates: bool = False
    is_lookup: bool = False
    in_code: bool = True
    definition: Callable[..., Any] | None = None

    def check_call(self, count: int, options: Iterable[str]) -> None:
        """Raises TypeError where a kernel calls it with another number of operands, or another option."""
        if self.inputs not in (None, count):
            raise TypeError(f"a kernel calls '{self.name}' with {count} operands: its row has {self.inputs}")
        for option in options:
            if option not in self.options:
                raise TypeError(f"a kernel calls '{self.name}' with the option '{option}', which its row lacks")


def _elementwise(name: str, inputs: int = 1, **row: Any) -> ElementaryFunction:
    return ElementaryFunction(name, inputs, is_elementwise=True, **row)


def _math(name: str, inputs: int = 1, **row: Any) -> ElementaryFunction:
    """A function that Python's math computes."""
    return _elementwise(name, inputs, raises=True, **row)


def _defined(name: str, definition: Callable[..., Any], inputs: int = 1) -> ElementaryFunction:
    """A function in terms of others, for whatever has none that is as accurate."""
    return _elementwise(name, inputs, is_standard=False, definition=definition)


def _comparison(name: str) -> ElementaryFunction:
    return _elementwise(name, 2, gives=CONDITION)


def _moving(name: str, inputs: int | None = 1, options: Mapping[str, Any] = BY_POSITION) -> ElementaryFunction:
    return ElementaryFunction(name, inputs, options=options, only_moves=True)


def _on_numbers(name: str, inputs: int | None = 1, **row: Any) -> ElementaryFunction:
    """A function for kernels that look at numbers or sizes."""
    return ElementaryFunction(name, inputs, in_code=False, **row)


def _own(name: str, inputs: int | None = 1, **row: Any) -> ElementaryFunction:
    """A function that each language spells or defines for itself: no library has it."""
    return ElementaryFunction(name, inputs, is_standard=False, **row)


_ALL = (
    _elementwise("add", 2, neutral=0.0),
    _elementwise("subtract", 2, neutral=0.0),
    _elementwise("multiply", 2, neutral=1.0),
    _elementwise("divide", 2, neutral=1.0, raises=True),
    _elementwise("negative"),
    _math("pow", 2),
    _comparison("less"),
    _comparison("less_equal"),
    _comparison("greater"),
    _comparison("greater_equal"),
    _comparison("equal"),
    _comparison("not_equal"),
    _elementwise("logical_and", 2, gives=CONDITION, conditions=EVERY),
    _elementwise("where", 3, conditions=range(1)),
    _elementwise("float_of", conditions=EVERY, is_standard=False),
    _elementwise("abs"),
    _elementwise("sign"),
    _elementwise("maximum", 2),
    _elementwise("minimum", 2),
    _math("floor"),
    _math("ceil"),
    _math("round"),
    *(_math(name) for name in ("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt")),
    *(_math(name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")),
    *(_math(name) for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")),
    _math("atan2", 2),
    _math("hypot", 2),
    _math("cbrt", is_standard=False),
    _math("erf", is_standard=False, special="erf"),
    _math("erfc", is_standard=False, special="erfc"),
    _defined("whole_order", gamma.whole_order),
    _defined("lgamma", gamma.lgamma),
    _defined("digamma", gamma.digamma),
    _defined("polygamma", gamma.polygamma, 2),
    _defined("factorial_zeta", gamma.factorial_zeta, 2),
    # reductions
    _moving("sum", options=ALONG),
    _moving("prod", options=ALONG),
    ElementaryFunction("mean", options=ALONG),
    ElementaryFunction("max", options=ALONG),
    ElementaryFunction("min", options=ALONG),
    ElementaryFunction("all", gives=CONDITION, options=ALONG, conditions=EVERY),
    ElementaryFunction("any", gives=CONDITION, options=ALONG, conditions=EVERY),
    _moving("cumulative_sum", options=AXIS),
    # products of arrays
    _moving("matmul", 2, options={}),
    _moving("tensordot", 2, options={"axes": REQUIRED}),
    # places of entries
    _moving("broadcast_to", None),
    _moving("reshape", None),
    _moving("expand_dims", options=AXIS),
    _moving("moveaxis"),
    _moving("permute_dims"),
    _moving("flip", options=AXIS),
    _moving("roll", options={"axis": None, **BY_POSITION}),
    _moving("concat", None, options=AXIS),
    _moving("stack", None, options=AXIS),
    ElementaryFunction("pad", options=BY_POSITION),
    ElementaryFunction("zeros", None, options=BY_POSITION, creates=True),
    ElementaryFunction("eye", None, options=BY_POSITION, creates=True),
    ElementaryFunction("arange", 0, options=BY_POSITION, creates=True),
    _own("shape", is_lookup=True),
    _own("getitem", options={"places": REQUIRED}),
    _own("entry", options={"places": REQUIRED}, is_lookup=True),
    _own("index", None, options={"items": REQUIRED}, indices=EVERY[1:]),
    _own("place", None, options={"items": REQUIRED}, indices=EVERY[2:]),
    _own("section", None, options={"axis": REQUIRED}),
    _own("count", options={"axes": REQUIRED}),
    _own("windows", None, options={"strides": REQUIRED, **BY_POSITION}),
    _own("overlap_add", None, options={"strides": REQUIRED, **BY_POSITION}),
    _own("first", options={"axes": REQUIRED}),
    _own("one_hot", None, options=BY_POSITION, indices=range(1), creates=True),
    _own("pick", 2, indices=range(1, 2)),
    # linear algebra
    ElementaryFunction("linalg.det"),
    ElementaryFunction("linalg.slogdet"),
    _own("inverse"),
    _own("solution", 2),
    _own("cofactor"),
    _on_numbers("linalg.inv"),
    _on_numbers("linalg.solve", 2),
    _on_numbers("linalg.svd"),
    # what kernels ask of numbers and sizes
    _on_numbers("isfinite", gives=CONDITION),
    _on_numbers("argmax", gives=WHOLE_NUMBER, options={"axis": None}),
    _on_numbers("remainder", 2),
    _on_numbers("astype", 2),
    _on_numbers("asarray"),
    _on_numbers("integers", gives=WHOLE_NUMBER, is_standard=False),
    _on_numbers("add_at", 2, is_standard=False),
    _on_numbers("take", 2, options={"axis": 0}, indices=range(1, 2), only_moves=True),
)

ROWS: dict[str, ElementaryFunction] = {row.name: row for row in _ALL}
"""By name."""


def row_of(name: str) -> ElementaryFunction:
    """The row of a function; raises AttributeError, as a namespace without it does, where there is none."""
    try:
        return ROWS[name]
    except KeyError:
        raise AttributeError(
            f"a kernel calls '{name}', which has no row: add one to graphdiff/operations/functions.py"
        ) from None


def unsupported(by: str, function: str, hint: str | None = None) -> GraphdiffError:
    """The error of a language, a library or an interpreter that lacks a function."""
    return GraphdiffError("value", f"{by} does not support {function}", hint=hint)


class CallChecker:
    """A namespace and each of its values: a kernel that runs on it calls no function without a row, or with another
    number of operands."""

    inf = nan = 0.0

    def __getattr__(self, name: str) -> Callable[..., CallChecker]:
        if name.startswith("__"):
            raise AttributeError(name)
        row = row_of(name)

        def call(*operands: Any, **options: Any) -> CallChecker:
            row.check_call(len(operands), options)
            return self

        return call

    def _operator(self, other: Any = None) -> CallChecker:
        return self

    __neg__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _operator
    __lt__ = __gt__ = __and__ = _operator
