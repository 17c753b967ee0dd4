"""Names and numbers in LaTeX: markup in names is escaped, and every character is one that pdflatex knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

GREEK = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ϵ": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta"},
    **{"ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma"},
    **{"τ": "tau", "υ": "upsilon", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "ε": "varepsilon"},
    **{"φ": "varphi", "ς": "varsigma", "ϑ": "vartheta", "ϖ": "varpi", "ϱ": "varrho"},
    **{"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma"},
    **{"Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"},
}
_COMMANDS = {word: f"\\{word}" for word in GREEK.values()}

_LETTERS = {
    **{letter: _COMMANDS[word] for letter, word in GREEK.items()},
    **{letter: f"\\mathrm{{{like}}}" for letter, like in zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True)},
    **{"ħ": r"\hbar", "ℏ": r"\hbar", "ℓ": r"\ell", "_": r"\_"},
    **{chr(0x2080 + digit): f"{{}}_{{{digit}}}" for digit in range(10)},
}
_ACCENTS = {
    **{"\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0306": "breve"},
    **{"\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check"},
}
_PLAIN = " .,:;!()[]/+*='"
_SIGNS = {
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    **{sign: f"${sign}$" for sign in "<>|"},
    **{"\\": r"$\backslash$", "^": r"\^{}", "~": r"\~{}", '"': "''", "`": r"\`{}"},
    **{"-": "-{}", "?": "?{}", "…": r"\ldots{}", "∂": r"$\partial$", "×": r"$\times$", "²": "$^2$"},
}
_SUBSCRIPTED = re.compile(r"([^\W\d_₀-₉]+)(?:_?([0-9]+)|([₀-₉]+)|((?:_[^\W_₀-₉]+)+))")


def _letter(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    latex = _LETTERS.get(letter)
    if latex is not None:
        return latex
    base, *accents = list(unicodedata.normalize("NFD", letter))
    if len(accents) == 1 and accents[0] in _ACCENTS and (base.isascii() or base in _LETTERS):
        return f"\\{_ACCENTS[accents[0]]}{{{_letter(base)}}}"
    return f"\\mathtt{{U{{+}}{ord(letter):04X}}}"


def escape(name: str) -> str:
    """Write a name letter by letter: `\\Delta v`, `leaky\\_relu`."""
    letters = map(_letter, name)
    return "".join([f"{each} " if re.fullmatch(r"\\[A-Za-z]+", each) else each for each in letters]).rstrip()


_ESCAPED = re.compile(
    r"\\mathtt\{U\{\+\}([0-9A-F]{4,6})\}|\{\}_\{([0-9])\}|\\mathrm\{([A-Za-z])\}"
    rf"|\\({'|'.join(_ACCENTS.values())})\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\\[A-Za-z]+) ?|\\(.)"
)
_COMBINING = {accent: mark for mark, accent in _ACCENTS.items()}
_OF_COMMANDS = {latex: letter for letter, latex in reversed(_LETTERS.items()) if latex.startswith("\\")}


def unescape(latex: str) -> str:
    """The name that escape writes so; commands that it does not write stay as they are."""
    return _ESCAPED.sub(_unescape, latex)


def _unescape(match: re.Match[str]) -> str:
    code, digit, capital, accent, letter, command, sign = match.groups()
    if code is not None:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]
    if digit is not None:
        return chr(0x2080 + int(digit))
    if capital is not None:
        return _OF_COMMANDS.get(f"\\mathrm{{{capital}}}", capital)
    if accent is not None:
        return unicodedata.normalize("NFC", _ESCAPED.sub(_unescape, letter) + _COMBINING[accent])
    return _OF_COMMANDS.get(command, match[0]) if command is not None else sign


def _part(text: str, style: str) -> str:
    """A run of letters and digits: a single letter or a Greek name by itself, a word in a style."""
    if text in _COMMANDS:
        return _COMMANDS[text]
    return escape(text) if len(text) == 1 or text.isdecimal() else f"\\{style}{{{escape(text)}}}"


def name_latex(name: str) -> str:
    """A name in mathematical notation: `\\alpha`, `\\mathit{loss}`, `v_{\\mathrm{max}}`; w0, w_0, w₀ are `w_{0}`."""
    match = _SUBSCRIPTED.fullmatch(name)
    if match is None:
        return _part(name, "mathit") if is_word(name) else f"\\text{{{text_latex(name)}}}"
    base, digits, subscript, words = match.groups()
    if subscript:
        digits = unicodedata.normalize("NFKC", subscript)
    below = [digits] if digits else words[1:].split("_")
    return f"{_part(base, 'mathit')}_{{{', '.join([_part(part, 'mathrm') for part in below])}}}"


def is_word(name: str) -> bool:
    """Whether a name has only letters, digits, underscores and accents, and so needs no backticks."""
    return all(each.isalnum() or each == "_" or unicodedata.category(each) == "Mn" for each in name)


class Names:
    """The LaTeX of names, different for each: if w0 and w_0 are both names, the second is `\\mathtt{w\\_0}`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._latex: dict[str, str] = {}
        self._taken: set[str] = set()
        self._bases: set[str] = set()
        # α before alpha, which is then written letter by letter.
        for name in sorted(names, key=lambda name: (name.isascii(), name)):
            self(name)

    def __call__(self, name: str) -> str:
        """The LaTeX of a name."""
        if name not in self._latex:
            text = name_latex(name)
            self._latex[name] = text if text not in self._taken else f"\\mathtt{{{escape(name)}}}"
            self._taken.add(self._latex[name])
            if "_{" in text:
                self._bases.add(text.partition("_{")[0])
        return self._latex[name]

    def define(self, name: str, latex: str) -> None:
        """Set the LaTeX of a name that is not part of the program; it may be the same as another's."""
        self._latex[name] = latex

    def __contains__(self, text: object) -> bool:
        """Whether this is the LaTeX of a name."""
        return text in self._taken

    def has_subscripts(self, text: str) -> bool:
        """Whether a name is this LaTeX with a subscript."""
        return text in self._bases


def text_latex(text: str) -> str:
    """Escape a text between formulas."""
    return "".join([_escape_character(each) for each in text])


def _escape_character(character: str) -> str:
    if character in _PLAIN or (character.isascii() and character.isalnum()):
        return character
    return _SIGNS.get(character) or f"${_letter(character)}$"


def number_latex(value: float) -> str:
    """Write a float in its shortest decimal form: `0.1`, `1.5 \\cdot 10^{-7}`, `10^{22}`, `\\infty`."""
    return decimal_latex(repr(value).removesuffix(".0"))


def decimal_latex(text: str) -> str:
    """Convert a decimal in Python's notation."""
    text = text.replace("inf", r"\infty").replace("nan", r"\mathrm{NaN}")
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = f"10^{{{int(exponent)}}}"
    return {"1": power, "-1": f"-{power}"}.get(mantissa, rf"{mantissa} \cdot {power}")
