"""The chain rule path by path without a point: the paths of passes/paths.py, with formulas in place of numbers.

Formulas are in the labels of the graph's nodes, as local derivatives are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from graphdiff.algebra.collapse import collapse
from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph, needed_part
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.shapes import Shape, summed_axes
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.derivative import derivatives
from graphdiff.passes.formula import formula_text, local_formula, symbols_of, upstream_name
from graphdiff.passes.paths import MOST_INPUTS, MOST_NODES, count_paths, walk_paths
from graphdiff.passes.point import derivatives_by
from graphdiff.passes.values import Unknown
from graphdiff.writing.text import expression_length

LONGEST_PRODUCT = 400
"""A product along a path, or a sum of them, is written out up to so many characters."""
LARGEST_DIFFERENTIATED = 2_000
"""Nodes of a graph whose gradients are also written in the inputs."""


@dataclass(frozen=True, slots=True)
class SymbolicStep:
    """An edge of the chain rule without numbers, at inputs of known shapes.

    Attributes:
        graph: The graph.
        node: The node that the edge leads to.
        slot: The position of the operand.
        shapes: The shape of each node of the graph; None where the output does not need it.
    """

    graph: Graph
    node: Node
    slot: int
    shapes: Sequence[Shape | None]

    @property
    def label(self) -> str:
        """What reports call the node."""
        return self.graph.labels[self.node.index]

    @property
    def sources(self) -> list[tuple[int, int]]:
        """The index of the operand, and the slot."""
        return [(self.node.operands[self.slot], self.slot)]

    @property
    def operand(self) -> str:
        """What reports call the operand."""
        return self.graph.labels[self.node.operands[self.slot]]

    @property
    def shape(self) -> Shape:
        """The shape of the node."""
        return self.shapes[self.node.index] or ()

    @property
    def operand_shape(self) -> Shape:
        """The shape of the operand."""
        return self.shapes[self.node.operands[self.slot]] or ()

    @property
    def is_elementwise(self) -> bool:
        """Whether the formula is a local derivative; else it is the operand's gradient in terms of the node's."""
        return self.node.operation is not None and self.node.operation.is_elementwise

    @property
    def summed_axes(self) -> Shape:
        """The axes of the node that the gradient is summed over, because the operand was broadcast along them."""
        return summed_axes(self.shape, self.operand_shape) if self.is_elementwise else ()

    @property
    def formula(self) -> Graph | None:
        """The formula of the edge; None where it is too long to spell out."""
        values = [None if shape is None else Unknown(shape) for shape in self.shapes]
        return local_formula(self.graph, self.node, self.slot, values)

    def factor(self, least: int = 0) -> str:
        """The formula as text, in parentheses where it binds less tightly than least."""
        assert self.node.operation is not None
        return formula_text(self.formula, self.node.operation, self.slot, self.graph.names_in_use, least)


class SymbolicPath(NamedTuple):
    """A path from the output to an input, one step per edge, and its term of the gradient; formula is None where it is
    too long."""

    steps: tuple[SymbolicStep, ...]
    formula: Graph | None

    @property
    def labels(self) -> list[str]:
        """The labels of the nodes along it."""
        return [step.label for step in self.steps[:1]] + [step.operand for step in self.steps]

    @property
    def is_scalar(self) -> bool:
        """Whether every local derivative is a number."""
        return all(step.is_elementwise and not (step.shape or step.operand_shape) for step in self.steps)


class SymbolicChainRule(NamedTuple):
    """The gradient by one input as a sum over paths, as paths.ChainRule has it with numbers.

    rest is the sum of the paths that are not listed, has_rest whether there are any. total is the sum over all paths.
    Formulas that are too long are None.
    """

    name: str
    path_count: int | None
    paths: Sequence[SymbolicPath]
    has_rest: bool
    rest: Graph | None
    total: Graph | None


class SymbolicTrace(NamedTuple):
    """A graph that is explained without a point.

    Attributes:
        graph: The graph, or what it is collapsed to.
        whole: The graph with every operation.
        names: The inputs to differentiate by.
        shapes: The shapes of inputs by name; others are numbers.
        node_shapes: The shape of each node; None where the output does not need it.
    """

    graph: Graph
    whole: Graph
    names: Sequence[str]
    shapes: Mapping[str, Shape]
    node_shapes: Sequence[Shape | None]

    @property
    def has_arrays(self) -> bool:
        """Whether any node is an array."""
        return any(self.node_shapes)

    @property
    def operations(self) -> list[Node]:
        """The operations that the output needs, in order of evaluation."""
        return [each for each in self.graph.nodes if each.operation is not None and self.graph.needed[each.index]]

    @property
    def gradients(self) -> dict[str, Graph]:
        """The gradient by each input as a formula in the inputs; none where the output is an array, or the graph is
        large."""
        if self.node_shapes[self.graph.output] or len(self.whole.nodes) > LARGEST_DIFFERENTIATED:
            return {}
        return dict(zip(self.names, derivatives(self.whole, self.names, 1, self.shapes), strict=True))

    def chain_rules(self, limit: int) -> Iterator[SymbolicChainRule]:
        """The chain rule for each input, with at most limit paths each (0: as many as paths.chain_rules lists).

        At most MOST_INPUTS inputs, fewer for large graphs.
        """
        for name in self.names[: min(MOST_INPUTS, max(1, MOST_NODES // len(self.graph.nodes)))]:
            yield self._chain_rule(name, limit)

    def _chain_rule(self, name: str, limit: int) -> SymbolicChainRule:
        graph, shapes = self.graph, self.node_shapes
        index = graph.input_indices[name]
        if graph.active_slots([index])[graph.output] is None:
            return SymbolicChainRule(name, 0, (), False, None, None)
        op, symbols = symbols_of(graph, [None if shape is None else Unknown(shape) for shape in shapes])
        seed = op.constant(1.0)
        if shapes[graph.output]:
            seed = op.symbol(upstream_name(graph.labels[graph.output]), shapes[graph.output])
        walks, rest = walk_paths(graph, symbols, op, Cotangent(seed), index, limit)
        terms = [*(walk.value for walk in walks), *([] if rest is None else [rest])]
        total = reduce(op.add, terms)
        outputs = [op.lift(value).index for value in (*terms, total)]
        whole = Graph(op.builder.nodes, op.builder.inputs, outputs)
        *formulas, total_formula = [_readable(needed_part(whole, output, ())) for output in outputs]
        paths = [
            SymbolicPath(tuple([SymbolicStep(graph, step.node, step.slots[0], shapes) for step in walk.steps]), formula)
            for walk, formula in zip(walks, formulas, strict=False)
        ]
        rest_formula = None if rest is None else formulas[-1]
        return SymbolicChainRule(name, count_paths(graph, index), paths, rest is not None, rest_formula, total_formula)


def symbolic_trace(
    graph: Graph, names: Sequence[str] | None, shapes: Mapping[str, Shape], collapses: bool
) -> SymbolicTrace:
    """What is needed to explain a graph without a point, by these inputs [default: all], at inputs of these shapes. It
    collapses the graph to its named nodes if collapses is set.

    Raises GraphdiffError: "name" or "value" if a name is not that of an input to differentiate by, "value" if the
    shapes do not fit.
    """
    whole, graph = graph, collapse(graph).graph if collapses else graph
    node_shapes = infer_shapes(graph, [shapes.get(name, ()) for name in graph.input_names])
    return SymbolicTrace(graph, whole, derivatives_by(graph, names), shapes, node_shapes)


def _readable(formula: Graph) -> Graph | None:
    readable = make_readable(formula, sorts=False)
    return readable if expression_length(readable) <= LONGEST_PRODUCT else None
