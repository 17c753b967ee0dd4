"""Worksheet → a LaTeX document with one page for each variant."""

from __future__ import annotations

from collections.abc import Iterator

from graphdiff.drawing.tikz import tikz_picture
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Cell, Table
from graphdiff.writing.latex_names import text_latex

PREAMBLE = r"""\documentclass{article}
\usepackage[a4paper, margin=2cm]{geometry}
\usepackage{graphicx}
\usepackage{longtable}
\usepackage{tikz}
\pagestyle{empty}
\setlength{\parindent}{0pt}
\setlength{\LTleft}{0pt}
\setlength{\lineskip}{8pt}
\raggedright
\renewcommand{\arraystretch}{1.35}
% What is wider than the page, or a circuit that is too high for it, is made smaller.
\newsavebox{\whole}
\newcommand{\narrow}{\ifdim\wd\whole>\linewidth\sbox{\whole}{\resizebox{\linewidth}{!}{\usebox{\whole}}}\fi}
\newcommand{\low}{\ifdim\ht\whole>.75\textheight\sbox{\whole}{\resizebox{!}{.75\textheight}{\usebox{\whole}}}\fi}
\newcommand{\fit}{\leavevmode\narrow\low\usebox{\whole}}
\newcommand{\blank}{\fbox{\rule{0pt}{1.4ex}\hspace{4em}}}
\begin{document}"""
MOST_ROWS = 25
"""Rows of a table that stays on one page."""
END = r"\end{document}"


def tex(worksheet: Worksheet, is_key: bool) -> str:
    """A worksheet, or its key, as a LaTeX document in ASCII.

    Raises GraphdiffError("limit") where a circuit is too large for TeX.
    """
    return "\n".join(_document(worksheet, is_key)) + "\n"


def _document(worksheet: Worksheet, is_key: bool) -> Iterator[str]:
    yield PREAMBLE
    for sheet in worksheet.sheets:
        if sheet.number > 1:
            yield r"\newpage"
        yield from _sheet(worksheet, sheet, is_key)
    yield END


def _sheet(worksheet: Worksheet, sheet: Sheet, is_key: bool) -> Iterator[str]:
    note = "Key" if is_key else r"Name: \rule{6cm}{0.4pt}"
    yield rf"\textbf{{\Large Variant {sheet.number}}}\hfill {note}"
    for line in (*worksheet.lines, sheet.point):
        yield rf"\par\smallskip\texttt{{{text_latex(line)}}}"
    task = text_latex(worksheet.task.text if is_key else f"{worksheet.task.text} {ROUNDING}")
    yield rf"\par\medskip {task}\par\medskip"
    picture, _ = tikz_picture(sheet.picture(worksheet.title, is_key))
    yield from _fitted(picture)
    yield r"\par\medskip"
    for table in sheet.tables:  # short ones beside each other where they fit
        lines = list(_table(table, is_key))
        yield from lines if len(table.rows) > MOST_ROWS else _fitted(lines)
        yield r"\quad"


def _fitted(lines: list[str]) -> Iterator[str]:
    yield r"\begin{lrbox}{\whole}%"
    yield from lines[:-1]
    yield f"{lines[-1]}%"
    yield r"\end{lrbox}\fit"


def _table(table: Table, is_key: bool) -> Iterator[str]:
    columns = "".join("r" if column.is_number else "l" for column in table.columns)
    is_long = len(table.rows) > MOST_ROWS
    yield rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}" if is_long else rf"\begin{{tabular}}[t]{{@{{}}{columns}@{{}}}}"
    yield rf"\multicolumn{{{len(columns)}}}{{@{{}}l@{{}}}}{{\textbf{{{text_latex(table.title)}}}}} \\"
    yield rf"{' & '.join(text_latex(column.name) for column in table.columns)} \\ \hline"
    for row in table.rows:
        yield rf"{' & '.join(_cell(cell, is_key) for cell in row)} \\"
    yield r"\end{longtable}" if is_long else r"\end{tabular}"


def _cell(cell: Cell, is_key: bool) -> str:
    if isinstance(cell, str):
        return rf"\texttt{{{text_latex(cell)}}}"
    return rf"\textbf{{\texttt{{{text_latex(cell.text)}}}}}" if is_key else r"\blank"
