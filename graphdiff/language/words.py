"""Words and bars that mean different things in different places: `and` may be an operator or a name, `|` may open or
close.

Words are operators only where a name cannot stand, since every name may be that of an input.
"""

from __future__ import annotations

import re

ENDS_OF_OPERANDS = frozenset(
    ["NAME", "NUMBER", "RPAR", "RSQB", "SUPERSCRIPT", "TRANSPOSE", "SHAPE", "FACTORIAL", "CLOSING_BAR", "CLOSING_NORM"]
)
BEFORE_FACTORS = frozenset(["NUMBER", "RPAR", "RSQB", "SUPERSCRIPT", "CLOSING_BAR", "CLOSING_NORM"])
"""What a name may follow as a factor: 2x, (a)x."""
OPERATORS = {"and": "AND", "or": "OR", "mod": "MODULO"}
WORDS = frozenset([*OPERATORS, "not", "else"])
BARS = {
    "OPENING_BAR": ("OPENING_BAR", "CLOSING_BAR"),
    "CLOSING_BAR": ("OPENING_BAR", "CLOSING_BAR"),
    "OPENING_NORM": ("OPENING_NORM", "CLOSING_NORM"),
    "CLOSING_NORM": ("OPENING_NORM", "CLOSING_NORM"),
}
_OPERAND = r"[^\S\n]+(?!(?:for|if|in|with|and|or|mod|else)\b)[\w(\[√|‖`]"
"""The beginning of an operand after a word."""
_CALL = r"[^\S\n]*\("
_DEFINITION = r"\bnot[^\S\n]*\([^()\n]*\)[^\S\n]*=(?!=)"


class Context:
    """Which conditions `a if c else b` are open, at each depth of brackets."""

    def __init__(self) -> None:
        self.open_conditions = [0]
        self.is_clause = [False]
        self._defines_not: bool | None = None

    def read(self, terminal: str) -> None:
        """Take note of a bracket, of the end of a statement, or of `if` and `for`."""
        if terminal == "IF":
            self.open_conditions[-1] += not self.is_clause[-1]
        elif terminal == "FOR":
            self.is_clause[-1] = True
        elif terminal == "SEPARATOR":
            self.open_conditions, self.is_clause = [0], [False]
        elif terminal in ("LPAR", "LSQB", "INDEX"):
            self.open_conditions.append(0)
            self.is_clause.append(False)
        elif len(self.is_clause) > 1:
            self.open_conditions.pop()
            self.is_clause.pop()

    def terminal_of(self, word: str, terminal: str, last: str, text: str, end: int) -> str:
        """The terminal of a word that ends at a place in a text; it is a NAME or a CALLEE where it is no operator."""
        if last not in ENDS_OF_OPERANDS:
            is_prefix = word == "not" and (_match(_OPERAND, text, end) or _match(_CALL, text, end))
            return "NOT" if is_prefix and not self._is_function(text) else terminal
        if word == "else" and self.open_conditions[-1]:
            self.open_conditions[-1] -= 1
            return "ELSE"
        if word in OPERATORS and (last not in BEFORE_FACTORS or _match(_OPERAND, text, end)):
            return OPERATORS[word]
        return terminal

    def _is_function(self, text: str) -> bool:
        """Whether a text defines a function not(x)."""
        if self._defines_not is None:
            self._defines_not = re.search(_DEFINITION, text) is not None
        return self._defines_not


def _match(pattern: str, text: str, start: int) -> bool:
    return re.compile(pattern).match(text, start) is not None
