"""Patterns: formulas that others replace, and how they are matched with the nodes of a graph.

Those of --fuse stand in the field `fuse_patterns` of the records in operations/ and, for functions in the language, in
the lines `# --fuse:` of grammar/prelude.gd; those that every derivative begins with in the field `smooth_patterns`. A
pattern is a formula in the inputs of its operation, which replaces it; or `formula -> replacement`, where another
formula with the same inputs does.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.build import build
from graphdiff.language.program import prelude
from graphdiff.operations.literal import Irrational
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.source import Source

ADD, SUB, MUL, DIV, NEG, POW, EXP, SQRT, MAX = (
    PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "exp", "sqrt", "max")
)
ARROW = " -> "
DEEPEST = 20
"""How many factors deep a power of e is looked for in a product."""


class Argument(NamedTuple):
    """What an input of a pattern stands for: a node, or a product without one of its factors.

    without is the index of that factor: of -x the sign is left out, of a number too, and of a power of e all of it.
    """

    node: int
    without: int | None = None


class Match(NamedTuple):
    """What the inputs of a pattern stand for, by name, and the options of the reduction in it."""

    arguments: Mapping[str, Argument] = {}
    options: Mapping[str, Any] | None = None


class Pattern(NamedTuple):
    """A formula, and the one that replaces it."""

    formula: Graph
    replacement: Graph

    @property
    def size(self) -> int:
        """The number of nodes, without the weights of powers of e, which may be 1 and are then not in the text."""
        nodes = self.formula.nodes
        return len(nodes) - 2 * sum(_is_weighted(self.formula, node) for node in nodes)

    @property
    def functions(self) -> set[str]:
        """The names of the functions in the replacement."""
        operations = [node.operation for node in self.replacement.nodes if node.operation is not None]
        return {each.name for each in operations if each.operator is None}


Patterns = Mapping[Operation, Sequence[Pattern]]
"""Patterns by the operation of the formula's output, the largest first."""


@lru_cache(maxsize=1)
def fuse_patterns() -> Patterns:
    """The patterns of --fuse."""
    operations: list[Operation] = [*PRIMITIVES.values(), *prelude().values()]
    return _by_root([(operation, text) for operation in operations for text in operation.fuse_patterns])


@lru_cache(maxsize=1)
def smooth_patterns() -> Patterns:
    """The patterns of formulas that are smooth where an operation in them is not: abs(x)^2."""
    return _by_root([(operation, text) for operation in PRIMITIVES.values() for text in operation.smooth_patterns])


def _by_root(texts: Sequence[tuple[Operation, str]]) -> Patterns:
    by_root: dict[Operation, list[Pattern]] = {}
    for operation, text in texts:
        formula, arrow, replacement = text.partition(ARROW)
        pattern = Pattern(_graph_of(formula), _graph_of(replacement) if arrow else _call(operation))
        root = pattern.formula.nodes[pattern.formula.output].operation
        assert root is not None
        by_root.setdefault(root, []).append(pattern)
    for group in by_root.values():
        group.sort(key=lambda pattern: (-pattern.size, len(pattern.formula.nodes)))
    return by_root


def _graph_of(text: str) -> Graph:
    """The graph of a formula in a pattern, in which pi is the number."""
    graph = build(Source(text))
    pi = graph.input_indices.get("pi")
    if pi is None:
        return graph
    nodes = list(graph.nodes)
    nodes[pi] = GraphBuilder().constant(Irrational(math.pi))._replace(index=pi)
    return Graph(nodes, [index for index in graph.inputs if index != pi], graph.outputs, source=graph.source)


def _call(operation: Operation) -> Graph:
    """The graph of an operation on its inputs."""
    builder = GraphBuilder()
    node = builder.apply(operation, [builder.input(name) for name in operation.inputs])
    return Graph(builder.nodes, builder.inputs, [node.index])


class Matcher:
    """Matches the nodes of one graph with patterns; two nodes that compute the same are the same."""

    def __init__(self, graph: Graph, patterns: Patterns, constants: Collection[str]) -> None:
        self.graph = graph
        self.patterns = patterns
        self.constants = constants
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

    def match(self, node: Node) -> tuple[Pattern, Match] | None:
        """The largest pattern that a node matches; the options are those that the replacement's reduction has."""
        for root in self._roots(node):
            for pattern in self.patterns.get(root, ()):
                for match in self._match(pattern.formula, pattern.formula.output, node.index, Match()):
                    options = _options_of(pattern.replacement, match.options)
                    if options is not None:
                        return pattern, match._replace(options=options)
        return None

    def _roots(self, node: Node) -> list[Operation]:
        """The operations that the output of a matching pattern may have."""
        if node.operation is None:
            return []
        if node.operation is POW:
            return [POW, DIV, SQRT]
        if node.operation is MUL:
            return [MUL, POW]
        return [ADD, SUB] if node.operation is ADD else [node.operation]

    def _match(self, pattern: Graph, part: int, index: int, match: Match) -> Iterator[Match]:
        """Each match of a pattern's node with a node of the graph that extends an earlier match."""
        pattern_node, node = pattern.nodes[part], self.graph.nodes[index]
        if pattern_node.is_input:
            assert pattern_node.name is not None
            yield from self._bind(pattern_node.name, Argument(index), match)
        elif pattern_node.is_constant:
            if self.number(index) == pattern_node.parameters["value"]:
                yield match
        elif _is_weighted(pattern, pattern_node):
            yield from self._match_weighted(pattern, pattern_node, index, match)
        elif pattern_node.operation is NEG and node.operation is not NEG:
            negated, sign = pattern.nodes[pattern_node.operands[0]], self.sign_of(index)
            if negated.is_input and sign is not None:  # -x also stands for a product that begins with a sign
                yield from self._bind(negated.name or "", Argument(index, sign), match)
        else:
            if node.operation is not None and node.operation.options and pattern_node.operation is node.operation:
                match = match._replace(options=node.parameters)
            for pairs in self._spellings(pattern, pattern_node, node):
                yield from self._match_all(pattern, pairs, match)

    def _match_all(self, pattern: Graph, pairs: Sequence[tuple[int, int]], match: Match) -> Iterator[Match]:
        """Each match of all pairs of a pattern's node and a node of the graph."""
        if not pairs:
            yield match
            return
        for submatch in self._match(pattern, *pairs[0], match):
            yield from self._match_all(pattern, pairs[1:], submatch)

    def _spellings(self, pattern: Graph, pattern_node: Node, node: Node) -> Iterator[list[tuple[int, int]]]:
        """The pairs of operands with which a node is the operation of a pattern's node: x*x is x^2, -y + x is x - y."""
        wanted, operation, operands = pattern_node.operation, node.operation, node.operands
        parts = pattern_node.operands
        if wanted is operation:
            yield list(zip(parts, operands, strict=True))
            if operation is MAX or (operation is not None and operation.commutative and operands[0] != operands[1]):
                yield list(zip(parts, operands[::-1], strict=True))
        elif wanted is EXP and operation is POW and self._is_e(operands[0]):
            yield [(parts[0], operands[1])]
        elif wanted is SQRT and operation is POW and self.number(operands[1]) == 0.5:
            yield [(parts[0], operands[0])]
        elif wanted is DIV and operation is POW and self.number(operands[1]) == -1 and _is(pattern, parts[0], 1.0):
            yield [(parts[1], operands[0])]
        elif wanted is POW and operation is MUL and _is(pattern, parts[1], 2.0):
            if self.same[operands[0]] == self.same[operands[1]]:
                yield [(parts[0], operands[0])]
        elif wanted is SUB and operation is ADD:
            for first, second in (operands, operands[::-1]):
                if self.graph.nodes[second].operation is NEG:
                    yield [(parts[0], first), (parts[1], self.graph.nodes[second].operands[0])]

    def _match_weighted(self, pattern: Graph, pattern_node: Node, index: int, match: Match) -> Iterator[Match]:
        """Match w*exp(x) with a product that has a power of e anywhere: p*exp(x)/q is (p/q)*exp(x)."""
        weight, power = [pattern.nodes[operand] for operand in pattern_node.operands]
        for factor in self.exponentials_of(index):
            for submatch in self._match(pattern, power.index, factor, match):
                yield from self._bind(weight.name or "", Argument(index, factor), submatch)

    def _bind(self, name: str, argument: Argument, match: Match) -> Iterator[Match]:
        """The match with an argument for a pattern's input, if no other one stands there."""
        earlier = match.arguments.get(name)
        if earlier is None:
            yield match._replace(arguments={**match.arguments, name: argument})
        elif self._key(earlier) == self._key(argument):
            yield match

    def _key(self, argument: Argument) -> tuple[int, int]:
        """Equal for arguments that compute the same."""
        return self.same[argument.node], -1 if argument.without is None else self.same[argument.without]

    def exponentials_of(self, index: int, depth: int = 0) -> Iterator[int]:
        """The factors of a product that are powers of e, itself if it is one."""
        node = self.graph.nodes[index]
        if node.operation is EXP or (node.operation is POW and self._is_e(node.operands[0])):
            yield index
        elif node.operation in (MUL, DIV) and depth < DEEPEST:
            for operand in node.operands if node.operation is MUL else node.operands[:1]:
                yield from self.exponentials_of(operand, depth + 1)

    def sign_of(self, index: int) -> int | None:
        """The first factor of a product if it is a negation or a negative number; None if it is neither."""
        node = self.graph.nodes[index]
        while node.operation in (MUL, DIV):
            node = self.graph.nodes[node.operands[0]]
        number = node.parameters["value"] if node.is_constant else None
        return node.index if node.operation is NEG or (isinstance(number, float) and number < 0) else None

    def number(self, index: int) -> object:
        """The value of a constant, of -x or of x/y for constants; None for any other node."""
        node = self.graph.nodes[index]
        if node.is_constant:
            return node.parameters["value"]
        if node.is_input and node.name is not None and node.name in self.constants:
            return CONSTANTS[node.name]
        values = [self.graph.nodes[operand].parameters.get("value") for operand in node.operands]
        if node.operation is NEG and isinstance(values[0], float):
            return -values[0]
        if node.operation is DIV and isinstance(values[0], float) and isinstance(values[1], float) and values[1]:
            return values[0] / values[1]
        return None

    def _is_e(self, index: int) -> bool:
        node = self.graph.nodes[index]
        if node.is_constant:
            return bool(node.parameters["value"] == CONSTANTS["e"])
        return node.is_input and node.name == "e" and "e" in self.constants


def _is_weighted(pattern: Graph, node: Node) -> bool:
    """Whether a pattern's node is w*exp(x)."""
    return node.operation is MUL and pattern.nodes[node.operands[1]].operation is EXP


def _is(pattern: Graph, part: int, number: float) -> bool:
    """Whether a pattern's node is a number."""
    return pattern.nodes[part].is_constant and bool(pattern.nodes[part].parameters["value"] == number)


def _options_of(replacement: Graph, options: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The options of the reduction in a replacement, from those of the one in the formula; None if it has none such."""
    for node in replacement.nodes if options is not None else ():
        if isinstance(node.operation, Primitive) and node.operation.options:
            return node.operation.fused_options(**(options or {}))
    return options or {}
