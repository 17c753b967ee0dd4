"""Instructions → lines of source: what is used once stands where it is used, all else gets a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.targets.instructions import Code, Instruction

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
        least = self.least or (CHOICE,) * len(operands)
        parts = [operand.within(each) for operand, each in zip(operands, least, strict=True)]
        return Text(self.text.format(*parts), self.precedence, all([operand.is_number for operand in operands]))

    def repeats(self, count: int) -> list[int]:
        """How often the text has each operand."""
        return [max(1, self.text.count(f"{{{place}}}")) for place in range(count)]


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

Spelling = Template | Callable[[Sequence[Text], Mapping[str, Any]], Text]
"""A template, or where options matter a function of the operands and the options."""


class Language:
    """How one language writes functions, constants and assignments; used are the functions that need a definition."""

    spellings: Mapping[str, Spelling] = OPERATORS

    def __init__(self) -> None:
        self.used: set[str] = set()

    def written(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of an instruction."""
        spelling = self.spellings.get(instruction.function)
        if isinstance(spelling, Template):
            return spelling.filled(operands)
        if spelling is not None:
            return spelling(operands, dict(instruction.options))
        return self.called(instruction, operands)

    def called(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of a function that has no spelling of its own."""
        raise NotImplementedError(instruction.function)

    def constant(self, value: Any) -> Text:
        """The text of a number, or of nested tuples of them."""
        raise NotImplementedError

    def assignment(self, name: str, text: str) -> str:
        return f"{name} = {text}"

    def output(self, text: Text) -> str:
        """What is returned of a value."""
        return text.text

    def repeats(self, instruction: Instruction) -> list[int]:
        """How often the text of an instruction has each of its operands."""
        spelling = self.spellings.get(instruction.function)
        count = len(instruction.operands)
        return spelling.repeats(count) if isinstance(spelling, Template) else [1] * count


def lines_of(code: Code, language: Language, names: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The lines that assign names, and the texts of the outputs.

    names gives each of the formula's names, and each automatic one, its place in the language: none twice.
    """
    uses = code.uses(language.repeats)
    inputs = {number: name for name, number in code.inputs.items()}
    texts: dict[int, Text] = {}
    lines: list[str] = []
    for number, instruction in enumerate(code.instructions):
        if number in inputs:
            texts[number] = Text(names(inputs[number]))
            continue
        if not uses[number]:
            continue
        if instruction.is_constant:
            text = language.constant(instruction.value)
        else:
            text = language.written(instruction, [texts[operand] for operand in instruction.operands])
        is_plain = instruction.is_constant and isinstance(instruction.value, float)
        is_inline = uses[number] == 1 and len(text.text) <= LONGEST_INLINE and number not in code.names
        if not (is_plain or is_inline or instruction.function == "shape"):
            name = names(code.names.get(number, ""))
            lines.append(language.assignment(name, text.text))
            text = Text(name, is_number=text.is_number)
        texts[number] = text
    return lines, [language.output(texts[output]) for output in code.outputs]
