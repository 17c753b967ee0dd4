"""Shell completion: the names of inputs where an option takes them; and bash, which breaks words at equals signs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

from graphdiff.cli.pieces import bare, equal_sign, pieces

NEW_WORD = "\0"


class Bash(BashComplete):
    """Bash breaks words at = and :, and replaces what follows the last of them; click expects whole words."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' type value
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value"); [[ $value == *= ]] && compopt -o nospace ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1" 2> /dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        *words, incomplete = split_arg_string(os.environ["COMP_LINE"] + NEW_WORD)
        self._incomplete = incomplete.replace(NEW_WORD, "")
        return words[1:], self._incomplete

    def format_completion(self, item: CompletionItem) -> str:
        ends = (self._incomplete[start:] for start in range(len(self._incomplete) + 1))
        typed = next(end for end in ends if item.value.startswith(end))
        return f"{item.type},{item.value[max(typed.rfind(sign) for sign in '=:') + 1 :]}"


def register() -> None:
    """Make bash use what is here."""
    add_completion_class(Bash)


def complete_values(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The inputs without a value, each with an equals sign: x=1,y= for --at."""
    given = {name for text in ctx.params.get(parameter.name or "") or () for name in _names_with_values(text)}
    return _complete(ctx, incomplete, "=", given)


def complete_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The inputs that are not in the list yet: x,y for --wrt."""
    return _complete(ctx, incomplete, "", set())


def _complete(ctx: click.Context, incomplete: str, suffix: str, given: set[str]) -> list[CompletionItem]:
    """The last name of a list, completed."""
    *before, (start, end) = pieces(incomplete)
    typed = incomplete[start:end]
    if equal_sign(typed) is not None or typed.startswith("@"):
        return []
    given = given | {bare(incomplete[slice(*each)].partition("=")[0]) for each in before}
    names = [name for name in _inputs(ctx) if name not in given and name.startswith(typed.lstrip())]
    return [CompletionItem(f"{incomplete[:start]}{_quoted(name)}{suffix}") for name in names]


def _inputs(ctx: click.Context) -> list[str]:
    """The inputs of the expression on the line; none where it cannot be read."""
    from graphdiff.cli.expression import read_expression
    from graphdiff.reading.parse import read

    words, file = ctx.params.get("expression") or (), ctx.params.get("file")
    if "-" in (*words, file):
        return []
    try:
        return list(read(read_expression(words, file)).input_names)
    except Exception:  # an incomplete line has no completions, and no errors
        return []


def _names_with_values(text: Any) -> Iterator[str]:
    for start, end in pieces(str(text)):
        yield bare(text[start:end].partition("=")[0])


def _quoted(name: str) -> str:
    """A name that is none in formulas stands in backticks."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f"`{name}`"
