"""Names in LaTeX and how formulas of graphdiff spell them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from graphdiff.reading.latex import commands
from graphdiff.reading.latex.notes import Notes
from graphdiff.reading.latex.tree import Symbol
from graphdiff.reading.latex.words import content_of
from graphdiff.source import Span
from graphdiff.writing.latex_names import GREEK, unescape
from graphdiff.writing.latex_names import Names as WrittenNames

_WORDS = re.compile(r"\\(?:text[a-z]*|math[a-z]+|mbox|operatorname\*?)\s*\{([^{}]*)\}")
_BRACED = re.compile(r"(?<![A-Za-z])\{(\\[A-Za-z]+|\w)\}")
_PLAIN_STYLE = re.compile(rf"\\(?:{'|'.join(style[1:] for style in sorted(commands.PLAIN_STYLES))})(?![A-Za-z])\s*")
_OLD_STYLE = re.compile(r"\\(?:rm|bf|it|sf|tt|sl)(?![A-Za-z])\s*")
_SPACE = re.compile(r"\\[,;:! ]|[\s~]+")


def name_in(content: str) -> str:
    """The name that stands in braces after a command such as `\\mathit`."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"\\[,;:!]", "", content).strip()))


def symbol_of(text: str, span: Span) -> Symbol:
    """The symbol of a word in upright or slanted type."""
    return Symbol(name_in(content_of(text)[1]), span)


def label_of(script: str) -> str | None:
    """What a script adds to a name, in letters and digits: "max" for `{\\text{max}}`; None of other scripts."""
    label = _WORDS.sub(lambda match: unescape(match[1]).replace(" ", "_"), _OLD_STYLE.sub("", script))
    label = re.sub(r"\\([A-Za-z]+)", lambda match: match[1], label)
    label = _SPACE.sub("", label.replace("{", "").replace("}", ""))
    label = label.replace(",", "_")
    return label if re.fullmatch(r"\w+", label) else None


def typed_text(text: str) -> str:
    """A text without spaces, bold type and braces that make no difference."""
    text = _PLAIN_STYLE.sub("", text)
    text = re.sub(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])", r"\1{}", text)
    return _BRACED.sub(r"\1", _SPACE.sub("", text)).replace("{}", " ")


def _key(name: str) -> str:
    """The same for names that only differ in how they are typed: w0, w_0 and w₀, θ and theta, ŷ and y_hat."""
    letters = []
    for letter in unicodedata.normalize("NFD", name):
        accent = unicodedata.name(letter, "") if unicodedata.combining(letter) else ""
        suffix = {"COMBINING CIRCUMFLEX ACCENT": "_hat", "COMBINING MACRON": "_bar", "COMBINING TILDE": "_tilde"}
        letters.append(suffix.get(accent) or GREEK.get(letter) or letter)
    key = unicodedata.normalize("NFKC", "".join(letters))
    return re.sub(r"(?<=[^\W\d_])(?=\d+$)", "_", key)


class Names:
    """Finds the name of a symbol; known are names of inputs, which symbols may mean.

    plain are the letters that the text has in plain type: in another, such as `\\mathcal{L}`, they are other names.
    """

    def __init__(self, known: Iterable[str], notes: Notes) -> None:
        self.known = list(known)
        self.notes = notes
        written = WrittenNames(self.known)
        self._by_latex = {typed_text(written(name)): name for name in self.known}
        self._by_key: dict[str, list[str]] = {}
        for name in self.known:
            self._by_key.setdefault(_key(name), []).append(name)
        self._typed: dict[str, str] = {}
        self._latest: dict[tuple[str, str, str], str] = {}
        self.plain: frozenset[str] = frozenset()

    def find(self, name: str, text: str, identity: str = "") -> str:
        """The name of a symbol that would be called name and is typed as text.

        Symbols of the same name that identity tells apart are different: the second is called as it is typed.
        """
        key = name, text, identity
        if key not in self._latest:
            self._latest[key] = self._find(name, typed_text(text), identity)
        return self._latest[key]

    def _find(self, name: str, text: str, identity: str) -> str:
        if text in self._by_latex:
            return self._by_latex[text]
        if text in self.known or (identity and text[0] == "\\" and name in self.plain):
            return text
        if name not in self.known:
            alike = self._by_key.get(_key(name), [])
            name = alike[0] if len(alike) == 1 else name
        other = self._typed.setdefault(name, identity)
        if other != identity:
            self.notes.add(f"'{text}' is another name than '{name}'")
            return text
        return name
