"""Graph of arrays → instructions on numbers, for languages without arrays: every entry becomes a separate value. Loops
stay loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.functions import ROWS, unsupported_error
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Shape, shape_text, size_of
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.loop_recorder import LoopOutput, LoopRecorder, prune, record_nodes
from graphdiff.targets.recorder import Recorder, Value
from graphdiff.targets.scalarize import HINT, VALUE_DEPENDENT, Array, Entries

MOST = 50_000
"""The most entries of inputs and operations that are written out."""
MOST_ENTRIES = 1_000_000
"""The most entries of all arrays, many of which may never be written: zeros, entries that are only moved."""


class EntryRecorder(Recorder):
    """Records a limited number of instructions, and none for x + 0, x - 0, x*1 and x/1, nor for 0*x and 0/x: the 0
    marks an entry that an index or a choice leaves out, so that the result is 0 even where x is not finite."""

    def __init__(self, most: int, opens_definitions: bool = False) -> None:
        super().__init__(opens_definitions)
        self._most = most

    def simplify(self, function: str, values: Sequence[Value]) -> Value | None:
        value = super().simplify(function, values)
        if function == "where" and values[0].constant is not None:
            return values[1] if values[0].constant else values[2]
        neutral = ROWS[function].neutral
        if value is not None or neutral is None:
            return value
        x, y = values
        if x.constant == 0 and function in ("multiply", "divide"):
            return x
        if y.constant == 0 and function == "multiply":
            return y
        if y.constant == neutral:
            return x
        return y if function in ("add", "multiply") and x.constant == neutral else None

    def inside_loop(self) -> EntryRecorder:
        return EntryRecorder(self._most, self._opens_definitions)

    def _add(self, instruction: Instruction, key: object, constant: float | None = None) -> Value:
        if len(self.instructions) > self._most:
            raise _too_large(f"the code would have more than {self._most:,} entries and operations")
        return super()._add(instruction, key, constant)


class Store(NamedTuple):
    """Where entry p of an array, or of one column of it, is in an array that the code has: array[p], then at places."""

    array: Value
    places: tuple[int, ...] = ()


class StoredArray(Array):
    """An array whose entries are read from arrays of the code, where they are needed.

    stores has a Store for each place in a row.
    """

    __slots__ = ("_entries", "_shape", "stores")

    def __init__(self, space: Entries, shape: Shape, stores: Mapping[tuple[int, ...], Store]) -> None:
        self.space = space
        self.stores = stores
        self._shape = shape
        self._entries: Any = None

    @property
    def entries(self) -> Any:
        if self._entries is None:
            self._entries = np.empty(self._shape, dtype=object)
            for row, *place in np.ndindex(self._shape):
                array, places = self.stores[tuple(place)]
                self._entries[row, *place] = self.space.code.record("entry", array, places=(row, *places))
        return self._entries

    @property
    def shape(self) -> Shape:
        return self._shape


def entries_of(graph: Graph, shapes: Mapping[int, Shape], title: str) -> Code:
    """The instructions, on the entries of arrays, of a graph of primitives whose first output is a number, for the
    shapes of its nodes; title is the title of the language.

    Raises GraphdiffError: "value" if that output is an array or an operation cannot be written entry by entry, "limit"
    if there are too many entries or operations.
    """
    if shapes.get(graph.outputs[0], ()):
        raise GraphdiffError(
            "value", f"the value is an array of shape {shape_text(shapes[graph.outputs[0]])}, not a number", hint=HINT
        )
    return all_entries_of(graph, shapes, title)


@np.errstate(all="ignore")  # NumPy would warn about what Python computes from constants in NumPy's loops
def all_entries_of(
    graph: Graph, shapes: Mapping[int, Shape], title: str, most: int = MOST, opens_definitions: bool = False
) -> Code:
    """The same for outputs of any shapes, with at most this many entries and operations. With opens_definitions, a
    function that has a definition is recorded as the calls of its definition."""
    nodes = [node for node in graph.nodes if graph.needed[node.index] or node.is_input]
    if sum(size_of(shapes.get(node.index, ())) for node in nodes) > MOST_ENTRIES:
        raise _too_large(f"the arrays would have more than {MOST_ENTRIES:,} entries")
    code = EntryRecorder(most, opens_definitions)
    space = Entries(code, title)
    wholes = {graph.labels[index]: code.input(graph.labels[index]) for index in graph.inputs}
    input_shapes = {graph.labels[index]: shapes[index] for index in graph.inputs if shapes.get(index)}
    inputs = [
        _input_array(space, whole, input_shapes[name]) if name in input_shapes else space.wrap(whole)
        for name, whole in wholes.items()
    ]
    values = _record(space, graph, inputs, title)
    names: dict[int, str] = {}
    for node in nodes:
        if node.name is not None and not node.is_input and not values[node.index].shape:
            names.setdefault(values[node.index].entries[()].number, node.name)
    outputs = [code.as_number(entry).number for index in graph.outputs for entry in values[index].entries.flat]
    numbers = {name: whole.number for name, whole in wholes.items()}
    return prune(Code(code.instructions, numbers, tuple(outputs), names, input_shapes))


def _input_array(space: Entries, whole: Value, shape: Shape) -> Array:
    """An array that is an input of the code."""
    return StoredArray(space, shape, {places: Store(whole, places) for places in np.ndindex(shape[1:])})


def _record(space: Entries, graph: Graph, inputs: Sequence[Array], title: str) -> dict[int, Array]:
    """The values of the inputs of a graph, and of the nodes that it needs."""

    def record_loop(node: Node, operands: list[Array], outputs: Sequence[LoopOutput]) -> dict[LoopOutput, Array]:
        assert is_loop(node.operation)
        return _record_loop(space, node.operation.body, operands, outputs, title)

    return record_nodes(graph, inputs, space, partial(_record_node, space, title), record_loop)


def _record_loop(
    space: Entries, body: LoopBody, operands: Sequence[Array], outputs: Sequence[LoopOutput], title: str
) -> dict[LoopOutput, Array]:
    """The results of a loop."""
    starts, sequences, captures = body.split(operands)
    if not body.count:
        return {each: starts[each.output] for each in outputs}
    graph, recorder = body.graph, LoopRecorder(space.code, body)
    step = Entries(recorder.step, title)
    names = iter(graph.input_names[1:])
    inputs = [step.wrap(recorder.counter())]
    inputs += [_map_entries(step, recorder.carry, start, next(names)) for start in starts]
    inputs += [_read_entry(step, recorder, sequence, next(names)) for sequence in sequences]
    inputs += [_capture(step, recorder, capture, next(names)) for capture in captures]
    values = _record(step, graph, inputs, title)
    results = [values[index] for index in graph.outputs]
    next_values = [list(each.entries.flat) for each in results[: len(starts)]]
    first = [sum(map(len, next_values[:place])) for place in range(len(starts) + 1)]
    last = [place for each in outputs if not each.stacks for place in range(first[each.output], first[each.output + 1])]
    stacked = [value for each in outputs if each.stacks for value in results[each.output].entries.flat]
    last_values, stacks = map(iter, recorder.finish([value for each in next_values for value in each], last, stacked))
    arrays: dict[LoopOutput, Array] = {}
    for each in outputs:
        shape = results[each.output].shape
        if each.stacks:
            stores = {place: Store(next(stacks)) for place in np.ndindex(shape)}
            arrays[each] = StoredArray(space, (body.count, *shape), stores)
        else:
            entries = np.empty(shape, dtype=object)
            for place in np.ndindex(shape):
                entries[place] = next(last_values)
            arrays[each] = Array(space, entries)
    return arrays


def _map_entries(step: Entries, function: Callable[[Value, str], Value], array: Array, name: str) -> Array:
    """A value of a loop's step for each entry of an array outside of it."""
    entries = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        entries[place] = function(array.entries[place], "_".join([name, *map(str, place)]))
    return Array(step, entries)


def _capture(step: Entries, recorder: LoopRecorder, array: Array, name: str) -> Array:
    """An array from outside of a loop."""
    if not isinstance(array, StoredArray):
        return _map_entries(step, recorder.capture, array, name)
    stores = {place: Store(recorder.capture(each.array, name), each.places) for place, each in array.stores.items()}
    return StoredArray(step, array.shape, stores)


def _read_entry(step: Entries, recorder: LoopRecorder, sequence: Array, name: str) -> Array:
    """What a step of a loop reads of an array that it runs along."""
    entries = np.empty(sequence.shape[1:], dtype=object)
    for place in np.ndindex(entries.shape):
        label = "_".join([name, *map(str, place)])
        if isinstance(sequence, StoredArray):
            array, places = sequence.stores[place]
            entries[place] = recorder.entry(array, label, 0, 1, places)
        else:
            values = [sequence.entries[row, *place] for row in range(len(sequence.entries))]
            entries[place] = _read_one_of(recorder, values, label)
    return Array(step, entries)


def _read_one_of(recorder: LoopRecorder, values: Sequence[Value], name: str) -> Value:
    """One of some values in each step: read directly where these are at regular places of an array."""
    code = recorder.code
    first, second = values[0], values[min(1, len(values) - 1)]
    if all(value.number == first.number for value in values):
        return recorder.capture(first, name)
    instructions = [code.instructions[value.number] for value in values]
    if instructions[0].function == instructions[1].function == "entry":
        (start, *rest), (after, *_) = instructions[0].value, code.instructions[second.number].value
        is_regular = all(
            each.function == "entry"
            and each.operands == instructions[0].operands
            and each.value == (start + place * (after - start), *rest)
            for place, each in enumerate(instructions)
        )
        if is_regular:
            return recorder.entry(code.value_at(instructions[0].operands[0]), name, start, after - start, tuple(rest))
    return recorder.entry(code.record("list", [code.as_number(value) for value in values]), name)


def _record_node(space: Entries, title: str, node: Node, operands: Sequence[Array]) -> Array:
    if node.operation is None:
        return space.asarray(node.parameters["value"])
    assert isinstance(node.operation, Primitive)
    name = node.operation.name
    if node.operation.by_elimination:
        raise unsupported_error(f"the {title} target", name, HINT)
    is_index = node.operation.is_index
    values: Sequence[Any] = operands
    if not node.operation.is_elementwise:
        values = [_numbers(each, name) if is_index(slot) else each for slot, each in enumerate(operands)]
    kernel = VALUE_DEPENDENT.get(name, node.operation.kernel)
    result: Array = kernel(space, *values, **node.parameters)
    return result


def _numbers(index: Array, name: str) -> Any:
    """The numbers of an index, which must be a constant."""
    numbers = [entry.constant for entry in index.entries.flat]
    if None in numbers:
        raise GraphdiffError(
            "value", f"code entry by entry needs constant indices, but the index of {name} is an input", hint=HINT
        )
    return np.reshape(np.asarray(numbers, float), index.shape)


def _too_large(message: str) -> GraphdiffError:
    return GraphdiffError("limit", message, hint=HINT)
