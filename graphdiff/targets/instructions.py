"""Graph → instructions: a straight line of elementary functions, each value computed once, that every target writes.

An operation's own kernel is run on values that record what it calls, so that no operation is spelled a second time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations import ieee
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Shape
from graphdiff.targets.irregular import IRREGULAR

CONDITIONS = frozenset(
    ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "any", "all"]
)
"""The functions that give true or false."""
INDEX_SLOTS = {"index": range(1, 33), "place": range(2, 34), "one_hot": range(1), "pick": range(1, 2)}
"""Which operands are indices; arrays have 32 axes at most."""


class Instruction(NamedTuple):
    """function(operands, options): operands are the numbers of earlier instructions.

    function is "input" (options has its name), "constant" (its value), or a function as operations/ieee and the array
    API standard name it; `getitem`, `shape` and `float_of` are x[…], x.shape and a condition as a number.
    """

    function: str
    operands: tuple[int, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def value(self) -> Any:
        """The number, or the nested tuples, of a constant."""
        return self.options[0][1]

    @property
    def is_constant(self) -> bool:
        return self.function == "constant"


class Code(NamedTuple):
    """A program of instructions: what it is given by name, in order, and the numbers of what it returns.

    names are what a formula calls its values.
    """

    instructions: Sequence[Instruction]
    inputs: Mapping[str, int]
    outputs: tuple[int, ...]
    names: Mapping[int, str]

    def uses(self, repeats: Callable[[Instruction], Sequence[int]] | None = None) -> list[int]:
        """How often each instruction's value is used, by others that are used and as output; repeats tells how often
        an instruction's text repeats each operand, once unless given."""
        uses = [0] * len(self.instructions)
        for output in self.outputs:
            uses[output] += 1
        for number in reversed(range(len(self.instructions))):
            instruction = self.instructions[number]
            if uses[number]:
                times = repeats(instruction) if repeats else [1] * len(instruction.operands)
                for operand, count in zip(instruction.operands, times, strict=True):
                    uses[operand] += count
        return uses

    def indices(self) -> set[int]:
        """The inputs that are used, and as indices alone."""
        indices: set[int] = set()
        others: set[int] = set(self.outputs)
        for instruction in self.instructions:
            for slot, operand in enumerate(instruction.operands):
                (indices if slot in INDEX_SLOTS.get(instruction.function, ()) else others).add(operand)
        return (indices - others) & set(self.inputs.values())


class Value:
    """What an instruction gives, while kernels run: operators on it record further instructions."""

    __slots__ = ("code", "number", "rank")

    def __init__(self, code: Recorder, number: int, rank: int | None = None) -> None:
        self.code = code
        self.number = number
        self.rank = rank

    @property
    def ndim(self) -> int:
        """How many axes an operand has; of what a kernel makes on its way this is not known."""
        if self.rank is None:
            raise TypeError("this kernel asks for the rank of an intermediate value")
        return self.rank

    @property
    def shape(self) -> Value | tuple[()]:
        if self.rank == 0:
            return ()
        return self.code.record("shape", self)

    def __getitem__(self, places: Any) -> Value:
        return self.code.record("getitem", self, places=places)

    def __neg__(self) -> Value:
        return self.code.record("negative", self)

    def __add__(self, other: Any) -> Value:
        return self.code.record("add", self, float_of(other))

    def __radd__(self, other: Any) -> Value:
        return self.code.record("add", float_of(other), self)

    def __sub__(self, other: Any) -> Value:
        return self.code.record("subtract", self, float_of(other))

    def __rsub__(self, other: Any) -> Value:
        return self.code.record("subtract", float_of(other), self)

    def __mul__(self, other: Any) -> Value:
        return self.code.record("multiply", self, float_of(other))

    def __rmul__(self, other: Any) -> Value:
        return self.code.record("multiply", float_of(other), self)

    def __truediv__(self, other: Any) -> Value:
        return self.code.record("divide", self, float_of(other))

    def __rtruediv__(self, other: Any) -> Value:
        return self.code.record("divide", float_of(other), self)

    def __lt__(self, other: Any) -> Value:
        return self.code.record("less", self, float_of(other))

    def __gt__(self, other: Any) -> Value:
        return self.code.record("greater", self, float_of(other))

    def __and__(self, other: Any) -> Value:
        return self.code.record("logical_and", self, other)


def float_of(operand: Any) -> Any:
    """A number of a kernel's text as a float; whole numbers are options."""
    return operand if isinstance(operand, Value) else float(operand)


class Recorder:
    """The namespace that kernels are run in: it records each call, what is computed already once."""

    inf = math.inf
    nan = math.nan

    def __init__(self) -> None:
        self.linalg = _Linear(self)
        self.instructions: list[Instruction] = []
        self._known: dict[object, Value] = {}

    def __getattr__(self, name: str) -> Callable[..., Value]:
        if name.startswith("__"):
            raise AttributeError(name)

        def recorded(*operands: Any, **options: Any) -> Value:
            return self.record(name, *operands, **options)

        setattr(self, name, recorded)
        return recorded

    def constant(self, value: Any) -> Value:
        """A number, or an array as nested tuples of them."""
        return self._added(Instruction("constant", (), (("value", value),)), ("constant", repr(value)))

    def input(self, name: str, rank: int) -> Value:
        value = self._added(Instruction("input", (), (("name", name),)))
        value.rank = rank
        return value

    def record(self, function: str, *operands: Any, **options: Any) -> Value:
        """The value of a function: lists among the operands are spread, floats made constants; whole numbers and tuples
        are options without a name."""
        values: list[Value] = []
        placed: list[tuple[str, Any]] = []
        for place, operand in enumerate(operands):
            if isinstance(operand, (int, tuple)):
                placed.append(("", operand))
                continue
            for each in operand if isinstance(operand, list) else [operand]:
                value = each if isinstance(each, Value) else self.constant(each)
                is_condition = function == "logical_and" or (function == "where" and place == 0)
                is_either = function in ("float_of", "any", "all")
                values.append(self._condition(value) if is_condition else value if is_either else self.as_number(value))
        folded = self._folded(function, values, options)
        if folded is not None:
            return folded
        numbers = tuple([value.number for value in values])
        instruction = Instruction(function, numbers, (*placed, *options.items()))
        return self._added(instruction, instruction)

    def known(self, value: Value) -> float | None:
        """The number that a value is, where that is known beforehand."""
        instruction = self.instructions[value.number]
        return instruction.value if instruction.is_constant and isinstance(instruction.value, float) else None

    def abs(self, x: Value) -> Value:
        """|-x| = |x|"""
        instruction = self.instructions[x.number]
        return self.record("abs", Value(self, instruction.operands[0]) if instruction.function == "negative" else x)

    def pow(self, x: Value, y: Value) -> Value:
        """A small whole power is multiplied out."""
        exponent = self.instructions[y.number]
        if not exponent.is_constant or exponent.value not in (-2.0, -1.0, 2.0, 3.0, 4.0):
            return self.record("pow", x, y)
        if exponent.value < 0:
            return 1.0 / self.pow(x, self.constant(-exponent.value)) if exponent.value < -1 else 1.0 / x
        square = x * x
        return {2.0: lambda: square, 3.0: lambda: square * x, 4.0: lambda: square * square}[exponent.value]()

    def _folded(self, function: str, values: Sequence[Value], options: Any) -> Value | None:
        """What is known beforehand: a function of numbers, by operations/ieee."""
        constants = [self.instructions[value.number] for value in values]
        if (
            options
            or not values
            or not all([isinstance(c.value, float) if c.is_constant else False for c in constants])
        ):
            return None
        known = getattr(ieee, function, None)
        return None if known is None else self.constant(known(*[constant.value for constant in constants]))

    def as_number(self, value: Value) -> Value:
        """A condition as 1 or 0."""
        is_condition = self.instructions[value.number].function in CONDITIONS
        return self.record("float_of", value) if is_condition else value

    def _condition(self, value: Value) -> Value:
        instruction = self.instructions[value.number]
        if instruction.function in CONDITIONS:
            return value
        if instruction.function == "float_of":
            return Value(self, instruction.operands[0])
        return self.record("not_equal", value, 0.0)

    def _added(self, instruction: Instruction, key: object = None) -> Value:
        found = self._known.get(key) if key is not None else None
        if found is None:
            found = Value(self, len(self.instructions))
            self.instructions.append(instruction)
            if key is not None:
                self._known[key] = found
        return found


class _Linear:
    """The standard's extension for linear algebra; its functions are recorded as linalg.det, …"""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __getattr__(self, name: str) -> Callable[..., Value]:
        recorded: Callable[..., Value] = getattr(self._recorder, f"linalg.{name}")
        return recorded


def instructions_of(graph: Graph, shapes: Mapping[int, Shape]) -> Code:
    """The instructions of a graph of primitives, every function opened, at the shapes of its nodes."""
    code = Recorder()
    values: dict[int, Value] = {}
    inputs: dict[str, int] = {}
    names: dict[int, str] = {}
    for index in graph.inputs:
        values[index] = code.input(graph.labels[index], len(shapes.get(index, ())))
        inputs[graph.labels[index]] = values[index].number
    for node in graph.nodes:
        if not graph.needed[node.index] or node.is_input:
            continue
        if node.operation is None:
            value = code.constant(node.parameters["value"])
        else:
            assert isinstance(node.operation, Primitive)
            operands = [values[operand] for operand in node.operands]
            for operand, index in zip(operands, node.operands, strict=True):
                operand.rank = len(shapes.get(index, ()))
            kernel = IRREGULAR.get(node.operation.name)
            if kernel is not None:
                sizes = [shapes.get(operand, ()) for operand in node.operands]
                value = kernel(code, sizes, *operands, **node.parameters)
            else:
                value = node.operation.kernel(code, *operands, **node.parameters)
        values[node.index] = value
        if node.name is not None and code.instructions[value.number].function != "input":
            names.setdefault(value.number, node.name)
    outputs = tuple([code.as_number(values[index]).number for index in graph.outputs])
    return Code(code.instructions, inputs, outputs, names)
