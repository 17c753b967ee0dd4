"""Runs of letters, and words in upright type: which are names, which are functions, which are only text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from graphdiff.reading.latex import functions
from graphdiff.reading.latex.notes import Notes

_TARGET = re.compile(
    r"(?:^|[\n;,&$]|\\\\|\\quad|\\qquad|\\\[|\\begin\{\w+\*?\})\s*&?\s*([^\W\d_]{2,})(?=\s*(?:_\s*(?:\{[^{}]*\}|\w))?\s*&?\s*:?=)"
)
"""A run of letters that is assigned: one name."""
_BRACKET = re.compile(r"\s*(?:\\left|\\[bB]igg?l?|\\[,!]|\s)*(?:\(|\[|\\\{|\\lbrace)")
_STARTING = {"if", "for", "when", "where", "with", "such", "on", "as", "is", "while", "since", "by", "let", "then"}
_CONTENT = re.compile(r"\\([A-Za-z]+)\*?\s*\{(.*)\}\Z", re.DOTALL)


def content_of(text: str) -> tuple[str, str]:
    """The command and the argument of `\\text{…}`."""
    match = _CONTENT.match(text)
    assert match is not None  # a TEXT token
    return match[1], match[2]


class Words:
    """Tells words apart; names are those of inputs that have values."""

    def __init__(self, text: str, names: Iterable[str], notes: Notes) -> None:
        self.notes = notes
        self.names = {base for name in names if len(base := re.split(r"[\d_^]", name)[0]) > 1}
        self.names |= {match[1] for match in _TARGET.finditer(text)}

    def kind(self, run: str, after: str) -> str | None:
        """The terminal of a run of letters that is one name or function; None if each letter is a name."""
        if len(run) == 1:
            return None
        if run in self.names:
            self.notes.add(f"'{run}' is read as one name")
            return "WORD"
        is_call = _BRACKET.match(after) is not None
        if run in functions.PLAIN or (is_call and functions.function_of(run) is not None):
            self.notes.add(f"'{run}' is read as the function \\{run}")
            return "FUNCTION"
        if run == "pi":
            self.notes.add("'pi' is read as \\pi")
            return "SYMBOL"
        if len(run) > 2:
            self.notes.add(f"'{run}' is read as a product of its letters")
        return None

    def is_function_command(self, command: str) -> bool:
        """Whether a command is the name of a function."""
        return command in functions.COMMANDS

    def note_script(self, text: str, run: str) -> None:
        """Note that only the first letter is in the script."""
        self.notes.add(f"only the '{run[0]}' of '{text}' is in the script, as LaTeX sets it: others need braces")

    def text_kind(self, text: str, after: str) -> str:
        """The terminal of words in upright type, or what they do: CONNECTIVE, OTHERWISE, or INTRODUCTION.

        after is the text that follows: most words are functions only before a bracket.
        """
        command, content = content_of(text)
        words = content.strip().strip(".,;:").lower()
        if command.startswith(("text", "mbox", "hbox", "intertext")):
            if words in ("and", "or"):
                return "CONNECTIVE"
            if words in ("otherwise", "else", "other", "elsewhere", "sonst"):
                return "OTHERWISE"
            if not words or words.split()[0] in _STARTING:
                return "INTRODUCTION"
        is_plain = words in functions.PLAIN and command != "mathit" and not after.lstrip().startswith("_")
        is_call = command.startswith("operatorname") or is_plain or _BRACKET.match(after) is not None
        known = functions.function_of(content.replace("\\_", "_").strip())
        return "FUNCTION" if is_call and known is not None else "WORD"
