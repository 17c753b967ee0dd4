"""The LALR(1) tables of the grammars in grammar/: made by Lark once, then only read.

A wheel contains them (hatch_build.py); a checkout caches them in the user's own cache folder. They are JSON, so that
reading them cannot run code, whoever wrote the file; Lark is imported only when they are made.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable
from typing import NamedTuple, TypeVar
from zlib import crc32

from graphdiff.errors import GraphdiffError
from graphdiff.language.cache import read_cached, read_own, write_cached
from graphdiff.language.resources import PACKAGE, grammar_folder, read_grammar_file

Parsed = TypeVar("Parsed")
GRAMMAR = "expression.lark"
LATEX_GRAMMAR = "latex.lark"
TABLES, LATEX_TABLES = "expression.tables.json", "latex.tables.json"
FILES = {GRAMMAR: TABLES, LATEX_GRAMMAR: LATEX_TABLES}
"""The file of each grammar's tables."""


class Rule(NamedTuple):
    """`symbol: … -> method` with `size` symbols on its right; method is None if it passes on its one value."""

    symbol: str
    size: int
    method: str | None


class Tables(NamedTuple):
    """The parser tables of one grammar.

    terminals are (name, regular expression), tried in this order. states[i] maps a symbol to the next state (a number
    from 0 up) or to the reduction by rules[~number] (a negative number).
    """

    grammar: str
    terminals: list[tuple[str, str]]
    ignored: list[str]
    rules: list[Rule]
    states: list[dict[str, int]]
    start: int
    end: int


def load(grammar_file: str = GRAMMAR) -> Tables:
    """The tables of a grammar as it is now: from the wheel, from the cache, or newly made."""
    grammar, file = read_grammar_file(grammar_file), FILES[grammar_file]
    for read in (_read_packaged, read_cached):
        content = read(file)
        tables = None if content is None else _from_json(content)
        if tables is not None and tables.grammar == grammar:
            return tables
    tables = make(grammar)
    write_cached(file, to_json(tables))
    return tables


def parse_by_tables(grammar_file: str, parse: Callable[[], Parsed], forget: Callable[[], None]) -> Parsed:
    """Call parse, which uses the tables of a grammar. If it fails other than by a GraphdiffError and these are not the
    grammar's tables, call it again with new ones, which forget makes it load: cached tables may be malformed in a way
    that only their use shows, or the trees that they make."""
    try:
        return parse()
    except (GraphdiffError, MemoryError):
        raise
    except Exception:
        if not _renew(grammar_file):
            raise
        forget()
        return parse()


def _renew(grammar_file: str) -> bool:
    """Make the tables of a grammar again, if those that load returns are not its; return whether they were not."""
    text = to_json(make(read_grammar_file(grammar_file)))
    if to_json(load(grammar_file)) == text:
        return False
    write_cached(FILES[grammar_file], text)
    return True


def _read_packaged(file: str) -> bytes | None:
    """The content of the file in an installed wheel, which belongs to the owner of the code; None in a checkout, where
    no build has put it."""
    folder = grammar_folder()
    if os.path.dirname(folder) != PACKAGE:
        return None
    if os.path.isdir(PACKAGE):
        return read_own(os.path.join(folder, file), os.stat(PACKAGE).st_uid)
    try:  # in a zip archive
        return read_grammar_file(file).encode()
    except OSError:
        return None


def make(grammar: str) -> Tables:
    """Make the tables of a grammar by Lark's LALR(1) analysis; the same tables each time.

    Raises lark.exceptions.GrammarError if the grammar has conflicts.
    """
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    parser = Lark(grammar, parser="lalr", lexer="basic")
    frontend = parser.parser
    table = frontend.parser._parse_table
    start = table.start_states["start"]
    # Lark numbers states in the order of its sets, which varies. In the order of a search from the start it is fixed.
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
    """Write tables as text for _from_json: a checksum on the first line, JSON on the second."""
    text = json.dumps(tables._asdict(), ensure_ascii=False)
    return f"{crc32(text.encode())}\n{text}"


def _from_json(content: bytes) -> Tables | None:
    """Read the tables of a whole and well-formed file; None of any other, which is then made again."""
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
    """Whether each field has its type, and states lead only to states and rules that exist."""
    states, rules = range(len(tables.states)), range(len(tables.rules))
    try:
        return (
            isinstance(tables.grammar, str)
            and tables.start in states
            and tables.end in states
            and all(isinstance(pattern, str) for pair in tables.terminals for pattern in pair)
            and all(isinstance(name, str) for name in tables.ignored)
            and all(type(rule.size) is int and rule.size >= 0 and isinstance(rule.symbol, str) for rule in tables.rules)
            and all(to in states or ~to in rules for state in tables.states for to in state.values())
        )
    except (TypeError, AttributeError):
        return False
