"""Graph → graph: formulas replaced by the gates that compute the same (--fuse).

The patterns are the field `fuse_patterns` of the records in operations/ and, for functions in the language, the lines
`# --fuse:` in grammar/prelude.gd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graphdiff.algebra.expand import rebuild
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.build import parse
from graphdiff.language.program import prelude
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES

_MUL, _DIV, _NEG, _POW, _EXP = (PRIMITIVES[name] for name in ("mul", "div", "neg", "pow", "exp"))


class Argument(NamedTuple):
    """What an input of a fuse pattern stands for: a node, or a product without the sign of its first factor."""

    node: int
    without_sign: bool = False


class Match(NamedTuple):
    """What the inputs of a fuse pattern stand for, by name, and the options of the reduction in it; in the match of a
    whole pattern, the options of the gate instead."""

    arguments: Mapping[str, Argument] = {}
    options: Mapping[str, Any] | None = None


def fuse_gates(graph: Graph, e_is_bound: bool = True) -> Graph:
    """Replace each formula that matches a fuse pattern by the gate of that pattern, inside functions too.

    The largest pattern wins. Unless e_is_bound, the input e is Euler's number, and e^x is exp(x).
    """
    return _fuse(graph, not e_is_bound, {})


def _fuse(graph: Graph, knows_e: bool, functions: dict[Function, Function]) -> Graph:
    has_changed = True
    while has_changed:  # a new gate can be part of another pattern
        graph, has_changed = _fuse_once(graph, knows_e, functions)
    return graph


def _fuse_once(graph: Graph, knows_e: bool, functions: dict[Function, Function]) -> tuple[Graph, bool]:
    has_changed = False
    builder = GraphBuilder(graph.source)
    matcher = _Matcher(graph, knows_e)
    positive: dict[int, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        gate = matcher.match(node) if graph.needed[node.index] else None
        if gate is not None:
            has_changed = True
            operation, match = gate
            operands = [_operand(builder, graph, nodes, match.arguments[name], positive) for name in operation.inputs]
            new = builder.apply(operation, operands, node.span, match.options or None)
        else:
            if isinstance(node.operation, Function):
                node = node._replace(operation=_fuse_function(node.operation, knows_e, functions))
            new = builder.copy(node, [nodes[operand] for operand in node.operands], node.span, node.parameters)
        nodes.append(new if node.name is None or node.is_input else builder.rename(new, node.name))
    return rebuild(graph, builder, nodes), has_changed


def _fuse_function(function: Function, knows_e: bool, functions: dict[Function, Function]) -> Function:
    if function not in functions:
        body = _fuse(function.graph, knows_e and "e" in function.captures, functions)
        functions[function] = function.with_graphs(body, function.partials)
        functions[functions[function]] = functions[function]
    return functions[function]


def _operand(
    builder: GraphBuilder, graph: Graph, nodes: Sequence[Node], argument: Argument, positive: dict[int, Node]
) -> Node:
    """The new node of an argument; positive keeps the new nodes of products without their signs."""
    if not argument.without_sign:
        return nodes[argument.node]
    products = []
    node = graph.nodes[argument.node]
    while node.index not in positive and node.operation in (_MUL, _DIV):
        products.append(node)
        node = graph.nodes[node.operands[0]]
    if node.index not in positive:
        positive[node.index] = (
            builder.constant(-node.parameters["value"], node.span) if node.is_constant else nodes[node.operands[0]]
        )
    result = positive[node.index]
    for product in reversed(products):
        assert product.operation is not None
        result = builder.apply(product.operation, (result, nodes[product.operands[1]]), product.span)
        positive[product.index] = result
    return result


@lru_cache(maxsize=1)
def _patterns() -> dict[Operation, list[tuple[Operation, Graph]]]:
    """The gate and the graph of each fuse pattern, by the primitive of the pattern's output, the largest first."""
    patterns: dict[Operation, list[tuple[Operation, Graph]]] = {}
    operations: list[Operation] = [*PRIMITIVES.values(), *prelude().values()]
    for operation in operations:
        for text in operation.fuse_patterns:
            graph = parse(text)
            root = graph.nodes[graph.output].operation
            assert root is not None
            patterns.setdefault(root, []).append((operation, graph))
    for group in patterns.values():
        group.sort(key=lambda pair: len(pair[1].nodes), reverse=True)
    return patterns


class _Matcher:
    """Matches the nodes of one graph with fuse patterns; two nodes that compute the same are the same."""

    def __init__(self, graph: Graph, knows_e: bool) -> None:
        self.graph = graph
        self.knows_e = knows_e
        numbers: dict[object, int] = {}
        self.same: list[int] = []
        for node in graph.nodes:
            key: object = node.index
            if node.operation is not None:
                operands = tuple([self.same[operand] for operand in node.operands])
                key = (node.operation, operands, tuple(node.parameters.items()))
            elif node.is_constant:
                key = ("constant", node.parameters["value"])
            self.same.append(numbers.setdefault(key, len(numbers)))

    def match(self, node: Node) -> tuple[Operation, Match] | None:
        """The gate that computes a node by a fuse pattern, and its arguments."""
        if node.operation is None:
            return None
        for operation, pattern in _patterns().get(node.operation, ()):
            for match in self._match(pattern, pattern.output, node.index, Match()):
                if match.options is None or isinstance(operation, Function):
                    return operation, match
                options = operation.fused_options(**match.options)
                if options is not None:
                    return operation, match._replace(options=options)
        return None

    def _match(self, pattern: Graph, part: int, index: int, match: Match) -> Iterator[Match]:
        """Each match of a pattern's node with a node of the graph that extends an earlier match."""
        pattern_node, node = pattern.nodes[part], self.graph.nodes[index]
        if pattern_node.is_input:
            assert pattern_node.name is not None
            yield from self._bind(pattern_node.name, Argument(index), match)
        elif pattern_node.is_constant:
            if node.is_constant and node.parameters["value"] == pattern_node.parameters["value"]:
                yield match
        elif pattern_node.operation is node.operation:
            if node.operation is not None and node.operation.options:
                match = match._replace(options=node.parameters)
            first, *rest = pattern_node.operands
            orders = [node.operands]
            if node.operation is not None and node.operation.commutative:
                orders.append(node.operands[::-1])
            for order in orders:
                for submatch in self._match(pattern, first, order[0], match):
                    if rest:
                        yield from self._match(pattern, rest[0], order[1], submatch)
                    else:
                        yield submatch
        elif pattern_node.operation is _EXP and node.operation is _POW and self._is_e(node.operands[0]):
            yield from self._match(pattern, pattern_node.operands[0], node.operands[1], match)
        elif pattern_node.operation is _NEG and pattern.nodes[pattern_node.operands[0]].is_input:
            # -x also stands for a product that begins with a sign: exp(-k*t) is exp((-k)*t).
            name = pattern.nodes[pattern_node.operands[0]].name
            assert name is not None
            if self._begins_with_sign(node):
                yield from self._bind(name, Argument(index, without_sign=True), match)

    def _bind(self, name: str, argument: Argument, match: Match) -> Iterator[Match]:
        """The match with an argument for a pattern's input, if no other one stands there."""
        earlier = match.arguments.get(name)
        if earlier is None:
            yield match._replace(arguments={**match.arguments, name: argument})
        elif self.same[earlier.node] == self.same[argument.node] and earlier.without_sign == argument.without_sign:
            yield match

    def _is_e(self, index: int) -> bool:
        node = self.graph.nodes[index]
        if node.is_constant:
            return bool(node.parameters["value"] == CONSTANTS["e"])
        return self.knows_e and node.is_input and node.name == "e"

    def _begins_with_sign(self, node: Node) -> bool:
        while node.operation in (_MUL, _DIV):
            node = self.graph.nodes[node.operands[0]]
        return node.operation is _NEG or (node.is_constant and _is_negative(node.parameters["value"]))


def _is_negative(value: object) -> bool:
    return isinstance(value, float) and value < 0
