"""Graph → text in graphdiff's own language, with no more parentheses than its grammar needs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.primitive import ATOM, LITERAL, PRODUCT, SIGN
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.writing.spelling import OWN_NAMES, Piece, number_text, precedence_of, spelled

_MATMUL, _OUTER = (PRIMITIVES[name] for name in ("matmul", "outer"))

MOST_LENGTH = 10**9
"""Lengths are counted so far: they double with every node that is used twice."""


def operation_text(
    operation: Operation, operands: Sequence[tuple[str, int]], parameters: Mapping[str, Any] = NO_PARAMETERS
) -> str:
    """One operation on operands that are texts, each with its precedence."""
    pieces: list[str] = []
    for piece in spelled(operation, range(len(operands)), parameters):
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            operand, least = piece
            text, precedence = operands[operand]
            pieces.append(f"({text})" if precedence < least else text)
    return "".join(pieces)


def operation_of(graph: Graph, node: Node) -> str:
    """A node's operation on the labels of its operands: `x + y`."""
    assert node.operation is not None
    labels = [graph.labels[index] for index in node.operands]
    operands = [(label, SIGN if label.startswith("-") else ATOM) for label in labels]
    return operation_text(node.operation, operands, node.parameters)


def expression_text(
    graph: Graph,
    output: int,
    named: Callable[[Node], str | None],
    names: Container[str],
    is_formula: bool = False,
    called: Mapping[Operation, str] = OWN_NAMES,
    least: int = 0,
) -> str:
    """The text of a node, down to the nodes that have a name; names are all that mean something in it, called what
    functions are called where that is not their name; in parentheses where it holds together less than least.

    It parses to the same graph. A formula is written for readers: -(x*y) as -x*y, and the outer product of vectors
    as a @ bᵀ, which the language has for matrices only.
    Takes time linear in the text's length.
    """
    pieces: list[str] = []
    stack: list[Piece] = [(output, least)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        index, least = item
        node = graph.nodes[index]
        name = named(node)
        if name is not None:
            pieces.append(name)
            continue
        if node.operation is None:
            text = number_text(node.parameters["value"], names)
            precedence = SIGN if text.startswith("-") else LITERAL if text[0] != "[" else ATOM
            written: list[Piece] = [text]
        else:
            written = spelled(node.operation, node.operands, node.parameters, is_formula, called)
            precedence = precedence_of(node.operation, is_formula)
            inner = graph.nodes[node.operands[0]] if node.operands else node
            if is_formula and precedence == SIGN and inner.operation and precedence_of(inner.operation) == PRODUCT:
                written, precedence = ["-", (inner.index, PRODUCT)], PRODUCT
            if precedence == PRODUCT and inner.operation is not None and isinstance(written[0], tuple):
                is_matrix = [each in (_MATMUL, _OUTER) for each in (node.operation, inner.operation)]
                if is_matrix[0] != is_matrix[1]:  # x @ y*z would read as x @ (y*z)
                    written[0] = (inner.index, SIGN)
        if precedence < least:
            written = ["(", *written, ")"]
        stack.extend(reversed(written))
    return "".join(pieces)


def expression_length(graph: Graph) -> int:
    """About how long expression_text of the longest output is, at most MOST_LENGTH: a shared node counts wherever it is
    written."""
    lengths: list[int] = []
    for node in graph.nodes:
        lengths.append(min(sum([lengths[operand] for operand in node.operands], start=2), MOST_LENGTH))
    return max([lengths[output] for output in graph.outputs])


def graph_text(graph: Graph, heads: Sequence[str] = ("",), shares: bool = True) -> str:
    """A program that parses to this graph: its functions, a line for each named or shared node, then the outputs.

    heads are the names that are given to the outputs; unless it shares, each output is one formula of the inputs.
    """
    labels = graph.labels
    functions = functions_of(graph)
    shared = shared_nodes(graph) if shares else set()
    called, lines = definitions_of([function for function in functions if not function.is_prelude])
    aliases = {
        index: [f"{name} = {labels[index]}" for name in names] for index, names in aliases_of(graph, functions).items()
    }

    def text_of(index: int, is_whole: bool = True) -> str:
        def named(other: Node) -> str | None:
            is_named = other.is_input or (other.index in shared and (other.index != index or not is_whole))
            return labels[other.index] if is_named else None

        return expression_text(graph, index, named, graph.names_in_use, called=called)

    for index in graph.inputs:
        lines += aliases.get(index, [])
    for index in sorted(shared):
        lines += [f"{labels[index]} = {text_of(index)}", *aliases.get(index, [])]
    for head, index in zip(heads, graph.outputs, strict=True):
        if head:
            lines.append(f"{head} = {text_of(index, is_whole=False)}")
        elif index not in shared:
            lines.append(text_of(index))
    return "\n".join(lines)


def shared_nodes(graph: Graph) -> set[int]:
    """The nodes that a program has a line for: those with a name, and operations that are used more than once."""
    return {
        node.index
        for node in graph.nodes
        if not node.is_input
        and graph.needed[node.index]
        and (node.name is not None or (node.operation is not None and len(graph.consumers(node)) > 1))
    }


def aliases_of(graph: Graph, functions: Sequence[Function]) -> dict[int, list[str]]:
    """For each node the names, other than its label, by which functions know it."""
    captured = {name for function in functions for name in function.captured}
    aliases: dict[int, list[str]] = {}
    for name, index in graph.names.items():
        if name in captured and name != graph.labels[index]:
            aliases.setdefault(index, []).append(name)
    return aliases


def definitions_of(functions: Sequence[Function]) -> tuple[dict[Operation, str], list[str]]:
    """What each function is called in a text, and the lines that define them.

    A function that is also called with constants stands in the graph once more, with the same text; one that is
    called with other options with another, and is there another function.
    """
    called: dict[Operation, str] = {}
    known: dict[str, str] = {}
    for function in functions:
        text = function_text(function, called)
        taken = {definition.partition("(")[0] for definition in known.values()}
        if text not in known:
            free = (f"{function.name}_{number}" for number in count(2))
            name = function.name if function.name not in taken else next(name for name in free if name not in taken)
            known[text] = name + text.removeprefix(function.name)
        called[function] = known[text].partition("(")[0]
    return called, list(known.values())


def function_text(function: Function, called: Mapping[Operation, str] = OWN_NAMES) -> str:
    """The definition of a function, with its own derivatives where it has them."""
    body, *partials = [
        expression_text(
            graph,
            graph.output,
            lambda node: node.name if node.is_input else None,
            graph.names_in_use,
            called=called,
        )
        for graph in (function.graph, *function.partials)
    ]
    given = f" with {', '.join(partials)}" if partials else ""
    return f"{function.name}({', '.join(function.inputs)}) = {body}{given}"


def functions_of(graph: Graph) -> list[Function]:
    """All functions that a graph uses, each after those that it uses itself."""
    found: dict[Function, None] = {}

    def collect(nodes: Iterable[Node]) -> None:  # as deep as calls nest, which language/program bounds
        for node in nodes:
            if isinstance(node.operation, Function) and node.operation not in found:
                collect(node.operation.needed_nodes())
                found[node.operation] = None

    collect([node for node in graph.nodes if graph.needed[node.index]])
    return list(found)
