"""ROWS: one row for each elementary function that kernels call, for all that interpreters and languages need to know.

Names are those of the array API standard. A function that it lacks is named as in math or SciPy, or, where neither has
it, after what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.operations.options import REQUIRED

NUMBER = "number"
CONDITION = "condition"
WHOLE_NUMBER = "whole number"

EVERY = range(34)
"""Every operand: an array has at most 32 axes, and an index takes at most one operand for each."""
NONE = range(0)
ALONG = {"axis": None, "keepdims": False}
"""The options of reductions."""
AXIS = {"axis": REQUIRED}
BY_POSITION = {"": REQUIRED}
"""The option of functions that take sizes, places or widths."""


class ElementaryFunction(NamedTuple):
    """An elementary function.

    name        its name in the namespace of kernels; linalg.det is called as xp.linalg.det
    inputs      the number of operands; None if it varies
    gives       the kind of its value: NUMBER, CONDITION or WHOLE_NUMBER
    options     the constants that it takes by name, with their defaults; "" stands for whole numbers and tuples by
                position
    is_elementwise  whether entry i of its value depends only on entry i of each operand; operations/ieee.py has these
    conditions  the slots of operands that are conditions
    indices     the slots of operands that are indices
    raises      whether Python's math or an operator can raise where IEEE 754 has a value, if only for a whole number
                too large for a float
    neutral     the right operand that changes nothing; where the function is commutative, also the left one
    is_standard whether the array API standard has it, and so array libraries do
    special     its name in SciPy and in the special functions of other libraries, where it has no definition
    only_moves  whether it only moves entries or combines them by their own operators, as NumPy does with any objects
    creates     whether the dtype of its value does not follow from its operands
    is_lookup   whether it only reads what exists, so that its text can be repeated
    in_code     whether generated code may call it; the others are for kernels that run on numbers, see
                targets/shape_dependent.py
    module      the module of this package that defines it in terms of other functions, for libraries and languages
                without it
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
    module: str = ""

    @property
    def definition(self) -> Callable[..., Any] | None:
        """(xp, *xs) -> its value in terms of other functions; None if it has no module. Loads that module."""
        return getattr(import_module(f"graphdiff.operations.{self.module}"), self.name) if self.module else None

    def check_call(self, count: int, options: Iterable[str]) -> None:
        """Raise TypeError if a kernel's call has another number of operands than the row, or an option it lacks."""
        if self.inputs not in (None, count):
            raise TypeError(f"a kernel calls '{self.name}' with {count} operands, but its row has {self.inputs}")
        for option in options:
            if option not in self.options:
                raise TypeError(f"a kernel calls '{self.name}' with the option '{option}', which its row lacks")


def _elementwise(name: str, inputs: int = 1, **row: Any) -> ElementaryFunction:
    return ElementaryFunction(name, inputs, is_elementwise=True, **row)


def _math(name: str, inputs: int = 1, **row: Any) -> ElementaryFunction:
    """A function of Python's math."""
    return _elementwise(name, inputs, raises=True, **row)


def _with_definition(name: str, module: str, inputs: int = 1) -> ElementaryFunction:
    """A function that is defined in terms of others, where a library or a language has none as accurate."""
    return _elementwise(name, inputs, is_standard=False, module=module)


def _of_scipy(name: str, inputs: int, special: str = "") -> ElementaryFunction:
    """A function of SciPy, by default under its name there."""
    return _elementwise(name, inputs, is_standard=False, special=special or name)


def _comparison(name: str) -> ElementaryFunction:
    return _elementwise(name, 2, gives=CONDITION)


def _data_movement(name: str, inputs: int | None = 1, options: Mapping[str, Any] = BY_POSITION) -> ElementaryFunction:
    return ElementaryFunction(name, inputs, options=options, only_moves=True)


def _on_numbers(name: str, inputs: int | None = 1, **row: Any) -> ElementaryFunction:
    """A function for kernels that depend on the values of numbers or sizes."""
    return ElementaryFunction(name, inputs, in_code=False, **row)


def _per_language(name: str, inputs: int | None = 1, **row: Any) -> ElementaryFunction:
    """A function that no library has: each language has its own spelling or definition."""
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
    _math("remainder", 2),
    _math("cbrt", is_standard=False),
    _math("erf", is_standard=False, special="erf"),
    _math("erfc", is_standard=False, special="erfc"),
    _with_definition("whole_order", "gamma"),
    _with_definition("gamma", "gamma"),
    _with_definition("lgamma", "gamma"),
    _with_definition("digamma", "gamma"),
    _with_definition("polygamma", "gamma", 2),
    _with_definition("factorial_zeta", "gamma", 2),
    _with_definition("beta", "beta", 2),
    _with_definition("lbeta", "beta", 2),
    _with_definition("digamma_difference", "beta", 2),
    _with_definition("polygamma_difference", "beta", 3),
    _with_definition("sinc", "sinc"),
    _with_definition("erfcx", "error_functions"),
    _with_definition("erfcx_derivative", "error_functions", 2),
    _with_definition("erfinv", "error_functions"),
    _with_definition("normcdf", "error_functions"),
    _with_definition("lognormcdf", "error_functions"),
    _with_definition("inverse_mills_ratio", "error_functions"),
    _with_definition("norminv", "error_functions"),
    *(_of_scipy(name, 2) for name in ("jv", "yv", "iv", "gammainc", "gammaincc")),
    _of_scipy("betainc", 3),
    _of_scipy("besselk", 2, "kv"),
    _with_definition("besselj", "bessel", 2),
    _with_definition("bessely", "bessel", 2),
    _with_definition("besseli", "bessel", 2),
    _with_definition("scaled_besseli0", "bessel", 2),
    _with_definition("lambertw", "lambert"),
    # reductions
    _data_movement("sum", options=ALONG),
    _data_movement("prod", options=ALONG),
    ElementaryFunction("mean", options=ALONG),
    ElementaryFunction("max", options=ALONG),
    ElementaryFunction("min", options=ALONG),
    ElementaryFunction("all", gives=CONDITION, options=ALONG, conditions=EVERY),
    ElementaryFunction("any", gives=CONDITION, options=ALONG, conditions=EVERY),
    _data_movement("cumulative_sum", options=AXIS),
    _data_movement("cumulative_prod", options=AXIS),
    _per_language("cumulative_maximum", options=AXIS),
    _per_language("linear_recurrence", 2, options={"axis": REQUIRED, "reverse": False}),
    ElementaryFunction("sort", options=AXIS),
    _per_language("sort_by", 2, options=AXIS),
    _per_language("unsort_by", 2, options=AXIS),
    # products of arrays
    _data_movement("matmul", 2, options={}),
    _data_movement("tensordot", 2, options={"axes": REQUIRED}),
    _per_language("einsum", None, options={"subscripts": REQUIRED}),
    # data movement and creation
    _data_movement("broadcast_to", None),
    _data_movement("reshape", None),
    _data_movement("expand_dims", options=AXIS),
    _data_movement("moveaxis"),
    _data_movement("permute_dims"),
    _data_movement("flip", options=AXIS),
    _data_movement("roll", options={"axis": None, **BY_POSITION}),
    _data_movement("concat", None, options=AXIS),
    _data_movement("stack", None, options=AXIS),
    ElementaryFunction("pad", options=BY_POSITION),
    ElementaryFunction("zeros", None, options=BY_POSITION, creates=True),
    ElementaryFunction("eye", None, options=BY_POSITION, creates=True),
    ElementaryFunction("arange", 0, options=BY_POSITION, creates=True),
    _per_language("shape", is_lookup=True),
    _per_language("getitem", options={"places": REQUIRED}),
    _per_language("entry", options={"places": REQUIRED}, is_lookup=True),
    _per_language("list", None),
    _per_language("counter"),
    _per_language("index", None, options={"items": REQUIRED}, indices=EVERY[1:]),
    _per_language("place", None, options={"items": REQUIRED}, indices=EVERY[2:]),
    _per_language("section", None, options={"axis": REQUIRED}),
    _per_language("count", options={"axes": REQUIRED}),
    _per_language("windows", None, options={"strides": REQUIRED, **BY_POSITION}),
    _per_language("overlap_add", None, options={"strides": REQUIRED, **BY_POSITION}),
    _per_language("first", options={"axes": REQUIRED}),
    _per_language("diag"),
    ElementaryFunction("tril", options={"k": 0}),
    ElementaryFunction("triu", options={"k": 0}),
    _per_language("one_hot", None, options=BY_POSITION, indices=range(1), creates=True),
    _per_language("pick", 2, indices=range(1, 2)),
    # linear algebra
    ElementaryFunction("linalg.det"),
    ElementaryFunction("linalg.slogdet"),
    *(_per_language(name) for name in ("singular_values", "left_singular_vectors", "right_singular_vectors")),
    _per_language("cholesky"),
    _per_language("inverse"),
    _per_language("solution", 2),
    _per_language("cofactor"),
    _on_numbers("linalg.inv"),
    _on_numbers("linalg.solve", 2),
    _on_numbers("linalg.svd", options={"full_matrices": True}),
    _on_numbers("linalg.cholesky"),
    # questions about numbers and sizes
    _on_numbers("isfinite", gives=CONDITION),
    _on_numbers("argmax", gives=WHOLE_NUMBER, options={"axis": None}),
    _on_numbers("argsort", gives=WHOLE_NUMBER, options={"axis": REQUIRED, "stable": REQUIRED}),
    _on_numbers("take_along_axis", 2, options=AXIS, indices=range(1, 2), only_moves=True),
    _on_numbers("astype", 2),
    _on_numbers("asarray"),
    _on_numbers("integers", gives=WHOLE_NUMBER, is_standard=False),
    _on_numbers("add_at", 2, is_standard=False),
    _on_numbers("take", 2, options={"axis": 0}, indices=range(1, 2), only_moves=True),
)

ROWS: dict[str, ElementaryFunction] = {row.name: row for row in _ALL}
"""The rows by name."""


def row_of(name: str) -> ElementaryFunction:
    """The row of a function; raises AttributeError, as a namespace does, if there is none."""
    try:
        return ROWS[name]
    except KeyError:
        raise AttributeError(
            f"a kernel calls '{name}', which has no row: add one to graphdiff/operations/functions.py"
        ) from None


def unsupported_error(by: str, function: str, hint: str | None = None) -> GraphdiffError:
    """The error where a language, a library or an interpreter, named by `by`, lacks a function."""
    return GraphdiffError("value", f"{by} does not support {function}", hint=hint)


MODULES = {
    "numpy": "scipy.special",
    "torch": "torch.special",
    "jax": "jax.scipy.special",
    "cupy": "cupyx.scipy.special",
}
"""The module of each library that has special functions such as erf, which the standard lacks."""


def special_function(name: str, library: str = "numpy") -> Callable[..., Any]:
    """What a library calls a special function for its arrays, and SciPy also for numbers.

    Raises GraphdiffError("value") where SciPy is not installed, or the library lacks the function.
    """
    try:
        module = import_module(MODULES.get(library, MODULES["numpy"]))
    except ImportError:
        message = f"{name} needs SciPy, which is not installed"
        raise GraphdiffError("value", message, hint="pip install 'graphdiff-cli[scipy]'") from None
    function: Callable[..., Any] | None = getattr(module, ROWS[name].special, None)
    if function is None:
        raise unsupported_error(library, name, "use NumPy's arrays")
    return function


class CallChecker:
    """A namespace that is also each of its values: it raises where a kernel calls a function without a row, or with
    another number of operands."""

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
