"""Sorts the words of a command line before click reads them: into options and expressions, as an expression may begin
with a dash (`graphdiff eval '-x*f' --at x=3,f=2`), and an expression without a command is one to evaluate.
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
    is_option = first in options or _is_near(first, options) or (len(words) == 1 and re.fullmatch("-[A-Za-z]", first))
    is_before_command = first.startswith("-") and not commands.isdisjoint(words)
    return [*words] if is_command or is_option or is_before_command else [EVALUATE, *words]


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


def _is_near(name: str, options: Iterable[str]) -> bool:
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
        try:
            return super().parse_args(ctx, sorted_words(args, options))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # of a missing value click does not say in which command
            raise
