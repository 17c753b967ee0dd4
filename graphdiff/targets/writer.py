"""Instructions → lines of source: what is used once stands where it is used, all else gets a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.targets.instructions import Code, Instruction

LONGEST_INLINE = 60
"""A longer text gets a line of its own."""

PLAIN = ("shape", "entry")
"""What needs no name however often it is used."""
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
"""A template, or where options matter a function of the operands and the options."""


class Language:
    """How one language writes functions, constants and assignments; used are the functions that need a definition."""

    spellings: Mapping[str, Spelling] = OPERATORS

    def __init__(self) -> None:
        self.used: set[str] = set()
        self._repeats: dict[tuple[str, int], Sequence[int]] = {}

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


class Defining(Language):
    """A language with C's signs, in which what a function needs and the language lacks is defined before it, under
    the function's name and its own."""

    spellings: Mapping[str, Spelling] = {
        **OPERATORS,
        "entry": entry,
        "logical_and": Template("{0} && {1}", BOTH, (BOTH, BOTH)),
        "where": Template("{0} ? {1} : {2}", CHOICE, (EITHER, CHOICE, CHOICE)),
    }

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def called(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        self.used.add(instruction.function)
        return Text(f"{self.defined(instruction.function)}({', '.join(operand.text for operand in operands)})")

    def defined(self, function: str) -> str:
        """What a function that it defines is called."""
        return f"{self._name}_{function}"


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
                    found.append(language.written(instruction, [operand[place] for operand in operands]))
            is_plain = instruction.function in PLAIN
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
