"""The LALR(1) tables of grammar/expression.lark: made by Lark once, then only read.

A wheel carries them (hatch_build.py); a checkout keeps them in the user's own cache folder. They are JSON, so
that reading them can run nothing, whoever wrote the file, and Lark is imported only where they have to be made.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import NamedTuple
from zlib import crc32

from graphdiff.language.resources import grammar_folder, read_grammar_file

GRAMMAR = "expression.lark"
TABLES = "expression.tables.json"


class Rule(NamedTuple):
    """`symbol: … -> method` with `size` symbols on its right; no method where the one value is handed on."""

    symbol: str
    size: int
    method: str | None


class Tables(NamedTuple):
    """The parser of one grammar.

    terminals are (name, regular expression), tried in this order. In states[i], a symbol leads to a state
    (a number from 0 up) or to the reduction by rules[~number] (a number below 0).
    """

    grammar: str
    terminals: list[tuple[str, str]]
    ignored: list[str]
    rules: list[Rule]
    states: list[dict[str, int]]
    start: int
    end: int


def load() -> Tables:
    """The tables of the grammar as it is now: the wheel's, the cache's, or newly made."""
    grammar = read_grammar_file(GRAMMAR)
    cached = os.path.join(cache_folder(), TABLES)
    for path in (os.path.join(grammar_folder(), TABLES), cached):
        tables = _read(path)
        if tables is not None and tables.grammar == grammar:
            return tables
    tables = make(grammar)
    _keep(tables, cached)
    return tables


def make(grammar: str) -> Tables:
    """Lark's LALR(1) analysis of a grammar, strictly without conflicts; the same tables each time.

    Raises lark.exceptions.GrammarError where the grammar is not LALR(1).
    """
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    parser = Lark(grammar, parser="lalr", lexer="basic")
    frontend = parser.parser
    table = frontend.parser._parse_table
    start = table.start_states["start"]
    # Lark numbers states as its sets fall. Numbered as they are reached from the start, they are always the same.
    numbers = {start: 0}
    order = [start]
    for state in order:
        for _, (action, target) in sorted(table.states[state].items(), key=lambda entry: str(entry[0])):
            if action is Shift and target not in numbers:
                numbers[target] = len(order)
                order.append(target)
    rules = {rule: number for number, rule in enumerate(parser.rules)}
    return Tables(
        grammar=grammar,
        terminals=[(terminal.name, terminal.pattern.to_regexp()) for terminal in frontend.lexer.terminals],
        ignored=sorted(parser.ignore_tokens),
        rules=[Rule(rule.origin.name, len(rule.expansion), rule.alias) for rule in rules],
        states=[
            {
                symbol: numbers[target] if action is Shift else ~rules[target]
                for symbol, (action, target) in sorted(table.states[state].items(), key=lambda entry: str(entry[0]))
            }
            for state in order
        ],
        start=0,
        end=numbers[table.end_states["start"]],
    )


def to_json(tables: Tables) -> str:
    """The tables as text, for _read: a checksum on the first line, JSON on the second."""
    text = json.dumps(tables._asdict(), ensure_ascii=False)
    return f"{crc32(text.encode())}\n{text}"


def cache_folder() -> str:
    """Where the user's system keeps what can be made again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "graphdiff")


def _read(path: str) -> Tables | None:
    try:
        with open(path, "rb") as file:
            checksum, text = file.readline(), file.read()
        if int(checksum) != crc32(text):
            return None
        fields = json.loads(text)
        return Tables(**{**fields, "rules": [Rule(*rule) for rule in fields["rules"]]})
    except (OSError, ValueError, TypeError, KeyError):  # absent, spoilt or another version's: made anew
        return None


def _keep(tables: Tables, path: str) -> None:
    begun = f"{path}.part"  # one name, so that what a killed process leaves is not left for good
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            os.remove(begun)
        with open(begun, "x", encoding="utf-8") as file:
            file.write(to_json(tables))
        os.replace(begun, path)
    except OSError:  # a folder that cannot be written costs time at the next start, nothing else
        pass
