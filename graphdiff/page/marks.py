"""Numbers in HTML, each marked with what it is and how it is written, so that the page can write it anew.

What it is: `value`, `upstream`, `gradient` of a node, or `local`, `jacobian`, `downstream` of a node's slot. How: with
the digits of tables or `drawn`, however large it is (`whole`), on one `line`, `signed` in parentheses where it is
negative.
"""

from __future__ import annotations

from graphdiff.drawing.circuit import LARGEST_LABEL
from graphdiff.passes.values import Value
from graphdiff.report.html import escape_html
from graphdiff.report.numbers import format_label, format_rows, format_value, one_line, parenthesize


class Writer:
    """Writes numbers: in tables with so many digits, where they are drawn with others (None: two decimals)."""

    def __init__(self, digits: int, drawn_digits: int | None) -> None:
        self.digits = digits
        self.drawn_digits = drawn_digits

    def number(self, key: str, value: Value | None, *forms: str) -> str:
        """A marked number, as report/numbers writes it."""
        text = self.text(value, *forms)
        return f'<span data-of="{key}" data-as="{" ".join(forms)}">{escape_html(text)}</span>'

    def text(self, value: Value | None, *forms: str) -> str:
        if "drawn" in forms:
            text = format_label(value, self.drawn_digits, LARGEST_LABEL)
        else:
            text = format_rows(value, self.digits) if "whole" in forms else format_value(value, self.digits)
        if "line" in forms:
            text = one_line(text)
        return parenthesize(text) if "signed" in forms else text


def formula(here: str, elsewhere: str) -> str:
    """A formula at this point, with the one that holds at other points where that is another."""
    marks = "" if here == elsewhere else f' data-here="{escape_html(here)}" data-elsewhere="{escape_html(elsewhere)}"'
    return f'<span class="formula"{marks}>{escape_html(here)}</span>'
