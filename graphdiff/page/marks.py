"""Numbers in HTML, marked with their key and their forms, so that the page's script can update them.

A key is `value`, `upstream` or `gradient` and a node, or `local`, `jacobian` or `downstream`, a node and a slot. Forms:
`label`, as in drawings rather than tables; `whole`, written out whatever its size; `line`, on one line; `signed`, in
parentheses where it is negative.
"""

from __future__ import annotations

from collections.abc import Collection

from graphdiff.drawing.circuit import LARGEST_LABEL
from graphdiff.passes.values import Value
from graphdiff.report.html import escape_html
from graphdiff.report.numbers import format_label, format_rows, format_value, one_line, parenthesize


class Writer:
    """Writes numbers: with digits in tables, with label_digits in labels (None: two decimals). zeros are the keys of
    numbers that are 0 in labels."""

    def __init__(self, digits: int, label_digits: int | None, zeros: Collection[str]) -> None:
        self.digits = digits
        self.label_digits = label_digits
        self.zeros = zeros

    def number(self, key: str, value: Value | None, *forms: str) -> str:
        """A marked number with the text of report/numbers."""
        text = self.text(0.0 if "label" in forms and key in self.zeros else value, *forms)
        return f'<span data-of="{key}" data-as="{" ".join(forms)}">{escape_html(text)}</span>'

    def text(self, value: Value | None, *forms: str) -> str:
        if "label" in forms:
            text = format_label(value, self.label_digits, LARGEST_LABEL)
        else:
            text = format_rows(value, self.digits) if "whole" in forms else format_value(value, self.digits)
        if "line" in forms:
            text = one_line(text)
        return parenthesize(text) if "signed" in forms else text


def formula(here: str, elsewhere: str) -> str:
    """A formula at this point, and if it differs, the one at other points as data."""
    marks = "" if here == elsewhere else f' data-here="{escape_html(here)}" data-elsewhere="{escape_html(elsewhere)}"'
    return f'<span class="formula"{marks}>{escape_html(here)}</span>'


def here_html(line: str) -> str:
    """A line about the numbers at this point, which disappears when an input is edited."""
    return f'<p class="accuracy" data-here="{escape_html(line)}" data-elsewhere="">{escape_html(line)}</p>'
