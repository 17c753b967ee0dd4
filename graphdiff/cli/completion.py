"""Shell completion: the names of inputs where an option takes them; and what each shell needs for values with equals
signs and commas, after which one goes on typing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

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


class _WholeWords(ShellComplete):
    """A shell that replaces the whole word, also the --at= before the value that click completes."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, incomplete = super().get_completion_args()
        option = re.match("--[a-z-]+=", incomplete)
        self._option = option.group() if option else ""
        return words, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return super().format_completion(CompletionItem(f"{self._option}{item.value}", item.type, item.help))


class Zsh(_WholeWords, ZshComplete):
    """Zsh would write a space after x=."""

    source_template = """\
#compdef %(prog_name)s
%(complete_func)s() {
    (( ! $+commands[%(prog_name)s] )) && return 1
    local -a response unfinished finished described
    local type key descr
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s 2> /dev/null)}")
    for type key descr in ${response}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $descr != _ ]]; then described+=("$key:$descr")
                elif [[ $key == *= ]]; then unfinished+=("$key")
                else finished+=("$key"); fi ;;
        esac
    done
    [[ -n $described ]] && _describe -V unsorted described -U
    [[ -n $unfinished ]] && compadd -U -S '' -V unsorted -a unfinished
    [[ -n $finished ]] && compadd -U -V unsorted -a finished
    [[ -n $response ]]
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


class Fish(_WholeWords, FishComplete):
    """Click's lines for fish end at the second comma, as in x=1,y=."""

    source_template = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \
COMP_CWORD=(commandline -ct | string collect) %(prog_name)s 2> /dev/null)
    for completion in $response
        set -l item (string split -m 1 "," -- $completion)
        switch $item[1]
            case dir
                __fish_complete_directories $item[2]
            case file
                __fish_complete_path $item[2]
            case plain
                echo $item[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


def register() -> None:
    """Make the shells use what is here."""
    for each in (Bash, Zsh, Fish):
        add_completion_class(each)


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
