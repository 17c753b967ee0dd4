"""The namespace in which kernels run to be recorded: values that record each call on them as an instruction."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.algebra.simplify import LARGEST_MOVED
from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import Shape
from graphdiff.targets.instructions import Code, Instruction

FACTORS = ("multiply", "divide")
"""The functions whose constants are joined."""
SMALLEST_FACTOR = 1e-150
"""The smallest constant that is joined with another: far from overflow and underflow."""


class Value:
    """The value of an instruction while kernels run: operators on it record further instructions."""

    __slots__ = ("code", "constant", "is_condition", "number", "rank")

    def __init__(self, code: Recorder, number: int, constant: float | None = None, is_condition: bool = False) -> None:
        self.code = code
        self.number = number
        self.constant = constant
        self.is_condition = is_condition
        self.rank: int | None = None

    @property
    def ndim(self) -> int:
        """The number of axes of an operand; raises TypeError for an intermediate value of a kernel."""
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
    """A number in a kernel as a float, since whole numbers are options."""
    return operand if isinstance(operand, Value) else float(operand)


class Recorder:
    """The namespace in which kernels run: it records each call, and equal calls only once."""

    inf = math.inf
    nan = math.nan

    def __init__(self, opens_definitions: bool = False) -> None:
        """With opens_definitions, a function that has a definition is recorded as the calls of its definition."""
        self._opens_definitions = opens_definitions
        self.linalg = _Linear(self)
        self.instructions: list[Instruction] = []
        self.shapes: dict[int, Shape] = {}
        """The shapes of the values of nodes, by number, where code is of whole arrays."""
        self._known: dict[object, Value] = {}

    if TYPE_CHECKING:  # it has a method for each row, see below

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    def constant(self, value: Any) -> Value:
        """A number, or an array as nested tuples of numbers."""
        key = "constant", repr(value)
        constant = self._known.get(key)
        if constant is None:
            number = value if isinstance(value, float) else None
            constant = self._add(Instruction("constant", (), (("value", value),)), key, number)
        return constant

    def input(self, name: str) -> Value:
        return self._add(Instruction("input", (), (("name", name),)), ("input", name))

    def record(self, function: str, *operands: Any, **options: Any) -> Value:
        """The value of a function. Lists among the operands are unpacked and floats become constants; whole numbers and
        tuples become options without a name."""
        values: list[Value] = []
        positional: list[tuple[str, Any]] = []
        for operand in operands:
            if type(operand) is Value:
                values.append(operand)
            elif isinstance(operand, (int, tuple)):
                positional.append(("", operand))
            elif isinstance(operand, list):
                values += operand
            else:
                values.append(self.constant(operand))
        row = ROWS[function]
        if not row.in_code:
            raise AttributeError(f"'{function}' is for kernels that run on numbers: see targets/shape_dependent.py")
        row.check_call(len(values), [*([""] if positional else []), *options])
        if row.conditions:
            values = [
                self.as_condition(value) if slot in row.conditions else self.as_number(value)
                for slot, value in enumerate(values)
            ]
        elif any([value.is_condition for value in values]):
            values = [self.as_number(value) for value in values]
        if self._opens_definitions and (definition := row.definition) is not None:
            value: Value = definition(self, *values)
            return value
        simple = self.simplify(function, values) if not options else None
        if simple is not None:
            return simple
        instruction = Instruction(function, tuple([value.number for value in values]), (*positional, *options.items()))
        known = self._known.get(instruction)
        return self._add(instruction, instruction) if known is None else known

    def simplify(self, function: str, values: Sequence[Value]) -> Value | None:
        """A function's value where it is known without an instruction: of constants, by operations/ieee.py."""
        constants = [value.constant for value in values if value.constant is not None]
        if len(constants) < len(values):
            return self._join_factors(function, values) if constants and function in FACTORS else None
        if not ROWS[function].is_elementwise:
            return None
        return self.constant(getattr(ieee, function)(*constants))

    def _join_factors(self, function: str, values: Sequence[Value]) -> Value | None:
        """c*(x/d) = (c/d)*x, (x/c)/d = x/(c*d), …: a product with a constant of one, with one constant for both; and
        c*((x/d)*y) = (c/d)*(x*y) where x*y does not overflow sooner than the result. None if there is no such product.

        Formulas keep x/3*2 and the like apart, to be printed with whole numbers.
        """
        x, y = values if values[1].constant is not None else reversed(values)
        if y.constant is None or (function == "divide" and y is not values[1]):
            return None
        products: list[tuple[Value, Value | None]] = [(x, None)]
        if function == "multiply" == self.instructions[x.number].function:
            first, second = map(self._operand, self.instructions[x.number].operands)
            products += [(first, second), (second, first)]
        for product, other in products:
            rest, above, below = self._factored(product)
            if rest is None:
                continue
            above, below = (above * y.constant, below) if function == "multiply" else (above, below * y.constant)
            is_moderate = all([SMALLEST_FACTOR < abs(each) < 1 / SMALLEST_FACTOR for each in (above, below)])
            if not is_moderate or not (other is None or 1 <= abs(above / below) <= LARGEST_MOVED):
                return None
            rest = rest if other is None else self.record("multiply", rest, other)
            return self.record("divide", rest, below) if above == 1 else self.record("multiply", above / below, rest)
        return None

    def _factored(self, x: Value) -> tuple[Value | None, float, float]:
        """The rest of c*x, x*c or x/d, and these constants, above and below the line; without a rest for others."""
        function, operands, _ = self.instructions[x.number]
        if function in FACTORS:
            first, second = map(self._operand, operands)
            if second.constant is not None:
                return (first, second.constant, 1.0) if function == "multiply" else (first, 1.0, second.constant)
            if first.constant is not None and function == "multiply":
                return second, first.constant, 1.0
        return None, 1.0, 1.0

    def _operand(self, number: int) -> Value:
        instruction = self.instructions[number]
        is_number = instruction.is_constant and isinstance(instruction.value, float)
        return Value(self, number, instruction.value if is_number else None, instruction.is_condition)

    def abs(self, x: Value) -> Value:
        """|-x| = |x|"""
        instruction = self.instructions[x.number]
        return self.record("abs", Value(self, instruction.operands[0]) if instruction.function == "negative" else x)

    def pow(self, x: Value, y: Value | float) -> Value:
        """x^y; small whole powers become products."""
        exponent = y if isinstance(y, float) else y.constant
        if exponent is None or exponent not in (-2.0, -1.0, 2.0, 3.0, 4.0):
            return self.record("pow", x, y)
        if exponent < 0:
            return 1.0 / (x * x) if exponent == -2 else 1.0 / x
        square = x * x
        return square if exponent == 2 else square * (x if exponent == 3 else square)

    def as_number(self, value: Value) -> Value:
        """A condition as 1 or 0."""
        return self.record("float_of", value) if value.is_condition else value

    def as_condition(self, value: Value) -> Value:
        """A number as whether it is not 0."""
        if value.is_condition:
            return value
        instruction = self.instructions[value.number]
        if instruction.function == "float_of":
            return Value(self, instruction.operands[0], is_condition=True)
        return self.record("not_equal", value, 0.0)

    def inside_loop(self) -> Recorder:
        """A recorder of the same kind for the code of a loop's step."""
        return Recorder(self._opens_definitions)

    def value_at(self, number: int) -> Value:
        """The value of an instruction that is recorded, by its number."""
        return Value(self, number)

    def append(self, instruction: Instruction) -> Value:
        """Record an instruction other than a call of a function; equal instructions keep separate values."""
        return self._add(instruction, ("", len(self.instructions)))

    def _add(self, instruction: Instruction, key: object, constant: float | None = None) -> Value:
        value = Value(self, len(self.instructions), constant, instruction.is_condition)
        self.instructions.append(instruction)
        self._known[key] = value
        return value


def recording_method(function: str) -> Callable[..., Value]:
    """The method of Recorder that records calls of a function."""

    def method(recorder: Recorder, *operands: Any, **options: Any) -> Value:
        return recorder.record(function, *operands, **options)

    return method


for _name in ROWS:
    if _name not in vars(Recorder):
        setattr(Recorder, _name, recording_method(_name))


class _Linear:
    """The linear algebra extension of the array API standard; its functions are recorded as linalg.det, …"""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __getattr__(self, name: str) -> Callable[..., Value]:
        record: Callable[..., Value] = getattr(self._recorder, f"linalg.{name}")
        return record


def record_definition(definition: Any) -> Code:
    """The instructions of a function's definition; the inputs have the names of its parameters."""
    code = Recorder()
    count = definition.__code__.co_argcount
    inputs = {name: code.input(name) for name in definition.__code__.co_varnames[1:count]}
    value = code.as_number(definition(code, *inputs.values()))
    return Code(code.instructions, {name: each.number for name, each in inputs.items()}, (value.number,), {})
