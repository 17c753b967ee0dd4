"""Numbers in HTML, each marked with what it is and how it is written, so that the page can write it anew.

What it is: `value`, `upstream`, `gradient` of a node, or `local`, `jacobian`, `downstream` of a node's slot. How: with
the digits of tables or `drawn`, however large it is (`whole`), on one `line`, `signed` in parentheses where it is
negative.
"""

from __future__ import annotations

from graphdiff.drawing.circuit import LARGEST_DRAWN
from graphdiff.passes.values import Value
from graphdiff.report.html import escaped
from graphdiff.report.numbers import bracketed, drawn, one_line, rows_shown, shown


class Writer:
    """Writes numbers: in tables with so many digits, where they are drawn with others (None: two decimals)."""

    def __init__(self, digits: int, drawn_digits: int | None) -> None:
        self.digits = digits
        self.drawn_digits = drawn_digits

    def number(self, key: str, value: Value | None, *forms: str) -> str:
        """A marked number, as report/numbers writes it."""
        text = self.text(value, *forms)
        return f'<span data-of="{key}" data-as="{" ".join(forms)}">{escaped(text)}</span>'

    def text(self, value: Value | None, *forms: str) -> str:
        if "drawn" in forms:
            text = drawn(value, self.drawn_digits, LARGEST_DRAWN)
        else:
            text = rows_shown(value, self.digits) if "whole" in forms else shown(value, self.digits)
        if "line" in forms:
            text = one_line(text)
        return bracketed(text) if "signed" in forms else text


def formula(here: str, elsewhere: str) -> str:
    """A formula at this point, with the one that holds at other points where that is another."""
    marks = "" if here == elsewhere else f' data-here="{escaped(here)}" data-elsewhere="{escaped(elsewhere)}"'
    return f'<span class="formula"{marks}>{escaped(here)}</span>'
