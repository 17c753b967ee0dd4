"""Instructions → Python that needs only the standard library: for formulas of numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code
from graphdiff.targets.names import PYTHON_NAMES, PythonNames
from graphdiff.targets.parameters import Parameters, parameters_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import Leaf, Result, describe, join_entries
from graphdiff.targets.spelling import (
    ATOM,
    BOTH,
    CHOICE,
    COMPARISON,
    EITHER,
    OPERATORS,
    PRODUCT,
    SIGN,
    WIDTH,
    LoopText,
    Spelling,
    Template,
    Text,
    entry,
    infix,
    number,
    write_list,
)
from graphdiff.targets.writer import OF_SCIPY, ON_ARRAYS, Language, lines_in, lines_of

RESERVED = PYTHON_NAMES | {"math"}

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
        return python_loop(loop, unset="0.0")


class CompilablePython(Python):
    """Python that compilers of it take, such as numba, which lacks math.remainder."""

    spellings: Mapping[str, Spelling] = {**PYTHON, "round": Template("float(round({0}))")}


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


def python_loop(loop: LoopText, unset: str = "None") -> list[str]:
    """The lines of a loop, whose stacks are lists, first of entries that are not set."""
    lines = [f"{name} = {start.text}" for name, start, _ in [*loop.carried, *loop.sums]]
    lines += [f"{name} = [{unset}]*{loop.steps}" for name, _ in loop.stacks]
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


MODULE = ["import math", "", ""]
"""The first lines of a module that uses math."""


def source(code: Code, name: str, no_fallback: bool = False) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function returns the results of the code. Arrays are nested sequences, and in results nested tuples. Where math
    raises, the function falls back on a second one that computes as in IEEE 754, unless it is to have no fallback.
    Raises GraphdiffError("usage") if a function cannot have this name.
    """
    if no_fallback:
        return source_without_fallback(code, name)
    parts = source_parts(code, name)
    return parts.function + parts.fallback, parts.parameters


class Parts(NamedTuple):
    """The parts of a source.

    function    the function, and those that it calls
    fallback    the function for values at which math raises, called NAME_ieee; empty if nothing can raise
    checked     the function that also calls NAME_check, with its arguments, where one may be of another type or shape
    parameters  the parameter for each input, none of which is called NAME_ieee, NAME_check or NAME_formula
    """

    function: str
    fallback: str
    checked: str
    parameters: dict[str, str]


def source_parts(code: Code, name: str) -> Parts:
    """The parts of that source."""
    fast, careful = Python(), CarefulPython()
    names = _names(fast, name)
    parameters = parameters_of(code, names)
    arguments = ", ".join(parameters.all)
    head = [f"def {name}({signature(parameters, code.defaults)}):", f'    """{summary(code.results)}"""']
    (lines, outputs), (careful_lines, careful_outputs) = lines_in(code, [fast, careful], names)
    unpacking = unpack_direction(parameters)
    body = [*unpacking, *lines, *_return_entries(code.results, outputs)]
    # Functions that both call are defined next to the first, in terms of operations/ieee.py, which never raises.
    common_functions = CarefulPython()
    common_functions.dependencies = set(filter(fast.has_definition, fast.dependencies))
    common = [line for text in common_functions.write_definitions() for line in ["", "", *text.splitlines()]]
    common += _ieee_lines(common_functions.dependencies)
    raises = any([ROWS[each.function].raises for each in code.instructions if each.function in ROWS])
    handler = ["except (ArithmeticError, ValueError):", f"    return {name}_ieee({arguments})"] if raises else []
    needs_math = raises or any("math." in line for line in [*body, *common])
    module = MODULE if needs_math else []

    def text(statements: Sequence[str], handlers: Sequence[str]) -> str:
        inside = ["try:", *(f"    {line}" for line in statements), *handlers] if handlers else statements
        return "\n".join([*module, *head, *(f"    {line}" for line in inside), *common, ""])

    check = f"{name}_check({arguments})"
    checks, returns = _checks(code, names, outputs, f"{name}_value", check)
    checked = [*unpacking, *checks, *lines, *returns]
    refusal = [f"except (TypeError, IndexError{', ValueError' * (not raises)}):", f"    {check}", "    raise"]
    others = ["", "", f"def {name}_ieee({arguments}):"]
    others += ['    """The same, for values at which math raises: an overflow is inf, 0/0 is nan."""']
    others += [f"    {line}" for line in unpacking]
    for each in code.inputs:
        others.append(f"    {names(each)} = {_floats(names(each), len(code.shapes.get(each, ())))}")
    others += [f"    {line}" for line in [*careful_lines, *_return_entries(code.results, careful_outputs)]]
    others += [*_ieee_lines(careful.dependencies - common_functions.dependencies), ""]
    fallback = "\n".join(others) if raises else ""
    return Parts(text(body, handler), fallback, text(checked, [*refusal, *handler]), parameters.inputs)


def _checks(
    code: Code, names: PythonNames, outputs: Sequence[str], value: str, call: str
) -> tuple[list[str], list[str]]:
    """The statements that check the lengths of arrays, and those that return the results, after they have checked the
    type of a value that depends on numbers which no function of math is given."""
    lengths = []
    for each, shape in code.shapes.items():
        array = names(each)
        for size in shape:
            lengths.append(f"len({array}) != {size}")
            if not size:
                break
            array += "[0]"
    checks = [f"if {' or '.join(lengths)}:", f"    {call}"] if lengths else []
    numbers = {place for each, place in code.inputs.items() if each not in code.shapes}
    if code.results[0].tree != Leaf() or not numbers & _unseen_by_math(code):
        return checks, _return_entries(code.results, outputs)
    is_other = f"{value}.__class__ is not float and not isinstance({value}, (float, int))"
    return checks, [
        f"{value} = {outputs[0]}",
        f"if {is_other}:",
        f"    {call}",
        *_return_entries(code.results, [value, *outputs[1:]]),
    ]


def _unseen_by_math(code: Code) -> set[int]:
    """The instructions that the value depends on, and no function of math that the value depends on: these raise
    TypeError where an argument is not a number."""
    needed, seen = {code.outputs[0]}, set[int]()
    for place in range(code.outputs[0], -1, -1):
        function, operands, _ = code.instructions[place]
        if place in needed:
            needed.update(operands)
            if place in seen or hasattr(math, function):
                seen.update(operands)
    return needed - seen


def source_without_fallback(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of the function alone, which raises an exception where math does: what a compiler of Python takes.

    Functions that math lacks are defined inside it.
    """
    language = CompilablePython()
    names = _names(language, name)
    parameters = parameters_of(code, names)
    assignments, entries = lines_of(code, language, names)
    inner = [line for text in language.write_definitions() for line in [*text.splitlines(), ""]]
    body = [*inner, *unpack_direction(parameters), *assignments, *_return_entries(code.results, entries)]
    head = [f"def {name}({signature(parameters, code.defaults)}):", f'    """{summary(code.results)}"""']
    imports = MODULE if any("math." in line for line in body) else []
    return "\n".join([*imports, *head, *(f"    {line}".rstrip() for line in body), ""]), parameters.inputs


def _names(language: Python, function: str) -> PythonNames:
    """Names in the code of a function with this name."""
    reserved = {
        *RESERVED,
        *dir(ieee),
        *filter(language.has_definition, ROWS),
        f"{function}_ieee",
        f"{function}_check",
        f"{function}_value",
        f"{function}_formula",
    }
    return PythonNames(reserved, function)


def _ieee_lines(functions: Collection[str]) -> list[str]:
    """The lines that define functions as in operations/ieee.py."""
    names = [each for each in functions if not ROWS[each].module]
    return definitions("graphdiff.operations", "ieee", names) if names else []


def signature(parameters: Parameters, defaults: Mapping[str, Any]) -> str:
    """The parameters of a function, the last of them with the values that the formula gives to their inputs."""
    pieces = [parameters.direction] if parameters.direction else []
    for name, parameter in reversed([*parameters.inputs.items()]):
        has_default = name in defaults and all("=" in piece for piece in pieces)
        pieces.append(f"{parameter}={_literal(defaults[name])}" if has_default else parameter)
    return ", ".join(reversed(pieces))


def _literal(value: Any) -> str:
    """A number, or nested tuples of numbers, as Python writes them."""
    if not isinstance(value, tuple):
        return number(value).text
    return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"


def unpack_direction(parameters: Parameters) -> list[str]:
    """The line that assigns the parts of the direction to their names, if there are several."""
    return [f"{', '.join(parts)} = {whole}" for whole, parts in parameters.unpacked.items() if parts]


def summary(results: Sequence[Result]) -> str:
    """The docstring of a generated function."""
    by = {name: name.replace("\\", "\\\\").replace('"', '\\"') for result in results for name in result.by}
    return f"Return {' and '.join([describe(result, by, 'the tuple of ') for result in results])}."


Nested: TypeAlias = "str | tuple[Nested, ...]"
"""The text of a number or an array, or nested tuples of texts."""


def _return_entries(results: Sequence[Result], entries: Sequence[str]) -> list[str]:
    """The statement that returns results, given the texts of all entries."""
    rest = iter(entries)
    return return_statement([join_entries(result.tree, rest, tuple) for result in results])


def _floats(array: str, rank: int) -> str:
    """The text that makes nested lists of floats of nested sequences of numbers."""
    if not rank:
        return f"float({array})"
    part = "each" if rank == 1 else f"row{'s' * (rank - 2)}"
    return f"[{_floats(part, rank - 1)} for {part} in {array}]"


def return_statement(results: Sequence[Nested]) -> list[str]:
    """The statement that returns results: one of them as it is, or several as a tuple."""
    line = f"return {', '.join(map(_nested_text, results))}"
    if len(line) <= WIDTH:
        return [line]
    lines = ["return "]
    for place, result in enumerate(results):
        first, *rest = _nested_lines(result)
        lines[-1] += f", {first}" if place else first
        lines += rest
    return lines


def _nested_text(nested: Nested) -> str:
    if isinstance(nested, str):
        return nested
    return f"({', '.join(map(_nested_text, nested))}{',' if len(nested) == 1 else ''})"


def _nested_lines(nested: Nested) -> list[str]:
    """Nested tuples on one line, or if they are long on a line for each of them."""
    if isinstance(nested, str) or not nested:
        return [_nested_text(nested)]
    lines = ["("]
    for part in nested:
        text = _nested_text(part)
        part_lines = [text] if len(text) < WIDTH - 8 else _nested_lines(part)
        lines += [f"    {line}" for line in part_lines]
        lines[-1] += ","
    return [*lines, ")"]
