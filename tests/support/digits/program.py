"""A formula as a list of operations on numbers, by Python's own parser; arrays are taken apart into their entries."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple

from mpmath.libmp import from_float

from support.digits.arithmetic import Number

Entry = int | list[Any]
"""The index of an operation, or nested lists of them: an array."""


class Operation(NamedTuple):
    """An operation on the results of earlier ones."""

    name: str
    operands: tuple[int, ...]
    constant: Number | None
    depends: bool
    """Whether it depends on an input."""


OPERATORS: dict[type[ast.AST], str] = {
    **{ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"},
    **{ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"},
}
CONSTANTS = {"pi": math.pi, "e": math.e}


class Program:
    """A formula's operations, for inputs of the shapes of a point.

    Attributes:
        operations: The operations; the first are the inputs' entries.
        inputs: The entries of each input.
        output: The index of the result.
    """

    def __init__(self, text: str, point: Mapping[str, Any]) -> None:
        self.operations: list[Operation] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self.inputs = {name: self._input(name, value) for name, value in point.items()}
        names: dict[str, Entry] = {name: self.constant(value) for name, value in CONSTANTS.items()}
        names |= self.inputs
        for statement in ast.parse(text.replace("^", "**")).body:
            match statement:
                case ast.Assign([ast.Name(name)], body):
                    names[name] = self._entry(body, names)
                case ast.Expr(body):
                    output = self._entry(body, names)
                case _:
                    raise NotImplementedError(ast.dump(statement))
        assert isinstance(output, int)
        self.output = output

    def _input(self, name: str, value: Any) -> Entry:
        if isinstance(value, list):
            return [self._input(f"{name} {place}", entry) for place, entry in enumerate(value)]
        return self._add("input", (), None, True, name)

    def _add(self, name: str, operands: tuple[int, ...], constant: Number | None, depends: bool, *key: Any) -> int:
        """The index of the operation; equal ones are one, so that they have one rounding."""
        index = self._known.setdefault((name, operands, constant, *key), len(self.operations))
        if index == len(self.operations):
            self.operations.append(Operation(name, operands, constant, depends))
        return index

    def constant(self, value: float) -> int:
        return self._add("constant", (), from_float(float(value)), False)

    def apply(self, name: str, *operands: int) -> int:
        """The operation on numbers."""
        depends = any(self.operations[operand].depends for operand in operands)
        return self._add(name, operands, None, depends)

    def _entry(self, tree: ast.expr, names: Mapping[str, Entry]) -> Entry:
        match tree:
            case ast.Constant(value):
                return self.constant(value)  # type: ignore[arg-type]
            case ast.Name(name):
                return names[name]
            case ast.UnaryOp(ast.USub(), operand):
                return self.elementwise("neg", self._entry(operand, names))
            case ast.BinOp(left, ast.MatMult(), right):
                return self._product(self._entry(left, names), self._entry(right, names))
            case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
                operands = self._entry(left, names), self._entry(right, names)
                return self.elementwise(OPERATORS[type(sign)], *operands)
            case ast.Subscript(array, ast.Constant(int(place))):
                entries = self._entry(array, names)
                assert isinstance(entries, list)
                return entries[place]  # type: ignore[no-any-return]
            case ast.Call(ast.Name(name), operands):
                return self._call(name, [self._entry(operand, names) for operand in operands])
        raise NotImplementedError(ast.dump(tree))

    def elementwise(self, name: str, *operands: Entry) -> Entry:
        if all(isinstance(operand, int) for operand in operands):
            composite = COMPOSITES.get(name)
            return composite(self, *operands) if composite else self.apply(name, *operands)  # type: ignore[arg-type]
        length = next(len(operand) for operand in operands if isinstance(operand, list))
        rows = ([entry] * length if isinstance(entry, int) else entry for entry in operands)
        return [self.elementwise(name, *row) for row in zip(*rows, strict=True)]

    def _product(self, left: Entry, right: Entry) -> Entry:
        assert isinstance(left, list)
        assert isinstance(right, list)
        if isinstance(left[0], list):
            return [self._product(row, right) for row in left]
        if isinstance(right[0], list):
            return [self._product(left, [row[place] for row in right]) for place in range(len(right[0]))]
        return self.total([self.apply("mul", *pair) for pair in zip(left, right, strict=True)])

    def total(self, entries: Sequence[int]) -> int:
        return reduce(lambda a, b: self.apply("add", a, b), entries)

    def _call(self, name: str, operands: list[Entry]) -> Entry:
        first = operands[0]
        if len(operands) == 1 and isinstance(first, list) and name in REDUCTIONS:
            return REDUCTIONS[name](self, entries_of(first))
        if name in ("dot", "softmax"):
            return self._product(*operands) if name == "dot" else self._softmax(entries_of(first))
        if name in ("max", "min"):
            return reduce(lambda a, b: self.elementwise(name + "2", a, b), operands)
        return self.elementwise(name, *operands)

    def _softmax(self, entries: list[int]) -> Entry:
        powers = [self.apply("exp", entry) for entry in entries]
        total = self.total(powers)
        return [self.apply("div", power, total) for power in powers]


def entries_of(entry: Entry) -> list[int]:
    """All entries of an array, row by row."""
    return [entry] if isinstance(entry, int) else list(chain.from_iterable(map(entries_of, entry)))


def _euclidean(program: Program, *entries: int) -> int:
    return program.apply("sqrt", program.total([program.apply("mul", entry, entry) for entry in entries]))


def _mean(program: Program, entries: list[int]) -> int:
    return program.apply("div", program.total(entries), program.constant(len(entries)))


def _variance(program: Program, entries: list[int]) -> int:
    mean = _mean(program, entries)
    deviations = [program.apply("sub", entry, mean) for entry in entries]
    return _mean(program, [program.apply("mul", each, each) for each in deviations])


def _log_of_sum(program: Program, entries: list[int]) -> int:
    return program.apply("log", program.total([program.apply("exp", entry) for entry in entries]))


REDUCTIONS: dict[str, Callable[[Program, list[int]], int]] = {
    "sum": lambda program, entries: program.total(entries),
    "mean": _mean,
    "var": _variance,
    "std": lambda program, entries: program.apply("sqrt", _variance(program, entries)),
    "norm": lambda program, entries: _euclidean(program, *entries),
    "logsumexp": _log_of_sum,
    "max": lambda program, entries: reduce(lambda a, b: program.apply("max2", a, b), entries),
    "min": lambda program, entries: reduce(lambda a, b: program.apply("min2", a, b), entries),
}


def _clip(program: Program, x: int, low: int, high: int) -> int:
    return program.apply("min2", program.apply("max2", x, low), high)


def _leaky(program: Program, x: int, below: int) -> int:
    return program.apply("where", program.apply("gt", x, program.constant(0)), x, below)


def _gelu(program: Program, x: int) -> int:
    half = program.constant(0.5)
    tail = program.apply("erfc", program.apply("neg", program.apply("mul", x, program.apply("sqrt", half))))
    return program.apply("mul", program.apply("mul", x, half), tail)


def _chain(*names: str) -> Callable[..., int]:
    return lambda program, x: reduce(lambda operand, name: program.elementwise(name, operand), names, x)


COMPOSITES: dict[str, Callable[..., Any]] = {
    "relu": lambda program, x: program.apply("max2", x, program.constant(0)),
    "leaky_relu": lambda program, x, slope: _leaky(program, x, program.apply("mul", slope, x)),
    "elu": lambda program, x, a: _leaky(program, x, program.apply("mul", a, program.apply("expm1", x))),
    "silu": lambda program, x: program.apply("mul", x, program.apply("sigmoid", x)),
    "gelu": _gelu,
    "mish": lambda program, x: program.apply("mul", x, _chain("softplus", "tanh")(program, x)),
    "log_sigmoid": _chain("neg", "softplus", "neg"),
    "logit": lambda program, p: program.apply(
        "sub", program.apply("log", p), program.apply("log1p", program.apply("neg", p))
    ),
    "logaddexp": lambda program, *entries: _log_of_sum(program, list(entries)),
    "hypot": _euclidean,
    "square": lambda program, x: program.apply("mul", x, x),
    "sec": lambda program, x: program.apply("div", program.constant(1), program.apply("cos", x)),
    "csc": lambda program, x: program.apply("div", program.constant(1), program.apply("sin", x)),
    "cot": lambda program, x: program.apply("div", program.apply("cos", x), program.apply("sin", x)),
    "clip": _clip,
}
