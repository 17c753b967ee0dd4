"""Text → tree: a lexer of one regular expression, whose tokens language/lalr.py reduces by Lark's LALR(1) tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from graphdiff.display import escape_character
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.language.builder import TreeBuilder
from graphdiff.language.hints import PERCENT, SIGNS, misread_sign
from graphdiff.language.lalr import END, reduce_tokens
from graphdiff.language.tables import GRAMMAR, Tables, load, parse_by_tables
from graphdiff.language.tree import Statement
from graphdiff.language.words import BARS, ENDS_OF_OPERANDS, WORDS, Context
from graphdiff.source import LONGEST_TEXT, Source, Span

Parsed = TypeVar("Parsed")
OPENING = {"LPAR", "LSQB", "INDEX"}
CLOSING = {"RPAR", "RSQB"}
TRACKED = OPENING | CLOSING | {"IF", "FOR", "SEPARATOR"}
PARTNERS = {"(": ")", "[": "]", ")": "(", "]": "["}

FUNCTION = "write a function of x as f(x) = …"
SPELLINGS = {
    "{": "use parentheses: max(z, w), e^(-x)",
    "}": "use parentheses: max(z, w), e^(-x)",
    "|": "write the absolute value as |x| or abs(x), and a product with it as 2*|x|",
    "‖": "write the length of a vector as ‖x‖ or norm(x), that of (x, y) as hypot(x, y)",
    "∥": "write the length of a vector as ‖x‖ or norm(x), that of (x, y) as hypot(x, y)",
    "||": "write the length of a vector as ‖x‖ or norm(x), an absolute value in another as | |x| + y |",
    "∑": "write a sum as sum(x), or as sum(w[k]*x[k] for k in range(3))",
    "∏": "write a product as prod(x), or as prod(x[k] for k in range(3))",
    "∛": "write the cube root as cbrt(x)",
    "∂": "graphdiff computes the derivative itself: leave out the ∂",
    "∇": "graphdiff computes the gradient itself: leave out the ∇",
    "∞": "a value must be finite",
    "ⁿ": "write x^n",
    "½": "write 1/2",
    "—": "write minus as -",
    "°": "write an angle in degrees as x*pi/180",
    "$": "leave out the $",
    **dict.fromkeys('"“”„‘«»', "leave out the quotes"),
    "`": "a name in backticks ends with a backtick: `Pressure (kPa)`",
    "!": "x! is a factorial; to compare values, write !=",
    "\\": Hint("write the solution x of A @ x = b as solve(A, b); to read LaTeX, pass language='latex'", "latex"),
    **{mark: f"write the transpose x{mark} as x.T; a name cannot contain a prime: write x1" for mark in "'′’"},
    **dict.fromkeys("“”„‘", "leave out the quotes"),
    "∫": "graphdiff has no integrals",
    "→": FUNCTION,
    "±": "write two formulas, one with + and one with -; an uncertainty belongs to the value of an input: x=2±0.1",
    "∈": "values are passed by name: x=3",
    "&": "write 'and' between two conditions: a < b and b < c",
    "~": "write 'not' before a condition: not a < b",
    "?": "write a condition as a if x > 0 else b, or where(x > 0, a, b)",
    **{f".{sign}": f"operators work entry by entry: write {sign}" for sign in "^*/"},
    ".": "a name cannot contain a dot: write exp(x), not np.exp(x), and sum(x), not x.sum(); "
    "a decimal point needs a digit next to it",
}
"""What to write for characters that are not part of the language."""

SUMS = "write a sum over k as sum(x[k] for k in range(3))"
CONDITIONS = "write a condition as a if x > 0 else b, or where(x > 0, a, b)"
MISPLACED = {
    **{"FOR": SUMS, "IN": SUMS, "IF": CONDITIONS, "CLOSING_BAR": SPELLINGS["|"], "CLOSING_NORM": SPELLINGS["‖"]},
    "COLON": Hint("write a condition as where(x > 0, a, b), a slice as x[1:3]; pass values as x=3", "colon"),
}
"""What to write for words that cannot be names, and for other tokens where they stand."""
PAIRS = {
    "//": "write the whole part of a quotient as floor(x/y), a comment after #",
    "/*": "write a comment after #",
    **dict.fromkeys(("->", "=>", "@"), FUNCTION),
}
"""What to write for operators of other languages."""
_CALL = re.compile(r"[^\S\n]*\(")


def parse(source: Source, start: int = 0, end: int | None = None) -> list[Statement]:
    """Parse a source, or its part [start, end), to statements; spans count from the beginning of the source.

    Raises GraphdiffError: "syntax" at the first token that fits no program, "limit" beyond LONGEST_TEXT characters.
    """
    text = source.text
    end = len(text) if end is None else end
    if end - start > LONGEST_TEXT:
        message = f"the text has {end - start:,} characters; the limit is {LONGEST_TEXT:,}"
        raise GraphdiffError("limit", message, hint=Hint("pass an array as the value of an input", "text_size"))
    if not text.isascii() and (surrogate := re.search("[\ud800-\udfff]", text)):
        raise _character_error(source, surrogate.start())
    return by_tables(lambda: _parse(source, start, end))


def by_tables(read: Callable[[], Parsed]) -> Parsed:
    """What read returns, which parses text; it is called again if it fails because the cached tables are wrong."""
    return parse_by_tables(GRAMMAR, read, _parser.cache_clear)


def _parse(source: Source, start: int, end: int) -> list[Statement]:
    tables, lexer = _parser()
    tokens = _tokens(source, lexer, tables.ignored, start, end)

    def error(terminal: str, span: Span, previous: Span | None, expected: dict[str, int]) -> GraphdiffError:
        return _syntax_error(source, terminal, span, previous or (start, start), start, expected)

    statements: list[Statement] = reduce_tokens(tables, tokens, TreeBuilder(source), error)
    return statements


@lru_cache(maxsize=1)
def _parser() -> tuple[Tables, re.Pattern[str]]:
    tables = load()
    return tables, re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in tables.terminals))


def _tokens(
    source: Source, lexer: re.Pattern[str], ignored: Sequence[str], start: int, end: int
) -> Iterator[tuple[str, Span]]:
    """Each terminal with its span, without spaces, comments, and newlines inside brackets; the last is END.

    `with` is a keyword only after the body of a definition, elsewhere a name.
    """
    text = source.text
    context = Context()
    depth = 0
    is_equation = False
    last = ""
    places = 0  # in the statement
    position = start
    for match in lexer.finditer(text, start, end):
        span = match.span()
        if span[0] != position:
            break
        position = span[1]
        terminal = match.lastgroup
        assert terminal is not None  # every alternative of the lexer is a named group
        if terminal in ignored:
            continue
        if terminal in OPENING:
            depth += 1
        elif terminal in CLOSING:
            depth -= 1
        elif terminal == "SEPARATOR":
            if depth > 0 and ";" not in re.sub("#.*", "", match.group()):
                continue
            is_equation = False
        elif terminal in SIGNS and (problem := misread_sign(text, span, last if places == 1 else "")) is not None:
            raise GraphdiffError("syntax", problem.message, source, problem.span, problem.hint)
        elif terminal == "EQUAL":
            is_equation = is_equation or depth == 0
        elif terminal == "WITH" and not (is_equation and depth == 0 and last in ENDS_OF_OPERANDS):
            terminal = "CALLEE" if _CALL.match(text, position, end) else "NAME"
        elif (terminal == "NAME" or terminal == "CALLEE") and match.group() in WORDS:
            terminal = context.terminal_of(match.group(), terminal, last, text, position)
        elif terminal in BARS:
            terminal = BARS[terminal][last in ENDS_OF_OPERANDS]
            if terminal == "OPENING_BAR" and text.startswith("|", position):
                raise _character_error(source, span[0], 2)
        if terminal in TRACKED:
            context.read(terminal)
        places = 0 if terminal == "SEPARATOR" else places + 1
        last = terminal
        yield terminal, span
    if position != end:
        pair = text[position : position + 2]
        raise _character_error(source, position, len(pair) if pair in SPELLINGS else 1)
    yield END, (end, end)


def _character_error(source: Source, position: int, length: int = 1) -> GraphdiffError:
    character = source.text[position : position + length]
    label = f"'{character}'" if character.isprintable() else escape_character(character)
    hint = SPELLINGS.get(character)
    if not source.text[:position].strip() and character in "'’" and source.text.rstrip().endswith(("'", "’")):
        hint = SPELLINGS['"']  # around the whole text
    if hint is None and not character.isprintable():
        hint = "the text is not valid UTF-8" if "\ud800" <= character <= "\udfff" else "delete this character"
    return GraphdiffError("syntax", f"unexpected character {label}", source, (position, position + length), hint)


def _syntax_error(
    source: Source, terminal: str, span: Span, previous: Span, start: int, expected: dict[str, int]
) -> GraphdiffError:
    """The error for the first token that fits no rule; the previous one is valid."""
    opening = _unclosed_bracket(source, start, span[0])
    token = shorten(source.text[span[0] : span[1]])
    hint = None
    open_bracket = source.text[opening] if opening is not None else ""
    if terminal == END and not re.sub(r"#.*|[\s;]", "", source.text[start : previous[1]]):
        message = "the expression is empty"
        hint = "for example: (x + y)*z"
    elif terminal == "SEPARATOR" and opening is not None and token.startswith(";"):
        message = "unexpected ';' inside brackets"
        hint = "separate arguments and entries with ','"
        span = (span[0], span[0] + 1)
    elif terminal in (END, "SEPARATOR") and opening is not None:
        message = f"'{open_bracket}' was never closed"
        hint = f"the matching '{PARTNERS[open_bracket]}' is missing"
        span = (opening, opening + 1)
    elif "ELSE" in expected and terminal != "CLOSING_BAR":
        message = "'if' without 'else'"
        hint = CONDITIONS
    elif "CLOSING_BAR" in expected or "CLOSING_NORM" in expected:
        bar = "|" if "CLOSING_BAR" in expected else "‖"
        message = f"'{bar}' was never closed"
    elif terminal == END:
        symbol = source.text[previous[0] : previous[1]]
        message = f"expected an {'expression' if symbol in ('=', 'with') else 'operand'} after '{symbol}'"
        span = previous
    elif terminal in CLOSING and opening is None:
        message = f"unmatched '{token}'"
        hint = f"the matching '{PARTNERS[token]}' is missing"
    elif terminal in CLOSING and token != PARTNERS[open_bracket]:
        message = f"'{token}' does not match '{open_bracket}'"
        hint = f"expected '{PARTNERS[open_bracket]}'"
    elif terminal in MISPLACED:
        message = f"unexpected '{token}'"
        is_assignment = source.text[span[0] : span[1] + 1] == ":="
        hint = "write '=' in place of ':='" if is_assignment else MISPLACED[terminal]
    elif terminal == "WITH":
        message = "duplicate 'with'"
        hint = "separate the derivatives by several parameters with ','"
    elif terminal == "SEPARATOR":
        message = "unexpected end of the statement"
        hint = "to continue on the next line, use parentheses"
        span = (span[0], span[0] + 1)
    elif terminal == "EQUAL":
        message = "unexpected '='"
        hint = "to compare values, write ==" if previous[1] > start else "leave it out"
    elif terminal == "COMMA" and opening is None:
        message = "unexpected ','"
        hint = "write a decimal as 1.5; separate statements with ';'"
    else:
        message = f"unexpected '{token}'"
        before = source.text[previous[0] : previous[1]]
        hint = "expected a number, a name or '('" if "NAME" in expected else None
        hint = PAIRS.get(before + token, PAIRS.get(token, hint) if previous[1] == start else hint)
    if source.text[previous[0] : previous[1]] == "%":
        hint = PERCENT
    return GraphdiffError("syntax", message, source, span, hint)


def _unclosed_bracket(source: Source, start: int, end: int) -> int | None:
    """Where the innermost bracket that is open at end stands."""
    brackets = []
    for match in re.finditer(r"#.*|[()\[\]]", source.text[start:end]):
        if match.group() in "([":
            brackets.append(start + match.start())
        elif match.group() in ")]" and brackets:
            brackets.pop()
    return brackets[-1] if brackets else None
