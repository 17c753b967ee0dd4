"""Loops → instructions: the code of one step, without what no result depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from graphdiff.graph.function import Operation, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.targets.instructions import LOOPS, Code, Entry, Instruction, Step
from graphdiff.targets.recorder import Recorder, Value


class LoopOutput(NamedTuple):
    """A result of a loop, as in graph.loop.Loop: the last of a value that it carries, or the values of all steps."""

    output: int
    stacks: bool


Recorded = TypeVar("Recorded")
"""What stands for a value of a graph: a Value, or an array of them."""


def record_nodes(
    graph: Graph,
    inputs: Sequence[Recorded],
    space: Any,
    record: Callable[[Node, list[Recorded]], Recorded],
    record_loop: Callable[[Node, list[Recorded], Sequence[LoopOutput]], Mapping[LoopOutput, Recorded]],
) -> dict[int, Recorded]:
    """The values of the inputs of a graph, and of the nodes that it needs.

    space is the namespace in which kernels run. record returns the value of a node that is not a loop, given those of
    its operands. record_loop returns the results that the graph needs of a loop; it is called once for each loop.
    """
    values = dict(zip(graph.inputs, inputs, strict=True))
    outputs: dict[int, dict[LoopOutput, None]] = {}  # of each loop, by its first node
    for index, first in graph.runs.items():
        outputs.setdefault(first, {})[_output_of(graph.nodes[index].operation)] = None
    results: dict[int, Mapping[LoopOutput, Recorded]] = {}
    for node in graph.nodes:
        if not graph.needed[node.index] or node.index in values:
            continue
        operands = [values[operand] for operand in node.operands]
        if node.index in graph.complements:
            values[node.index] = graph.complements[node.index].evaluate(values, Numeric(space))
        elif node.index in graph.runs:
            first = graph.runs[node.index]
            if first == node.index:
                results[first] = record_loop(node, operands, list(outputs[first]))
            values[node.index] = results[first][_output_of(node.operation)]
        else:
            values[node.index] = record(node, operands)
    return values


def _output_of(loop: Operation | None) -> LoopOutput:
    assert is_loop(loop)
    return LoopOutput(loop.output, loop.stacks)


class LoopRecorder:
    """Records a loop: first the inputs of a step, then in step what is computed from them, and finally its results."""

    def __init__(self, code: Recorder, body: LoopBody) -> None:
        self.step = code.inside_loop()
        self.code = code
        self._body = body
        self._names: dict[int, str] = {}
        self._place = self._input(body.counter or "step")
        self._carried: list[tuple[Value, Value]] = []
        """The first values, and the inputs of the step."""
        self._entries: list[tuple[Value, Entry]] = []
        self._captures: dict[int, tuple[Value, Value]] = {}

    def counter(self) -> Value:
        """The counter's value in a step."""
        counter = self.step.record("counter", self._place)
        if self._body.stride != 1:
            counter = counter * float(self._body.stride)
        return counter + float(self._body.start) if self._body.start else counter

    def carry(self, start: Value, name: str) -> Value:
        """A carried value, which is start before the first step."""
        self._carried.append((self.code.as_number(start), self._input(name)))
        return self._carried[-1][1]

    def entry(self, array: Value, name: str, start: int = 0, stride: int = 1, places: tuple[int, ...] = ()) -> Value:
        """What a step reads of an array: see Entry."""
        value = self._input(name)
        self._entries.append((array, Entry(value.number, start, stride, places)))
        return value

    def capture(self, value: Value, name: str) -> Value:
        """A value from outside of the loop."""
        if value.constant is not None:
            return self.step.constant(value.constant)
        value = self.code.as_number(value)
        if value.number not in self._captures:
            self._captures[value.number] = value, self._input(name)
        return self._captures[value.number][1]

    def finish(
        self, next_values: Sequence[Value], last: Sequence[int], stacked: Sequence[Value]
    ) -> tuple[list[Value], list[Value]]:
        """Record the loop. Its results are the last carried values, for these positions among all carried ones, and
        the stacks of values of the step. What no step changes is captured."""
        nexts = [self.step.as_number(value).number for value in next_values]
        changing = [place for place, (_, value) in enumerate(self._carried) if value.number != nexts[place]]
        carried = [self._carried[place] for place in changing]
        captures = [*self._captures.values(), *(each for each in self._carried if each not in carried)]
        outputs = [*(nexts[place] for place in changing), *(self.step.as_number(value).number for value in stacked)]
        step = Step(
            Code(self.step.instructions, {str(each): each for each in self._names}, tuple(outputs), self._names),
            self._body.count,
            self._body.is_backward,
            self._place.number,
            tuple([value.number for _, value in carried]),
            tuple([entry for _, entry in self._entries]),
            tuple([value.number for _, value in captures]),
        )
        outside = [*carried, *self._entries, *captures]
        loop = self.code.append(Instruction("loop", tuple([value.number for value, _ in outside]), (("", step),)))
        return (
            [
                self._result("loop_value", loop, changing.index(place))
                if place in changing
                else self._carried[place][0]
                for place in last
            ],
            [self._result("loop_stack", loop, place) for place in range(len(stacked))],
        )

    def _result(self, function: str, loop: Value, place: int) -> Value:
        return self.code.append(Instruction(function, (loop.number,), (("", place),)))

    def _input(self, name: str) -> Value:
        value = self.step.append(Instruction("input", (), (("name", name),)))
        self._names[value.number] = name
        return value


def prune(code: Code) -> Code:
    """The code with loops that return, carry and read only what its outputs need."""
    instructions = list(code.instructions)
    needed = set(code.outputs)
    results: dict[int, list[int]] = {}
    for number in range(len(instructions) - 1, -1, -1):
        if number not in needed:
            continue
        function, operands, _ = instructions[number]
        if function == "loop":
            _prune_loop(instructions, number, results[number])
        elif function in LOOPS:
            results.setdefault(operands[0], []).append(number)
        needed.update(instructions[number].operands)
    return code._replace(instructions=instructions)


def _prune_loop(instructions: list[Instruction], loop: int, results: Sequence[int]) -> None:
    """Replace a loop by one that has only these results, and the results by those."""
    step: Step = instructions[loop].value
    operands = dict(zip(step.inputs, instructions[loop].operands, strict=True))
    count = len(step.carried)
    by_function = {
        function: sorted({instructions[each].value for each in results if instructions[each].function == function})
        for function in ("loop_value", "loop_stack")
    }
    rows = [step.code.outputs[count + place] for place in by_function["loop_stack"]]
    kept = set(by_function["loop_value"])
    while True:
        places = sorted(kept)
        code = prune(step.code._replace(outputs=(*(step.code.outputs[place] for place in places), *rows)))
        uses = code.uses()
        kept |= {place for place, number in enumerate(step.carried) if uses[number]}
        if len(kept) == len(places):
            break
    step = step._replace(
        code=code,
        carried=tuple([step.carried[place] for place in places]),
        entries=tuple([entry for entry in step.entries if uses[entry.number]]),
        captures=tuple([number for number in step.captures if uses[number]]),
    )
    numbers = tuple([operands[number] for number in step.inputs])
    instructions[loop] = Instruction("loop", numbers, (("", step),))
    by_function["loop_value"] = places
    for each in results:
        function, _, ((_, place),) = instructions[each]
        instructions[each] = Instruction(function, (loop,), (("", by_function[function].index(place)),))
