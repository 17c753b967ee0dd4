"""Command lines of what stands in the fields of a page or a screen."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from graphdiff.errors import GraphdiffError, shorten

EVERY = frozenset({"eval", "draw", "explain", "check", "grade", "diff", "compile", "worksheet"})
WITHOUT_POINT = frozenset({"diff", "compile"})
"""The commands that are not given the point: their reports are formulas and code."""


class Option(NamedTuple):
    """An option that a field or a line of options may set.

    Attributes:
        has_value: Whether it has a value; others are switches.
        commands: The commands that have it. It is left out for others.
    """

    has_value: bool
    commands: frozenset[str] = EVERY


OPTIONS = {
    "language": Option(True),
    "function": Option(True),
    "wrt": Option(True),
    "output": Option(True),
    "upstream": Option(True, EVERY - {"diff", "compile"}),
    "precision": Option(True, frozenset({"eval", "explain", "check", "diff"})),
    "digits": Option(True, EVERY - {"compile"}),
    "shape": Option(True, frozenset({"draw", "explain", "diff", "compile", "worksheet"})),
    "order": Option(True, frozenset({"diff"})),
    "to": Option(True, frozenset({"compile"})),
    "answer": Option(True, frozenset({"grade"})),
    "fuse": Option(False),
    "expand": Option(False),
    "collapse": Option(False, frozenset({"eval", "explain", "draw", "worksheet"})),
    "allow-nonfinite": Option(False, EVERY - {"grade", "compile", "worksheet"}),
}
"""The options of formulas, by their names without dashes."""


class Fields(NamedTuple):
    """What is typed: data on its whole way.

    Attributes:
        options: By name, as in OPTIONS: the text of a value, or whether a switch is on. Empty texts are no options.
    """

    formula: str
    point: str = ""
    options: Mapping[str, str | bool] = {}


def words_of(command: str, fields: Fields, more: Sequence[str] = (), has_point: bool = True) -> list[str]:
    """The words of a command on the fields, with more options of its own, which replace those of the fields.

    No option can hide in a field. The point is left out where has_point is False, and by commands without one.
    """
    given = {word.partition("=")[0] for word in more}
    is_given = has_point and command not in WITHOUT_POINT and fields.point.strip()
    at = [f"--at={fields.point}"] if is_given else []
    own = [
        f"--{name}={fields.options[name]}" if option.has_value else f"--{name}"
        for name, option in OPTIONS.items()
        if fields.options.get(name) and command in option.commands and f"--{name}" not in given
    ]
    return [command, *at, *own, *more, "--", fields.formula]


def read_options(text: str) -> dict[str, str | bool]:
    """The options that a line holds, as on a command line: `--wrt x --fuse`.

    Raises GraphdiffError("usage") for what is none of OPTIONS, and for a value that is missing.
    """
    try:
        words = iter(shlex.split(text))
    except ValueError:
        raise GraphdiffError("usage", "a quote is not closed", hint="end the value with the same quote") from None
    found: dict[str, str | bool] = {}
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in OPTIONS:
            near = get_close_matches(name, OPTIONS, n=1)
            hint = f"did you mean --{near[0]}?" if near else f"use {', '.join(f'--{each}' for each in OPTIONS)}"
            raise GraphdiffError("usage", f"unknown option '{shorten(word)}'", hint=hint)
        if not OPTIONS[name].has_value and equals:
            raise GraphdiffError("usage", f"--{name} takes no value")
        if OPTIONS[name].has_value and not equals:
            value = next(words, "")
        if OPTIONS[name].has_value and not value:
            raise GraphdiffError("usage", f"--{name} requires a value")
        found[name] = value if OPTIONS[name].has_value else True
    return found


def options_line(options: Mapping[str, str | bool]) -> str:
    """The line that read_options reads as these options."""
    return " ".join(
        f"--{name}" if value is True else f"--{name} {shlex.quote(value)}" for name, value in options.items() if value
    )


def shell_line(words: Sequence[str]) -> str:
    """A command line as a person types it in a shell."""
    place = words.index("--")
    command, *options = words[:place]
    shown = [piece for word in options for piece in (word.split("=", 1) if word.startswith("--at=") else [word])]
    return " ".join(["graphdiff", command, _quoted(words[place + 1], True), *map(_quoted, shown)])


def _quoted(word: str, always: bool = False) -> str:
    if not always and re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return "'" + word.replace("'", "'\\''") + "'" if re.search(r'["$`\\!]', word) else f'"{word}"'
