"""Loops → text: fold(h/2 + x/(2*h) for t in range(5), h=1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Entries, Loop, LoopBody
from graphdiff.graph.node import Node

LONGEST_STEP = 20_000
"""About how many characters the formula of a step may have: it has no names for its parts, and those that are used
twice are written twice."""


class CarriedValue(NamedTuple):
    """A value that the text of a loop carries: its name there, the output of the body that is its next value, and the
    operand that it starts with."""

    name: str
    output: int
    start: int


class LoopText(NamedTuple):
    """What the text of a loop has besides its expressions. names has those of the inputs of the body, by index; row is
    the sequence that a loop without a counter runs along; used are all names that a loop inside must not have."""

    carried: Sequence[CarriedValue]
    names: dict[int, str]
    counter: str
    row: int | None
    used: Collection[str]


def loop_text(loop: Loop, outputs: Collection[int], taken: Collection[str]) -> LoopText:
    """The names in the text of a loop that gives these outputs of its body, which are not in use outside it."""
    body, graph = loop.body, loop.body.graph
    used = set(taken)

    def unique(name: str) -> str:
        names = [name, *(f"{name}_{number}" for number in range(2, len(used) + 3))]
        used.add(name := next(each for each in names if each not in used))
        return name

    carried = len(body.carried)
    inputs = graph.inputs[1 : 1 + carried]
    needed = _carried_values(body, outputs)
    names = {inputs[number]: unique(body.carried[number]) for number in needed}
    values = [CarriedValue(names[inputs[number]], number, number) for number in needed]
    for number in sorted(outputs):
        if number >= carried:  # before each step: the value that the step before was carried
            start = number - carried
            values.append(CarriedValue(unique(f"{body.carried[start]}_before"), number, start))
    is_along_array = not body.counter and not body.is_backward and body.sequences == (WHOLE,)
    counter = unique(body.counter or "t")
    if is_along_array:
        row = graph.inputs[1 + carried]
        counter = names[row] = unique(graph.nodes[row].name or "row")
    return LoopText(values, names, counter, carried if is_along_array else None, used)


def _carried_values(body: LoopBody, outputs: Iterable[int]) -> list[int]:
    """The numbers of the carried values that these outputs need, after any number of steps."""
    carried = len(body.carried)
    needed = {number % carried for number in outputs}
    pending = list(needed)
    while pending:
        graph = body.graph
        reached = Graph(graph.nodes, [], [graph.outputs[pending.pop()]]).needed
        for number in range(carried):
            if reached[graph.inputs[number + 1]] and number not in needed:
                needed.add(number)
                pending.append(number)
    return sorted(needed)


def range_text(body: LoopBody) -> str:
    """The range of a loop's counter, in the order in which the steps run."""
    first, stride = body.start, body.stride
    if body.is_backward:
        first, stride = body.start + (body.count - 1) * body.stride, -body.stride
    stop = first + body.count * stride
    if stride != 1:
        return f"range({first}, {stop}, {stride})"
    return f"range({first}, {stop})" if first else f"range({stop})"


def entry_text(entries: Entries, body: LoopBody, counter: str) -> str:
    """The place of what a step reads, a*t + b for the counter t."""
    if entries.step % body.stride:
        return f"{entries.first} + {entries.step}*({counter} - {body.start})/{body.stride}"
    slope = entries.step // body.stride
    offset = entries.first - slope * body.start
    if slope == -1 and offset > 0:
        return f"{offset} - {counter}"
    term = counter if slope == 1 else f"-{counter}" if slope == -1 else f"{slope}*{counter}"
    return term if not offset else f"{term} {'-' if offset < 0 else '+'} {abs(offset)}"


def names_in_loops(graph: Graph) -> set[str]:
    """The names of counters, entries and carried values in the loops of a graph, and in those inside them."""
    names: set[str] = set()
    graphs = {id(graph): graph}
    pending = [graph]
    while pending:
        bodies = [node.operation.body for node in pending.pop().nodes if isinstance(node.operation, Loop)]
        for body in bodies:
            entries = body.graph.inputs[1 + len(body.carried) :][: len(body.sequences)] if not body.counter else ()
            names.update(body.carried, [body.counter or "t"], (body.graph.labels[index] for index in entries))
            if id(body.graph) not in graphs:
                graphs[id(body.graph)] = body.graph
                pending.append(body.graph)
    return names


def names_below(graph: Graph, indices: Iterable[int]) -> set[str]:
    """The names of these nodes and of all that they depend on."""
    needed = Graph(graph.nodes, [], list(indices)).needed
    return {label for label, is_needed in zip(graph.labels, needed, strict=True) if is_needed}


def has_several_values(node: Node) -> bool:
    """Whether a node is a loop whose text has several values, each of which needs a name."""
    loop = node.operation
    if not isinstance(loop, Loop):
        return False
    return loop.output >= len(loop.body.carried) or len(_carried_values(loop.body, [loop.output])) > 1


def loops_with_several_values(graph: Graph) -> list[list[int]]:
    """The nodes that are values of one loop each, where its text has several values and at least one is needed."""
    groups: dict[object, list[int]] = {}
    for node in graph.nodes:
        if isinstance(loop := node.operation, Loop):
            groups.setdefault((loop.body, loop.stacks, node.operands), []).append(node.index)
    return [
        group
        for group in groups.values()
        if any([graph.needed[index] and has_several_values(graph.nodes[index]) for index in group])
    ]


def check_length(graph: Graph) -> None:
    """Raise GraphdiffError("limit") if a step of a loop is too long to be written as a formula."""
    lengths: list[int] = []
    for node in graph.nodes:
        lengths.append(min(sum([lengths[operand] for operand in node.operands], start=2), 2 * LONGEST_STEP))
    if max([lengths[output] for output in graph.outputs]) > LONGEST_STEP:
        raise GraphdiffError(
            "limit",
            f"a step of a loop has no names for its parts, and would be longer than {LONGEST_STEP:,} characters here",
            hint="differentiate at a point, or compile it",
        )
