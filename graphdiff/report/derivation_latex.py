"""Derivations step by step as a LaTeX document that compiles as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.report.derivation import Line, Notation, derivation_lines, ending_line
from graphdiff.report.latex_document import PREAMBLE, WIDE, note_latex
from graphdiff.textbook.form import are_short
from graphdiff.textbook.steps.derivation import Derivation
from graphdiff.textbook.steps.rules import Rule
from graphdiff.textbook.steps.sheet import Unresolved
from graphdiff.writing.latex import graph_latex, ranks_in
from graphdiff.writing.latex_names import Names, text_latex
from graphdiff.writing.latex_operations import NO_ARRAYS
from graphdiff.writing.latex_writer import Writer
from graphdiff.writing.text import define_functions, functions_in

STEP = r"""% A line of a derivation: its depth, its formula, and the rule.
\newcommand{\step}[3]{\par\smallskip{\leftskip=#1em\setlength{\room}{\dimexpr\linewidth-\leftskip-4em\relax}%
  #2\quad{\small #3}\par}}"""
TALL = re.compile(r"\\left|\\frac|\\begin")
"""What makes a formula taller than a line, and keeps it from being broken."""


class LatexNotation:
    """Formulas in LaTeX for math mode: d/dx […] for derivatives that are still to be taken, d[…] for differentials."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        graph = derivation.graph
        places = [index for step in derivation.steps for index in (step.of.of, step.gives, step.result)]
        places += [step.inner[1] for step in derivation.steps if step.inner is not None]
        self.graph = Graph(graph.nodes, graph.inputs, [*places, *graph.outputs])
        symbols = {graph.labels[index]: each for index, each in derivation.unresolved.items()}
        self.names = Names([name for name in self.graph.input_names if name not in symbols])
        if derivation.differential is not None:
            variable = self.names(derivation.steps[0].of.variable)
            self.names.define(derivation.differential, rf"\mathrm{{d}}{variable}")
        functions = [function for function in functions_in(self.graph) if not function.is_prelude]
        self.writer = Writer(self.graph, define_functions(functions)[0], self.names, self._ranks())
        for name, unresolved in symbols.items():
            self.names.define(name, self.derivative(unresolved))

    def _ranks(self) -> Mapping[int, int]:
        try:
            return ranks_in(self.graph, self.derivation.shapes)
        except GraphdiffError:  # derivatives of arrays by a number have shapes of their own
            return NO_ARRAYS

    def formula(self, index: int) -> str:
        return self.writer.write(index, _name_of)

    def derivative(self, unresolved: Unresolved) -> str:
        if self.derivation.differential is None:
            return self.quotient(unresolved)
        return rf"\mathrm{{d}}{self._in_brackets(unresolved.of)}"

    def quotient(self, unresolved: Unresolved) -> str:
        variable = self.names(unresolved.variable)
        return rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}} {variable}}}{self._in_brackets(unresolved.of)}"

    def _in_brackets(self, index: int) -> str:
        text = self.formula(index)
        return rf"\left[{text}\right]" if TALL.search(text) else f"[{text}]"

    def rule(self, rule: Rule) -> str:
        of, gives = (self._in_general(graph) for graph in (rule.of, rule.gives))
        if self.derivation.differential is not None:
            return rf"\mathrm{{d}}\left[{of}\right] = {gives}"
        return rf"\left({of}\right)' = {gives}"

    def _in_general(self, graph: Graph) -> str:
        names = Names([])
        for name in graph.input_names:
            if name[0] == "d":
                is_differential = self.derivation.differential is not None
                names.define(name, rf"\mathrm{{d}}{name[1:]}" if is_differential else f"{name[1:]}'")
        return Writer(graph, names=names).write(graph.output, _name_of)

    def definition(self, name: str, index: int) -> str:
        return f"{self.names(name)} = {self.formula(index)}"


def derivation_latex(derivations: Sequence[tuple[Sequence[Derivation], str]]) -> Iterator[str]:
    """The lines of a document with the derivations of each derivative, and its value at a point or an empty text."""
    preamble, begin = PREAMBLE.rsplit("\n", 1)
    yield from (preamble, STEP, begin)
    for orders, value in derivations:
        for derivation in orders:
            yield r"\bigskip"
            notation: Notation = LatexNotation(derivation)
            yield from (_step(line) for line in derivation_lines(derivation, notation))
            form = derivation.form
            shapes = {name: shape for name, shape in derivation.shapes.items() if name in form.input_names}
            last = graph_latex(form, shares=not are_short(form), shapes=shapes)
            if last != notation.formula(derivation.graph.output):
                yield _step(ending_line(derivation, last, notation))
            yield from (rf"\par {note_latex(note)}" for note in derivation.notes)
        if value:
            yield rf"\par\smallskip {text_latex(value)}"
    yield r"\end{document}"


def _step(line: Line) -> str:
    equation = line.left if not line.right else f"{line.left} = {line.right}"
    is_broken = len(equation) > WIDE >= _longest_term(equation)
    formula = rf"$\displaystyle {equation}$" if is_broken else rf"\fit{{{equation}}}"
    remark = text_latex(line.remark) + (f": ${line.formula}$" if line.formula else "")
    return rf"\step{{{2 * line.depth}}}{{{formula}}}{{{remark}}}"


def _longest_term(equation: str) -> int:
    """The length of the longest part of a formula that LaTeX does not break."""
    longest, start, depth = 0, 0, 0
    for mark in re.finditer(r"\\left|\\right|[{}]| [-+=] ", equation):
        if mark[0] in (r"\left", "{"):
            depth += 1
        elif mark[0] in (r"\right", "}"):
            depth -= 1
        elif depth == 0:
            longest, start = max(longest, mark.start() - start), mark.end()
    return max(longest, len(equation) - start)


def _name_of(node: Node) -> str | None:
    return node.name if node.is_input else None
