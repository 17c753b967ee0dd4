"""Separate options from expressions before click parses a command line: an expression may start with a dash
(`graphdiff eval '-x*f' --at x=3,f=2`), and an expression without a command is one to evaluate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set

import click

LIKE_AN_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*")
EVALUATE = "eval"
"""The command of a line that names none."""


def with_command(words: Sequence[str], commands: Set[str], options: Set[str]) -> list[str]:
    """The words of a line, with EVALUATE before them where they begin with an expression, `-`, or an option of eval.

    options are those of the group. A lone identifier stays a command, so that a mistyped one is reported as such; and
    options before a command, or a letter such as -h alone, stay what click reports.
    """
    first = words[0]
    is_command = first in commands or first.isidentifier()
    is_option = (
        first in options or _is_misspelled(first, options) or (len(words) == 1 and re.fullmatch("-[A-Za-z]", first))
    )
    is_before_command = first.startswith("-") and not commands.isdisjoint(words)
    return [*words] if is_command or is_option or is_before_command else [EVALUATE, *words]


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
                if value is None or value in options:
                    return option_words  # click reports the missing value
                option_words.append(value)
        elif (equals and name.startswith("--") and name in options) or _is_misspelled(name, options):
            option_words.append(word)
        else:
            other_words.append(word)
    return [*option_words, "--", *other_words]


def _is_misspelled(name: str, options: Iterable[str]) -> bool:
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
        if ctx.resilient_parsing and options.get(args[-1] if args else ""):
            args = args[:-1]  # a shell asks for the value of the last option
        try:
            return super().parse_args(ctx, sort_words(args, options))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # of a missing value click does not say in which command
            raise
