"""Sorts a command line into options and expressions before click reads it.

An expression may begin with a dash: `graphdiff eval '-x*f' --at x=3,f=2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import click

LIKE_AN_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*")


def sorted_words(words: Sequence[str], options: Mapping[str, bool]) -> list[str]:
    """The words with options first, then "--", then all that are no options.

    options tells for each option whether it takes a value. A word is an option if it is one exactly, is one with
    "=value", or looks like one and is near to one: then click says which was meant.
    """
    chosen: list[str] = []
    others: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, _ = word.partition("=")
        if word == "--":
            others.extend(left)
        elif word in options:
            chosen.append(word)
            if options[word]:
                value = next(left, None)
                if value is None:
                    return chosen  # click says that the value is missing
                chosen.append(value)
        elif (equals and name.startswith("--") and name in options) or _is_near(name, options):
            chosen.append(word)
        else:
            others.append(word)
    return [*chosen, "--", *others]


def _is_near(name: str, options: Mapping[str, bool]) -> bool:
    if not LIKE_AN_OPTION.fullmatch(name) or len(name) > 30:
        return False
    from difflib import get_close_matches

    return bool(get_close_matches(name, options, n=1, cutoff=0.7))


class ExpressionCommand(click.Command):
    """A command that takes an expression."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {
            name: not (parameter.is_flag or parameter.count)
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        return super().parse_args(ctx, sorted_words(args, options))
