"""How one operation is written: as an operator, an index, a literal, or a call with options."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from graphdiff.graph.function import FormulaGate, Operation, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.indexing import NEW, OPERAND, REST
from graphdiff.operations.options import REQUIRED
from graphdiff.operations.primitive import ATOM, LITERAL, PRODUCT, SIGN, SUM
from graphdiff.operations.registry import PRIMITIVES

if TYPE_CHECKING:
    from graphdiff.graph.loop import Loop

OWN_NAMES: Mapping[Operation, str] = {}
"""No other names for functions than their own."""

Piece: TypeAlias = str | tuple[int, int]
"""A string, or an operand with the least precedence that needs no parentheses there."""

_NAME = r"[^\W\d⁰¹²³⁴-⁹₀-₉ⁱⁿᵀ¼-¾][\u0300-\u036f]?[^\W⁰¹²³⁴-⁹ⁱⁿᵀ¼-¾]*"
WORDS = frozenset(["for", "in", "if"])
"""Words of the language that are no names."""

_STACK, _INDEX, _PLACE, _TRANSPOSE, _OUTER, _MATMUL, _MUL, _DIV = (
    PRIMITIVES[name] for name in ("stack", "index", "place", "transpose", "outer", "matmul", "mul", "div")
)


def name_text(name: str) -> str:
    """Write a name, in backticks if it would not be read as one without them. A letter may have a bar above it, as the
    names of upstream gradients do.
    """
    is_plain = name.isidentifier() or re.fullmatch(_NAME, name) is not None
    return name if is_plain and name not in WORDS else f"`{name}`"


def number_text(value: Any, names: Container[str] = ()) -> str:
    """Write a float in its shortest decimal form that reads back, an array (nested tuples) as decimals in brackets.

    π and e are written by their names, unless these are among names and so mean something else.
    """
    if isinstance(value, tuple):
        return f"[{', '.join([number_text(entry, names) for entry in value])}]"
    if value == math.pi and "pi" not in names:
        return "pi"
    if value == math.e and "e" not in names:
        return "e"
    return plain_number_text(value)


def plain_number_text(value: float) -> str:
    """A float in its shortest decimal form that reads back."""
    text = repr(value)
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def precedence_of(operation: Operation, is_formula: bool = False) -> int:
    """The precedence of an operation's text."""
    if isinstance(operation, FormulaGate):
        output = operation.graph.nodes[operation.graph.output].operation
        assert output is not None
        return precedence_of(output, is_formula)
    if operation.operator is not None:
        return operation.operator.precedence
    return PRODUCT if is_formula and operation is _OUTER else ATOM


def spell(
    operation: Operation,
    operands: Sequence[int],
    parameters: Mapping[str, Any] = NO_PARAMETERS,
    is_formula: bool = False,
    function_names: Mapping[Operation, str] = OWN_NAMES,
) -> list[Piece]:
    """The pieces of an operation's text; function_names holds names of functions other than their own."""
    if isinstance(operation, FormulaGate):
        body = operation.graph
        by_input = dict(zip(body.inputs, operands, strict=True))
        return spell_expression(
            body,
            (body.output, 0),
            lambda node, least: (by_input[node.index], least) if node.is_input else None,
            body.names_in_use,
            is_formula,
            function_names,
        )
    if is_loop(operation):
        return spell_loop(operation, operands, [operation.output], (), False, is_formula, function_names)
    if operation.operator is not None:
        symbol, precedence, left, right = operation.operator
        if len(operands) == 1:
            return [symbol, (operands[0], right)]
        # Sums, comparisons and matrix products have spaces around the operator, products and powers have none.
        spaced = f" {symbol} " if precedence < SIGN - 1 or operation is _MATMUL else symbol
        return [(operands[0], left), spaced, (operands[1], right)]
    if operation is _INDEX:
        return [(operands[0], ATOM), "[", *items_of(parameters["items"], operands[1:]), "]"]
    if operation is _PLACE:
        index = [(operands[1], ATOM), "[", *items_of(parameters["items"], operands[2:]), "]"]
        return ["place(", (operands[0], 0), ", ", *index, ")"]
    if operation is _TRANSPOSE and not parameters:
        return [(operands[0], ATOM), "ᵀ" if is_formula else ".T"]
    if is_formula and operation is _OUTER:
        return [(operands[0], PRODUCT), " @ ", (operands[1], ATOM), "ᵀ"]
    arguments: list[list[Piece]] = [[(operand, 0)] for operand in operands[: len(operands) - len(operation.captures)]]
    is_literal = operation is _STACK and not parameters
    is_option_first = bool(operation.options) and operation.options[0].is_first
    if operation.n_ary and len(arguments) == 1 and not is_literal and not is_option_first:
        arguments = [["[", *arguments[0], "]"]]  # a single array in brackets would be read as its rows
    options = () if operation in function_names else options_of(operation, parameters)  # another name implies them
    texts: list[list[Piece]] = [["=".join(filter(None, (name, text)))] for name, text in options]
    arguments = texts + arguments if is_option_first else arguments + texts
    pieces = [piece for each in arguments for piece in (", ", *each)][1:]
    if is_literal:
        return ["[", *pieces, "]"]
    return [f"{function_names.get(operation) or operation.alone_as or operation.name}(", *pieces, ")"]


def spell_expression(
    graph: Graph,
    output: tuple[int, int],
    leaf_of: Callable[[Node, int], Piece | None],
    names: Container[str],
    is_formula: bool = False,
    function_names: Mapping[Operation, str] = OWN_NAMES,
    used: Collection[str] = (),
) -> list[Piece]:
    """The pieces of a node's text with the least precedence that needs no parentheses, down to the nodes for which
    leaf_of has a piece. used are names that loops inside must not have. The other parameters are those of
    expression_text in writing/text."""
    pieces: list[Piece] = []
    stack: list[Piece] = [output]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        index, least = item
        node = graph.nodes[index]
        leaf = leaf_of(node, least)
        if leaf is not None:
            pieces.append(leaf)
            continue
        if node.operation is None:
            text = number_text(node.parameters["value"], names)
            precedence = SIGN if text.startswith("-") else LITERAL if text[0] != "[" else ATOM
            spelling: list[Piece] = [text]
        elif is_loop(node.operation):
            from graphdiff.writing.loops import names_below  # lazy: few formulas have loops

            taken = {*used, *names_below(graph, node.operands[len(node.operation.body.carried) :])}
            loop, outputs = node.operation, [node.operation.output]
            spelling = spell_loop(loop, node.operands, outputs, taken, True, is_formula, function_names)
            precedence = ATOM
        else:
            spelling = spell(node.operation, node.operands, node.parameters, is_formula, function_names)
            precedence = precedence_of(node.operation, is_formula)
            inner = graph.nodes[node.operands[0]] if node.operands else node
            if is_formula and precedence == SIGN and inner.operation and precedence_of(inner.operation) == PRODUCT:
                spelling, precedence = ["-", (inner.index, PRODUCT)], PRODUCT
            if precedence == PRODUCT and inner.operation is not None and isinstance(spelling[0], tuple):
                is_matrix = [each in (_MATMUL, _OUTER) for each in (node.operation, inner.operation)]
                is_scaled = node.operation is _MATMUL and _is_number_times(graph, inner)
                if is_matrix[0] != is_matrix[1] and not is_scaled:  # x @ y*z would read as x @ (y*z)
                    spelling[0] = (inner.index, SIGN)
        if precedence < least:
            spelling = ["(", *spelling, ")"]
        stack.extend(reversed(spelling))
    return pieces


def spell_loop(
    loop: Loop,
    operands: Sequence[int],
    outputs: Sequence[int],
    taken: Collection[str],
    is_one: bool,
    is_formula: bool = False,
    function_names: Mapping[Operation, str] = OWN_NAMES,
) -> list[Piece]:
    """The pieces of a loop that gives these outputs of its body; taken are the names that its operands may have.

    The loop has several values where these need them; is_one selects the one output, as fold(…)[1].
    """
    from graphdiff.writing.loops import check_length, entry_text, loop_text, range_text

    body, graph = loop.body, loop.body.graph
    check_length(graph)
    text = loop_text(loop, outputs, taken)
    carried = len(body.carried)
    slots = {index: slot for slot, index in enumerate(graph.inputs[1:])}
    read = {f"\0{slot}": slot for slot in range(carried, carried + len(body.sequences))}

    def leaf_of(node: Node, least: int) -> Piece | None:
        if not node.is_input:
            return None
        if node.index == graph.inputs[0]:
            return text.counter
        if node.index in text.names:
            return name_text(text.names[node.index])
        slot = slots[node.index]
        return f"\0{slot}" if f"\0{slot}" in read else (operands[slot], least)

    def entry(slot: int) -> list[Piece]:
        entries = body.sequences[slot - carried]
        rest = [", ", *items_of(entries.rest, ())] if entries.rest else []
        return [(operands[slot], ATOM), f"[{entry_text(entries, body, text.counter)}", *rest, "]"]

    pieces: list[Piece] = [f"{loop.name}("]
    several = len(text.carried) > 1
    names = graph.names_in_use
    for number, value in enumerate(text.carried):
        pieces.append(", " if number else "(" if several else "")
        output = graph.outputs[value.output], 0
        for piece in spell_expression(graph, output, leaf_of, names, is_formula, function_names, text.used):
            pieces += entry(read[piece]) if isinstance(piece, str) and piece in read else [piece]
    pieces.append(f"{')' if several else ''} for {name_text(text.counter)} in ")
    pieces.append(range_text(body) if text.row is None else (operands[text.row], SUM))
    for value in text.carried:
        pieces += [f", {name_text(value.name)}=", (operands[value.start], 0)]
    pieces.append(")")
    if is_one and several:
        pieces.append(f"[{[value.output for value in text.carried].index(outputs[0])}]")
    return [*pieces, "[::-1]"] if is_one and loop.is_reversed else pieces


def _is_number_times(graph: Graph, node: Node) -> bool:
    """Whether a node is a number times another, 2*A or 2/5*A, before which a matrix product needs no parentheses."""
    if node.operation is not _MUL:
        return False
    factor = graph.nodes[node.operands[0]]
    return all(
        graph.nodes[index].is_constant for index in (factor.operands if factor.operation is _DIV else [factor.index])
    )


def items_of(items: Sequence[tuple[Any, ...]], indices: Sequence[int]) -> Iterator[Piece]:
    """The pieces between the brackets of an index."""
    remaining = iter(indices)
    for number, item in enumerate(items):
        if number:
            yield ", "
        if item == OPERAND:
            yield next(remaining), 0
        elif item in (NEW, REST):
            yield "None" if item == NEW else "..."
        elif item[0] == "index":
            yield str(item[1])
        else:
            start, stop, step = ("" if bound is None else str(bound) for bound in item[1:])
            yield f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def options_of(operation: Operation, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The options of a call as (name, text): required ones are positional, with an empty name, the others are named."""
    for name, value in operation.option_values.items():
        text = static_text(value)
        # A primitive reads one number in brackets as the number; a function passes it on unchanged.
        yield name, f"[{text}]" if isinstance(value, tuple) and len(value) == 1 else text
    for option in operation.options:
        value = parameters.get(option.name, option.default)
        if value == option.default and option.default is not REQUIRED:
            continue
        if value is REQUIRED:  # the signature in general
            yield "", option.name
            continue
        is_positional = option.takes_rest or (option.default is REQUIRED and not option.by_name)
        for each in value if option.takes_rest else (value,):
            yield "" if is_positional else option.name, static_text(each)


def static_text(value: Any) -> str:
    """Write an option of a call: `-1`, `(0, 1)`, `true`, `"fro"`, `None`."""
    if isinstance(value, tuple):
        return f"({', '.join(map(static_text, value))})" if len(value) != 1 else static_text(value[0])
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value else f"'{value}'"
    return "None" if value is None else number_text(float(value))
