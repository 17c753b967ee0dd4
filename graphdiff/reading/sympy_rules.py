"""What each class of SymPy is in graphdiff's language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.errors import ErrorKind, GraphdiffError, shorten
from graphdiff.language.parser import parse
from graphdiff.language.program import prelude_program
from graphdiff.language.tree import Array, Call, Clause, Comprehension, Expression, Index, Name, Number, Result
from graphdiff.operations.registry import FUNCTIONS
from graphdiff.source import Source

PLACE = (0, 0)
"""The place of all trees: the expression has no text."""

RENAMED = {
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "ceiling": "ceil",
    "LambertW": "lambertw",
    "loggamma": "lgamma",
    "sinc": "unnormalized_sinc",
    "Determinant": "det",
    "Inverse": "inv",
    "Trace": "trace",
    "Transpose": "transpose",
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "Equality": "==",
    "Unequality": "!=",
    "HadamardProduct": "*",
    "MatAdd": "+",
}
"""Classes of SymPy, and the functions and operators of graphdiff's language that they are."""
SAME = frozenset(
    (
        *("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sec", "csc", "cot"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sech", "csch", "coth", "sign", "floor"),
        *("erf", "erfc", "erfinv", "gamma", "digamma", "polygamma", "factorial", "beta"),
        *("besselj", "bessely", "besseli", "besselk"),
    )
)
"""Functions that have the same name and the same meaning, where graphdiff's language has them."""
FORMULAS: Mapping[str, str] = {
    "acot": "atan(1/x)",
    "asec": "acos(1/x)",
    "acsc": "asin(1/x)",
    "acoth": "atanh(1/x)",
    "asech": "acosh(1/x)",
    "acsch": "asinh(1/x)",
    "frac": "x - floor(x)",
    "Mod": "x - y*floor(x/y)",
    "lowergamma": "gammainc(x, y)*gamma(x)",
    "uppergamma": "gammaincc(x, y)*gamma(x)",
    "Heaviside": "where(x == 0, y, x > 0)",
}
"""Functions as formulas of their operands x and y."""
CONSTANTS = {
    "EulerGamma": 0.5772156649015329,
    "GoldenRatio": (1 + math.sqrt(5)) / 2,
    "Catalan": 0.915965594177219,
    "BooleanTrue": 1.0,
    "BooleanFalse": 0.0,
}
HINTS = {
    "Derivative": "compute it first: expression.doit()",
    "Integral": "compute it first: expression.doit()",
    "Limit": "compute it first: expression.doit()",
    "ImaginaryUnit": "graphdiff computes with real numbers",
    "Infinity": "a value must be finite",
    "NegativeInfinity": "a value must be finite",
    "NaN": "a value must be finite",
}


def arguments_of(node: Any) -> tuple[Any, ...]:
    """The parts of an expression that its rule takes."""
    kind = kind_of(node)
    if kind in HINTS:
        raise value_error(f"SymPy's '{kind}' cannot be read", hint=HINTS[kind])
    if kind in ("Symbol", "Dummy", "MatrixSymbol", "IndexedBase"):
        return ()
    if kind.endswith("Matrix") or kind.endswith("Array"):
        return tuple(node)
    if kind == "Piecewise":
        return tuple(part for pair in node.args for part in pair.args)
    if kind in ("Sum", "Product"):
        return (node.args[0], *(part for limits in node.args[1:] for part in limits.args))
    return tuple(node.args) if hasattr(node, "args") else ()


def kind_of(node: Any) -> str:
    """The name of the class of a part, if it is SymPy's own."""
    kind = type(node)
    is_own = (kind.__module__ or "").partition(".")[0] == "sympy"
    if not is_own and isinstance(node, (int, float)) and not isinstance(node, bool):
        return "number"
    return kind.__name__ if is_own else f"undefined function {kind.__name__}"


def _has_function(name: str) -> bool:
    return name in FUNCTIONS or name in prelude_program().definitions


def value_error(message: str, kind: ErrorKind = "value", hint: str | None = None) -> GraphdiffError:
    return GraphdiffError(kind, message, hint=hint)


def _call(function: str, *operands: Expression) -> Call:
    return Call(function, operands, PLACE, PLACE)


def _joined(symbol: str, operands: Sequence[Expression]) -> Expression:
    result = operands[0]
    for operand in operands[1:]:
        result = _call(symbol, result, operand)
    return result


def _number(value: Any) -> Expression:
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        number = math.inf
    if not math.isfinite(number):
        raise value_error("a number is too large for a 64-bit float")
    return Number(number, PLACE)


def _formula(text: str, operands: Sequence[Expression]) -> Expression:
    """A formula of x and y with these operands."""
    (statement,) = parse(Source(text))
    assert isinstance(statement, Result)
    return _replaced(statement.body, dict(zip("xy", operands, strict=False)))


def _replaced(tree: Expression, operands: Mapping[str, Expression]) -> Expression:
    if isinstance(tree, Name):
        return operands[tree.name]
    if isinstance(tree, Call):
        return _call(tree.function, *(_replaced(argument, operands) for argument in tree.arguments))
    return tree


def tree_of(node: Any, operands: list[Expression]) -> Expression:
    """The tree of a part whose own parts are read.

    Raises GraphdiffError("value") if its class has no counterpart.
    """
    kind = kind_of(node)
    if rule := RULES.get(kind):
        return rule(node, operands)
    if kind in CONSTANTS:
        return Number(CONSTANTS[kind], PLACE)
    function = RENAMED.get(kind) or (kind if kind in SAME else "")
    if function in ("+", "*"):
        return _joined(function, operands)
    if function and (not function.isidentifier() or _has_function(function)):
        return _call(function, *operands)
    if kind in FORMULAS:
        return _formula(FORMULAS[kind], operands)
    raise value_error(f"SymPy's '{shorten(kind)}' cannot be read", hint="write it with other functions")


def _rational(node: Any, _operands: list[Expression]) -> Expression:
    numerator, denominator = _number(node.p), _number(node.q)
    return _call("/", numerator, denominator)


def _sum(_node: Any, operands: list[Expression]) -> Expression:
    """The terms, those with a minus after the others."""
    positive = [term for term in operands if not _is_negative(term)]
    negative = [term for term in operands if _is_negative(term)]
    result = _joined("+", positive) if positive else negative.pop(0)
    for term in negative:
        result = _call("-", result, _negative(term))
    return result


def _product(_node: Any, operands: list[Expression]) -> Expression:
    """The factors over those whose power is negative, with one sign before all."""
    above: list[Expression] = []
    below: list[Expression] = []
    is_negative = False
    for factor in operands:
        if _is_negative(factor):
            is_negative, factor = not is_negative, _negative(factor)
        if isinstance(factor, Call) and factor.function == "/" and isinstance(factor.arguments[0], Number):
            below.append(factor.arguments[1])
            factor = factor.arguments[0]
        if not (isinstance(factor, Number) and factor.value == 1):
            above.append(factor)
    result = _joined("*", above) if above else Number(1.0, PLACE)
    if below:
        result = _call("/", result, _joined("*", below))
    return _call("-", result) if is_negative else result


def _is_negative(tree: Expression) -> bool:
    if isinstance(tree, Number):
        return tree.value < 0
    if isinstance(tree, Call) and tree.function == "/":
        return _is_negative(tree.arguments[0])
    return isinstance(tree, Call) and tree.function == "-" and len(tree.arguments) == 1


def _negative(tree: Expression) -> Expression:
    if isinstance(tree, Number):
        return Number(-tree.value, PLACE)
    assert isinstance(tree, Call)
    return tree.arguments[0] if tree.function == "-" else _call("/", _negative(tree.arguments[0]), tree.arguments[1])


def _power(node: Any, operands: list[Expression]) -> Expression:
    base, exponent = operands
    if _is_negative(exponent) and node.args[1].is_Number:
        return _call("/", Number(1.0, PLACE), _positive_power(base, _negative(exponent)))
    return _positive_power(base, exponent)


def _positive_power(base: Expression, exponent: Expression) -> Expression:
    if isinstance(exponent, Number) and exponent.value == 1:
        return base
    if exponent == _call("/", Number(1.0, PLACE), Number(2.0, PLACE)):
        return _call("sqrt", base)
    return _call("^", base, exponent)


def _matrix_product(node: Any, operands: list[Expression]) -> Expression:
    result = operands[0]
    is_matrix = node.args[0].is_Matrix
    for part, operand in zip(node.args[1:], operands[1:], strict=True):
        result = _call("@" if is_matrix and part.is_Matrix else "*", result, operand)
        is_matrix = is_matrix or part.is_Matrix
    return result


def _matrix(node: Any, operands: list[Expression]) -> Expression:
    rows, columns = node.shape
    if rows * columns == 0:
        raise value_error("the matrix is empty", hint="an array needs at least one entry")
    places = range(0, rows * columns, columns)
    return Array(tuple(Array(tuple(operands[place : place + columns]), PLACE) for place in places), PLACE)


def _choice(_node: Any, operands: list[Expression]) -> Expression:
    """Piecewise: values and conditions in turn; the last value stands where no condition holds."""
    result = operands[-2]
    for value, condition in reversed(list(zip(operands[:-2:2], operands[1:-2:2], strict=True))):
        result = _call("where", condition, value, result)
    return result


def _series(node: Any, operands: list[Expression]) -> Expression:
    """Sum and Product, each limit a name and two bounds."""
    body, *limits = operands
    clauses = []
    for place in range(len(limits) - 3, -1, -3):
        variable, first, last = limits[place : place + 3]
        assert isinstance(variable, Name)
        clauses.append(Clause(variable, _call("range", first, _call("+", last, Number(1.0, PLACE))), None))
    return Comprehension("sum" if kind_of(node) == "Sum" else "prod", body, tuple(clauses), PLACE, PLACE)


def _index(_node: Any, operands: list[Expression]) -> Expression:
    return Index(operands[0], tuple(operands[1:]), PLACE)


RULES: Mapping[str, Callable[[Any, list[Expression]], Expression]] = {
    **dict.fromkeys(("Integer", "Zero", "One", "NegativeOne", "Float", "number"), lambda node, operands: _number(node)),
    **dict.fromkeys(("Rational", "Half"), _rational),
    "Add": _sum,
    "Mul": _product,
    "Pow": _power,
    "MatMul": _matrix_product,
    **dict.fromkeys(
        ("ImmutableDenseMatrix", "MutableDenseMatrix", "ImmutableSparseMatrix", "MutableSparseMatrix"), _matrix
    ),
    "Piecewise": _choice,
    "ITE": lambda node, operands: _call("where", *operands),
    "And": lambda node, operands: _joined("*", operands),
    "Or": lambda node, operands: _call("max", *operands),
    "Not": lambda node, operands: _call("-", Number(1.0, PLACE), operands[0]),
    **dict.fromkeys(("Sum", "Product"), _series),
    **dict.fromkeys(("Indexed", "MatrixElement"), _index),
}
"""The rules of classes whose trees need code."""
