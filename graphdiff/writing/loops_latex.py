"""Loops → LaTeX: fold with its steps below and above, then the next values and those that it starts with."""

from __future__ import annotations

from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, LITERAL
from graphdiff.writing.latex_writer import NO_ARRAYS, BodyWriter, Piece, Slot, Writer
from graphdiff.writing.loops import LoopText, entry_text, loop_text, names_below
from graphdiff.writing.spelling import items_of

MOST_LISTED = 3
"""The most steps of which each is named, where the counter does not count up by 1."""


def loop_latex(outer: Writer, node: Node, depth: int) -> list[Piece]:
    """The pieces of a loop in the text of another writer."""
    loop = node.operation
    assert isinstance(loop, Loop)
    body = loop.body
    text = loop_text(loop, [loop.output], names_below(outer.graph, node.operands[len(body.carried) :]))
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
    if len(next_values) > 1:
        number = [value.output for value in text.carried].index(loop.output)
        pieces.append(f"_{{{number}}}")
    return pieces


def _steps(body: LoopBody, text: LoopText, outer: Writer, node: Node) -> list[Piece]:
    """The counter and its range, as below and above the sign of a sum, or the array that the loop runs along."""
    counter = outer.names(text.counter)
    if text.row is not None:
        return [rf"_{{{counter} \in ", Slot(node.operands[text.row]), "}"]
    numbers = [int(body.counter_at(place)) for place in body.places]
    if body.count > 1 and numbers[1] - numbers[0] == 1:
        return [f"_{{{counter} = {numbers[0]}}}^{{{numbers[-1]}}}"]
    if body.count > MOST_LISTED:
        return [rf"_{{{counter} = {numbers[0]}, {numbers[1]}, \ldots, {numbers[-1]}}}"]
    return [f"_{{{counter} = {', '.join(map(str, numbers))}}}"]


class _StepWriter(BodyWriter):
    """Writes one step of a loop."""

    def __init__(self, outer: Writer, node: Node, loop: Loop, text: LoopText) -> None:
        body, first = loop.body, len(loop.body.carried)
        last = first + len(body.sequences)
        operands = dict(zip(body.graph.inputs[1 + last :], node.operands[last:], strict=True))
        super().__init__(outer, body.graph, operands, NO_ARRAYS)
        self.body, self.text, self.node = body, text, node
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
        place = entry_text(entries, self.body, self.names(self.text.counter)).replace("*", " ")
        rest = "".join([", ", *map(str, items_of(entries.rest, ()))]) if entries.rest else ""
        return [f"{array}_{{{place}{rest}}}"], LITERAL
