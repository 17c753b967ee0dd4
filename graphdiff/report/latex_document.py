"""What LaTeX documents are made of: the preamble, calculations, paragraphs and notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, zip_longest

from graphdiff.graph.graph import Graph
from graphdiff.textbook.notes import Note
from graphdiff.writing.latex import graph_latex
from graphdiff.writing.latex_names import text_latex
from graphdiff.writing.text import expression_length

WIDE = 150
"""Characters beyond which a stage may be wider than the page."""
LONGEST_FORMULA = 3000
MOST_LINES, DEEPEST_FORMULA = 40, 12
"""A formula with more characters, more lines or deeper nesting is not written out."""
PREAMBLE = r"""\documentclass{article}
\usepackage[a4paper, margin=2cm]{geometry}
\usepackage{amsmath}
\usepackage{graphicx}
\setlength{\parindent}{0pt}
\raggedright
\lineskiplimit=4pt \lineskip=6pt
\medmuskip=4mu \thickmuskip=5mu \relpenalty=10000
% What is wider than the page is made smaller.
\newsavebox{\whole}
\newlength{\room}
\setlength{\room}{\dimexpr\linewidth-4em\relax}
\newcommand{\fit}[1]{\sbox{\whole}{$\displaystyle #1$}%
  \ifdim\wd\whole>\room\resizebox{\room}{!}{\usebox{\whole}}\else\usebox{\whole}\fi}
% A calculation, broken before = and at other signs where it is long.
\newcommand{\calculation}[1]{\par\smallskip\hangindent=2em $\displaystyle #1$\par}
\begin{document}"""
END = r"\end{document}"


def formula_latex(graph: Graph, write: Callable[[], str]) -> str | None:
    """The LaTeX that write() returns for a graph; None where it is too long or too deeply nested to typeset."""
    if expression_length(graph) > LONGEST_FORMULA:
        return None
    formula = write()
    marks = re.findall(r"\\left|\\right|[{}]", formula)
    depths = accumulate([1 if mark in (r"\left", "{") else -1 for mark in marks], initial=0)
    return formula if formula.count("\n") <= MOST_LINES and max(depths) <= DEEPEST_FORMULA else None


def calculation(stages: Sequence[str]) -> str:
    """Stages joined by =, without repetitions; wide ones in parentheses, where lines cannot break, are scaled to
    fit."""
    distinct = [
        rf"\fit{{{stage}}}" if r"\left" in stage and ("matrix" in stage or len(stage) > WIDE) else stage
        for place, stage in enumerate(stages)
        if place == 0 or stage != stages[place - 1]
    ]
    text = r" \penalty0 = ".join(distinct)
    return rf"\calculation{{{text}}}"


def note_latex(note: str) -> str:
    """A note on a formula as text, with the formulas and equations in it in math mode."""
    if not isinstance(note, Note):
        return text_latex(note)
    parts = re.split(r"\{\}((?: = -?[\d/]+)?)", note.template)
    formulas = [
        f"${graph_latex(each, shares=False)}{right}$" for each, right in zip(note.formulas, parts[1::2], strict=True)
    ]
    texts = map(text_latex, parts[::2])
    return "".join([piece for pair in zip_longest(texts, formulas, fillvalue="") for piece in pair])


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return rf"\par {text_latex(text)}"


def omission_text(count: int, limit: int, what: str) -> Iterator[str]:
    """The paragraph about rows beyond a limit; empty if all rows are shown."""
    if limit and count > limit:
        yield paragraph(f"… {count - limit:,} more {what}; --limit 0 shows all.")
