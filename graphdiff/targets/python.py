"""Instructions → Python that needs only the standard library: for formulas of numbers."""

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
from graphdiff.targets.spelling import (
    ATOM,
    BOTH,
    CHOICE,
    COMPARISON,
    EITHER,
    OPERATORS,
    PRODUCT,
    SIGN,
    LoopText,
    Spelling,
    Template,
    Text,
    entry,
    infix,
    write_list,
)
from graphdiff.targets.writer import OF_SCIPY, ON_ARRAYS, Language, lines_in

RESERVED = PYTHON_NAMES | {"math"}
WIDTH = 100
"""The most characters of a line of generated code; longer lists of results have one result on each line."""

PYTHON: Mapping[str, Spelling] = {
    **OPERATORS,
    "float_of": Template("float({0})"),
    "counter": Template("float({0})"),
    "list": write_list,
    "logical_and": Template("{0} and {1}", BOTH, (BOTH, BOTH)),
    "where": Template("{1} if {0} else {2}", CHOICE, (EITHER, EITHER, CHOICE)),
    "maximum": Template("{0} if {0} >= {1} or {0} != {0} else {1}", CHOICE, (SIGN, SIGN)),
    "minimum": Template("{0} if {0} <= {1} or {0} != {0} else {1}", CHOICE, (SIGN, SIGN)),
    "sign": Template("{0} if {0} == 0 or {0} != {0} else math.copysign(1.0, {0})", CHOICE, (ATOM,)),
    "abs": Template("abs({0})"),
    "entry": entry,
    "remainder": infix("%", PRODUCT),
    "floor": Template("float(math.floor({0}))"),
    "ceil": Template("float(math.ceil({0}))"),
    "round": Template("{0} - math.remainder({0}, 1.0)", COMPARISON + 1, (ATOM,)),
}


class Python(Language):
    """Plain Python on numbers, with the functions of math."""

    target = TARGETS["python"]
    spellings: Mapping[str, Spelling] = PYTHON
    lacks: Mapping[str, str] = {**ON_ARRAYS, **OF_SCIPY}

    def can_call(self, function: str) -> bool:
        return ROWS[function].is_elementwise and (self.has_definition(function) or hasattr(math, function))

    def name_of(self, function: str) -> str:
        return function if self.has_definition(function) else f"math.{function}"

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        return python_function(name, parameters, lines, value)

    def constant(self, value: Any) -> Text:
        return number(value)

    def write_loop(self, loop: LoopText) -> list[str]:
        return python_loop(loop)


class CarefulPython(Python):
    """Python whose functions never raise: those of operations/ieee.py."""

    spellings: Mapping[str, Spelling] = {
        **{name: PYTHON[name] for name in ("add", "subtract", "multiply", "negative", "abs")},
        **{name: PYTHON[name] for name in ("float_of", "counter", "list", "where", "logical_and", "entry")},
        **{name: template for name, template in OPERATORS.items() if template.precedence == COMPARISON},
    }

    def can_call(self, function: str) -> bool:
        return ROWS[function].is_elementwise

    def name_of(self, function: str) -> str:
        return function


def python_function(name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
    """The text of a function of these parameters, as in a module."""
    body = "".join(f"    {line}\n" for line in [*lines, f"return {value}"])
    return f"def {name}({', '.join(parameters)}):\n{body}"


def python_loop(loop: LoopText) -> list[str]:
    """The lines of a loop, whose stacks are lists."""
    lines = [f"{name} = {start.text}" for name, start, _ in [*loop.carried, *loop.sums]]
    lines += [f"{name} = [None]*{loop.steps}" for name, _ in loop.stacks]
    bounds = f"{loop.steps - 1}, -1, -1" if loop.is_backward else str(loop.steps)
    lines.append(f"for {loop.place} in range({bounds}):")
    body = [*loop.lines, *(f"{name}[{loop.place}] = {row.text}" for name, row in loop.stacks)]
    body += [f"{name} += {text.text}" for name, _, text in loop.sums]
    if loop.carried:
        line = (
            f"{', '.join(name for name, _, _ in loop.carried)} = {', '.join(text.text for _, _, text in loop.carried)}"
        )
        body += [line] if len(line) <= WIDTH else loop.assignments("{} = {}", "{} = {}")
    return [*lines, *(f"    {line}" for line in body)]


def number(value: float, infinity: str = "math.inf", nan: str = "math.nan") -> Text:
    """A float as Python writes it, also for languages with other names for infinity and NaN."""
    if math.isfinite(value):
        text = repr(float(value))  # a literal's own text may be a whole number of any length
    elif value != value:
        text = nan
    else:
        text = infinity if value > 0 else f"-{infinity}"
    return Text(text, SIGN if text.startswith("-") else ATOM, is_number=True)


MODULE = ["import math", "", ""]
"""The first lines of a module that uses math."""


def source(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function returns the value and the tuple of derivatives by wrt. Arrays are nested sequences, and their
    derivatives nested tuples. Where math raises, the function falls back on a second one that computes as in IEEE 754.
    Raises GraphdiffError("usage") if a function cannot have this name.
    """
    fast, careful, parameters = source_parts(code, name, wrt)
    return fast + careful, parameters


def source_parts(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, str, dict[str, str]]:
    """The function of that source, the fallback, which is empty if nothing can raise, and the parameters, none of which
    is called NAME_ieee or NAME_formula."""
    fast, careful = Python(), CarefulPython()
    helpers = filter(fast.has_definition, ROWS)
    names = PythonNames({*RESERVED, *dir(ieee), *helpers, f"{name}_ieee", f"{name}_formula"}, name)
    parameters = {each: names(each) for each in code.inputs}
    for each in code.names.values():
        names(each)
    arguments = ", ".join(parameters.values())
    lines = [f"def {name}({signature(parameters, code.defaults)}):", f'    """{summary(wrt)}"""']
    shapes = [code.shapes.get(each, ()) for each in wrt]
    body, careful_body = (
        _body(assignments, outputs, shapes) for assignments, outputs in lines_in(code, [fast, careful], names)
    )
    # Functions that both call are defined next to the first, in terms of operations/ieee.py, which never raises.
    common_functions = CarefulPython()
    common_functions.dependencies = set(filter(fast.has_definition, fast.dependencies))
    common = [line for text in common_functions.write_definitions() for line in ["", "", *text.splitlines()]]
    common += _ieee_lines(common_functions.dependencies)
    if not any([ROWS[each.function].raises for each in code.instructions if each.function in ROWS]):
        needs_math = any("math." in line for line in [*body, *common])
        return "\n".join([*(MODULE if needs_math else []), *lines, *body, *common, ""]), "", parameters
    lines = [*MODULE, *lines, "    try:", *(f"    {line}" for line in body)]
    lines += ["    except (ArithmeticError, ValueError):", f"        return {name}_ieee({arguments})", *common, ""]
    others = ["", "", f"def {name}_ieee({arguments}):"]
    others += ['    """The same, for values at which math raises: an overflow is inf, 0/0 is nan."""']
    for each, parameter in parameters.items():
        others.append(f"    {parameter} = {_floats(parameter, len(code.shapes.get(each, ())))}")
    others += [*careful_body, *_ieee_lines(careful.dependencies - common_functions.dependencies), ""]
    return "\n".join(lines), "\n".join(others), parameters


def _ieee_lines(functions: Collection[str]) -> list[str]:
    """The lines that define functions as in operations/ieee.py."""
    names = [each for each in functions if not ROWS[each].module]
    return definitions("graphdiff.operations", "ieee", names) if names else []


def signature(parameters: Mapping[str, str], defaults: Mapping[str, Any]) -> str:
    """The parameters of a function, the last of them with the values that the formula gives to their inputs."""
    pieces: list[str] = []
    for name, parameter in reversed([*parameters.items()]):
        has_default = name in defaults and all("=" in piece for piece in pieces)
        pieces.append(f"{parameter}={_literal(defaults[name])}" if has_default else parameter)
    return ", ".join(reversed(pieces))


def _literal(value: Any) -> str:
    """A number, or nested tuples of numbers, as Python writes them."""
    if not isinstance(value, tuple):
        return number(value).text
    return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"


def summary(wrt: Sequence[str]) -> str:
    """The docstring of a generated function."""
    if not wrt:
        return "Return the value and an empty tuple of derivatives."
    names = ", ".join(wrt).replace("\\", "\\\\").replace('"', '\\"')
    return f"Return the value and the tuple of its derivatives by {names}."


def _body(lines: Sequence[str], outputs: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    """The assignments and the return statement, with the derivatives in their shapes."""
    value, *entries = outputs
    rest = iter(entries)
    derivatives = [_nest(rest, shape) for shape in shapes]
    return [f"    {line}" for line in [*lines, *return_statement([value, *derivatives])]]


def _nest(entries: Iterator[str], shape: Shape) -> str:
    """The next entries, as many as a shape has, as nested tuples."""
    if not shape:
        return next(entries)
    rows = [_nest(entries, shape[1:]) for _ in range(shape[0])]
    return f"({', '.join(rows)}{',' if len(rows) == 1 else ''})"


def _floats(array: str, rank: int) -> str:
    """The text that makes nested lists of floats of nested sequences of numbers."""
    if not rank:
        return f"float({array})"
    part = "each" if rank == 1 else f"row{'s' * (rank - 2)}"
    return f"[{_floats(part, rank - 1)} for {part} in {array}]"


def return_statement(outputs: Sequence[str]) -> list[str]:
    """The statement that returns the value and the tuple of derivatives."""
    value, *derivatives = outputs
    line = f"return {value}, ({', '.join(derivatives)}{',' if len(derivatives) == 1 else ''})"
    if len(line) <= WIDTH:
        return [line]
    return [f"return {value}, (", *(f"    {derivative}," for derivative in derivatives), ")"]
