"""The steps of a trace in LaTeX: nodes with numbers substituted for names, and the rules of edges."""

from __future__ import annotations

from collections.abc import Mapping

from graphdiff.errors import GraphdiffError
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, LITERAL, POWER, PRODUCT
from graphdiff.operations.shapes import nested_shape, size_of
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.steps import BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain, shape_of, to_list
from graphdiff.report.numbers import LARGEST_SUBSTITUTED, format_value
from graphdiff.writing.latex import ranks_in, ranks_in_functions
from graphdiff.writing.latex_names import Names, decimal_latex, text_latex
from graphdiff.writing.latex_writer import FREE, NO_BODIES, Piece, Slot, Writer
from graphdiff.writing.text import define_functions, functions_in

MOST_OPERANDS = 12
"""An operation of more operands is shown by its name only."""
MOST_ROWS, MOST_COLUMNS = 12, 8
"""The largest array that is written out."""
NARROW = 4
"""A matrix of more columns may be wider than the page."""


class Steps:
    """Writes the steps of one trace, with the same LaTeX for a name everywhere."""

    def __init__(self, trace: Trace, digits: int) -> None:
        self.trace = trace
        self.graph = trace.graph
        self.digits = digits
        self.names = Names(self.graph.names_in_use)
        functions = [function for function in functions_in(self.graph) if not function.is_prelude]
        self.called, _ = define_functions(functions)
        self.shapes = trace.shapes
        self.inner = ranks_in_functions(self.graph, self.shapes) if trace.has_arrays else NO_BODIES
        self.ranks = {
            index: len(shape_of(value))
            for index, value in enumerate(trace.values)
            if value is not None and shape_of(value)
        }

    def forward(self, step: ForwardStep) -> list[str]:
        """The stages of `q = x + y = (-2) + 5 = 3`."""
        node, values = step.node, self.trace.values
        stages = [self.names(step.label)]
        if self._is_short(node):
            assert node.operation is not None
            writer = Writer(self.graph, self.called, self.names, self.ranks, self.inner)
            stages.append(writer.write(node.index, lambda other: self._name(other, node)))
            if all(size_of(shape_of(values[operand])) <= LARGEST_SUBSTITUTED for operand in node.operands):
                texts = {operand: self.number(plain(values[operand])) for operand in node.operands}
                substitution = SubstitutionWriter(self, texts)
                stages.append(substitution.write(node.index, lambda other: self._name(other, node)))
        else:
            assert node.operation is not None
            stages.append(rf"\text{{{text_latex(node.operation.name)} of {len(node.operands)} operands}}")
        return [*stages, self.number(step.value)]

    def _is_short(self, node: Node) -> bool:
        constants = [each for each in map(self.graph.nodes.__getitem__, node.operands) if each.is_constant]
        sizes = [size_of(nested_shape(each.parameters["value"])) for each in constants]
        return len(node.operands) <= MOST_OPERANDS and max(sizes, default=0) <= LARGEST_SUBSTITUTED

    def _name(self, other: Node, node: Node) -> str | None:
        is_own = other.index == node.index or (other.is_constant and other.name is None)
        return None if is_own else self.graph.labels[other.index]

    def edge(self, step: BackwardStep) -> list[str]:
        r"""The stages of the rule of an edge: `\bar{q} = \bar{p} \odot 2 q = …`, or `\bar{W} = \bar{q} x^T = …`."""
        (edge,) = step.edges
        local, upstream = edge.local, self.upstream(step.label)
        rules = [self.local(step, FREE)]
        if local.values is not None:
            sign = r" \odot " if shape_of(local.values) else r" \cdot "
            if rules == ["1"]:
                rules = [upstream]
            else:
                numbers = [self.number(step.upstream), self.number(local.values)]
                is_small = size_of(shape_of(local.values)) <= LARGEST_SUBSTITUTED
                factors = [(upstream, self.local(step, PRODUCT)), *([tuple(numbers)] if is_small else [])]
                rules = [f"{left}{sign}{parenthesize_latex(right)}" for left, right in factors]
            if local.summed_axes:
                axes = ", ".join(map(str, local.summed_axes))
                kind = "axis" if len(local.summed_axes) == 1 else "axes"
                rules = [rf"\sum_{{\text{{{kind} }} {axes}}} {rule}" for rule in rules]
        return [self.upstream(edge.operand), *rules, self.number(edge.downstream)]

    def local(self, step: BackwardStep, least: int) -> str:
        """The local derivative of a step with one edge, in parentheses where it binds less tightly than least; by name
        where it is too long to spell out."""
        (edge,) = step.edges
        formula = edge.local.formula_graph
        if formula is None:
            return rf"\text{{{text_latex(edge.local.formula)}}}"
        for label in (step.label, edge.operand):
            self.names.define(upstream_name(label), self.upstream(label))
        upstream_shape = {upstream_name(step.label): shape_of(step.upstream)}
        try:
            ranks = ranks_in(formula, {**self.shapes, **upstream_shape})
        except GraphdiffError:  # the same symbol may be used in another shape
            ranks = {}
        writer = Writer(formula, self.called, self.names, ranks)
        return writer.write(formula.output, lambda node: node.name, least)

    def partial(self, of: str, by: str) -> str:
        """The fraction ∂of/∂by."""
        return rf"\frac{{\partial {self.names(of)}}}{{\partial {self.names(by)}}}"

    def upstream(self, label: str) -> str:
        """The symbol of a node's upstream: its name with a bar, which does not span the subscript."""
        base, mark, below = self.names(label).partition("_{")
        if self.names(label).startswith(r"\mathtt"):
            return rf"\overline{{{self.names(label)}}}"
        bar = r"\overline" if base.startswith(r"\math") else r"\bar"
        return f"{bar}{{{base}}}{mark}{below}"

    def number(self, value: Value | None) -> str:
        """A number, a small vector as a column or a small matrix; a larger array as its shape."""
        if value is None:
            return rf"\text{{{format_value(value, self.digits)}}}"
        if not shape_of(value):
            return decimal_latex(format_value(value, self.digits))
        shape = shape_of(value)
        if len(shape) > 2 or shape[0] > MOST_ROWS or max(shape[1:], default=1) > MOST_COLUMNS or not size_of(shape):
            return rf"\text{{{text_latex(format_value(value, self.digits, 0))} array}}"
        entries = to_list(value)
        matrix = self._matrix([[entry] for entry in entries] if len(shape) == 1 else entries)
        return rf"\fit{{{matrix}}}" if len(shape) == 2 and shape[1] > NARROW else matrix

    def _matrix(self, rows: list[list[float]]) -> str:
        lines = r" \\ ".join(" & ".join(map(self.number, row)) for row in rows)
        return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def parenthesize_latex(latex: str) -> str:
    """Parenthesize a factor or a term that begins with a minus sign."""
    return rf"\left({latex}\right)" if latex.startswith("-") else latex


class SubstitutionWriter(Writer):
    """Writes a node with numbers substituted for its operands, negative ones in parentheses."""

    def __init__(self, steps: Steps, texts: Mapping[int, str]) -> None:
        super().__init__(steps.graph, steps.called, steps.names, steps.ranks, steps.inner)
        self.texts = texts

    def spell(self, slot: Slot) -> tuple[list[Piece], int]:
        text = self.texts.get(slot.operand)
        if text is None:
            return super().spell(slot)
        if text.startswith("-"):
            return [text], FREE
        return [text], ATOM if "matrix" in text else PRODUCT if r"\cdot" in text else POWER if "^" in text else LITERAL

    def product_sign(self, left: str, right: str) -> str:
        return super().product_sign(left, right) if "matrix" in left + right else r" \cdot "
