"""Text → tree: a lexer of one regular expression, and the tables that Lark made run with two stacks.

Nothing here recurses, so text may be nested as deep as it is long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from graphdiff.display import escaped
from graphdiff.errors import GraphdiffError, Hint, shortened
from graphdiff.language.builder import TreeBuilder
from graphdiff.language.tables import Tables, load
from graphdiff.language.tree import Statement
from graphdiff.source import LONGEST_TEXT, Source, Span

END = "$END"
OPENING = {"LPAR", "LSQB", "INDEX"}
CLOSING = {"RPAR", "RSQB"}
ENDS_OF_OPERANDS = {"NAME", "NUMBER", "RPAR", "RSQB", "SUPERSCRIPT", "TRANSPOSE"}
PARTNERS = {"(": ")", "[": "]", ")": "(", "]": "["}

# What people type that the language spells otherwise.
SPELLINGS = {
    "{": "write round brackets: max(z, w), e^(-x)",
    "}": "write round brackets: max(z, w), e^(-x)",
    "|": "the absolute value is abs(x)",
    "‖": "the length of a vector is norm(x), of (x, y) hypot(x, y)",
    "∥": "the length of a vector is norm(x), of (x, y) hypot(x, y)",
    "∑": "a sum is sum(x), or sum(w[k]*x[k] for k in range(3))",
    "∏": "a product is prod(x), or prod(x[k] for k in range(3))",
    "∛": "the cube root is cbrt(x)",
    "∂": "the derivative is what graphdiff works out: leave out ∂",
    "∇": "the gradient is what graphdiff works out: leave out ∇",
    "∞": "a value must be finite",
    "ⁿ": "write x^n",
    "½": "write 1/2",
    "—": "minus is -",
    "°": "an angle in degrees is x*pi/180",
    "$": "leave the $ out",
    '"': "leave the quotes out",
    "`": "leave the quotes out",
    "!": "a factorial is not differentiable; to compare, write !=",
    "\\": "LaTeX is not read: write a/b for \\frac{a}{b}, sigma for \\sigma",
    "%": "the remainder is x - y*floor(x/y); a percentage is a number, 0.05",
    "'": "a name has no prime: write x1 for x'",
    "′": "a name has no prime: write x1 for x′",
    "’": "a name has no prime: write x1 for x’",
    "&": "and is a product of comparisons: (a < b)*(b < c)",
    "~": "not is 1 - x",
    "?": "a condition is where(x > 0, a, b)",
    ".": "a name has no dot (exp(x), not np.exp(x); sum(x), not x.sum()); a decimal point stands beside a digit",
}


SUMS = "a sum over k is sum(x[k] for k in range(3))"
RESERVED = {"FOR": SUMS, "IN": SUMS, "IF": "a condition is where(x > 0, a, b)"}
"""Words that are no names."""
_CALL = re.compile(r"[^\S\n]*\(")


def parse(source: Source, start: int = 0, end: int | None = None) -> list[Statement]:
    """The statements of a source, or of its part [start, end); spans count from its beginning.

    Raises GraphdiffError: "syntax" at the first place that no program can have, "limit" beyond LONGEST_TEXT.
    """
    text = source.text
    end = len(text) if end is None else end
    if end - start > LONGEST_TEXT:
        message = f"the text has {end - start:,} characters; the limit is {LONGEST_TEXT:,}"
        raise GraphdiffError("limit", message, hint=Hint("pass an array as the value of an input", "text_size"))
    tables, lexer = _parser()
    states, rules, final = tables.states, tables.rules, tables.end
    builder = TreeBuilder(source)
    methods: list[Callable[..., Any] | None] = [
        getattr(builder, rule.method) if rule.method else None for rule in rules
    ]
    if not text.isascii() and (lost := re.search("[\ud800-\udfff]", text)):
        raise _character_error(source, lost.start())
    stack = [tables.start]
    values: list[Any] = []
    previous = (start, start)
    for terminal, span in _tokens(source, lexer, tables.ignored, start, end):
        action = states[stack[-1]].get(terminal)
        while action is None or action < 0:
            if action is None:
                raise _syntax_error(source, terminal, span, previous, start, states[stack[-1]])
            symbol, size, _ = rules[~action]
            method = methods[~action]
            if method is not None:
                first = len(values) - size
                values[first:] = [method(*values[first:])]
            del stack[len(stack) - size :]
            stack.append(states[stack[-1]][symbol])
            if stack[-1] == final:
                break
            action = states[stack[-1]].get(terminal)
        else:
            stack.append(action)
            values.append(span)
            previous = span
    statements: list[Statement] = values[0]
    return statements


@lru_cache(maxsize=1)
def _parser() -> tuple[Tables, re.Pattern[str]]:
    tables = load()
    return tables, re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in tables.terminals))


def _tokens(
    source: Source, lexer: re.Pattern[str], ignored: Sequence[str], start: int, end: int
) -> Iterator[tuple[str, Span]]:
    """Each terminal with its span, without space, comments, and newlines inside brackets; END at the last.

    `with` is a name but behind the body of a definition.
    """
    text = source.text
    depth = 0
    is_equation = False
    last = ""
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
        elif terminal == "EQUAL":
            is_equation = is_equation or depth == 0
        elif terminal == "WITH" and not (is_equation and depth == 0 and last in ENDS_OF_OPERANDS):
            terminal = "CALLEE" if _CALL.match(text, position, end) else "NAME"
        last = terminal
        yield terminal, span
    if position != end:
        raise _character_error(source, position)
    yield END, (end, end)


def _character_error(source: Source, position: int) -> GraphdiffError:
    character = source.text[position]
    shown = f"'{character}'" if character.isprintable() else escaped(character)
    hint = SPELLINGS.get(character)
    if hint is None and not character.isprintable():
        hint = "the text is not valid UTF-8" if "\ud800" <= character <= "\udfff" else "delete this character"
    return GraphdiffError("syntax", f"unexpected character {shown}", source, (position, position + 1), hint)


def _syntax_error(
    source: Source, terminal: str, span: Span, previous: Span, start: int, expected: dict[str, int]
) -> GraphdiffError:
    """Says what a reader would say of the first token that fits nowhere, and follows the previous one."""
    opened = _unclosed_bracket(source, start, span[0])
    token = shortened(source.text[span[0] : span[1]])
    hint = None
    open_bracket = source.text[opened] if opened is not None else ""
    if terminal == END and not re.sub(r"#.*|[\s;]", "", source.text[start : previous[1]]):
        message = "the expression is empty"
        hint = "for example: (x + y)*z"
    elif terminal == "SEPARATOR" and opened is not None and token.startswith(";"):
        message = "';' inside brackets"
        hint = "arguments and entries are separated by ','"
        span = (span[0], span[0] + 1)
    elif terminal in (END, "SEPARATOR") and opened is not None:
        message = f"'{open_bracket}' is never closed"
        hint = f"its '{PARTNERS[open_bracket]}' is missing"
        span = (opened, opened + 1)
    elif terminal == END:
        message = "the expression ends too early"
        hint = f"'{source.text[previous[0] : previous[1]]}' wants an operand after it"
        span = previous
    elif terminal in CLOSING and opened is None:
        message = f"'{token}' closes nothing"
        hint = f"its '{PARTNERS[token]}' is missing"
    elif terminal in CLOSING and token != PARTNERS[open_bracket]:
        message = f"'{token}' does not close '{open_bracket}'"
        hint = f"its '{PARTNERS[open_bracket]}' is missing"
    elif terminal in ("FOR", "IN", "IF"):
        message = f"'{token}' has no place here"
        hint = RESERVED[terminal]
    elif terminal == "WITH":
        message = "a second 'with'"
        hint = "derivatives by several parameters are separated by ','"
    elif terminal == "COLON":
        message = "unexpected ':'"
        hint = Hint("a condition is where(x > 0, a, b), a value is passed as x=3, a slice is x[1:3]", "colon")
    elif terminal == "SEPARATOR":
        message = "the line ends too early"
        hint = "a line that goes on is put in brackets"
        span = (span[0], span[0] + 1)
    elif terminal == "EQUAL":
        message = "unexpected '='"
        hint = "to compare, write ==" if previous[1] > start else "leave it out"
    elif terminal == "COMMA" and opened is None:
        message = "unexpected ','"
        hint = "a decimal is written 1.5, statements are separated by ';'"
    else:
        message = f"unexpected '{token}'"
        if "NAME" in expected:
            hint = "a number, a name or '(' was expected here"
    return GraphdiffError("syntax", message, source, span, hint)


def _unclosed_bracket(source: Source, start: int, end: int) -> int | None:
    """Where the innermost bracket that is open at end was opened."""
    opened = []
    for match in re.finditer(r"#.*|[()\[\]]", source.text[start:end]):
        if match.group() in "([":
            opened.append(start + match.start())
        elif match.group() in ")]" and opened:
            opened.pop()
    return opened[-1] if opened else None
