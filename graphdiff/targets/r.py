"""Instructions → R that needs only its base and stats packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets import missing_functions
from graphdiff.targets.instructions import Code
from graphdiff.targets.names import ShortNames
from graphdiff.targets.one_based import OneBasedLanguage
from graphdiff.targets.parameters import Parameters, parameters_of
from graphdiff.targets.registry import TARGETS, Signature
from graphdiff.targets.results import (
    Leaf,
    Tree,
    common_shape,
    describe_arrays,
    is_of_numbers,
    labels_of,
)
from graphdiff.targets.spelling import (
    ATOM,
    BOTH,
    CHOICE,
    COMPARISON,
    EITHER,
    OPERATORS,
    POWER,
    SUM,
    WIDTH,
    LoopText,
    Spelling,
    Template,
    Text,
    break_line,
    number,
)
from graphdiff.targets.writer import lines_of

KEYWORDS = """
if else repeat while function for next break in TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ NA_complex_
NA_character_ T F
"""
"""The reserved words, and the short names of TRUE and FALSE. A variable does not hide a function that is called."""
RESERVED = frozenset(KEYWORDS.split())
SAME = """
abs sign floor round exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
"""
"""The functions of one operand that are named and behave as in operations/ieee.py."""
OTHERS = "aperm array atan2 c ceiling integer isTRUE list matrix max min numeric return rev"
CALLED = frozenset(f"{SAME} {OTHERS}".split())
"""The functions that generated code calls: one with the same name would call itself."""

DEFINITIONS = {
    "pow": """
# x^y as in IEEE 754: R differs where x is negative or -0 and y or x is not finite.
pow <- function(x, y) {
  if (isTRUE(x < 0 && (abs(y) == Inf || (x == -Inf && y != floor(y))))) return(abs(x)^y)
  if (isTRUE(x == 0 && 1/x < 0 && y < 0 && y %% 2 == 1)) return(-Inf)
  x^y
}""",
    "remainder": """
# x - y*floor(x/y) without rounding errors of the quotient, with the sign of y.
remainder <- function(x, y) {
  if (is.na(x) || is.na(y) || is.infinite(x) || y == 0) return(NaN)
  rest <- abs(x)
  while (rest >= abs(y)) {
    part <- abs(y)
    steps <- max(0, floor(log2(rest) - log2(part)))
    part <- part*2^floor(steps/2)*2^ceiling(steps/2)
    if (part > rest) part <- part/2
    if (rest - part >= part) part <- 2*part
    rest <- rest - part
  }
  if (rest != 0 && (x < 0) != (y < 0)) rest <- abs(y) - rest
  if (y < 0) -rest else rest
}""",
}
"""Functions that R lacks, or has with other values than operations/ieee.py."""


def _condition(operand: Text) -> str:
    """An operand as a condition, which is NA where NaN is compared; a constant is true where it is not 0."""
    if operand.is_number:
        return "FALSE" if operand.text == "0.0" else "TRUE"
    return operand.text if operand.text.lstrip("!").startswith("isTRUE(") else f"isTRUE({operand.text})"


def _where(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    condition, x, y = operands
    return Text(f"if ({_condition(condition)}) {x.within(EITHER)} else {y.text}", CHOICE)


def _logical_and(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    return Text(" && ".join([_condition(operand) for operand in operands]), BOTH)


class R(OneBasedLanguage):
    """R on numbers."""

    target = TARGETS["r"]
    missing: Mapping[str, Any] = {
        "cbrt": missing_functions.cbrt,
        "hypot": missing_functions.hypot,
        "erf": missing_functions.erf,
        "erfc": missing_functions.erfc,
    }
    brackets = ("[", "]")
    line = "{} <- {}"
    end = "}"
    indent = "  "
    power = Template("{0}^{1}", POWER, (ATOM, ATOM))

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.spellings: Mapping[str, Spelling] = {
            **OPERATORS,
            **{function: Template(f"{function}({{0}})") for function in SAME.split()},
            "ceil": Template("ceiling({0})"),
            "atan2": Template("atan2({0}, {1})"),
            "maximum": Template("max({0}, {1})"),
            "minimum": Template("min({0}, {1})"),
            "not_equal": Template("!isTRUE({0} == {1})", COMPARISON, (SUM, SUM)),
            "logical_and": _logical_and,
            "where": _where,
            "float_of": lambda operands, options: Text(f"as.numeric({_condition(operands[0])})"),
            "counter": Template("as.numeric({0})"),
            "entry": self.entry,
            "list": lambda operands, options: Text(f"c({', '.join([operand.text for operand in operands])})"),
        }

    def own_definitions(self) -> Mapping[str, str]:
        return DEFINITIONS

    def write_definition(self, function: str) -> str:
        text = super().write_definition(function)
        return text.replace(f"\n{function} <-", f"\n{self.name_of(function)} <-")

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        body = "".join(f"  {line}\n" for line in [*lines, value])
        return f"{name} <- function({', '.join(parameters)}) {{\n{body}}}"

    def constant(self, value: Any) -> Text:
        return number(value, "Inf", "NaN")

    def loop_header(self, loop: LoopText) -> str:
        steps = f"0:{loop.steps - 1}" if loop.steps else "integer(0)"
        return f"for ({loop.place} in {f'rev({steps})' if loop.is_backward else steps}) {{"

    def declare_stack(self, name: str, count: int) -> list[str]:
        return [f"{name} <- numeric({count})"]


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a function with this name, after the functions that it calls, and its parameter for each input.

    The function returns the value, or a list of the value and what is wanted of it. Numbers are named vectors or
    matrices, arrays have the shapes of the formula, and several parts with arrays are named lists. A direction of
    several parts is a list or a vector. Inputs have the values that the formula gives them by default.
    Raises GraphdiffError: "value" if R lacks a function, "usage" if a function cannot have this name.
    """
    language = R(name)
    names = ShortNames(RESERVED | language.names_of_definitions() | (CALLED & {name}), name)
    parameters = parameters_of(code, names)
    lines, entries = lines_of(code, language, names)
    rest = iter(entries)
    results = {
        each.name: _nested(rest, each.tree, [[*map(names, level)] for level in labels_of(each)])
        for each in code.results
    }
    ((_, value), *others) = results.items()
    result = f"list({', '.join([f'{key} = {text}' for key, text in results.items()])})" if others else value
    unpacking = [
        f"{part} <- {whole}[[{place}]]"
        for whole, parts in parameters.unpacked.items()
        for place, part in enumerate(parts, 1)
    ]
    described = " and ".join([describe_arrays(each, parameters.inputs) for each in code.results])
    summary = f"Returns {'the list of ' if others else ''}{described}."
    text = [
        *(f"{each.strip()}\n" for each in language.write_definitions()),
        *wrap(summary, WIDTH, initial_indent="# ", subsequent_indent="# "),
        *break_line(f"{name} <- function({_declarations(code, parameters)}) {{", "  "),
        *(f"  {line}" for line in [*unpacking, *lines, *break_line(result, "  ")]),
        "}",
        "",
    ]
    return "\n".join(text), parameters.inputs


def _declarations(code: Code, parameters: Parameters) -> str:
    """The parameters, with the values that the formula gives to their inputs."""
    pieces = []
    for name, parameter in parameters.inputs.items():
        if name in code.defaults:
            entries = iter([number(each, "Inf", "NaN").text for each in _entries_of(code.defaults[name])])
            pieces.append(f"{parameter} = {_array(entries, code.shapes.get(name, ()))}")
        else:
            pieces.append(parameter)
    return ", ".join([*pieces, *([parameters.direction] if parameters.direction else [])])


def _entries_of(value: Any) -> list[float]:
    return [entry for part in value for entry in _entries_of(part)] if isinstance(value, tuple) else [value]


def _nested(entries: Iterator[str], tree: Tree, labels: Sequence[Sequence[str]]) -> str:
    """The next entries, as many as a tree has, as a number, an array, or a named vector, matrix or list."""
    if isinstance(tree, Leaf):
        return _array(entries, tree.shape)
    if len(labels[0]) == 1 != len(tree):
        return _nested(entries, tree, labels[1:])
    if len(tree) == 1 and not is_of_numbers(tree):  # what an optimizer takes
        return _nested(entries, tree[0], labels[1:])
    shape = common_shape(tree) or (0,)
    if len(shape) == 2 and is_of_numbers(tree):
        rows = ", ".join([_strings(labels[0]), _strings(labels[1])])
        return f"{_array(entries, shape)[:-1]}, dimnames = list({rows}))"
    parts = ", ".join(
        [f"{key} = {_nested(entries, part, labels[1:])}" for key, part in zip(labels[0], tree, strict=True)]
    )
    return f"{'c' if is_of_numbers(tree) else 'list'}({parts})"


def _strings(names: Sequence[str]) -> str:
    return 'c("' + '", "'.join(names) + '")'


def _array(entries: Iterator[str], shape: Shape) -> str:
    """The next entries as an array."""
    if not shape:
        return next(entries)
    numbers = ", ".join([next(entries) for _ in range(size_of(shape))])
    if len(shape) == 1:
        return f"c({numbers})" if numbers else "numeric(0)"
    if len(shape) == 2:
        return f"matrix(c({numbers}), {shape[0]}, {shape[1]}, byrow = TRUE)"
    return f"aperm(array(c({numbers}), c({', '.join(map(str, reversed(shape)))})))"


CALLER = """
invisible(compiler::enableJIT(0))  # to compile a long function takes longer than to run it
options(warn = -1)
numbers <- scan(file("stdin"), quiet = TRUE)
entries_of <- function(x) {
  if (is.list(x)) unlist(lapply(x, entries_of)) else if (is.array(x)) as.vector(aperm(x)) else x
}
array_of <- function(entries, shape) if (length(shape) == 1) entries else aperm(array(entries, rev(shape)))
calls <- list(
%s
)
at <- 1
while (at <= length(numbers)) {
  call <- calls[[numbers[at] + 1]]
  result <- call$run(numbers[at + seq_len(call$size)])
  cat(sprintf("%%.17g", entries_of(result)), "\\n")
  at <- at + 1 + call$size
}
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program that calls them."""
    return CALLER % ",\n".join(map(_call, signatures))


def _call(signature: Signature) -> str:
    """The function that calls a function with the entries of its operands, and their number."""
    start = 1

    def operand(tree: Tree) -> str:
        nonlocal start
        if not isinstance(tree, Leaf):
            return f"list({', '.join(map(operand, tree))})"
        first, start = start, start + size_of(tree.shape)
        shape = f"c({', '.join(map(str, tree.shape))})"
        return f"array_of(x[{first}:{start - 1}], {shape})" if tree.shape else f"x[{first}]"

    call = f"{signature.name}({', '.join(map(operand, signature.parameters))})"
    return f"  list(size = {start - 1}, run = function(x) {call})"
