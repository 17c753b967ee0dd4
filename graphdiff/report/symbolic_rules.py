"""The chain rule without a point, path by path, in any notation: the subclasses of RuleWriter write text and LaTeX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import Shape
from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicPath, SymbolicStep, SymbolicTrace
from graphdiff.report.explain import PathPrefixes, elide, new_steps, no_path_text, notes_of
from graphdiff.textbook.form import TextbookForm, textbook_form

LEFT_OUT = "a formula that is too long for a line; graphdiff diff prints it"


def textbook_gradients(trace: SymbolicTrace) -> dict[str, TextbookForm]:
    """The gradient by each input in the inputs, as a person would write it."""
    return {name: textbook_form([gradient], trace.shapes) for name, gradient in trace.gradients.items()}


class RuleWriter(ABC):
    """Writes the gradient by one input after the other; depth is how many indents a line has."""

    dot: str
    """The sign of a product of numbers."""

    def __init__(self, trace: SymbolicTrace) -> None:
        self.trace = trace
        self.graph = trace.graph
        self.output = trace.graph.labels[trace.graph.output]
        self.gradients = textbook_gradients(trace)
        self.prefixes: PathPrefixes = {}

    @property
    def seed(self) -> str:
        """The symbol of the gradient at the output, with which each path begins; empty where that is 1."""
        return self.upstream(self.output) if self.trace.node_shapes[self.graph.output] else ""

    def rule(self, rule: SymbolicChainRule) -> Iterator[str]:
        """The lines of the gradient by one input."""
        whole = self.dot.join(filter(None, [self.seed, self.partial(self.output, rule.name)]))
        if rule.path_count == 0:
            yield from self.without_path(whole, no_path_text(self.graph, rule.name))
            return
        forms = [rule.total, *([self.gradients[rule.name].graph] if rule.name in self.gradients else [])]
        total = [text for text in map(self.formula, forms) if text] or [self.text(LEFT_OUT)]
        if len(rule.paths) > 1 or rule.has_rest:
            yield self.sum_over(whole, rule._replace(paths=()))
            for path in rule.paths:
                yield from self.path(path)
            if rule.has_rest:
                yield self.rest(rule, self.formula(rule.rest))
            yield from self.calculation([whole, *total])
            return
        (path,) = rule.paths
        if path.is_scalar:
            yield from self.calculation([whole, *self.product(path), *total])
            return
        shape = self.trace.node_shapes[self.graph.input_indices[rule.name]] or ()
        yield self.along(path.labels, whole, shape)
        yield from self.edges(path, depth=1)
        yield from self.calculation([whole, *total])

    def path(self, path: SymbolicPath) -> Iterator[str]:
        """The lines of one path of several."""
        if not path.is_scalar:
            yield self.along(path.labels)
            yield from self.edges(path, depth=2)
            return
        stages = [text for text in [*self.product(path), self.formula(path.formula)] if text]
        yield from self.calculation(stages or ["1"], depth=1, remark=notes_of(path.steps))

    def product(self, path: SymbolicPath) -> list[str]:
        """The product along a path of numbers in symbols and as formulas; empty for a path without edges."""
        first, left_out, last = elide(path.steps)
        symbols, formulas = ([self.seed] if self.seed else [] for _ in range(2))
        for number, step in enumerate([*first, *last]):
            if left_out and number == len(first):
                symbols.append(self.more_factors(left_out))
                formulas.append(self.more_factors(left_out))
            symbols.append(self.partial(step.label, step.operand))
            formula = self.factor(step, PRODUCT if len(path.steps) > 1 or self.seed else 0)
            formulas.append(self.parenthesize(formula) if formulas else formula)
        return [self.dot.join(factors) for factors in (symbols, formulas) if factors]

    def edges(self, path: SymbolicPath, depth: int) -> Iterator[str]:
        """The upstream at each node along a path, by the rule of the edge that leads there."""
        steps: Sequence[SymbolicStep] = new_steps(path.steps, self.prefixes)
        first, left_out, last = elide(steps)
        start = self.upstream(steps[0].label)
        if len(steps) < len(path.steps):
            yield self.as_above(start, depth)
        elif not steps[0].shape:
            yield from self.calculation([start, "1"], depth)
        for number, step in enumerate([*first, *last]):
            if left_out and number == len(first):
                yield self.more_edges(left_out, depth)
            yield from self.calculation([self.upstream(step.operand), self.edge(step)], depth)

    @abstractmethod
    def upstream(self, label: str) -> str:
        """The symbol of the gradient that arrives at a node."""

    @abstractmethod
    def partial(self, of: str, by: str) -> str:
        """∂of/∂by"""

    @abstractmethod
    def factor(self, step: SymbolicStep, least: int) -> str:
        """The formula of an edge, in parentheses where it binds less tightly than least."""

    @abstractmethod
    def edge(self, step: SymbolicStep) -> str:
        """The rule of an edge: `v̄1 ⊙ 2*q`, or `q̄ @ xᵀ`."""

    @abstractmethod
    def formula(self, formula: Graph | None) -> str:
        """A formula on a line; empty where it is too long."""

    @abstractmethod
    def parenthesize(self, factor: str) -> str:
        """A factor, in parentheses where it begins with a minus sign."""

    @abstractmethod
    def text(self, text: str) -> str:
        """A text that replaces a formula."""

    @abstractmethod
    def more_factors(self, count: int) -> str:
        """What replaces so many factors."""

    @abstractmethod
    def calculation(self, stages: Sequence[str], depth: int = 0, remark: str = "") -> Iterator[str]:
        """Stages joined by =."""

    @abstractmethod
    def without_path(self, whole: str, reason: str) -> Iterator[str]:
        """That a gradient is 0."""

    @abstractmethod
    def sum_over(self, whole: str, rule: SymbolicChainRule) -> str:
        """That a gradient is the sum over the paths of a rule, which are listed below."""

    @abstractmethod
    def rest(self, rule: SymbolicChainRule, formula: str) -> str:
        """The paths that are not listed, and the formula of their sum or an empty text."""

    @abstractmethod
    def along(self, labels: Sequence[str], whole: str = "", shape: Shape = ()) -> str:
        """The nodes along a path; whole, of a shape, if it is the gradient over the only path."""

    @abstractmethod
    def as_above(self, start: str, depth: int) -> str:
        """That an upstream has been written above."""

    @abstractmethod
    def more_edges(self, count: int, depth: int) -> str:
        """In the place of so many edges."""
