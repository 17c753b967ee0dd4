"""Graph → instructions on numbers and whole arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.graph.function import is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import LoopBody
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Shape
from graphdiff.targets.instructions import Code
from graphdiff.targets.loop_recorder import LoopOutput, LoopRecorder, prune, record_nodes
from graphdiff.targets.recorder import Recorder, Value
from graphdiff.targets.shape_dependent import SHAPE_DEPENDENT


def instructions_of(graph: Graph, shapes: Mapping[int, Shape], opens_definitions: bool = False) -> Code:
    """The instructions of a graph of primitives and loops (functions are expanded) for the shapes of its nodes."""
    code = Recorder(opens_definitions)
    inputs = {graph.nodes[index].name or "": code.input(graph.nodes[index].name or "") for index in graph.inputs}
    values = _record(code, graph, shapes, list(inputs.values()))
    names: dict[int, str] = {}
    for node in graph.nodes:
        if node.name is not None and node.index in values and not node.is_input:
            number = values[node.index].number
            if code.instructions[number].function != "input":
                names.setdefault(number, node.name)
    outputs = tuple([code.as_number(values[index]).number for index in graph.outputs])
    numbers = {name: value.number for name, value in inputs.items()}
    return prune(Code(code.instructions, numbers, outputs, names))


def _record(code: Recorder, graph: Graph, shapes: Mapping[int, Shape], inputs: Sequence[Value]) -> dict[int, Value]:
    """The values of the inputs of a graph, and of the nodes that it needs."""
    for index, value in zip(graph.inputs, inputs, strict=True):
        code.shapes[value.number] = shapes.get(index, ())

    def record(node: Node, operands: list[Value]) -> Value:
        operation = node.operation
        if operation is None:
            return code.constant(node.parameters["value"])
        assert isinstance(operation, Primitive)
        if operation.is_elementwise:
            value: Value = operation.kernel(code, *operands, **node.parameters)
        else:
            value = _record_on_arrays(code, operation, operands, shapes_of(node), node.parameters)
        code.shapes.setdefault(value.number, shapes.get(node.index, ()))
        return value

    def record_loop(node: Node, operands: list[Value], outputs: Sequence[LoopOutput]) -> dict[LoopOutput, Value]:
        assert is_loop(node.operation)
        return _record_loop(code, node.operation.body, operands, shapes_of(node), outputs)

    def shapes_of(node: Node) -> list[Shape]:
        return [shapes.get(operand, ()) for operand in node.operands]

    return record_nodes(graph, inputs, code, record, record_loop)


def _record_loop(
    code: Recorder,
    body: LoopBody,
    operands: Sequence[Value],
    shapes: Sequence[Shape],
    outputs: Sequence[LoopOutput],
) -> dict[LoopOutput, Value]:
    """The results of a loop."""
    starts, sequences, captures = body.split(operands)
    if not body.count:
        return {each: starts[each.output] for each in outputs}
    graph, recorder = body.graph, LoopRecorder(code, body)
    names = iter(graph.input_names[1:])
    inputs = [recorder.counter()]
    inputs += [recorder.carry(value, next(names)) for value in starts]
    inputs += [recorder.entry(value, next(names)) for value in sequences]
    inputs += [recorder.capture(value, next(names)) for value in captures]
    whole, along, others = body.split(shapes)
    step_shapes = infer_shapes(graph, [(), *whole, *(shape[1:] for shape in along), *others])
    known = {index: shape for index, shape in enumerate(step_shapes) if shape is not None}
    values = _record(recorder.step, graph, known, inputs)
    last = [each.output for each in outputs if not each.stacks]
    stacked = [each.output for each in outputs if each.stacks]
    last_values, stacks = recorder.finish(
        [values[index] for index in graph.outputs[: len(starts)]],
        last,
        [values[graph.outputs[each]] for each in stacked],
    )
    return {
        **{LoopOutput(each, False): value for each, value in zip(last, last_values, strict=True)},
        **{LoopOutput(each, True): value for each, value in zip(stacked, stacks, strict=True)},
    }


def _record_on_arrays(
    code: Recorder, operation: Primitive, operands: list[Value], shapes: list[Shape], parameters: Mapping[str, Any]
) -> Value:
    """The value of an operation on whole arrays, whose kernel may depend on the ranks of its operands."""
    for operand, shape in zip(operands, shapes, strict=True):
        operand.rank = len(shape)
    shape_dependent = SHAPE_DEPENDENT.get(operation.name)
    value: Value = (
        operation.kernel(code, *operands, **parameters)
        if shape_dependent is None
        else shape_dependent(code, shapes, *operands, **parameters)
    )
    return value
