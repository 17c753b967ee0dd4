"""LaTeX → tokens of grammar/latex.lark: commands are sorted, and separators, bars and single digits recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from graphdiff.display import escape_character
from graphdiff.errors import ErrorKind, GraphdiffError, shorten
from graphdiff.language.lalr import END as END_OF_TEXT
from graphdiff.reading.latex import commands
from graphdiff.reading.latex.places import find_formulas, stands_alone
from graphdiff.reading.latex.words import Words
from graphdiff.source import Source, Span

_ARGUMENT = re.compile(r"\s*\{[^{}]*\}")
_EXPONENT = re.compile(r"[eE][+-]\d+")
_OPERANDS = "NUMBER LETTER SYMBOL WORD TEXT CLOSE RBRACE END PRIME BANG DOTS"
_ENDS_OF_OPERANDS = frozenset(_OPERANDS.split())
_ARGUMENTS = {"UNDERSCORE": 1, "CIRCUMFLEX": 1, "FRACTION": 2, "ROOT": 1, "ACCENT": 1}
_SINGLE = "NUMBER LETTER SYMBOL WORD TEXT FUNCTION DOTS OPERATOR COMMAND"
_WHOLE_ARGUMENTS = frozenset(_SINGLE.split())
_BROKEN = re.compile(r"\\right\s*\.(?:\s|&|\\\\|\\(?:quad|qquad|nonumber|notag|[,;:! ]))*\\left\s*\.")
"""Brackets over several lines: `\\left( a \\right. \\\\ \\left. + b \\right)`."""
_STRONG, _LINE, _SPACE = 3, 2, 1
"""How strongly statements are separated: by a comma or words, by a new line, by a wide space."""


class Opened(NamedTuple):
    """A bracket or an environment that is open; pending is how many arguments were expected before it."""

    kind: str
    pending: int
    span: Span


class Tokenizer:
    """The tokens of one text; words tells which runs of letters are one name."""

    def __init__(self, source: Source, lexer: re.Pattern[str], words: Words) -> None:
        self.source = source
        self.text = source.text
        self.lexer = lexer
        self.words = words
        self.opened: list[Opened] = []
        self.last = ""
        self.pending = 0
        self.columns = 0
        self.separator = 0
        self.separator_span: Span = (0, 0)
        self.ready: list[tuple[str, Span]] = []
        self.side = ""
        self.outside = ""
        self.is_marked = False

    def tokens(self) -> Iterator[tuple[str, Span]]:
        """Each terminal with its span; the last is END_OF_TEXT."""
        spans, self.outside = find_formulas(self.source)
        self.is_marked = bool(spans)
        for start, end in spans or [(0, len(self.text))]:
            self.separate(_STRONG, (start, start))
            position = start
            while position < end:
                match = self.lexer.match(self.text, position, end)
                if match is None:
                    raise self.character_error(position)
                position = self.read(match, end, is_bare=not spans)
                yield from self.ready
                self.ready.clear()
        if self.opened:
            raise self.never_closed(self.opened[-1])
        yield END_OF_TEXT, (len(self.text), len(self.text))

    def read(self, match: re.Match[str], end: int, is_bare: bool) -> int:
        """Read one token; return where the next begins."""
        terminal, span = match.lastgroup or "", match.span()
        side, self.side = self.side, ""
        if terminal == "SPACE":
            self.side = side
            if is_bare and "\n" in match.group():
                self.separate(_LINE, span)
        elif terminal == "COMMAND":
            return self.command(match.group(), span, side, end)
        elif terminal == "LETTER":
            return self.letters(span, end)
        elif terminal == "NUMBER" and self.pending and span[1] - span[0] > 1 and match.group()[0] != ".":
            self.emit(terminal, (span[0], span[0] + 1))  # LaTeX takes one digit: \frac12, x^23
            return span[0] + 1
        elif terminal == "NUMBER" and (exponent := _EXPONENT.match(self.text, span[1], end)) is not None:
            span = (span[0], exponent.end())
            hint = r"write a power of ten as 10^{-3}, and a difference from a multiple of e with spaces"
            raise self.error(f"'{shorten(self.text[slice(*span)])}' has two meanings", span, hint)
        elif terminal == "BAR":
            return self.bar(span, side)
        elif terminal in ("OPEN", "CLOSE"):
            self.bracket(terminal, span)
        elif side and match.group() in "<>.":
            self.bracket("OPEN" if side == "left" else "CLOSE", span)
        elif terminal in ("BEGIN", "END"):
            self.environment(terminal, span)
        elif terminal == "NEWROW":
            self.row(span)
        elif terminal == "AMPERSAND":
            self.ampersand(span)
        elif terminal in ("COMMA", "SEPARATOR", "STOP"):
            self.punctuation(terminal, span)
        elif terminal == "TEXT":
            self.wording(self.words.text_kind(match.group(), self.text[span[1] : span[1] + 12]), span)
        else:
            self.emit(terminal, span)
        return span[1]

    def emit(self, terminal: str, span: Span) -> None:
        """Add a token, after the separator before it if that separates."""
        if self.separator:
            sign = self.text[slice(*span)] if terminal == "SIGN" else ""
            continues = terminal in ("RELATION", "OPERATOR") or (
                terminal == "SIGN" and (self.separator == _LINE or (sign == "+" and self.separator == _SPACE))
            )
            if self.last in _ENDS_OF_OPERANDS and not continues:
                self.ready.append(("SEPARATOR", self.separator_span))
                self.columns = 0
            self.separator = 0
        if self.pending and terminal in _WHOLE_ARGUMENTS:
            self.pending -= 1
        if terminal in _ARGUMENTS:
            self.pending = max(self.pending - (terminal not in ("UNDERSCORE", "CIRCUMFLEX")), 0) + _ARGUMENTS[terminal]
        if terminal == "LBRACE":
            self.opened.append(Opened("{", self.pending, span))
            self.pending = 0
        elif terminal == "RBRACE":
            if not self.opened or self.opened[-1].kind != "{":
                raise self.unmatched(span)
            self.pending = max(self.opened.pop().pending - 1, 0)
        self.last = terminal
        self.ready.append((terminal, span))

    def separate(self, strength: int, span: Span) -> None:
        """Note a place between statements, if no bracket is open; before the first it means nothing."""
        if not self.opened and self.last:
            if not self.separator:
                self.separator_span = span
            self.separator = max(self.separator, strength)

    def letters(self, span: Span, end: int) -> int:
        """A run of letters: one name, or a name each; return where the next token begins."""
        run = self.text[span[0] : span[1]]
        if self.pending:  # LaTeX takes one letter: x_max is x_m ax
            if len(run) > 2:
                self.words.note_script(self.text[max(span[0] - 2, 0) : span[1]], run)
            self.emit("LETTER", (span[0], span[0] + 1))
            return span[0] + 1
        kind = self.words.kind(run, self.text[span[1] : span[1] + 12])
        if kind is not None:
            self.emit(kind, span)
        else:
            for position in range(*span):
                self.emit("LETTER", (position, position + 1))
        return span[1]

    def command(self, command: str, span: Span, side: str, end: int) -> int:
        """A command by what it is; return where the next token begins."""
        if command == r"\right" and (broken := _BROKEN.match(self.text, span[0], end)) is not None:
            return broken.end()
        if command in (r"\left", r"\right", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr"):
            self.side = "right" if command.endswith("r") or command == r"\right" else "left"
        elif command in commands.WITH_ARGUMENT:
            match = _ARGUMENT.match(self.text, span[1], end)
            return match.end() if match is not None else span[1]
        elif command in (r"\quad", r"\qquad"):
            self.separate(_SPACE, span)
        elif command in commands.SPACING:
            self.side = side
        elif command == r"\not":
            match = self.lexer.match(self.text, span[1], end)
            if match is None or match.lastgroup not in ("RELATION", "COMMAND"):
                raise self.error(r"expected a relation after \not", span, r"write \neq for 'not equal'")
            self.emit("RELATION", (span[0], match.end()))
            return match.end()
        elif command in commands.BARS:
            return self.bar(span, side)
        elif command in commands.OPENING or command in commands.CLOSING:
            self.bracket("OPEN" if command in commands.OPENING else "CLOSE", span)
        else:
            self.emit(self.terminal_of(command), span)
        return span[1]

    def terminal_of(self, command: str) -> str:
        is_script = self.last == "CIRCUMFLEX" or (self.last == "LBRACE" and self.opened[-1].pending > 0)
        if command in commands.OPERATORS and not (command in commands.LETTERS and is_script):
            return "OPERATOR"
        for terminal, table in (
            ("SYMBOL", commands.LETTERS),
            ("RELATION", commands.RELATIONS),
            ("FRACTION", commands.FRACTIONS),
            ("ACCENT", commands.ACCENTS),
            ("ACCENT", commands.STYLES),
            ("ACCENT", commands.GROUPING),
            ("ACCENT", commands.BRACES),
            ("BIG", commands.BIG),
            ("DOTS", commands.DOTS),
            ("SIGN", commands.SIGNS),
            ("COMMA", commands.CONNECTIVES),
        ):
            if command in table:
                return terminal
        if command == r"\sqrt":
            return "ROOT"
        if command in (r"\over", r"\choose"):
            return "OVER"
        return "FUNCTION" if self.words.is_function_command(command) else "COMMAND"

    def bracket(self, terminal: str, span: Span) -> None:
        if terminal == "OPEN":
            terminal = "DEGREE" if self.last == "ROOT" and self.text[span[0]] == "[" else "OPEN"
            self.emit(terminal, span)
            self.opened.append(Opened("(", self.pending if terminal == "DEGREE" else 0, span))
            self.pending = 0
            return
        if not self.opened or self.opened[-1].kind != "(":
            raise self.unmatched(span)
        self.emit("CLOSE", span)
        self.pending = self.opened.pop().pending

    def bar(self, span: Span, side: str) -> int:
        """A bar opens where an operand is expected, or after \\left; elsewhere it closes, if one is open."""
        is_open = bool(self.opened) and self.opened[-1].kind == self.text_of_bar(span)
        closes = is_open and self.last in _ENDS_OF_OPERANDS
        if self.text[span[0] : span[1]] == "||" and not is_open:
            single = bool(self.opened) and self.opened[-1].kind == "|"
            if single and (self.last in _ENDS_OF_OPERANDS or self.text.find("||", span[1]) < 0):
                span = (span[0], span[0] + 1)  # |x||y|
                closes = self.last in _ENDS_OF_OPERANDS
        if side:
            span = (span[0], span[0] + 1) if self.text[span[0] : span[1]] == "||" else span
            closes = side == "right"
        if not closes and not side and self.last in _ENDS_OF_OPERANDS and self.is_alone(span):
            self.words.notes.add(f"'{self.text[slice(*span)]}' in brackets is read as a comma")
            self.emit("COMMA", span)
        elif closes:
            if not self.opened or self.opened[-1].kind not in "|‖":
                raise self.unmatched(span)
            self.emit("CLOSE", span)
            self.pending = self.opened.pop().pending
        else:
            self.emit("OPEN", span)
            self.opened.append(Opened(self.text_of_bar(span), 0, span))
            self.pending = 0
        return span[1]

    def is_alone(self, span: Span) -> bool:
        return bool(self.opened) and self.opened[-1].kind == "(" and stands_alone(self.text, span[1])

    def text_of_bar(self, span: Span) -> str:
        return commands.BARS[self.text[span[0] : span[1]]]

    def environment(self, terminal: str, span: Span) -> None:
        name = self.text[span[0] : span[1]].partition("{")[2].partition("}")[0]
        if name in commands.LINES:
            self.separate(_STRONG, span)
            self.columns = 0
        elif name not in commands.MATRICES:
            raise self.error(f"unknown environment '{shorten(name)}'", span)
        elif terminal == "BEGIN":
            self.emit(terminal, span)
            self.opened.append(Opened(name, self.pending, span))
            self.pending = 0
        else:
            if not self.opened or self.opened[-1].kind != name:
                raise self.unmatched(span)
            self.pending = self.opened.pop().pending
            self.emit(terminal, span)

    def row(self, span: Span) -> None:
        if self.opened and self.opened[-1].kind in commands.MATRICES:
            self.emit("NEWROW", span)
        elif self.opened and self.text.endswith(r"\substack", 0, self.opened[-1].span[0]):
            self.emit("COMMA", span)
        else:
            self.separate(_LINE, span)
            self.columns = 0

    def ampersand(self, span: Span) -> None:
        """A new cell; in aligned lines every second one begins another formula."""
        if self.opened and self.opened[-1].kind in commands.MATRICES:
            self.emit("AMPERSAND", span)
        else:
            self.columns += 1
            if self.columns % 2 == 0:
                self.separate(_STRONG, span)

    def punctuation(self, terminal: str, span: Span) -> None:
        """A comma: between items in brackets, elsewhere between statements."""
        if not self.opened:
            self.check_decimal_comma(span)
            self.separate(_STRONG, span)
        elif terminal == "COMMA":
            end = re.compile(r"(?:\s|\\[,;:! ]|\\quad)*(?:&|\\\\|\\end)").match(self.text, span[1])
            if end is None or self.opened[-1].kind not in commands.MATRICES:
                self.emit("COMMA", span)
        elif terminal == "SEPARATOR":
            self.emit("COMMA", span)  # f(x; \\theta)
        elif self.opened[-1].kind not in commands.MATRICES:
            raise self.character_error(span[0])

    def check_decimal_comma(self, span: Span) -> None:
        if re.compile(r"\d,\d").match(self.text, max(span[0] - 1, 0)) and self.last == "NUMBER":
            raise self.error("a comma between two digits", span, r"write 1.5 for a decimal, 1\,000 for thousands")

    def wording(self, kind: str, span: Span) -> None:
        """Words in a formula: they separate statements, and join or introduce conditions in brackets."""
        if kind in ("WORD", "FUNCTION"):
            self.emit(kind, span)
        elif not self.opened:
            self.separate(_STRONG, span)
        elif kind == "CONNECTIVE":
            self.emit("COMMA", span)
        elif kind == "OTHERWISE":
            self.emit("TEXT", span)

    # Errors

    def never_closed(self, opened: Opened) -> GraphdiffError:
        label = shorten(self.text[opened.span[0] : opened.span[1]])
        return self.error(f"'{label}' was never closed", opened.span)

    def unmatched(self, span: Span) -> GraphdiffError:
        label = shorten(self.text[span[0] : span[1]])
        if self.opened:
            opened = self.opened[-1].span
            return self.error(f"'{label}' does not match '{shorten(self.text[opened[0] : opened[1]])}'", span)
        return self.error(f"unmatched '{label}'", span)

    def character_error(self, position: int) -> GraphdiffError:
        character = self.text[position]
        label = f"'{character}'" if character.isprintable() else escape_character(character)
        return self.error(f"unexpected character {label}", (position, position + 1), commands.HINTS.get(character))

    def error(self, message: str, span: Span, hint: str | None = None, kind: ErrorKind = "syntax") -> GraphdiffError:
        return GraphdiffError(kind, message, self.source, span, hint)
