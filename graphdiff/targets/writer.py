"""Instructions → lines of source: a value that is used once is written where it is used, any other gets a name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import ROWS, unsupported_error
from graphdiff.targets.instructions import Code, Instruction, definition_of
from graphdiff.targets.names import Names
from graphdiff.targets.registry import Target

LONGEST_INLINE = 60
"""The most characters of a text that is written where it is used; a longer one gets a name and a line."""
CHOICE, EITHER, BOTH, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""Precedences, which are the same in C and in Python, the loosest first."""


class Text(NamedTuple):
    """A piece of source, its precedence, and whether it is a number even where inputs are arrays."""

    text: str
    precedence: int = ATOM
    is_number: bool = False

    def within(self, least: int) -> str:
        """The text, in parentheses if its precedence is lower than least."""
        return self.text if self.precedence >= least else f"({self.text})"


class Template(NamedTuple):
    """How a function is written: {0}, {1}, … are its operands, least the lowest precedences without parentheses."""

    text: str
    precedence: int = ATOM
    least: tuple[int, ...] = ()

    def fill(self, operands: Sequence[Text]) -> Text:
        if not self.least:
            texts = [operand.text for operand in operands]
        else:
            texts = [
                operand.text if operand.precedence >= least else f"({operand.text})"
                for operand, least in zip(operands, self.least, strict=True)
            ]
        is_number = all([operand.is_number for operand in operands])
        return Text(self.text.format(*texts), self.precedence, is_number)


def infix(symbol: str, precedence: int, right: int | None = None) -> Template:
    """An operator between two operands; right is the lowest precedence of the right one without parentheses."""
    text = f"{{0}} {symbol} {{1}}" if precedence < PRODUCT or symbol == "@" else f"{{0}}{symbol}{{1}}"
    return Template(text, precedence, (precedence, precedence + 1 if right is None else right))


OPERATORS: Mapping[str, Template] = {
    "add": infix("+", SUM),
    "subtract": infix("-", SUM),
    "multiply": infix("*", PRODUCT),
    "divide": infix("/", PRODUCT),
    "negative": Template("-{0}", SIGN, (POWER,)),
    "less": infix("<", COMPARISON),
    "less_equal": infix("<=", COMPARISON),
    "greater": infix(">", COMPARISON),
    "greater_equal": infix(">=", COMPARISON),
    "equal": infix("==", COMPARISON),
    "not_equal": infix("!=", COMPARISON),
}
"""The operators that are the same in C and in Python."""


def entry(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    """One entry of an input, in C and in Python: W[0][1]."""
    return Text(operands[0].text + "".join(f"[{place}]" for place in options["places"]))


Spelling = Template | Callable[[Sequence[Text], Mapping[str, Any]], Text]
"""A template, or, for a function with options, a function of the operands and the options."""


ON_ARRAYS: Mapping[str, str] = {
    row.name: "numpy, jax and torch support arrays"
    for row in ROWS.values()
    if row.in_code and not row.is_elementwise and row.name != "entry"
}
"""The functions that a language without arrays lacks, each with a hint."""


OF_SCIPY: Mapping[str, str] = {
    row.name: "numpy supports it, with SciPy" for row in ROWS.values() if row.special and not hasattr(math, row.name)
}
"""The functions that only SciPy and some libraries like it have, each with a hint."""


class Language:
    """How one language writes functions, constants and assignments.

    For every function of operations/functions.py that code can call it has a spelling or a definition, or lists it in
    lacks. dependencies collects the functions that need a definition, and the names of modules that need an import.
    """

    target: Target
    """The record of the language."""
    spellings: Mapping[str, Spelling] = OPERATORS
    lacks: Mapping[str, str] = {}
    """The functions that the language lacks, each with a hint or ""."""

    def __init__(self) -> None:
        self.dependencies: set[str] = set()
        self._repeats: dict[tuple[str, int], Sequence[int]] = {}

    def write(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of an instruction; raises GraphdiffError("value") if the language lacks its function."""
        function = instruction.function
        spelling = self.spellings.get(function)
        if isinstance(spelling, Template):
            return spelling.fill(operands)
        if spelling is not None:
            return spelling(operands, dict(instruction.options))
        if function in self.lacks or not self.can_call(function):
            raise unsupported_error(f"the {self.target.title} target", function, self.lacks.get(function) or None)
        return self.call(instruction, operands)

    def can_call(self, function: str) -> bool:
        """Whether code can call a function that has no spelling."""
        return self.has_definition(function)

    def has_definition(self, function: str) -> bool:
        """Whether `write_definition` can define a function."""
        return function in ROWS and ROWS[function].definition is not None

    def call(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of a call of a function that has no spelling."""
        self.dependencies.add(instruction.function)
        return Text(f"{self.name_of(instruction.function)}({', '.join([operand.text for operand in operands])})")

    def name_of(self, function: str) -> str:
        """The name of a function that generated code defines."""
        return function

    def write_definition(self, function: str) -> str:
        """The text that defines a function, from the definition in its row; its calls become dependencies."""
        code = definition_of(function)
        inside = self.inside_function(tuple(code.inputs))
        lines, (value,) = lines_of(code, inside, Names(()))
        self.dependencies |= inside.dependencies
        return self.write_function(self.name_of(function), tuple(code.inputs), lines, value)

    def inside_function(self, parameters: Sequence[str]) -> Language:
        """The language inside a function with these parameters."""
        return self

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        """The text of a function of numbers that returns a value."""
        raise NotImplementedError

    def write_definitions(self) -> list[str]:
        """The definitions of all dependencies, each after those that it calls, which become dependencies too."""
        texts: list[str] = []
        known: set[str] = set()

        def define(functions: set[str]) -> None:
            for function in sorted(functions):
                if function in known:
                    continue
                known.add(function)
                if self.has_definition(function):
                    self.dependencies = set()
                    try:
                        text = self.write_definition(function)
                    except GraphdiffError as error:  # it calls a function that the language lacks
                        raise unsupported_error(f"the {self.target.title} target", function, error.hint) from None
                    define(self.dependencies)
                    texts.append(text)

        define(self.dependencies)
        self.dependencies = known
        return texts

    def constant(self, value: Any) -> Text:
        """The text of a number, or of nested tuples of numbers."""
        raise NotImplementedError

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return f"{name} = {text}"

    def output(self, text: Text) -> str:
        """The text of a value that is returned."""
        return text.text

    def repeats(self, instruction: Instruction) -> Sequence[int]:
        """How often an instruction's text contains each operand."""
        key = instruction.function, len(instruction.operands)
        counts = self._repeats.get(key)
        if counts is None:
            spelling = self.spellings.get(instruction.function)
            text = spelling.text if isinstance(spelling, Template) else ""
            counts = self._repeats[key] = [max(1, text.count(f"{{{place}}}")) for place in range(key[1])]
        return counts


CALL = re.compile(r"(?<![.\w])\w+(?=\()")
"""The name of a function before its operands."""


class CLikeLanguage(Language):
    """A language with C's operators and without arrays. Functions that it lacks are defined before the generated
    function, under the generated function's name followed by their own."""

    spellings: Mapping[str, Spelling] = {
        **OPERATORS,
        "entry": entry,
        "logical_and": Template("{0} && {1}", BOTH, (BOTH, BOTH)),
        "where": Template("{0} ? {1} : {2}", CHOICE, (EITHER, CHOICE, CHOICE)),
    }
    lacks: Mapping[str, str] = {**ON_ARRAYS, **OF_SCIPY}

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def name_of(self, function: str) -> str:
        return f"{self._name}_{function}"

    def has_definition(self, function: str) -> bool:
        return function in self.own_definitions() or super().has_definition(function)

    def own_definitions(self) -> Mapping[str, str]:
        """The language's own definitions, by function, where a row has no definition or a slower one. They call each
        other by the functions' plain names."""
        return {}

    def write_definition(self, function: str) -> str:
        own = self.own_definitions()
        if function not in own:
            return super().write_definition(function)
        self.dependencies |= set(CALL.findall(own[function])) & own.keys()
        return CALL.sub(lambda call: self.name_of(call[0]) if call[0] in own else call[0], own[function])


def lines_of(code: Code, language: Language, names: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The lines that assign values to names, and the texts of the outputs.

    names maps each name of the formula, and "" for an automatic name, to a unique identifier of the language.
    """
    (result,) = lines_in(code, [language], names)
    return result


def lines_in(
    code: Code, languages: Sequence[Language], names: Callable[[str], str]
) -> list[tuple[list[str], list[str]]]:
    """The same in several languages with the same structure: line by line they assign to the same names."""
    uses = code.uses(languages[0].repeats)
    spellings = languages[0].spellings
    inputs = {number: name for name, number in code.inputs.items()}
    texts: list[Sequence[Text]] = []  # of each instruction, in each language
    lines: list[list[str]] = [[] for _ in languages]
    for number, instruction in enumerate(code.instructions):
        if number in inputs:
            texts.append([Text(names(inputs[number]))] * len(languages))
            continue
        if not uses[number]:
            texts.append(())
            continue
        if instruction.function == "constant":
            in_languages = [languages[0].constant(instruction.value)] * len(languages)
            is_plain = isinstance(instruction.value, float)
        else:
            operands = [texts[operand] for operand in instruction.operands]
            in_languages = []
            for place, language in enumerate(languages):
                spelling = language.spellings.get(instruction.function)
                is_same = place > 0 and spelling is not None and spelling is spellings.get(instruction.function)
                if is_same and all([operand[0] is operand[place] for operand in operands]):
                    in_languages.append(in_languages[0])
                else:
                    in_languages.append(language.write(instruction, [operand[place] for operand in operands]))
            is_plain = ROWS[instruction.function].is_lookup
        is_inline = uses[number] == 1 and len(in_languages[0].text) <= LONGEST_INLINE and number not in code.names
        if not (is_plain or is_inline):
            name = names(code.names.get(number, ""))
            for language, assignments, text in zip(languages, lines, in_languages, strict=True):
                assignments.append(language.assignment(name, text.text, instruction))
            in_languages = [Text(name, is_number=in_languages[0].is_number)] * len(languages)
        texts.append(in_languages)
    return [
        (assignments, [language.output(texts[output][place]) for output in code.outputs])
        for place, (language, assignments) in enumerate(zip(languages, lines, strict=True))
    ]
