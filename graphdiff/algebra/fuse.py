"""Graph → graph: formulas recognised as one gate (--fuse), by the patterns in the operations' records and in the
prelude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graphdiff.algebra.expand import rebuilt
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.build import parse
from graphdiff.language.program import prelude
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES

_MUL, _DIV, _NEG, _POW, _EXP = (PRIMITIVES[name] for name in ("mul", "div", "neg", "pow", "exp"))


class Matched(NamedTuple):
    """What a pattern's input stands for: a node, or a product without the sign of its first factor."""

    node: int
    without_sign: bool = False


class Way(NamedTuple):
    """A way to match a pattern: what its inputs stand for, and the options of the reduction that is in it; at last
    those of the operation that it means."""

    bound: Mapping[str, Matched] = {}
    options: Mapping[str, Any] | None = None


def fused(graph: Graph, e_is_bound: bool = True) -> Graph:
    """The graph with each formula that is a pattern of an operation in that operation's place.

    The largest pattern wins. Inside functions too. Where nothing binds the input e, e^x is exp(x).
    """
    return _fused(graph, not e_is_bound, {})


def _fused(graph: Graph, knows_e: bool, functions: dict[Function, Function]) -> Graph:
    has_changed = True
    while has_changed:  # a gate can be part of another's pattern
        graph, has_changed = _fused_once(graph, knows_e, functions)
    return graph


def _fused_once(graph: Graph, knows_e: bool, functions: dict[Function, Function]) -> tuple[Graph, bool]:
    has_changed = False
    builder = GraphBuilder(graph.source)
    matcher = _Matcher(graph, knows_e)
    positive: dict[int, Node] = {}
    moved: list[Node] = []
    for node in graph.nodes:
        found = matcher.find(node) if graph.needed[node.index] else None
        if found is not None:
            has_changed = True
            operation, way = found
            operands = [_operand(builder, graph, moved, way.bound[name], positive) for name in operation.inputs]
            new = builder.apply(operation, operands, node.span, way.options or None)
        else:
            if isinstance(node.operation, Function):
                node = node._replace(operation=_fused_function(node.operation, knows_e, functions))
            new = builder.copied(node, [moved[operand] for operand in node.operands], node.span, node.parameters)
        moved.append(new if node.name is None or node.is_input else builder.rename(new, node.name))
    return rebuilt(graph, builder, moved), has_changed


def _fused_function(function: Function, knows_e: bool, functions: dict[Function, Function]) -> Function:
    if function not in functions:
        body = _fused(function.graph, knows_e and "e" in function.captured, functions)
        functions[function] = function.of(body, function.partials)
        functions[functions[function]] = functions[function]
    return functions[function]


def _operand(
    builder: GraphBuilder, graph: Graph, moved: Sequence[Node], match: Matched, positive: dict[int, Node]
) -> Node:
    """The new node for what a pattern's input stands for; positive keeps the products without their signs."""
    if not match.without_sign:
        return moved[match.node]
    products = []
    node = graph.nodes[match.node]
    while node.index not in positive and node.operation in (_MUL, _DIV):
        products.append(node)
        node = graph.nodes[node.operands[0]]
    if node.index not in positive:
        positive[node.index] = (
            builder.constant(-node.parameters["value"], node.span) if node.is_constant else moved[node.operands[0]]
        )
    result = positive[node.index]
    for product in reversed(products):
        assert product.operation is not None
        result = builder.apply(product.operation, (result, moved[product.operands[1]]), product.span)
        positive[product.index] = result
    return result


@lru_cache(maxsize=1)
def _patterns() -> dict[Primitive, list[tuple[Operation, Graph]]]:
    """By the primitive of a pattern's output: what the pattern means, and its graph; the largest first."""
    patterns: dict[Primitive, list[tuple[Operation, Graph]]] = {}
    operations: list[Operation] = [*PRIMITIVES.values(), *prelude().values()]
    for operation in operations:
        for text in operation.patterns:
            graph = parse(text)
            root = graph.nodes[graph.output].operation
            assert isinstance(root, Primitive)
            patterns.setdefault(root, []).append((operation, graph))
    for found in patterns.values():
        found.sort(key=lambda pair: len(pair[1].nodes), reverse=True)
    return patterns


class _Matcher:
    """Finds patterns in one graph. Nodes that compute the same count as one."""

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

    def find(self, node: Node) -> tuple[Operation, Way] | None:
        """The operation that a node computes by a pattern, and how."""
        if not isinstance(node.operation, Primitive):
            return None
        for operation, pattern in _patterns().get(node.operation, ()):
            for way in self._match(pattern, pattern.output, node.index, Way()):
                if way.options is None or isinstance(operation, Function):
                    return operation, way
                options = operation.fused(**way.options)
                if options is not None:
                    return operation, way._replace(options=options)
        return None

    def _match(self, pattern: Graph, part: int, index: int, way: Way) -> Iterator[Way]:
        """Each way to match one node of a pattern, given how others are matched already."""
        wanted, node = pattern.nodes[part], self.graph.nodes[index]
        if wanted.is_input:
            assert wanted.name is not None
            yield from self._bind(wanted.name, Matched(index), way)
        elif wanted.is_constant:
            if node.is_constant and node.parameters["value"] == wanted.parameters["value"]:
                yield way
        elif wanted.operation is node.operation:
            if isinstance(node.operation, Primitive) and node.operation.options:
                way = way._replace(options=node.parameters)
            first, *rest = wanted.operands
            orders = [node.operands]
            if isinstance(node.operation, Primitive) and node.operation.commutative:
                orders.append(node.operands[::-1])
            for order in orders:
                for found in self._match(pattern, first, order[0], way):
                    if rest:
                        yield from self._match(pattern, rest[0], order[1], found)
                    else:
                        yield found
        elif wanted.operation is _EXP and node.operation is _POW and self._is_e(node.operands[0]):
            yield from self._match(pattern, wanted.operands[0], node.operands[1], way)
        elif wanted.operation is _NEG and pattern.nodes[wanted.operands[0]].is_input:
            # -x also stands for a product that begins with a sign: exp(-k*t) is exp((-k)*t).
            name = pattern.nodes[wanted.operands[0]].name
            assert name is not None
            if self._begins_with_sign(node):
                yield from self._bind(name, Matched(index, without_sign=True), way)

    def _bind(self, name: str, match: Matched, way: Way) -> Iterator[Way]:
        earlier = way.bound.get(name)
        if earlier is None:
            yield way._replace(bound={**way.bound, name: match})
        elif self.same[earlier.node] == self.same[match.node] and earlier.without_sign == match.without_sign:
            yield way

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
