"""Graph → text in graphdiff's own language, with no more parentheses than its grammar needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from graphdiff.graph.graph import Function, Graph, Node, Operation
from graphdiff.operations.primitive import ATOM, SIGN, Primitive


def number_text(value: float) -> str:
    """The shortest decimal that reads back as this float; an integer without a point, π and e by their names."""
    if value == math.pi:
        return "pi"
    if value == math.e:
        return "e"
    text = repr(value)
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def operation_text(operation: Operation, operands: Sequence[tuple[str, int]]) -> str:
    """One operation on operands that are texts, each with its precedence."""
    pieces: list[str] = []
    for piece in _spelled(operation, range(len(operands))):
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
    return operation_text(node.operation, [(label, SIGN if label.startswith("-") else ATOM) for label in labels])


def precedence_of(operation: Operation) -> int:
    """How tightly an operation's text holds together."""
    if isinstance(operation, Primitive) and operation.operator is not None:
        return operation.operator.precedence
    return ATOM


def expression_text(graph: Graph, output: int, named: Callable[[Node], str | None]) -> str:
    """The formula of a node, down to the nodes that have a name. Takes time linear in the text's length."""
    pieces: list[str] = []
    stack: list[str | tuple[int, int]] = [(output, 0)]
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
        elif node.operation is None:
            text, precedence = constant_text(node)
            pieces.append(f"({text})" if precedence < least else text)
        else:
            spelled = _spelled(node.operation, node.operands)
            if precedence_of(node.operation) < least:
                spelled = ["(", *spelled, ")"]
            stack.extend(reversed(spelled))
    return "".join(pieces)


def constant_text(node: Node) -> tuple[str, int]:
    """A constant's number with its precedence."""
    text = number_text(node.parameters["value"])
    return text, SIGN if text.startswith("-") else ATOM


def graph_text(graph: Graph) -> str:
    """A program that parses to this graph: its functions, a line for each named or shared node, then the output."""
    labels = graph.labels
    functions: dict[Function, None] = {}
    _collect_functions(graph, functions)
    lines = [function_text(function) for function in functions if not function.is_prelude]
    shared = {
        node.index
        for node in graph.nodes
        if not node.is_input
        and graph.needed[node.index]
        and (node.name is not None or (node.operation is not None and len(graph.consumers(node)) > 1))
    }
    for index in sorted(shared | {graph.output}):

        def named(other: Node, this: int = index) -> str | None:
            if other.is_input or (other.index != this and other.index in shared):
                return labels[other.index]
            return None

        text = expression_text(graph, index, named)
        lines.append(f"{labels[index]} = {text}" if index in shared else text)
    return "\n".join(lines)


def function_text(function: Function) -> str:
    """The definition of a function of the program."""
    labels = function.graph.labels
    body = expression_text(
        function.graph, function.graph.output, lambda node: labels[node.index] if node.is_input else None
    )
    return f"{function.name}({', '.join(function.inputs)}) = {body}"


def _collect_functions(graph: Graph, found: dict[Function, None]) -> None:
    """Functions in the order in which they can be defined; nesting is bounded when a graph is built."""
    for node in graph.nodes:
        if isinstance(node.operation, Function) and node.operation not in found:
            _collect_functions(node.operation.graph, found)
            found[node.operation] = None


def _spelled(operation: Operation, operands: Sequence[int]) -> list[str | tuple[int, int]]:
    """The pieces of an operation's text: strings, and operands each with the least precedence it may have."""
    if isinstance(operation, Primitive) and operation.operator is not None:
        symbol, precedence, left, right = operation.operator
        if len(operands) == 1:
            return [symbol, (operands[0], right)]
        # Sums and comparisons breathe, products and powers hold together.
        spaced = f" {symbol} " if precedence < SIGN - 1 else symbol
        return [(operands[0], left), spaced, (operands[1], right)]
    pieces: list[str | tuple[int, int]] = [f"{operation.name}("]
    for position, operand in enumerate(operands[: len(operation.inputs)]):
        if position:
            pieces.append(", ")
        pieces.append((operand, 0))
    pieces.append(")")
    return pieces
