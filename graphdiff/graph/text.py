"""Graph → text in graphdiff's own language, with no more parentheses than its grammar needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence

from graphdiff.graph.graph import Function, Graph, Node, Operation
from graphdiff.operations.primitive import ATOM, PRODUCT, SIGN, Primitive


def number_text(value: float, names: Container[str] = ()) -> str:
    """The shortest decimal that reads back as this float; π and e by their names, unless these mean something else."""
    if value == math.pi and "pi" not in names:
        return "pi"
    if value == math.e and "e" not in names:
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


def expression_text(
    graph: Graph,
    output: int,
    named: Callable[[Node], str | None],
    names: Container[str],
    is_formula: bool = False,
) -> str:
    """The text of a node, down to the nodes that have a name; names are all that mean something in it.

    It parses to the same graph. A formula parses to the same values only: -(x*y) is written -x*y.
    Takes time linear in the text's length.
    """
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
            continue
        if node.operation is None:
            text = number_text(node.parameters["value"], names)
            precedence = SIGN if text.startswith("-") else ATOM
            spelled: list[str | tuple[int, int]] = [text]
        else:
            spelled, precedence = _spelled(node.operation, node.operands), precedence_of(node.operation)
            inner = graph.nodes[node.operands[0]] if node.operands else node
            if is_formula and precedence == SIGN and inner.operation and precedence_of(inner.operation) == PRODUCT:
                spelled, precedence = ["-", (inner.index, PRODUCT)], PRODUCT
        if precedence < least:
            spelled = ["(", *spelled, ")"]
        stack.extend(reversed(spelled))
    return "".join(pieces)


def expression_length(graph: Graph) -> int:
    """About how long expression_text is: a shared node counts wherever it is written."""
    lengths: list[int] = []
    for node in graph.nodes:
        lengths.append(sum([lengths[operand] for operand in node.operands], start=2))
    return lengths[graph.output]


def graph_text(graph: Graph) -> str:
    """A program that parses to this graph: its functions, a line for each named or shared node, then the output."""
    labels = graph.labels
    functions = _functions(graph)
    shared = {
        node.index
        for node in graph.nodes
        if not node.is_input
        and graph.needed[node.index]
        and (node.name is not None or (node.operation is not None and len(graph.consumers(node)) > 1))
    }
    # A function that is also called with constants stands in the graph once more, with the same text.
    lines = list(dict.fromkeys(function_text(function) for function in functions if not function.is_prelude))
    captured = {name for function in functions for name in function.captured}
    aliases: dict[int, list[str]] = {}
    for name, index in graph.names.items():
        if name in captured and name != labels[index]:
            aliases.setdefault(index, []).append(f"{name} = {labels[index]}")
    for index in graph.inputs:
        lines += aliases.get(index, [])
    for index in sorted(shared | {graph.output}):

        def named(other: Node, this: int = index) -> str | None:
            if other.is_input or (other.index != this and other.index in shared):
                return labels[other.index]
            return None

        text = expression_text(graph, index, named, graph.names_in_use)
        lines += [f"{labels[index]} = {text}", *aliases.get(index, [])] if index in shared else [text]
    return "\n".join(lines)


def function_text(function: Function) -> str:
    """The definition of a function."""
    graph = function.graph
    body = expression_text(
        graph,
        graph.output,
        lambda node: graph.labels[node.index] if node.is_input else None,
        graph.names_in_use,
    )
    return f"{function.name}({', '.join(function.inputs)}) = {body}"


def _functions(graph: Graph) -> list[Function]:
    """All functions that a graph uses, each after those that it uses itself."""
    found: dict[Function, None] = {}

    def collect(inner: Graph) -> None:  # as deep as calls nest, which graph/program bounds
        for node in inner.nodes:
            if isinstance(node.operation, Function) and inner.needed[node.index] and node.operation not in found:
                collect(node.operation.graph)
                found[node.operation] = None

    collect(graph)
    return list(found)


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
