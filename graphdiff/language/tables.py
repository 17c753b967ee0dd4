"""The LALR(1) tables of grammar/expression.lark: made by Lark once, then only read.

A wheel carries them (hatch_build.py); a checkout keeps them in the user's own cache folder. They are JSON, so
that reading them can run nothing, whoever wrote the file, and Lark is imported only where they have to be made.
"""

from __future__ import annotations

import json
import os
from typing import NamedTuple
from zlib import crc32

from graphdiff.language.cache import read_cached, write_cached
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
    for read in (_read_packaged, lambda: read_cached(TABLES)):
        content = read()
        tables = None if content is None else _parsed(content)
        if tables is not None and tables.grammar == grammar:
            return tables
    tables = make(grammar)
    write_cached(TABLES, to_json(tables))
    return tables


def _read_packaged() -> bytes | None:
    """The file of an installed wheel."""
    try:
        with open(os.path.join(grammar_folder(), TABLES), "rb") as file:
            return file.read()
    except OSError:
        return None


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
    """The tables as text, for _parsed: a checksum on the first line, JSON on the second."""
    text = json.dumps(tables._asdict(), ensure_ascii=False)
    return f"{crc32(text.encode())}\n{text}"


def _parsed(content: bytes) -> Tables | None:
    """The tables of a file that is whole and well-formed; None of any other, which is made anew."""
    checksum, _, text = content.partition(b"\n")
    try:
        if int(checksum) != crc32(text):
            return None
        fields = json.loads(text)
        tables = Tables(**{**fields, "rules": [Rule(*rule) for rule in fields["rules"]]})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return tables if _is_well_formed(tables) else None


def _is_well_formed(tables: Tables) -> bool:
    """Whether each field is of the type that it should be, and states lead only to states and rules that exist."""
    states, rules = range(len(tables.states)), range(len(tables.rules))
    try:
        return (
            isinstance(tables.grammar, str)
            and tables.start in states
            and tables.end in states
            and all(isinstance(pattern, str) for pair in tables.terminals for pattern in pair)
            and all(type(rule.size) is int for rule in tables.rules)
            and all(to in states or ~to in rules for state in tables.states for to in state.values())
        )
    except (TypeError, AttributeError):
        return False
