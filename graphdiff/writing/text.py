"""Graph → text in graphdiff's own language, with no more parentheses than its grammar needs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from graphdiff.graph.function import Function, Operation, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.primitive import ATOM, SIGN
from graphdiff.writing.spelling import OWN_NAMES, name_text, number_text, spell, spell_expression, spell_loop

NAMED = ("pi", "e")
"""The numbers that have names."""
MOST_LENGTH = 10**9
"""The longest length that is computed: lengths double with each node that is used twice."""


NO_TEXTS: Mapping[int, tuple[str, int]] = {}
"""All operands are written as their labels."""


def operation_text(
    operation: Operation, operands: Sequence[tuple[str, int]], parameters: Mapping[str, Any] = NO_PARAMETERS
) -> str:
    """Write one operation on operands that are texts, each with its precedence."""
    pieces: list[str] = []
    for piece in spell(operation, range(len(operands)), parameters):
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            operand, least = piece
            text, precedence = operands[operand]
            pieces.append(f"({text})" if precedence < least else text)
    return "".join(pieces)


def operation_of(graph: Graph, node: Node, texts: Mapping[int, tuple[str, int]] = NO_TEXTS) -> str:
    """Write the operation of a node on the labels of its operands: `x + y`. texts has those of operands that are
    written in another way, with their precedences."""
    assert node.operation is not None
    names = [graph.nodes[index].name for index in node.operands]
    labels = [
        name_text(name) if name else graph.labels[index] for name, index in zip(names, node.operands, strict=True)
    ]
    operands = [
        texts.get(index) or (label, SIGN if label.startswith("-") else ATOM)
        for index, label in zip(node.operands, labels, strict=True)
    ]
    return operation_text(node.operation, operands, node.parameters)


def expression_text(
    graph: Graph,
    output: int,
    name_of: Callable[[Node], str | None],
    names: Container[str],
    is_formula: bool = False,
    function_names: Mapping[Operation, str] = OWN_NAMES,
    least: int = 0,
) -> str:
    """Write a node down to the nodes to which name_of gives a name; the text parses to the same graph.

    names are all names with a meaning in the text (a constant pi is a number if pi is among them), function_names those
    of functions that differ from their own. The text is in parentheses if its precedence is below least.
    A formula (is_formula) is for readers: -(x*y) is -x*y, and the outer product of two vectors is a @ bᵀ, which the
    language reserves for matrices. Takes time linear in the length of the text.
    """

    def leaf_of(node: Node, least: int) -> str | None:
        name = name_of(node)
        return None if name is None else name_text(name)

    pieces = spell_expression(graph, (output, least), leaf_of, names, is_formula, function_names)
    return "".join(map(str, pieces))


def expression_length(graph: Graph) -> int:
    """The approximate length of expression_text of the longest output, at most MOST_LENGTH; a shared node counts each
    time it is written."""
    lengths: list[int] = []
    for node in graph.nodes:
        lengths.append(min(sum([lengths[operand] for operand in node.operands], start=2), MOST_LENGTH))
    return max([lengths[output] for output in graph.outputs])


def graph_text(graph: Graph, heads: Sequence[str] = ("",), shares: bool = True) -> str:
    """Write a program that parses to this graph: its functions, a line for each named or shared node, the outputs.

    heads are the names of the outputs, one for each; with shares=False, each output is one formula of the inputs.
    """
    labels = [*map(name_text, graph.labels)]
    functions = functions_in(graph)
    shared = shared_nodes(graph) if shares else set()
    function_names, lines = define_functions([function for function in functions if not function.is_prelude])
    aliases = {
        index: [f"{name_text(name)} = {labels[index]}" for name in names] for index, names in aliases_of(graph).items()
    }

    def text_of(index: int, least: int = 0, is_whole: bool = True) -> str:
        def name_of(other: Node) -> str | None:
            is_named = other.is_input or (other.index in shared and (other.index != index or not is_whole))
            return graph.labels[other.index] if is_named else None

        return expression_text(graph, index, name_of, graph.names_in_use, function_names=function_names, least=least)

    for index in graph.inputs:
        if graph.labels[index] in graph.defaults:
            lines.append(f"{labels[index]} = {number_text(graph.defaults[graph.labels[index]], NAMED)}")
        lines += aliases.get(index, [])
    groups: Mapping[int, list[int]] = {}
    if shared and graph.runs:
        from graphdiff.writing.loops import loops_with_several_values  # lazy: few formulas have loops

        groups = {min(shared.intersection(group)): group for group in loops_with_several_values(graph)}
    used_names = {*graph.labels}
    grouped = {index for group in groups.values() for index in group}
    for index in sorted(shared):
        if index in groups:
            lines += _lines_of_loop(graph, groups[index], labels, used_names, text_of, function_names)
        elif index not in grouped:
            lines.append(f"{labels[index]} = {text_of(index)}")
        lines += aliases.get(index, [])
    for head, index in zip(heads, graph.outputs, strict=True):
        if head:
            lines.append(f"{name_text(head)} = {text_of(index, is_whole=False)}")
        elif index not in shared or index in grouped:
            lines.append(text_of(index, is_whole=False))
    return "\n".join(lines)


def _lines_of_loop(
    graph: Graph,
    group: Sequence[int],
    labels: Sequence[str],
    used_names: set[str],
    text_of: Callable[..., str],
    function_names: Mapping[Operation, str],
) -> list[str]:
    """The statement of a loop with several values: p, v = fold((p + v, v - p) for t in range(9), p=p0, v=v0).

    Those of a scan that runs backward are then put in the order of the array that it runs along.

    used_names are those of the text, to which the names of values that are not used are added.
    """
    from graphdiff.writing.loops import loop_text, names_below

    first = graph.nodes[group[0]]
    loop = first.operation
    assert is_loop(loop)
    outputs = {each.output: index for index in group if is_loop(each := graph.nodes[index].operation)}
    taken = names_below(graph, first.operands[len(loop.body.carried) :])
    text = loop_text(loop, [*outputs], taken)
    heads: list[str] = []
    for value in text.carried:
        if value.output in outputs and not loop.is_reversed:
            heads.append(labels[outputs[value.output]])
            continue
        free = (f"{value.name}_{number}" for number in count(2))
        unused = next(name for name in free if name not in used_names)
        used_names.add(unused)
        heads.append(name_text(unused))
    pieces = spell_loop(loop, first.operands, [*outputs], taken, False, function_names=function_names)
    whole = "".join([piece if isinstance(piece, str) else text_of(*piece, is_whole=False) for piece in pieces])
    lines = [f"{', '.join(heads)} = {whole}"]
    if loop.is_reversed:
        for value, head in zip(text.carried, heads, strict=True):
            if value.output in outputs:
                lines.append(f"{labels[outputs[value.output]]} = {head}[::-1]")
    return lines


def shared_nodes(graph: Graph) -> set[int]:
    """The nodes that have a line in a program: named nodes, operations with more than one consumer, and loops with
    several values."""
    shared = {
        node.index
        for node in graph.nodes
        if not node.is_input
        and graph.needed[node.index]
        and (node.name is not None or (node.operation is not None and len(graph.consumers(node)) > 1))
    }
    if graph.runs:
        from graphdiff.writing.loops import has_several_values

        shared.update(index for index in graph.runs if has_several_values(graph.nodes[index]))
    return shared


def aliases_of(graph: Graph) -> dict[int, list[str]]:
    """For each node, the names other than its label by which functions use it."""
    aliases: dict[int, dict[str, None]] = {}
    for name, index in _captures(graph):
        if name != graph.labels[index]:
            aliases.setdefault(index, {})[name] = None
    return {index: [*names] for index, names in aliases.items()}


def _captures(graph: Graph) -> Iterator[tuple[str, int]]:
    """The names by which functions of a graph, and of the loops in it, use its nodes."""
    for node in graph.nodes:
        if not isinstance(node.operation, Function) or not graph.needed[node.index]:
            continue
        captures = node.operation.captures
        yield from zip(captures, node.operands[len(node.operands) - len(captures) :], strict=True)
        if is_loop(node.operation):
            body = node.operation.body.graph
            operands = dict(zip(body.inputs[1:], node.operands, strict=True))
            yield from ((name, operands[index]) for name, index in _captures(body) if index in operands)


def define_functions(functions: Sequence[Function]) -> tuple[dict[Operation, str], list[str]]:
    """The name of each function in a text, and the lines that define the functions.

    A function that is also called with constants occurs in the graph twice, with the same text; one that is called with
    different options has different texts, and so different names.
    """
    function_names: dict[Operation, str] = {}
    names: dict[str, str] = {}
    used: set[str] = set()
    lines: list[str] = []
    for function in functions:
        text = function_text(function, function_names)
        if text not in names:
            free = (f"{function.name}_{number}" for number in count(2))
            name = function.name if function.name not in used else next(name for name in free if name not in used)
            names[text] = name
            used.add(name)
            lines.append(name + text.removeprefix(function.name))
        function_names[function] = names[text]
    return function_names, lines


def function_text(function: Function, function_names: Mapping[Operation, str] = OWN_NAMES) -> str:
    """Write the definition of a function, with its own derivatives if it has any."""
    body, *partials = [
        expression_text(
            graph,
            graph.output,
            lambda node: node.name if node.is_input else None,
            graph.names_in_use,
            function_names=function_names,
        )
        for graph in (function.graph, *function.partials)
    ]
    own_derivatives = f" with {', '.join(partials)}" if partials else ""
    return f"{function.name}({', '.join(map(name_text, function.inputs))}) = {body}{own_derivatives}"


def functions_in(graph: Graph) -> list[Function]:
    """All functions that a graph calls, each after those that its body calls."""
    functions: dict[Function, None] = {}

    def collect(nodes: Iterable[Node]) -> None:  # as deep as calls are nested, which language/program limits
        for node in nodes:
            if isinstance(node.operation, Function) and node.operation not in functions:
                collect(node.operation.needed_nodes())
                if node.operation.is_called:
                    functions[node.operation] = None

    collect([node for node in graph.nodes if graph.needed[node.index]])
    return list(functions)
