"""Graph → graph: formulas replaced by others that compute the same, for --fuse and before differentiating."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from graphdiff.algebra.expand import rebuild
from graphdiff.algebra.patterns import (
    DIV,
    MUL,
    NEG,
    Argument,
    Match,
    Matcher,
    Pattern,
    Patterns,
    fuse_patterns,
    smooth_patterns,
)
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive


class Fusion(NamedTuple):
    """A fused graph, and what fusing brought: names of functions, or if there are none the formulas that it wrote."""

    graph: Graph
    names: tuple[str, ...]


def fuse_gates(graph: Graph, constants: Collection[str] = ()) -> Graph:
    """Replace each formula that matches a fuse pattern by the replacement of that pattern, inside functions too.

    The largest pattern wins. constants are the inputs that are numbers by their names, such as e and pi.
    """
    return fusion_of(graph, constants).graph


def fusion_of(graph: Graph, constants: Collection[str] = ()) -> Fusion:
    """The fused graph, and what fusing brought, sorted."""
    fuser = _Fuser(fuse_patterns())
    fused = fuser.fuse(graph, constants)
    functions = set(_functions_of(fused)) - set(_functions_of(graph))
    names = {name for each in fuser.applied for name in each.functions}
    return Fusion(fused, tuple(sorted(names & functions or {str(each.replacement) for each in fuser.applied})))


def smooth_powers(graph: Graph) -> Graph:
    """Replace formulas that are smooth by others without the kinks of the operations in them: abs(x)^2 by x^2.

    The derivatives of the result are right at these kinks too, and shorter.
    """
    return _Fuser(smooth_patterns()).fuse(graph, ()) if _has_lengths(graph) else graph


def _has_lengths(graph: Graph) -> bool:
    operations = {node.operation for node in graph.nodes}
    functions = [each for each in operations if isinstance(each, Function) and not each.is_prelude]
    primitives = [each for each in operations if isinstance(each, Primitive)]
    return any(each.smooth_patterns for each in primitives) or any(_has_lengths(each.bodies[0]) for each in functions)


def _functions_of(graph: Graph) -> Iterator[str]:
    """The names of the operations in a graph, and in the functions that it calls."""
    for node in graph.nodes:
        if node.operation is not None and graph.needed[node.index]:
            yield node.operation.name
            if isinstance(node.operation, Function) and not node.operation.is_prelude:
                yield from _functions_of(node.operation.bodies[0])


class _Fuser:
    """Fuses a graph and the functions in it; applied has the patterns that were found."""

    def __init__(self, patterns: Patterns) -> None:
        self.patterns = patterns
        self.applied: list[Pattern] = []
        self._functions: dict[Function, Function] = {}
        self._bodies: dict[Graph, Graph] = {}

    def fuse(self, graph: Graph, constants: Collection[str]) -> Graph:
        fused = _fuse_once(self, graph, constants)
        while fused is not None:  # a new gate can be part of another pattern
            graph, fused = fused, _fuse_once(self, fused, constants)
        return graph

    def fuse_function(self, function: Function, constants: Collection[str]) -> Function:
        """A function with a fused body; those of the prelude are stable as they are."""
        if function.is_prelude:
            return function
        if function not in self._functions:
            graph = function.bodies[0]
            if graph not in self._bodies:  # the results of one loop have the same
                self._bodies[graph] = self.fuse(graph, [name for name in constants if name in function.captures])
            body = self._bodies[graph]
            fused = function if body is graph else function.with_graphs(body, function.partials)
            self._functions[function] = self._functions[fused] = fused
        return self._functions[function]


def _fuse_once(fuser: _Fuser, graph: Graph, constants: Collection[str]) -> Graph | None:
    """The graph with each match replaced; None if nothing changes."""
    has_changed = False
    builder = GraphBuilder(graph.source)
    matcher = Matcher(graph, fuser.patterns, constants)
    products = _Products(matcher, builder)
    nodes = products.nodes
    for node in graph.nodes:
        replacement = matcher.match(node) if graph.needed[node.index] else None
        if replacement is not None:
            has_changed = True
            pattern, match = replacement
            fuser.applied.append(pattern)
            arguments = {name: products.node_of(argument) for name, argument in match.arguments.items()}
            new = _build(builder, pattern.replacement, arguments, match, node)
        else:
            if isinstance(node.operation, Function):
                function = fuser.fuse_function(node.operation, constants)
                has_changed |= function is not node.operation
                node = node._replace(operation=function)
            new = builder.copy(node, [nodes[operand] for operand in node.operands], node.span, node.parameters)
        nodes.append(new if node.name is None or node.is_input else builder.rename(new, node.name))
    return rebuild(graph, builder, nodes) if has_changed else None


def _build(builder: GraphBuilder, formula: Graph, arguments: Mapping[str, Node], match: Match, replaced: Node) -> Node:
    """Add a replacement's nodes, with the place in the text of the node that they replace."""
    nodes: list[Node] = []
    for node in formula.nodes:
        if node.is_input:
            nodes.append(arguments[node.name or ""])
        elif node.operation is not None and node.operation.options:
            operands = [nodes[operand] for operand in node.operands]
            nodes.append(builder.apply(node.operation, operands, replaced.span, match.options or node.parameters))
        else:
            nodes.append(builder.copy(node, [nodes[operand] for operand in node.operands], replaced.span))
    return nodes[formula.output]


class _Products:
    """The new nodes of a graph's nodes, and of its products without a factor, each of which is added once."""

    def __init__(self, matcher: Matcher, builder: GraphBuilder) -> None:
        self.nodes: list[Node] = []
        self._matcher = matcher
        self._builder = builder
        self._without: dict[Argument, Node | None] = {}

    def node_of(self, argument: Argument) -> Node:
        """The new node of an argument."""
        if argument.without is None:
            return self.nodes[argument.node]
        node = self._product_without(argument.node, argument.without)
        return self._builder.constant(1.0) if node is None else node

    def _product_without(self, index: int, factor: int) -> Node | None:
        """The new node of a product without a factor; None for the product of no others."""
        old, builder = self._matcher.graph.nodes, self._builder
        steps: list[tuple[Node, int]] = []
        while Argument(index, factor) not in self._without and index != factor:
            node = old[index]
            is_first = old[factor].operation is NEG or old[factor].is_constant
            is_first = is_first or factor in self._matcher.exponentials_of(node.operands[0])
            steps.append((node, 0 if is_first else 1))
            index = node.operands[steps[-1][1]]
        if Argument(index, factor) not in self._without:
            self._without[Argument(index, factor)] = self._rest_of(old[factor])
        rest = self._without[Argument(index, factor)]
        for node, slot in reversed(steps):
            other = self.nodes[node.operands[1 - slot]]
            assert node.operation in (MUL, DIV)
            if rest is not None:
                rest = builder.apply(node.operation, (rest, other) if slot == 0 else (other, rest), node.span)
            else:
                one = builder.constant(1.0, node.span)
                rest = other if node.operation is MUL else builder.apply(DIV, (one, other), node.span)
            self._without[Argument(node.index, factor)] = rest
        return rest

    def _rest_of(self, factor: Node) -> Node | None:
        """What is left of a factor: x of -x, 2 of -2, nothing of exp(x)."""
        if factor.operation is NEG:
            return self.nodes[factor.operands[0]]
        return self._builder.constant(-factor.parameters["value"], factor.span) if factor.is_constant else None
