"""One node of a graph → LaTeX for math mode, down to the nodes with a name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from graphdiff.graph.function import FormulaGate
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, LITERAL
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.writing.latex_operations import FREE, NO_ARRAYS, OperationWriter, Piece, Slot
from graphdiff.writing.loops import LoopText, check_length, entry_text, loop_text, names_below
from graphdiff.writing.spelling import items_of, options_of

_ABS, _WHERE, _INDEX, _STACK = (PRIMITIVES[name] for name in ("abs", "where", "index", "stack"))
MOST_LISTED = 3
"""The most steps of a loop of which each is named, where the counter does not count up by 1."""


def expression_latex(graph: Graph, output: int, name_of: Callable[[Node], str | None]) -> str:
    """Write a node as LaTeX for math mode, down to the nodes to which name_of gives a name.

    Associative sums and products have no parentheses, and a function has the notation of its record (Primitive.latex).
    Takes time linear in the length of the text.
    """
    return Writer(graph).write(output, name_of)


class Writer(OperationWriter):
    """Writes nodes of one graph, with the bodies of gates that are formulas and of loops; used are names that loops
    inside must not have."""

    used: Collection[str] = ()

    def spell(self, slot: Slot) -> tuple[list[Piece], int]:
        """The pieces of a node's text, and its precedence."""
        index, least, depth = slot
        node = self.graph.nodes[index]
        name = self.name_of(node)
        if name is not None:
            text = self.names(name)
            return [text], LITERAL if "_{" in text else ATOM
        if node.operation is None:
            return self.constant(node.parameters["value"])
        if isinstance(node.operation, Loop):
            return _loop(self, node, depth), LITERAL
        if isinstance(node.operation, FormulaGate):
            gate = node.operation
            operands = dict(zip(gate.graph.inputs, node.operands, strict=True))
            return BodyWriter(self, gate.graph, operands, self.inner.get(gate, NO_ARRAYS)).spell_body(depth)
        if node.operation is _WHERE:
            return self.cases(node, depth), FREE
        if node.operation is _INDEX:
            return self.index(Slot(node.operands[0], ATOM, depth), node, node.operands[1:]), LITERAL
        if node.operation is _STACK and not node.parameters:
            return self.matrix([self.row(operand, depth) for operand in node.operands]), ATOM
        if node.operation.operator is not None:
            return self.operator(node, least, depth)
        latex = node.operation.latex
        if node.operation is _ABS and node.operands[0] in self.ranks:
            latex = None  # |x| is the length of a vector, |A| the determinant of a matrix
        options = [] if node.operation in self.function_names else list(options_of(node.operation, node.parameters))
        if latex is not None and not self.is_taken(latex):
            if "#" not in latex.template:
                return self.call(latex.template, node, options, depth), ATOM
            if all(name and f"#{name}" in latex.template for name, _ in options):
                return self.fill(latex, node.operands, depth, options), latex.precedence
        return self.call(self.operator_name(node.operation), node, options, depth), ATOM


class BodyWriter(Writer):
    """Writes the body of a gate with the operands that another writer has for the gate."""

    def __init__(self, outer: Writer, graph: Graph, operands: Mapping[int, int], ranks: Mapping[int, int]) -> None:
        """operands has the operand of the gate for each input of the body, by index."""
        super().__init__(graph, outer.function_names, outer.names, ranks, outer.inner)
        self.outer = outer
        self.operands = operands
        self.name_of = self.name_of_input

    def name_of_input(self, node: Node) -> str | None:
        """The name that the other writer gives to an input."""
        return self.outer.name_of(self.outer.graph.nodes[self.operands[node.index]]) if node.is_input else None

    def spell_body(self, depth: int) -> tuple[list[Piece], int]:
        """The text of the body in one piece, and its precedence."""
        output = Slot(self.graph.output, FREE, depth)
        _, precedence = self.spell(output)
        return [self.write_slot(output)], precedence

    def spell(self, slot: Slot) -> tuple[list[Piece], int]:
        operand = self.operands.get(slot.operand)
        if operand is None:
            return super().spell(slot)
        _, precedence = self.outer.spell(slot._replace(operand=operand))
        return [self.outer.write_slot(slot._replace(operand=operand))], precedence


def _loop(outer: Writer, node: Node, depth: int) -> list[Piece]:
    """The pieces of a loop in the text of another writer, which reading/latex/loops.py reads."""
    loop = node.operation
    assert isinstance(loop, Loop)
    body = loop.body
    check_length(body.graph)
    text = loop_text(loop, [loop.output], {*outer.used, *names_below(outer.graph, node.operands[len(body.carried) :])})
    writer = _StepWriter(outer, node, loop, text)
    next_values = [writer.write_slot(Slot(body.graph.outputs[value.output])) for value in text.carried]
    pieces: list[Piece] = [rf"\operatorname{{{loop.name}}}", *_steps(body, text, outer, node), r"\left("]
    pieces.append(next_values[0] if len(next_values) == 1 else rf"\left({', '.join(next_values)}\right)")
    for number, value in enumerate(text.carried):
        pieces += [
            ", " if number else r"; \; ",
            f"{outer.names(value.name)} = ",
            Slot(node.operands[value.start], 0, depth),
        ]
    pieces.append(r"\right)")
    number = [value.output for value in text.carried].index(loop.output)
    items = [str(number)] * (len(next_values) > 1) + ["::-1"] * loop.is_reversed
    return [*pieces, f"_{{{', '.join(items)}}}"] if items else pieces


def _steps(body: LoopBody, text: LoopText, outer: Writer, node: Node) -> list[Piece]:
    """The counter and its range, as below and above the sign of a sum, or the array that the loop runs along."""
    counter = outer.names(text.counter)
    if text.row is not None:
        return [rf"_{{{counter} \in ", Slot(node.operands[text.row]), "}"]
    numbers = [int(body.counter_at(place)) for place in body.places]
    if body.count < 2 or numbers[1] - numbers[0] == 1:
        first = numbers[0] if numbers else body.start
        return [f"_{{{counter} = {first}}}^{{{first + body.count - 1}}}"]
    if body.count > MOST_LISTED:
        return [rf"_{{{counter} = {numbers[0]}, {numbers[1]}, \ldots, {numbers[-1]}}}"]
    return [f"_{{{counter} = {', '.join(map(str, numbers))}}}"]


class _StepWriter(BodyWriter):
    """Writes one step of a loop."""

    def __init__(self, outer: Writer, node: Node, loop: Loop, text: LoopText) -> None:
        body, first = loop.body, len(loop.body.carried)
        last = first + len(body.sequences)
        operands = dict(zip(body.graph.inputs[1 + last :], node.operands[last:], strict=True))
        super().__init__(outer, body.graph, operands, outer.inner.get(loop, NO_ARRAYS))
        self.body, self.text, self.node, self.used = body, text, node, text.used
        self.sequences = {body.graph.inputs[1 + slot]: slot for slot in range(first, last)}

    def name_of_input(self, node: Node) -> str | None:
        if node.index == self.graph.inputs[0]:
            return self.text.counter
        if node.index in self.text.names:
            return self.text.names[node.index]
        return super().name_of_input(node) if node.index in self.operands else None

    def spell(self, slot: Slot) -> tuple[list[Piece], int]:
        number = self.sequences.get(slot.operand)
        if number is None or slot.operand in self.text.names:
            return super().spell(slot)
        entries = self.body.sequences[number - len(self.body.carried)]
        array = self.outer.write_slot(Slot(self.node.operands[number], ATOM, slot.depth))
        place = entry_text(entries, self.body, self.names(self.text.counter)).replace("*", r" \cdot ")
        rest = "".join([", ", *map(str, items_of(entries.rest, ()))]) if entries.rest else ""
        return [f"{array}_{{{place}{rest}}}"], LITERAL
