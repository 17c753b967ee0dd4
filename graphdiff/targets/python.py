"""Instructions → Python that needs nothing but its standard library: for formulas of numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import Shape
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code
from graphdiff.targets.names import PYTHON_NAMES, PythonNames
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.writer import (
    ATOM,
    BOTH,
    CHOICE,
    COMPARISON,
    EITHER,
    ON_ARRAYS,
    OPERATORS,
    SIGN,
    Language,
    Spelling,
    Template,
    Text,
    entry,
    lines_in,
)

RESERVED = PYTHON_NAMES | {"math"}
WIDTH = 100
"""Longer results are written one to a line."""

PYTHON: Mapping[str, Spelling] = {
    **OPERATORS,
    "float_of": Template("float({0})"),
    "logical_and": Template("{0} and {1}", BOTH, (BOTH, BOTH)),
    "where": Template("{1} if {0} else {2}", CHOICE, (EITHER, EITHER, CHOICE)),
    "maximum": Template("{0} if {0} >= {1} or {0} != {0} else {1}", CHOICE, (SIGN, SIGN)),
    "minimum": Template("{0} if {0} <= {1} or {0} != {0} else {1}", CHOICE, (SIGN, SIGN)),
    "sign": Template("{0} if {0} == 0 or {0} != {0} else math.copysign(1.0, {0})", CHOICE, (ATOM,)),
    "abs": Template("abs({0})"),
    "entry": entry,
    "floor": Template("float(math.floor({0}))"),
    "ceil": Template("float(math.ceil({0}))"),
    "round": Template("{0} - math.remainder({0}, 1.0)", COMPARISON + 1, (ATOM,)),
}


class Python(Language):
    """Plain Python on numbers, by the functions of math."""

    target = TARGETS["python"]
    spellings: Mapping[str, Spelling] = PYTHON
    lacks = ON_ARRAYS

    def can_call(self, function: str) -> bool:
        return ROWS[function].is_elementwise and (self.has_definition(function) or hasattr(math, function))

    def name_of(self, function: str) -> str:
        return function if self.has_definition(function) else f"math.{function}"

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        return python_function(name, parameters, lines, value)

    def constant(self, value: Any) -> Text:
        return number(value)


class CarefulPython(Python):
    """The same where no function raises: by the definitions of operations/ieee."""

    spellings: Mapping[str, Spelling] = {
        **{name: PYTHON[name] for name in ("add", "subtract", "multiply", "negative", "abs")},
        **{name: PYTHON[name] for name in ("float_of", "where", "logical_and", "entry")},
        **{name: template for name, template in OPERATORS.items() if template.precedence == COMPARISON},
    }

    def can_call(self, function: str) -> bool:
        return ROWS[function].is_elementwise

    def name_of(self, function: str) -> str:
        return function


def python_function(name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
    """The text of a function, as a module has it."""
    body = "".join(f"    {line}\n" for line in [*lines, f"return {value}"])
    return f"def {name}({', '.join(parameters)}):\n{body}"


def number(value: float, infinity: str = "math.inf", nan: str = "math.nan") -> Text:
    """A float as Python writes it, and C with other names for what is not finite."""
    if math.isfinite(value):
        text = repr(value)
    elif value != value:
        text = nan
    else:
        text = infinity if value > 0 else f"-{infinity}"
    return Text(text, SIGN if text.startswith("-") else ATOM, is_number=True)


MODULE = ["import math", "", ""]
"""How a module begins that uses math."""


def source(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A module with a function of this name, and the parameter that stands for each input.

    The function returns the value and the tuple of derivatives by wrt. Arrays are nested sequences, and their
    derivatives nested tuples. Where math raises it falls back on another that computes as IEEE 754 has it.
    Raises GraphdiffError("usage") where a function cannot have this name.
    """
    fast, careful, parameters = parts(code, name, wrt)
    return fast + careful, parameters


def parts(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, str, dict[str, str]]:
    """That source in two parts: the function, and what it falls back on, which is empty where nothing raises; and the
    parameters."""
    fast, careful = Python(), CarefulPython()
    helpers = filter(fast.has_definition, ROWS)
    names = PythonNames({*RESERVED, *dir(ieee), *helpers, f"{name}_ieee"}, name)
    parameters = {each: names(each) for each in code.inputs}
    for each in code.names.values():
        names(each)
    given = ", ".join(parameters.values())
    lines = [f"def {name}({given}):", f'    """{told(wrt)}"""']
    shapes = [code.shapes.get(each, ()) for each in wrt]
    body, careful_body = (
        _body(assigned, outputs, shapes) for assigned, outputs in lines_in(code, [fast, careful], names)
    )
    # What both call is defined beside the first, by the functions of operations/ieee, which never raise.
    common_functions = CarefulPython()
    common_functions.used = set(filter(fast.has_definition, fast.used))
    common = [line for text in common_functions.write_definitions() for line in ["", "", *text.splitlines()]]
    common += _of_ieee(common_functions.used)
    if not any([ROWS[each.function].raises for each in code.instructions if each.function in ROWS]):
        needs_math = any("math." in line for line in [*body, *common])
        return "\n".join([*(MODULE if needs_math else []), *lines, *body, *common, ""]), "", parameters
    lines = [*MODULE, *lines, "    try:", *(f"    {line}" for line in body)]
    lines += ["    except (ArithmeticError, ValueError):", f"        return {name}_ieee({given})", *common, ""]
    others = ["", "", f"def {name}_ieee({given}):"]
    others += ['    """The same where math raises: an overflow is inf, 0/0 is nan."""']
    for each, parameter in parameters.items():
        others.append(f"    {parameter} = {_floats(parameter, len(code.shapes.get(each, ())))}")
    others += [*careful_body, *_of_ieee(careful.used - common_functions.used), ""]
    return "\n".join(lines), "\n".join(others), parameters


def _of_ieee(functions: Collection[str]) -> list[str]:
    """The lines that define functions as operations/ieee does."""
    wanted = [each for each in functions if ROWS[each].definition is None]
    return definitions("graphdiff.operations", "ieee", wanted) if wanted else []


def told(wrt: Sequence[str]) -> str:
    """What a generated function says of itself."""
    return f"The value, and its derivatives by {', '.join(wrt)}." if wrt else "The value, and no derivatives."


def _body(lines: Sequence[str], outputs: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    """Assignments and what is returned, the derivatives in their shapes."""
    value, *entries = outputs
    rest = iter(entries)
    derivatives = [_nested(rest, shape) for shape in shapes]
    return [f"    {line}" for line in [*lines, *returned([value, *derivatives])]]


def _nested(entries: Iterator[str], shape: Shape) -> str:
    """As many of the entries as a shape has, as nested tuples."""
    if not shape:
        return next(entries)
    rows = [_nested(entries, shape[1:]) for _ in range(shape[0])]
    return f"({', '.join(rows)}{',' if len(rows) == 1 else ''})"


def _floats(array: str, rank: int) -> str:
    """Nested sequences of numbers as lists of floats."""
    if not rank:
        return f"float({array})"
    part = "each" if rank == 1 else f"row{'s' * (rank - 2)}"
    return f"[{_floats(part, rank - 1)} for {part} in {array}]"


def returned(outputs: Sequence[str]) -> list[str]:
    """The statement that returns the value and the tuple of derivatives."""
    value, *derivatives = outputs
    one = f"return {value}, ({', '.join(derivatives)}{',' if len(derivatives) == 1 else ''})"
    if len(one) <= WIDTH:
        return [one]
    return [f"return {value}, (", *(f"    {derivative}," for derivative in derivatives), ")"]
