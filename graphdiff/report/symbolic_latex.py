"""The chain rule for each input without a point as a LaTeX document that compiles as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicPath, SymbolicStep, SymbolicTrace
from graphdiff.report.explain import (
    LEGEND,
    MOST_STEPS,
    PathPrefixes,
    elide,
    more_inputs_text,
    more_paths_text,
    more_steps_text,
    new_steps,
    no_path_text,
    notes_of,
)
from graphdiff.report.latex import END, PREAMBLE, WIDE, calculation, formula_latex, note_latex, paragraph, way_latex
from graphdiff.report.latex_steps import Symbols, parenthesize_latex, sum_latex
from graphdiff.report.symbolic import LEFT_OUT, formula_line, textbook_gradients
from graphdiff.textbook.form import TextbookForm
from graphdiff.writing.latex_names import text_latex
from graphdiff.writing.latex_operations import FREE


def explanation_latex(trace: SymbolicTrace, limit: int) -> Iterator[str]:
    """The lines of the document, with at most limit paths of an input (0: all)."""
    shapes = {label: shape or () for label, shape in zip(trace.graph.labels, trace.node_shapes, strict=True)}
    yield from _Document(trace, Symbols(trace.graph, shapes, trace.node_shapes)).lines(limit)


class _Document:
    def __init__(self, trace: SymbolicTrace, symbols: Symbols) -> None:
        self.trace = trace
        self.symbols = symbols
        self.graph = trace.graph
        self.output = trace.graph.labels[trace.graph.output]
        self.seed = symbols.upstream(self.output) if trace.node_shapes[trace.graph.output] else ""
        self.prefixes: PathPrefixes = {}

    def lines(self, limit: int) -> Iterator[str]:
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
        gradients = textbook_gradients(trace)
        rules = list(trace.chain_rules(limit))
        for rule in rules:
            yield r"\medskip"
            yield from self.rule(rule, gradients)
        if more := more_inputs_text(len(trace.names) - len(rules)):
            yield paragraph(more)
        for name, form in gradients.items():
            start = rf"\par {text_latex(name)}: "
            yield from (start + note_latex(note) for notes in form.notes for note in notes)
        yield END

    def rule(self, rule: SymbolicChainRule, gradients: Mapping[str, TextbookForm]) -> Iterator[str]:
        """The gradient by one input, path by path."""
        whole = self.symbols.partial(self.output, rule.name)
        whole = rf"{self.seed} \cdot {whole}" if self.seed else whole
        if rule.path_count == 0:
            yield calculation([whole, "0"])
            yield paragraph(f"{no_path_text(self.graph, rule.name)}.")
            return
        total = [self.formula(rule.total)]
        if rule.name in gradients:
            total.append(self.formula(gradients[rule.name].graph))
        total = [text for text in total if text] or [rf"\text{{{text_latex(LEFT_OUT)}}}"]
        if len(rule.paths) == 1 and not rule.has_rest and rule.paths[0].is_scalar:
            yield calculation([whole, *self.product(rule.paths[0]), *total])
            return
        if len(rule.paths) == 1 and not rule.has_rest:
            yield rf"\par\smallskip $\displaystyle {whole}$ along ${way_latex(rule.paths[0].labels, self.symbols)}$:"
            yield from self.edges(rule.paths[0])
        else:
            paths = text_latex(more_paths_text(rule._replace(paths=())))
            yield rf"\par\smallskip $\displaystyle {whole}$ is the sum over {paths}:"
            for path in rule.paths:
                yield from self.path(path)
        if rule.has_rest:
            rest = self.formula(rule.rest)
            more = text_latex(more_paths_text(rule))
            yield calculation([rf"\text{{{more}, in total}}", rest]) if rest else paragraph(more_paths_text(rule))
        yield calculation([whole, *total])

    def path(self, path: SymbolicPath) -> Iterator[str]:
        """One path of several."""
        if not path.is_scalar:
            yield rf"\par\smallskip Along ${way_latex(path.labels, self.symbols)}$:"
            yield from self.edges(path)
            return
        stages = [text for text in [*self.product(path), self.formula(path.formula)] if text]
        yield calculation(stages or ["1"])
        if notes := notes_of(path.steps):
            yield paragraph(f"({notes})")

    def product(self, path: SymbolicPath) -> list[str]:
        """The product along a path of numbers in symbols and as formulas; empty for a path without edges."""
        first, left_out, last = elide(path.steps)
        names, formulas = ([self.seed] if self.seed else [] for _ in range(2))
        for number, step in enumerate([*first, *last]):
            if left_out and number == len(first):
                more = rf"\ldots\,\text{{({left_out:,} more)}}\,\ldots"
                names.append(more)
                formulas.append(more)
            names.append(self.symbols.partial(step.label, step.operand))
            local = self.local(step, PRODUCT if len(path.steps) > 1 or self.seed else FREE)
            formulas.append(parenthesize_latex(local) if formulas else local)
        return [r" \cdot ".join(factors) for factors in (names, formulas) if factors]

    def edges(self, path: SymbolicPath) -> Iterator[str]:
        """The upstream at each node along a path, by the rule of the edge that leads there."""
        symbols = self.symbols
        steps: Sequence[SymbolicStep] = new_steps(path.steps, self.prefixes)
        first, left_out, last = elide(steps)
        start = symbols.upstream(steps[0].label)
        if len(steps) < len(path.steps):
            yield rf"\par ${start}$ as above"
        elif not steps[0].shape:
            yield calculation([start, "1"])
        for number, step in enumerate([*first, *last]):
            if left_out and number == len(first):
                yield paragraph(f"… {left_out:,} more …")
            yield calculation([symbols.upstream(step.operand), self.edge(step)])

    def edge(self, step: SymbolicStep) -> str:
        """The rule of an edge."""
        rule = self.local(step, FREE)
        if not step.is_elementwise:
            return rule
        upstream = self.symbols.upstream(step.label)
        sign = r" \odot " if step.shape else r" \cdot "
        if rule == "1":
            return sum_latex(upstream, step.summed_axes)
        return sum_latex(f"{upstream}{sign}{parenthesize_latex(self.local(step, PRODUCT))}", step.summed_axes)

    def local(self, step: SymbolicStep, least: int) -> str:
        """The formula of an edge; by name where it is too long to spell out."""
        formula = step.formula
        if formula is None:
            return rf"\text{{{text_latex(step.factor())}}}"
        self.symbols.define_upstreams(step.label, step.operand)
        return self.symbols.formula(formula, {upstream_name(step.label): step.shape}, least)

    def formula(self, formula: Graph | None) -> str:
        """A formula in labels or in the inputs; empty where it is too long for a line of text."""
        if formula is None or not formula_line(formula, self.graph.names_in_use):
            return ""
        self.symbols.define_upstreams(self.output)
        shapes = {upstream_name(self.output): self.trace.node_shapes[self.graph.output] or ()}
        text = formula_latex(formula, lambda: self.symbols.formula(formula, shapes)) or ""
        is_wide = r"\frac" in text and r"\left" not in text and len(text) > WIDE  # calculation fits the others
        return rf"\fit{{{text}}}" if is_wide else text
