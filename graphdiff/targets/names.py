"""The names of generated code: a formula's own where a language can take them, else safe ones."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import chain, count

from graphdiff.errors import GraphdiffError, Hint, shorten

PYTHON_NAMES = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])
"""What means something in every Python program."""


class Names:
    """Gives each name an identifier that means nothing else: none twice, none reserved.

    An empty name asks for an automatic one, v1, v2, …
    """

    is_free = staticmethod(str.isascii)
    """Whether an identifier of a formula is one of the language as it is."""

    def __init__(self, reserved: Collection[str], function: str | None = None) -> None:
        """function is what the names are for, and no other has its name.

        Raises GraphdiffError("usage") where that is reserved, or more than ASCII letters, digits and underscores.
        """
        self._taken = set(reserved)
        if function is not None:
            if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", function) is None or function in reserved:
                hint = Hint("ASCII letters, digits and underscores, but no word of the language", "function_name")
                raise GraphdiffError("usage", f"'{shorten(function)}' is no name for a function", hint=hint)
            self._taken.add(function)
        self._known: dict[str, str] = {}
        self._number = 0

    def __call__(self, name: str) -> str:
        if name in self._known:
            return self._known[name]
        if not name:
            while True:
                self._number += 1
                name = f"v{self._number}"
                if name not in self._taken:
                    return name
        plain = name if self.is_free(name) else identifier(name)
        others = (f"{plain}_{number}" for number in count(2))
        found = self._known[name] = self._free(chain([plain, f"{plain}_"], others))
        return found

    def _free(self, candidates: Iterable[str]) -> str:
        found = next(name for name in candidates if name not in self._taken)
        self._taken.add(found)
        return found


class PythonNames(Names):
    """Names as Python takes them: σ is one, but not x₀."""

    @staticmethod
    def is_free(name: str) -> bool:
        return name.isidentifier() and unicodedata.normalize("NFKC", name) == name


def identifier(name: str) -> str:
    """A name in ASCII letters, digits and underscores: x₀ is x0, σ is sigma, others as U with their code point."""
    letters = []
    for letter in unicodedata.normalize("NFKD", name):
        if letter.isascii():
            letters.append(letter)
        elif (found := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(letter, ""))) is not None:
            word = found[2].lower().replace("lamda", "lambda")
            letters.append(word if found[1] == "SMALL" else word.capitalize())
        elif letter.isalnum():
            letters.append(f"U{ord(letter):04X}")
    plain = "".join(letters) or "U"
    return plain if plain.isidentifier() else f"U{plain}"
