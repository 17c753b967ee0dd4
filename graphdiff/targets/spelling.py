"""Pieces of source: texts with their precedences, and the templates that functions are written by."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from graphdiff.targets.names import Names

WIDTH = 100
"""The most characters of a line of generated code; longer lists of results have one result on each line."""

CHOICE, EITHER, BOTH, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""Precedences, which are the same in C and in Python, the loosest first."""


def index_text(place: str, start: int, stride: int) -> str:
    """start + stride*place, without a minus before a term."""
    term = place if abs(stride) == 1 else f"{abs(stride)}*{place}"
    if stride < 0:
        return f"{start} - {term}"
    return f"{term} + {start}" if start else term


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


def write_list(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    """A list of numbers."""
    return Text(f"[{', '.join(operand.text for operand in operands)}]")


Spelling = Template | Callable[[Sequence[Text], Mapping[str, Any]], Text]
"""A template, or, for a function with options, a function of the operands and the options."""


class LoopText(NamedTuple):
    """A loop to write, in one language.

    place     the variable that counts the steps from 0
    carried   the variable of each carried value, its first value and what a step makes of it
    sums      the same for carried values to which a step adds
    stacks    the variable of each stack and its value in a step
    entries   the variable of each entry that the language passes to a step (passes_entries), and its array
    lines     the lines of a step, before the next values are assigned
    has_place whether a step uses the place
    """

    place: str
    steps: int
    is_backward: bool
    carried: Sequence[tuple[str, Text, Text]]
    sums: Sequence[tuple[str, Text, Text]]
    stacks: Sequence[tuple[str, Text]]
    entries: Sequence[tuple[str, Text]]
    lines: Sequence[str]
    has_place: bool
    names: Names

    def assignments(self, constant: str, variable: str) -> list[str]:
        """The lines that assign the next values, by templates of a new constant and of a variable with their values.
        What a next value depends on must still be there for others."""
        if len(self.carried) == 1:
            ((name, _, text),) = self.carried
            return [variable.format(name, text.text)]
        names = [self.names("") for _ in self.carried]
        return [
            *(constant.format(new, text.text) for new, (_, _, text) in zip(names, self.carried, strict=True)),
            *(variable.format(name, new) for new, (name, _, _) in zip(names, self.carried, strict=True)),
        ]


def number(value: float, infinity: str = "math.inf", nan: str = "math.nan") -> Text:
    """A float as Python writes it, also for languages with other names for infinity and NaN."""
    if math.isfinite(value):
        text = repr(float(value))  # a literal's own text may be a whole number of any length
    elif value != value:
        text = nan
    else:
        text = infinity if value > 0 else f"-{infinity}"
    return Text(text, SIGN if text.startswith("-") else ATOM, is_number=True)


def break_line(line: str, indent: str, kept: str = "(?<!,) ") -> list[str]:
    """The line, or several if it is long, of which all but the first are indented. kept is the pattern of the spaces at
    which it is not broken, by default those that follow no comma."""
    whole = re.sub(kept, "\0", line)
    lines = wrap(whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [each.replace("\0", " ") for each in lines]
