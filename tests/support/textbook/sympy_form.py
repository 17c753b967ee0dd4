"""The formulas of the corpus as SymPy's expressions, numbers or matrices, and their derivatives by SymPy."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy
import sympy

from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.reading.parse import parse
from support.textbook.corpus import Row


class UnsupportedError(Exception):
    """SymPy's matrix expressions have no such operation."""


def sigmoid(x: Any) -> Any:
    return 1 / (1 + sympy.exp(-x))


NUMBERS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "pow", "lt", "gt")},
    **{name: getattr(sympy, name) for name in ("exp", "log", "sqrt", "cbrt", "sin", "cos", "tan", "sec", "csc", "cot")},
    **{name: getattr(sympy, name) for name in ("asin", "acos", "atan", "atan2", "erf", "gamma", "digamma")},
    **{name: getattr(sympy, name) for name in ("sinh", "cosh", "tanh", "sech", "asinh", "acosh", "atanh")},
    **{"div": operator.truediv, "abs": sympy.Abs, "sign": sympy.sign, "max": sympy.Max, "min": sympy.Min},
    **{"sigmoid": sigmoid, "softplus": lambda x: sympy.log(1 + sympy.exp(x)), "lgamma": sympy.loggamma},
    "log10": lambda x: sympy.log(x, 10),
    "where": lambda condition, x, y: sympy.Piecewise((x, condition), (y, True)),
}
"""Operations on numbers."""


def as_number(x: Any) -> Any:
    """A matrix of one entry as a number: SymPy has no other way to add it to one."""
    return sympy.Trace(x) if isinstance(x, sympy.MatrixExpr) else x


def ones(rows: int, columns: int) -> Any:
    return sympy.OneMatrix(rows, columns)


def entries_sum(x: Any) -> Any:
    """The sum of all entries; of squares it is the trace of XᵀX, of products that of XᵀY."""
    if isinstance(x, sympy.HadamardPower) and x.exp == 2:
        return _inner(x.base, x.base)
    if isinstance(x, sympy.HadamardProduct) and len(x.args) == 2:
        return _inner(*x.args)
    if isinstance(x, sympy.MatAdd):
        return sum((entries_sum(term) for term in x.args[1:]), entries_sum(x.args[0]))
    if isinstance(x, sympy.MatMul) and not isinstance(x.args[0], sympy.MatrixExpr):
        return x.args[0] * entries_sum(sympy.MatMul(*x.args[1:]).doit())
    return ones(1, x.shape[0]) * x * ones(x.shape[1], 1)


def _inner(x: Any, y: Any) -> Any:
    return x.T * y if x.shape[1] == 1 else sympy.Trace(x.T * y)


def norm(x: Any) -> Any:
    return sympy.sqrt(as_number(_inner(x, x)))


class Reader:
    """Reads a row's formula; vectors are matrices of one column."""

    def __init__(self, row: Row) -> None:
        self.graph = parse(row.formula)
        inputs = [row.shapes.get(name, ()) for name in self.graph.input_names]
        self.shapes: list[Shape] = [shape or () for shape in infer_shapes(self.graph, inputs)]
        self.symbols = {
            name: sympy.MatrixSymbol(name, *(*shape, 1)[:2]) if shape else sympy.Symbol(name, real=True)
            for name, shape in zip(self.graph.input_names, inputs, strict=True)
        }
        self.symbols["pi"] = sympy.pi

    def expression(self) -> Any:
        """The formula; raises UnsupportedError."""
        values: list[Any] = []
        for node in self.graph.nodes:
            if node.is_input:
                values.append(self.symbols[str(node.name)])
            elif node.is_constant:
                values.append(sympy.Rational(str(node.parameters["value"])))
            else:
                values.append(self._operation(node, [values[index] for index in node.operands]))
        return values[self.graph.output]

    def _operation(self, node: Node, operands: list[Any]) -> Any:
        assert node.operation is not None
        name, shapes = node.operation.name, [self.shapes[index] for index in node.operands]
        if name == "eye":
            return sympy.Identity(self.shapes[node.index][0])
        if not any(shapes):
            return self._number(name, operands)
        if name in ("add", "sub", "mul", "div", "pow"):
            return self._elementwise(name, operands, shapes)
        if name in ARRAYS and not node.parameters.keys() - {"axis", "keepdims"}:
            return ARRAYS[name](*operands, shapes) if name in ("matmul", "transpose") else ARRAYS[name](*operands)
        if name in NUMBERS and len(operands) == 1:
            return -operands[0] if name == "neg" else operands[0].applyfunc(NUMBERS[name])
        raise UnsupportedError(name)

    def _number(self, name: str, operands: list[Any]) -> Any:
        """An operation on numbers, some of which are matrices of one entry; they stay so where that is possible."""
        are_matrices = [isinstance(each, sympy.MatrixExpr) for each in operands]
        if all(are_matrices) if name in ("add", "sub", "neg") else name == "mul" and not all(are_matrices):
            return NUMBERS[name](*operands)
        if name == "div" and not are_matrices[1]:
            return operands[0] / operands[1]
        return NUMBERS[name](*map(as_number, operands))

    def _elementwise(self, name: str, operands: list[Any], shapes: list[Shape]) -> Any:
        one, other = operands
        if name == "pow" and shapes[0]:
            return sympy.HadamardPower(one, as_number(other))
        if name == "mul" and all(shapes):
            return sympy.HadamardProduct(one, other)
        if name == "div" and shapes[1]:
            inverse = sympy.HadamardPower(other, -1)
            return sympy.HadamardProduct(one, inverse) if shapes[0] else as_number(one) * inverse
        if name in ("mul", "div"):
            return NUMBERS[name](*(x if shape else as_number(x) for x, shape in zip(operands, shapes, strict=True)))
        if not shapes[0]:
            one = as_number(one) * ones(*other.shape)
        if not shapes[1]:
            other = as_number(other) * ones(*one.shape)
        return NUMBERS[name](one, other)


def _matmul(one: Any, other: Any, shapes: list[Shape]) -> Any:
    if len(shapes[0]) == 2:
        return one * other
    return one.T * other if len(shapes[1]) == 1 else other.T * one


def _transpose(x: Any, shapes: list[Shape]) -> Any:
    return x if len(shapes[0]) == 1 else x.T


def _exponentials_sum(x: Any) -> Any:
    """For a vector; SymPy has no sum along one axis of a matrix."""
    if x.shape[1] != 1:
        raise UnsupportedError("a sum along an axis")
    return as_number(entries_sum(x.applyfunc(sympy.exp)))


ARRAYS: dict[str, Callable[..., Any]] = {
    **{"matmul": _matmul, "transpose": _transpose, "norm": norm, "sum": entries_sum, "trace": sympy.Trace},
    **{"det": sympy.Determinant, "inv": sympy.Inverse, "solve": lambda a, b: sympy.Inverse(a) * b},
    "logdet": lambda x: sympy.log(sympy.Determinant(x)),
    "outer": lambda x, y: x * y.T,
    "mean": lambda x: entries_sum(x) / (x.shape[0] * x.shape[1]),
    "softmax": lambda x: x.applyfunc(sympy.exp) / _exponentials_sum(x),
    "logsumexp": lambda x: sympy.log(_exponentials_sum(x)),
    "log_softmax": lambda x: x - sympy.log(_exponentials_sum(x)) * ones(*x.shape),
}
"""Operations on vectors and matrices."""


def differentiate(row: Row, reader: Reader, expression: Any) -> Any:
    """SymPy's derivative, not simplified."""
    for _ in range(2 if row.kind == "hessian" else row.order):
        expression = sympy.diff(expression, reader.symbols[row.by])
    return expression


def evaluate(reader: Reader, expression: Any, point: dict[str, Any]) -> Any:
    """The value at a point as an array of floats."""
    for symbol, number in ((reader.symbols[name], number) for name, number in point.items()):
        columns = sympy.Matrix(number.reshape(len(number), -1)) if numpy.ndim(number) else number
        expression = expression.subs(symbol, columns)
    expression = expression.replace(sympy.OneMatrix, lambda *sizes: sympy.ones(*map(int, sizes))).doit()
    if hasattr(expression, "as_explicit"):
        expression = expression.as_explicit()
    entries = numpy.array(expression.tolist() if hasattr(expression, "tolist") else expression, dtype=object)
    return numpy.vectorize(lambda entry: float(sympy.N(entry, 20)))(entries)
