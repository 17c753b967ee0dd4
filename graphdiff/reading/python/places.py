"""Places of a syntax tree, as offsets in the characters of its text."""

from __future__ import annotations

import ast
import re

from graphdiff.source import Span

_LINE_END = re.compile(r"\r\n|\r|\n")


class Places:
    """Turns the lines and bytes of Python's syntax trees into spans.

    first_line is the number that the tree gives to the first line of the text.
    """

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text = text
        self.first_line = first_line
        self.starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line, counted as the tree does, and a column in bytes of UTF-8."""
        number = line - self.first_line
        start = self.starts[number]
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        if self.text.isascii():
            return min(start + column, end)
        return start + len(self.text[start:end].encode()[:column].decode(errors="ignore"))

    def span(self, node: ast.AST) -> Span:
        """The place of an expression, a statement, an argument or a keyword."""
        assert isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.alias))
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def line(self, node: ast.expr | ast.stmt) -> int:
        """The number of the line of a node in the text, counted from 1."""
        return node.lineno - self.first_line + 1
