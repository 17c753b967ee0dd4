"""Instructions → lines of source: what is used once stands where it is used, all else gets a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.operations.functions import ROWS, unsupported
from graphdiff.targets.instructions import Code, Instruction, definition_of
from graphdiff.targets.names import Names
from graphdiff.targets.registry import Target

LONGEST_INLINE = 60
"""A longer text gets a line of its own."""
CHOICE, EITHER, BOTH, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""How tightly a text holds together, in C and in Python alike, the loosest first."""


class Text(NamedTuple):
    """A piece of source, how tightly it holds together, and whether it is a number where inputs are arrays."""

    text: str
    precedence: int = ATOM
    is_number: bool = False

    def within(self, least: int) -> str:
        """In parentheses where it holds together less tightly than that."""
        return self.text if self.precedence >= least else f"({self.text})"


class Template(NamedTuple):
    """How a function is written: {0}, {1}, … are its operands, each at least as tight as least."""

    text: str
    precedence: int = ATOM
    least: tuple[int, ...] = ()

    def filled(self, operands: Sequence[Text]) -> Text:
        if not self.least:
            parts = [operand.text for operand in operands]
        else:
            parts = [
                operand.text if operand.precedence >= least else f"({operand.text})"
                for operand, least in zip(operands, self.least, strict=True)
            ]
        is_number = all([operand.is_number for operand in operands])
        return Text(self.text.format(*parts), self.precedence, is_number)


def infix(symbol: str, precedence: int, right: int | None = None) -> Template:
    """An operator between two operands, the right of which may need to be tighter."""
    spaced = f"{{0}} {symbol} {{1}}" if precedence < PRODUCT or symbol == "@" else f"{{0}}{symbol}{{1}}"
    return Template(spaced, precedence, (precedence, precedence + 1 if right is None else right))


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
"""What C and Python write alike."""


def entry(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    """One entry of an input, in C and in Python: W[0][1]."""
    return Text(operands[0].text + "".join(f"[{place}]" for place in options["places"]))


Spelling = Template | Callable[[Sequence[Text], Mapping[str, Any]], Text]
"""A template, or where a function has options, one of the operands and the options."""


ON_ARRAYS: Mapping[str, str] = {
    row.name: "arrays are for numpy, jax or torch"
    for row in ROWS.values()
    if row.in_code and not row.is_elementwise and row.name != "entry"
}
"""What a language of numbers lacks."""


class Language:
    """How one language writes functions, constants and assignments; used are the functions that need a definition.

    Of every function of operations/functions that code may have, it has a spelling, or a definition, or lacks it.
    """

    target: Target
    """Its record."""
    spellings: Mapping[str, Spelling] = OPERATORS
    lacks: Mapping[str, str] = {}
    """The functions that it cannot have, each with what to do instead, or nothing."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self._repeats: dict[tuple[str, int], Sequence[int]] = {}

    def write(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of an instruction; raises GraphdiffError("value") where the language lacks it."""
        function = instruction.function
        spelling = self.spellings.get(function)
        if isinstance(spelling, Template):
            return spelling.filled(operands)
        if spelling is not None:
            return spelling(operands, dict(instruction.options))
        if function in self.lacks or not self.can_call(function):
            raise unsupported(f"the {self.target.title} target", function, self.lacks.get(function) or None)
        return self.call(instruction, operands)

    def can_call(self, function: str) -> bool:
        """Whether code can call a function that has no spelling of its own."""
        return self.has_definition(function)

    def has_definition(self, function: str) -> bool:
        """Whether `write_definition` has the text that defines a function."""
        return function in ROWS and ROWS[function].definition is not None

    def call(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of a function that has no spelling of its own."""
        self.used.add(instruction.function)
        return Text(f"{self.name_of(instruction.function)}({', '.join([operand.text for operand in operands])})")

    def name_of(self, function: str) -> str:
        """What a function that code defines for itself is called."""
        return function

    def write_definition(self, function: str) -> str:
        """The text that defines a function: by its row's definition in terms of others, which are added to used."""
        code = definition_of(function)
        inside = self.inside_function(tuple(code.inputs))
        lines, (value,) = lines_of(code, inside, Names(()))
        self.used |= inside.used
        return self.write_function(self.name_of(function), tuple(code.inputs), lines, value)

    def inside_function(self, parameters: Sequence[str]) -> Language:
        """The language inside a function of these parameters."""
        return self

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        """The text of a function of numbers that returns a value."""
        raise NotImplementedError

    def write_definitions(self) -> list[str]:
        """The texts of the functions that are used, each after those that it uses itself; these are in used then."""
        texts: list[str] = []
        known: set[str] = set()

        def define(functions: set[str]) -> None:
            for function in sorted(functions):
                if function in known:
                    continue
                known.add(function)
                if self.has_definition(function):
                    self.used = set()
                    text = self.write_definition(function)
                    define(self.used)
                    texts.append(text)

        define(self.used)
        self.used = known
        return texts

    def constant(self, value: Any) -> Text:
        """The text of a number, or of nested tuples of them."""
        raise NotImplementedError

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return f"{name} = {text}"

    def output(self, text: Text) -> str:
        """What is returned of a value."""
        return text.text

    def repeats(self, instruction: Instruction) -> Sequence[int]:
        """How often an instruction's text has each operand."""
        key = instruction.function, len(instruction.operands)
        found = self._repeats.get(key)
        if found is None:
            spelling = self.spellings.get(instruction.function)
            text = spelling.text if isinstance(spelling, Template) else ""
            found = self._repeats[key] = [max(1, text.count(f"{{{place}}}")) for place in range(key[1])]
        return found


CALL = re.compile(r"(?<![.\w])\w+(?=\()")
"""The name of a function before its operands."""


class Defining(Language):
    """A language with C's signs and without arrays, in which what a function needs and the language lacks is defined
    before it, under the function's name and its own."""

    spellings: Mapping[str, Spelling] = {
        **OPERATORS,
        "entry": entry,
        "logical_and": Template("{0} && {1}", BOTH, (BOTH, BOTH)),
        "where": Template("{0} ? {1} : {2}", CHOICE, (EITHER, CHOICE, CHOICE)),
    }
    lacks = ON_ARRAYS

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def name_of(self, function: str) -> str:
        return f"{self._name}_{function}"

    def has_definition(self, function: str) -> bool:
        return function in self.own_definitions() or super().has_definition(function)

    def own_definitions(self) -> Mapping[str, str]:
        """By function, what the language itself defines where a row has no definition, or a slower one; functions have
        their plain names there."""
        return {}

    def write_definition(self, function: str) -> str:
        own = self.own_definitions()
        if function not in own:
            return super().write_definition(function)
        self.used |= set(CALL.findall(own[function])) & own.keys()
        return CALL.sub(lambda call: self.name_of(call[0]) if call[0] in own else call[0], own[function])


def lines_of(code: Code, language: Language, names: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The lines that assign names, and the texts of the outputs.

    names gives each of the formula's names, and each automatic one, its place in the language: none twice.
    """
    (found,) = lines_in(code, [language], names)
    return found


def lines_in(
    code: Code, languages: Sequence[Language], names: Callable[[str], str]
) -> list[tuple[list[str], list[str]]]:
    """The same in several languages that differ in words alone: line by line they assign the same names."""
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
            found = [languages[0].constant(instruction.value)] * len(languages)
            is_plain = isinstance(instruction.value, float)
        else:
            operands = [texts[operand] for operand in instruction.operands]
            found = []
            for place, language in enumerate(languages):
                spelling = language.spellings.get(instruction.function)
                is_same = place > 0 and spelling is not None and spelling is spellings.get(instruction.function)
                if is_same and all([operand[0] is operand[place] for operand in operands]):
                    found.append(found[0])
                else:
                    found.append(language.write(instruction, [operand[place] for operand in operands]))
            is_plain = ROWS[instruction.function].is_lookup
        is_inline = uses[number] == 1 and len(found[0].text) <= LONGEST_INLINE and number not in code.names
        if not (is_plain or is_inline):
            name = names(code.names.get(number, ""))
            for language, written, text in zip(languages, lines, found, strict=True):
                written.append(language.assignment(name, text.text, instruction))
            found = [Text(name, is_number=found[0].is_number)] * len(languages)
        texts.append(found)
    return [
        (written, [language.output(texts[output][place]) for output in code.outputs])
        for place, (language, written) in enumerate(zip(languages, lines, strict=True))
    ]
