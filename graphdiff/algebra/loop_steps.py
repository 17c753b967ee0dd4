"""Graph → graph: single steps of loops written out, between loops of the steps before and after (--expand-steps)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from graphdiff.algebra.expand import Expansion
from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.source import Span

Step = int | Literal["first", "last"]
"""A step of a loop: its number, from 0, in the order in which the steps run."""
_CONCAT, _INDEX, _STACK = (PRIMITIVES[name] for name in ("concat", "index", "stack"))


def expand_steps(graph: Graph, steps: Sequence[Step], expands_functions: bool = False) -> Graph:
    """Write these steps of each loop out. The steps before, between and after them stay loops, so the size of the graph
    does not depend on the number of steps.

    The carried value h before step 3 gets the name h_3, if no other value has it. With expands_functions, calls of
    functions are replaced by the functions' bodies, and steps of loops in these are written out too.

    Raises GraphdiffError("value") if the graph has no loop, or no loop has one of the steps.
    """
    expansion = _StepExpansion(graph, steps, expands_functions)
    result = expansion.result()
    hint: str | None
    if not expansion.counts:
        has_functions = any(isinstance(node.operation, Function) for node in graph.nodes)
        hint = Hint("expand functions too, to reach the loops inside them", "expand") if has_functions else None
        raise GraphdiffError("value", "there is no loop whose steps can be expanded", graph.source, hint=hint)
    count = max(expansion.counts)
    missing = [step for step in steps if not count or (isinstance(step, int) and step >= count)]
    if missing:
        what = f"step {missing[0]}" if isinstance(missing[0], int) else f"{missing[0]} step"
        hint = f"the steps are numbered from 0 to {count - 1}" if count else None
        raise GraphdiffError("value", f"no loop has a {what}", graph.source, hint=hint)
    return result


class _Segment(NamedTuple):
    """Successive steps of a loop as a loop of their own, with its operands."""

    body: LoopBody
    operands: Sequence[Node]


_Outputs = Sequence[Node]
"""The outputs of a step that is written out."""


class _StepExpansion(Expansion):
    """Writes single steps of loops out; counts has the number of steps of each loop."""

    def __init__(self, graph: Graph, steps: Sequence[Step], expands_functions: bool) -> None:
        super().__init__(graph, lambda function: isinstance(function, Loop) or not expands_functions)
        self.steps = steps
        self.counts: list[int] = []
        self.taken = set(graph.names_in_use)
        # The values of a loop share its parts, with the carried values after the last of them.
        self.runs: dict[tuple[LoopBody, tuple[int, ...]], tuple[list[_Segment | _Outputs], Sequence[Node]]] = {}

    def inline(self, node: Node, operands: Sequence[Node], span: Span | None) -> Node:
        loop = node.operation
        if not isinstance(loop, Loop):
            return super().inline(node, operands, span)
        self.counts.append(loop.body.count)
        numbers = self._numbers(loop.body.count)
        if not numbers:
            return super().inline(node, operands, span)
        run = loop.body, tuple([operand.index for operand in operands])
        if run not in self.runs:
            self.runs[run] = self._split(loop.body, operands, numbers, span)
        parts, carried = self.runs[run]
        if not loop.stacks:
            return carried[loop.output]
        stacks = [self._stack(part, loop.output, span) for part in parts]
        stacks = stacks[::-1] if loop.body.is_backward else stacks
        return stacks[0] if len(stacks) == 1 else self.builder.apply(_CONCAT, stacks, span)

    def _numbers(self, count: int) -> list[int]:
        """The numbers of the steps to write out, in a loop of so many steps."""
        numbers = {0 if step == "first" else count - 1 if step == "last" else step for step in self.steps}
        return sorted(number for number in numbers if isinstance(number, int) and 0 <= number < count)

    def _split(
        self, body: LoopBody, operands: Sequence[Node], numbers: Sequence[int], span: Span | None
    ) -> tuple[list[_Segment | _Outputs], Sequence[Node]]:
        """The parts of a loop, and the carried values after the last."""
        carried, others = operands[: len(body.carried)], operands[len(body.carried) :]
        parts: list[_Segment | _Outputs] = []
        position = 0
        for number in [*numbers, body.count]:
            if number > position:
                segment = _Segment(steps_between(body, position, number), [*carried, *others])
                parts.append(segment)
                loops = [Loop(segment.body, slot) for slot in range(len(carried))]
                values = [self.builder.apply(loop, segment.operands, span) for loop in loops]
                carried = self._name(values, body, number)
            if number < body.count:
                outputs = self._write_out(body, number, [*carried, *others], span)
                parts.append(outputs)
                carried = self._name(outputs[: len(carried)], body, number + 1)
                position = number + 1
        return parts, carried

    def _write_out(self, body: LoopBody, number: int, operands: Sequence[Node], span: Span | None) -> _Outputs:
        """The outputs of a step, after its operations."""
        place = body.places[number]
        carried, sequences, captures = body.split(operands)
        counter = self.builder.constant(body.counter_at(place))
        read = [
            self.builder.apply(_INDEX, [sequence], span, {"items": entries.at(place)})
            for sequence, entries in zip(sequences, body.sequences, strict=True)
        ]
        inputs = [counter, *carried, *read, *captures]
        nodes = self.inline_body(body.graph, dict(zip(body.graph.inputs, inputs, strict=True)), span)
        return [nodes[index] for index in body.graph.outputs]

    def _name(self, values: Sequence[Node], body: LoopBody, number: int) -> list[Node]:
        """The carried values before a step, with names; those after the last step have the names of the program."""
        named: list[Node] = []
        for name, value in zip(body.carried, values, strict=True):
            name, value = f"{name}_{number}", self.builder.nodes[value.index]
            is_free = value.operation is not None and value.name is None and name not in self.taken
            if is_free and number < body.count:
                self.taken.add(name)
                value = self.builder.rename(value, name)
            named.append(value)
        return named

    def _stack(self, part: _Segment | _Outputs, output: int, span: Span | None) -> Node:
        """The rows of a scan that a part gives."""
        if isinstance(part, _Segment):
            return self.builder.apply(Loop(part.body, output, stacks=True), part.operands, span)
        return self.builder.apply(_STACK, [part[output]], span)


def steps_between(body: LoopBody, start: int, stop: int) -> LoopBody:
    """The steps from start to stop, without it, as a body of their own."""
    first = min(body.places[start], body.places[stop - 1])
    return body._replace(
        count=stop - start,
        sequences=tuple([entries._replace(first=entries.first + first * entries.step) for entries in body.sequences]),
        start=body.start + first * body.stride,
        counter=body.counter or "t",  # without one, it would be written as a loop along the whole array
    )
