"""The chain rule for each input without a point as a LaTeX document that compiles as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import Shape
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicStep, SymbolicTrace
from graphdiff.report.explain import (
    LEGEND,
    MOST_STEPS,
    more_inputs_text,
    more_paths_text,
    more_steps_text,
)
from graphdiff.report.latex import way_latex
from graphdiff.report.latex_document import END, PREAMBLE, WIDE, calculation, formula_latex, note_latex, paragraph
from graphdiff.report.latex_steps import Symbols, parenthesize_latex, sum_latex
from graphdiff.report.symbolic import formula_line
from graphdiff.report.symbolic_rules import RuleWriter
from graphdiff.writing.latex_names import text_latex
from graphdiff.writing.latex_operations import FREE


def explanation_latex(trace: SymbolicTrace, limit: int) -> Iterator[str]:
    """The lines of the document, with at most limit paths of an input (0: all)."""
    shapes = {label: shape or () for label, shape in zip(trace.graph.labels, trace.node_shapes, strict=True)}
    yield from LatexRuleWriter(trace, Symbols(trace.graph, shapes, trace.node_shapes)).lines(limit)


class LatexRuleWriter(RuleWriter):
    """Writes the chain rule in LaTeX."""

    dot = r" \cdot "

    def __init__(self, trace: SymbolicTrace, symbols: Symbols) -> None:
        super().__init__(trace)
        self.symbols = symbols

    def lines(self, limit: int) -> Iterator[str]:
        """The lines of the document."""
        trace, symbols = self.trace, self.symbols
        yield PREAMBLE
        operations = trace.operations
        if operations:
            yield r"\section*{Formula}"
        for node in operations[:MOST_STEPS]:
            yield calculation([symbols.names(self.graph.labels[node.index]), symbols.operation(node)])
        yield from map(paragraph, more_steps_text(len(operations)))
        yield r"\section*{Chain rule}"
        if trace.has_arrays:
            yield paragraph(LEGEND)
        rules = list(trace.chain_rules(limit))
        for rule in rules:
            yield r"\medskip"
            yield from self.rule(rule)
        if more := more_inputs_text(len(trace.names) - len(rules)):
            yield paragraph(more)
        for name, form in self.gradients.items():
            start = rf"\par {text_latex(name)}: "
            yield from (start + note_latex(note) for notes in form.notes for note in notes)
        yield END

    def upstream(self, label: str) -> str:
        return self.symbols.upstream(label)

    def partial(self, of: str, by: str) -> str:
        return self.symbols.partial(of, by)

    def parenthesize(self, factor: str) -> str:
        return parenthesize_latex(factor)

    def text(self, text: str) -> str:
        return rf"\text{{{text_latex(text)}}}"

    def more_factors(self, count: int) -> str:
        return rf"\ldots\,\text{{({count:,} more)}}\,\ldots"

    def calculation(self, stages: Sequence[str], depth: int = 0, remark: str = "") -> Iterator[str]:
        yield calculation(stages)
        if remark:
            yield paragraph(f"({remark})")

    def without_path(self, whole: str, reason: str) -> Iterator[str]:
        yield calculation([whole, "0"])
        yield paragraph(f"{reason}.")

    def sum_over(self, whole: str, rule: SymbolicChainRule) -> str:
        return rf"\par\smallskip $\displaystyle {whole}$ is the sum over {text_latex(more_paths_text(rule))}:"

    def rest(self, rule: SymbolicChainRule, formula: str) -> str:
        more = more_paths_text(rule)
        return calculation([self.text(f"{more}, in total"), formula]) if formula else paragraph(more)

    def along(self, labels: Sequence[str], whole: str = "", shape: Shape = ()) -> str:
        start = rf"$\displaystyle {whole}$ along" if whole else "Along"
        return rf"\par\smallskip {start} ${way_latex(labels, self.symbols)}$:"

    def as_above(self, start: str, depth: int) -> str:
        return rf"\par ${start}$ as above"

    def more_edges(self, count: int, depth: int) -> str:
        return paragraph(f"… {count:,} more …")

    def edge(self, step: SymbolicStep) -> str:
        rule = self.factor(step, FREE)
        if not step.is_elementwise:
            return rule
        upstream = self.symbols.upstream(step.label)
        sign = r" \odot " if step.shape else r" \cdot "
        if rule == "1":
            return sum_latex(upstream, step.summed_axes)
        return sum_latex(f"{upstream}{sign}{parenthesize_latex(self.factor(step, PRODUCT))}", step.summed_axes)

    def factor(self, step: SymbolicStep, least: int) -> str:
        formula = step.formula
        if formula is None:
            return rf"\text{{{text_latex(step.factor())}}}"
        self.symbols.define_upstreams(step.label, step.operand)
        return self.symbols.formula(formula, {upstream_name(step.label): step.shape}, least)

    def formula(self, formula: Graph | None) -> str:
        if formula is None or not formula_line(formula, self.graph.names_in_use):
            return ""
        self.symbols.define_upstreams(self.output)
        shapes = {upstream_name(self.output): self.trace.node_shapes[self.graph.output] or ()}
        text = formula_latex(formula, lambda: self.symbols.formula(formula, shapes)) or ""
        is_wide = r"\frac" in text and r"\left" not in text and len(text) > WIDE  # calculation fits the others
        return rf"\fit{{{text}}}" if is_wide else text
