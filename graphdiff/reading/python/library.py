"""What the functions of Python's libraries are in graphdiff's language: the table in grammar/python.gd, and names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from graphdiff.language.parser import parse
from graphdiff.language.program import prelude_program
from graphdiff.language.resources import read_grammar_file
from graphdiff.language.tree import Definition, Name, Number
from graphdiff.operations.registry import FUNCTIONS
from graphdiff.reading.python.values import Value
from graphdiff.source import Source, Span

TABLE = "python.gd"
"""The file in grammar/ with the rows: definitions under the names of a library's functions and of their parameters."""
MODULES = {
    **{name: name for name in ("math", "numpy", "torch", "jax", "scipy")},
    "np": "numpy",
    "jnp": "jax.numpy",
    "F": "torch.nn.functional",
    "nn": "torch.nn",
    "special": "scipy.special",
}
"""What names stand for that the text neither imports nor assigns."""
ALIASES = {
    "autograd.numpy": "numpy",
    "numpy.core": "numpy",
    "jax.scipy.special": "scipy.special",
    "jax.scipy.stats": "scipy.stats",
    "jax.scipy": "scipy",
}
"""Modules with the functions of another."""
DISTRIBUTIONS = ("norm", "poisson", "binom", "nbinom", "gamma", "beta", "t", "expon", "weibull_min", "vonmises")
"""Those of scipy.stats in the table."""
FAMILIES: dict[str, tuple[str, ...]] = {
    "builtins": ("builtins",),
    "math": ("math",),
    "numpy": ("numpy",),
    "numpy.linalg": ("numpy.linalg",),
    "jax.numpy": ("numpy",),
    "jax.numpy.linalg": ("numpy.linalg",),
    "jax.nn": ("jax.nn",),
    "jax.lax": ("jax.lax",),
    "scipy.special": ("scipy.special",),
    "scipy.linalg": ("numpy.linalg",),
    **{f"scipy.stats.{name}": (f"scipy.stats.{name}",) for name in DISTRIBUTIONS},
    "torch": ("torch",),
    "torch.special": ("torch", "scipy.special"),
    "torch.linalg": ("torch.linalg", "numpy.linalg"),
    "torch.nn.functional": ("torch.nn.functional", "torch"),
    "bare": ("bare",),
    "graphdiff": ("graphdiff",),
}
"""The parts of the table that a module's functions are in, in this order."""
STATIC = frozenset(
    (
        *("axis", "axes", "dim", "dims", "keepdim", "keepdims", "shape", "size", "n", "num_classes"),
        *("source", "destination", "shift", "shifts"),
    )
)
"""Parameters that are constants of the text."""
IGNORED = frozenset(["dtype", "device", "requires_grad", "out", "copy", "label", "name", "where", "size_average"])
"""Keyword arguments that change nothing if they are None, False or a type of floating-point numbers."""

OPERATORS = {
    **dict.fromkeys(("add",), "+"),
    **dict.fromkeys(("subtract", "sub"), "-"),
    **dict.fromkeys(("multiply", "mul"), "*"),
    **dict.fromkeys(("divide", "true_divide", "div", "truediv"), "/"),
    **dict.fromkeys(("floor_divide", "floordiv"), "//"),
    **dict.fromkeys(("mod", "remainder"), "%"),
    **dict.fromkeys(("power", "float_power", "pow"), "**"),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), "@"),
    **dict.fromkeys(("greater", "gt"), ">"),
    **dict.fromkeys(("greater_equal", "ge"), ">="),
    **dict.fromkeys(("less", "lt"), "<"),
    **dict.fromkeys(("less_equal", "le"), "<="),
    **dict.fromkeys(("equal", "eq"), "=="),
    **dict.fromkeys(("not_equal", "ne"), "!="),
}
"""Functions that are operators, in every library that has them."""
WITH_OPERATORS = frozenset(["numpy", "torch", "operator", "jax.lax"])
"""The libraries that have these functions."""
DIFFERING = frozenset(["std", "var", "transpose", "median", "sort"])
"""Methods that are different functions in NumPy and in PyTorch."""
RANDOM = ("random", "rand", "randn", "randint", "normal", "bernoulli", "dropout", "shuffle", "permutation")


@lru_cache(maxsize=1)
def rows() -> dict[str, dict[str, str]]:
    """The lines of the table, by the heading above them and by the function."""
    sections: dict[str, dict[str, str]] = {}
    for line in read_grammar_file(TABLE).splitlines():
        if line.startswith("## "):
            section = sections[line[3:]] = {}
        elif line and not line.startswith("#"):
            section[line.partition("(")[0]] = line
    return sections


def is_known_module(path: str) -> bool:
    """Whether the table has functions of a module."""
    return ALIASES.get(path, path) in FAMILIES


def full_name(path: str) -> tuple[str, str]:
    """The module and the name of a function."""
    module, _, name = path.rpartition(".")
    return ALIASES.get(module, module), name


def families_of(module: str) -> Sequence[str]:
    """The parts of the table that a module's functions are in."""
    return FAMILIES.get(module, (module,))


def row_of(family: str, name: str) -> tuple[Definition, bool] | None:
    """The row of a function, and whether it is a loss for each entry; None if the table has none."""
    for heading, is_loss in ((f"{family} losses", True), (family, False)):
        line = rows().get(heading, {}).get(name)
        if line is not None:
            return _definition(line), is_loss
    return None


def has_function(name: str) -> bool:
    """Whether graphdiff's language has a function of this name."""
    return name in FUNCTIONS or name in prelude_program().definitions


def native(name: str) -> int | None:
    """How many operands graphdiff's own elementwise function of this name has; None if it has none."""
    primitive = FUNCTIONS.get(name)
    if primitive is not None:
        return len(primitive.inputs) if primitive.is_elementwise and not primitive.options else None
    definition = prelude_program().definitions.get(name)
    if definition is None or definition.options or name in NOT_ELEMENTWISE:
        return None
    return len(definition.parameters)


NOT_ELEMENTWISE = frozenset(["dot", "trace", "cross_entropy"])
"""Functions of the prelude that take whole arrays."""


def words_of(name: str) -> set[str]:
    """The functions of graphdiff's language that a library's function of this name may become."""
    words = {name}
    for section in rows().values():
        words |= set(re.findall(r"\w+(?=\()", section.get(name, "")))
    return words


def constant_of(path: str, span: Span, stored_names: set[str]) -> Value | None:
    """The number that a name of a library is: numpy.pi."""
    module, name = full_name(path)
    if module not in ("math", "numpy", "jax.numpy", "torch", "scipy.constants"):
        return None
    if name in ("pi", "e"):
        tree = Name(name, span) if name not in stored_names else Number(getattr(math, name), span)
        return Value(tree, getattr(math, name))
    if name in ("tau", "euler_gamma"):
        value = math.tau if name == "tau" else 0.5772156649015329
        return Value(Number(value, span), value)
    return None


@lru_cache(maxsize=1000)
def _definition(line: str) -> Definition:
    """The definition that a row is."""
    (statement,) = parse(Source(line))
    assert isinstance(statement, Definition)
    return statement
