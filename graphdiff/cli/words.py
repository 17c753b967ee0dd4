"""Separate options from expressions before click parses a command line.

An expression may start with a dash: `graphdiff eval '-x*f' --at x=3,f=2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import click

LIKE_AN_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*")


def sort_words(words: Sequence[str], options: Mapping[str, bool]) -> list[str]:
    """Put the options first, then "--", then all other words.

    options maps each option to whether it takes a value. A word is an option if it is one exactly, is one followed by
    "=value", or looks like a misspelled one: then click suggests the right spelling.
    """
    option_words: list[str] = []
    other_words: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if word == "--":
            other_words.extend(rest)
        elif word in options:
            option_words.append(word)
            if options[word]:
                value = next(rest, None)
                if value is None:
                    return option_words  # click reports the missing value
                option_words.append(value)
        elif (equals and name.startswith("--") and name in options) or _is_misspelled(name, options):
            option_words.append(word)
        else:
            other_words.append(word)
    return [*option_words, "--", *other_words]


def _is_misspelled(name: str, options: Mapping[str, bool]) -> bool:
    if not LIKE_AN_OPTION.fullmatch(name) or len(name) > 30:
        return False
    from difflib import get_close_matches

    return bool(get_close_matches(name, options, n=1, cutoff=0.7))


class ExpressionCommand(click.Command):
    """A command whose argument is an expression, which may start with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {
            name: not (parameter.is_flag or parameter.count)
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        return super().parse_args(ctx, sort_words(args, options))
