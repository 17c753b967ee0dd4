"""The steps of a trace in LaTeX: nodes with numbers substituted for names, and the rules of edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, LITERAL, POWER, PRODUCT
from graphdiff.operations.shapes import Shape, nested_shape, size_of
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.steps import BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain, shape_of, to_list
from graphdiff.report.numbers import LARGEST_SUBSTITUTED, format_value
from graphdiff.writing.latex import ranks_in, ranks_in_functions
from graphdiff.writing.latex_names import decimal_latex, text_latex
from graphdiff.writing.latex_operations import FREE, NO_BODIES, Piece, Slot, names_of
from graphdiff.writing.latex_writer import Writer
from graphdiff.writing.text import define_functions, functions_in

MOST_OPERANDS = 12
"""An operation of more operands is shown by its name only."""
MOST_ROWS, MOST_COLUMNS = 12, 8
"""The largest array that is written out."""
NARROW = 4
"""A matrix of more columns may be wider than the page."""


class Symbols:
    """Writes names, operations and local derivatives of one graph, with the same LaTeX for a name everywhere."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape], node_shapes: Sequence[Shape | None]) -> None:
        """shapes has those of nodes by label."""
        self.graph = graph
        self.names = names_of(graph)
        functions = [function for function in functions_in(graph) if not function.is_prelude]
        self.called, _ = define_functions(functions)
        self.shapes = shapes
        self.ranks = {index: len(shape) for index, shape in enumerate(node_shapes) if shape}
        self.inner = ranks_in_functions(graph, shapes) if self.ranks else NO_BODIES

    def operation(self, node: Node) -> str:
        """The operation of a node in the names of its operands; by name where it is long."""
        assert node.operation is not None
        if not self._is_short(node):
            return rf"\text{{{text_latex(node.operation.name)} of {len(node.operands)} operands}}"
        writer = Writer(self.graph, self.called, self.names, self.ranks, self.inner)
        return writer.write(node.index, lambda other: self._name(other, node))

    def formula(self, formula: Graph, shapes: Mapping[str, Shape], least: int = FREE) -> str:
        """A formula in the labels of the graph, in parentheses where it binds less tightly than least; shapes are those
        of symbols that are not nodes."""
        try:
            ranks = ranks_in(formula, {**self.shapes, **shapes})
        except GraphdiffError:  # the same symbol may be used in another shape
            ranks = {}
        writer = Writer(formula, self.called, self.names, ranks)
        return writer.write(formula.output, lambda node: node.name if node.is_input else None, least)

    def define_upstreams(self, *labels: str) -> None:
        """Write the upstreams of these nodes in formulas as `upstream` does."""
        for label in labels:
            self.names.define(upstream_name(label), self.upstream(label))

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

    def _is_short(self, node: Node) -> bool:
        constants = [each for each in map(self.graph.nodes.__getitem__, node.operands) if each.is_constant]
        sizes = [size_of(nested_shape(each.parameters["value"])) for each in constants]
        return len(node.operands) <= MOST_OPERANDS and max(sizes, default=0) <= LARGEST_SUBSTITUTED

    def _name(self, other: Node, node: Node) -> str | None:
        is_own = other.index == node.index or (other.is_constant and other.name is None)
        return None if is_own else self.graph.labels[other.index]


class Steps(Symbols):
    """Writes the steps of one trace."""

    def __init__(self, trace: Trace, digits: int) -> None:
        node_shapes = [None if value is None else shape_of(value) for value in trace.values]
        super().__init__(trace.graph, trace.shapes, node_shapes)
        self.trace = trace
        self.digits = digits

    def forward(self, step: ForwardStep) -> list[str]:
        """The stages of `q = x + y = (-2) + 5 = 3`."""
        node, values = step.node, self.trace.values
        stages = [self.names(step.label), self.operation(node)]
        is_small = all(size_of(shape_of(values[operand])) <= LARGEST_SUBSTITUTED for operand in node.operands)
        if self._is_short(node) and is_small:
            texts = {operand: self.number(plain(values[operand])) for operand in node.operands}
            substitution = SubstitutionWriter(self, texts)
            stages.append(substitution.write(node.index, lambda other: self._name(other, node)))
        return [*stages, self.number(step.value)]

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
            rules = [sum_latex(rule, local.summed_axes) for rule in rules]
        return [self.upstream(edge.operand), *rules, self.number(edge.downstream)]

    def local(self, step: BackwardStep, least: int) -> str:
        """The local derivative of a step with one edge, in parentheses where it binds less tightly than least; by name
        where it is too long to spell out."""
        (edge,) = step.edges
        formula = edge.local.formula_graph
        if formula is None:
            return rf"\text{{{text_latex(edge.local.formula)}}}"
        self.define_upstreams(step.label, edge.operand)
        return self.formula(formula, {upstream_name(step.label): shape_of(step.upstream)}, least)

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


def sum_latex(latex: str, axes: Shape) -> str:
    """A sum over some axes; the formula itself if there are none."""
    if not axes:
        return latex
    return rf"\sum_{{\text{{{'axis' if len(axes) == 1 else 'axes'} }} {', '.join(map(str, axes))}}} {latex}"


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
