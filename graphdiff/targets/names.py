"""The names in generated code: those of the formula where the language allows them, otherwise similar ones."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import chain, count

from graphdiff.errors import GraphdiffError, Hint, shorten

PYTHON_NAMES = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])
"""The names that have a meaning in every Python program."""


PUNCTUATION = "".join(chr(code) for code in range(128) if not chr(code).isalnum() and chr(code) != "_")
"""The ASCII characters that no identifier has."""


class Names:
    """Maps each name to an identifier that is unique and not reserved.

    The empty name gets a new automatic identifier each time: v1, v2, …
    """

    @staticmethod
    def is_free(name: str) -> bool:
        """Whether a name of a formula is also an identifier of the language."""
        return name.isascii() and name.isidentifier()

    def __init__(self, reserved: Collection[str], function: str | None = None) -> None:
        """function is the name of the function that the identifiers are for; none of them is equal to it.

        Raises GraphdiffError("usage") if it is reserved, or has other characters than ASCII letters, digits and
        underscores.
        """
        self._taken = set(reserved)
        if function is not None:
            if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", function) is None or self._key(function) in reserved:
                text = "use ASCII letters, digits and underscores, and not a reserved word"
                hint = Hint(text, "function_name", hint=text)
                raise GraphdiffError("usage", f"'{shorten(function)}' is not a valid function name", hint=hint)
            self._taken.add(self._key(function))
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
        self._known[name] = self._take(chain([plain, f"{plain}_"], others))
        return self._known[name]

    def new(self, name: str) -> str:
        """A new identifier that is similar to a name, and different at each call."""
        plain = identifier(name)
        return self._take(chain([plain], (f"{plain}_{number}" for number in count(2))))

    def _take(self, candidates: Iterable[str]) -> str:
        """Reserve the first candidate that is not in use."""
        name = next(name for name in candidates if self._key(name) not in self._taken)
        self._taken.add(self._key(name))
        return name

    @staticmethod
    def _key(name: str) -> str:
        """What two names must differ in."""
        return name


class PythonNames(Names):
    """Names for Python, which allows σ, but not x₀."""

    @staticmethod
    def is_free(name: str) -> bool:
        return name.isidentifier() and unicodedata.normalize("NFKC", name) == name


class ShortNames(Names):
    """Names that start with a letter and have at most 63 characters, as MATLAB and Fortran want them."""

    LONGEST = 63
    LONGEST_FUNCTION = 40
    """Functions that the generated one calls have its name and a further one."""

    def __init__(self, reserved: Collection[str], function: str) -> None:
        super().__init__(reserved, function)
        if len(function) > self.LONGEST_FUNCTION:
            hint = f"use at most {self.LONGEST_FUNCTION} characters"
            raise GraphdiffError("usage", f"'{shorten(function)}' is too long for a function name", hint=hint)

    def _take(self, candidates: Iterable[str]) -> str:
        return super()._take(map(self._shorten, candidates))

    def _shorten(self, name: str) -> str:
        """The name with a letter at its start, and without its middle if it is too long."""
        name = f"U{name}" if name.startswith("_") else name
        return name if len(name) <= self.LONGEST else f"{name[:50]}_{name[-12:]}"


def identifier(name: str) -> str:
    """A name in ASCII letters, digits and underscores: x0 for x₀, sigma for σ, U and the code point for others."""
    letters = []
    for letter in unicodedata.normalize("NFKD", name):
        if letter.isascii():
            letters.append(letter)
        elif (match := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(letter, ""))) is not None:
            word = match[2].lower().replace("lamda", "lambda")
            letters.append(word if match[1] == "SMALL" else word.capitalize())
        elif letter.isalnum():
            letters.append(f"U{ord(letter):04X}")
    plain = re.sub("[^A-Za-z0-9_]+", "_", "".join(letters).rstrip(PUNCTUATION)) or "U"
    return plain if plain.isidentifier() else f"U{plain}"
