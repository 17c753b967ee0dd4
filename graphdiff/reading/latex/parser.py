"""LaTeX → the tree of each of its formulas, in linear time and without recursion."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.lalr import END, reduce_tokens
from graphdiff.language.tables import LATEX_GRAMMAR, Tables, load, parse_by_tables
from graphdiff.reading.latex.builder import TreeBuilder
from graphdiff.reading.latex.tokens import Tokenizer
from graphdiff.reading.latex.tree import Tree
from graphdiff.reading.latex.words import Words
from graphdiff.source import LONGEST_TEXT, Source, Span

_HINTS = {
    "SEPARATOR": "the formula ends here: to continue it, begin the next line with an operator",
    "CIRCUMFLEX": "a script needs a base: write {}^2 for an empty one",
    "UNDERSCORE": "a script needs a base",
    "RELATION": "an equation needs a formula on each side",
}


@lru_cache(maxsize=1)
def _parser() -> tuple[Tables, re.Pattern[str]]:
    tables = load(LATEX_GRAMMAR)
    return tables, re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in tables.terminals))


def parse(source: Source, words: Callable[[], Words]) -> tuple[list[Tree], Tokenizer]:
    """Parse a text to its formulas, and return its tokenizer too; words returns the words of the text.

    Raises GraphdiffError: "syntax" at the first token that fits no formula, "limit" beyond LONGEST_TEXT characters.
    """
    if len(source.text) > LONGEST_TEXT:
        message = f"the text has {len(source.text):,} characters; the limit is {LONGEST_TEXT:,}"
        raise GraphdiffError("limit", message)
    return parse_by_tables(LATEX_GRAMMAR, lambda: _parse(source, words()), _parser.cache_clear)


def _parse(source: Source, words: Words) -> tuple[list[Tree], Tokenizer]:
    tables, lexer = _parser()
    tokenizer = Tokenizer(source, lexer, words)

    def unexpected(terminal: str, span: Span, previous: Span | None, expected: dict[str, int]) -> GraphdiffError:
        before = shorten(source.text[previous[0] : previous[1]]) if previous is not None else ""
        token = shorten(source.text[span[0] : span[1]])
        if terminal == END and previous is None:
            return GraphdiffError("syntax", "the formula is empty", source, span, r"for example: \frac{x}{1 + x}")
        if (terminal == END or terminal in _HINTS or terminal == "RBRACE") and "NUMBER" in expected:
            assert previous is not None or terminal != END
            where = previous or span
            if previous is not None:
                return GraphdiffError("syntax", f"expected an operand after '{before}'", source, where)
        hint = _HINTS.get(terminal)
        if previous is not None and before in ("^", "_"):
            hint = f"write braces around a script: {before}{{…}}"
        return GraphdiffError("syntax", f"unexpected '{token}'", source, span, hint)

    formulas: list[Tree] = reduce_tokens(tables, tokenizer.tokens(), TreeBuilder(source), unexpected)
    return formulas, tokenizer
