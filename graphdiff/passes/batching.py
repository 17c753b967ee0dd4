"""Nodes rebuilt for many values of some of the nodes that they are made of, at once: along a new first axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Entries, Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Shape
from graphdiff.passes.batched import Batch, Batched, Value
from graphdiff.passes.batching_rules import LIKE, RULES
from graphdiff.passes.batching_scales import apply_linear
from graphdiff.passes.forward import forward


class ManyBody(NamedTuple):
    """The body of a loop for many values, and which of its carried values and of its outputs have many."""

    body: LoopBody
    carried_has_many: Sequence[bool]
    outputs_have_many: Sequence[bool]


class Batching(Batch):
    """Rebuilds nodes of an interpreter, whose shapes are known, for a number of values."""

    def __init__(self, op: NodeInterpreter, count: int) -> None:
        super().__init__(op, count)
        self._bodies: dict[object, ManyBody] = {}

    def rebuild(self, roots: Sequence[Node], values: Mapping[int, Batched]) -> list[Value]:
        """These nodes, where the nodes with these indices have many values."""
        nodes = list(self.op.builder.nodes)
        needed = Graph(nodes, [], [root.index for root in roots]).needed
        known: dict[int, Value] = dict(values)
        for node in nodes[min(values, default=len(nodes)) :]:
            if needed[node.index] and node.index not in known and any([each in known for each in node.operands]):
                known[node.index] = self._apply(node, [known.get(each, nodes[each]) for each in node.operands])
        return [known.get(root.index, root) for root in roots]

    def _apply(self, node: Node, operands: Sequence[Value]) -> Value:
        """An operation on operands some of which have many values."""
        operation = node.operation
        if is_loop(operation):
            return self._apply_loop(operation, [*map(self.plain, operands)])
        assert isinstance(operation, Primitive)
        linear = apply_linear(self, operation, operands, node.parameters)
        if linear is not None:
            return linear
        shape_slots = LIKE.get(operation.name, ())
        values = [self.like(each) if slot in shape_slots else self.plain(each) for slot, each in enumerate(operands)]
        if not any(isinstance(each, Batched) for each in values):
            return self.op.apply(operation, *values, **node.parameters)
        if operation.is_elementwise:
            rank = max(map(self.rank, values))
            nodes = [self.aligned(each, rank) for each in values]
            return self.values(self.op.apply(operation, *nodes, **node.parameters))
        rule = RULES.get(operation.name)
        if rule is None:
            return self.values(self.one_by_one(operation, values, node.parameters))
        return self.values(rule(self, *values, **node.parameters))

    def _apply_loop(self, loop: Loop, operands: Sequence[Value]) -> Value:
        """A loop on operands some of which have many values. What it carries has many in all steps or in none."""
        body, op = loop.body, self.op
        if not body.count:
            return operands[loop.output]
        operands = [
            self._whole_sequence(each, body.sequences[slot - body.sequence_slots.start], body.count)
            if slot in body.sequence_slots
            else each
            for slot, each in enumerate(operands)
        ]
        has_many = [isinstance(each, Batched) for each in operands]
        shapes = [self.shape(each) for each in operands]
        key = body, *has_many, *shapes
        if key not in self._bodies:
            self._bodies[key] = self._batch_body(body, has_many, shapes)
        many = self._bodies[key]
        nodes: list[Node] = []
        for slot, each in enumerate(operands):
            if slot in body.sequence_slots:
                is_batched = isinstance(each, Batched)
                nodes.append(op.moveaxis(self.whole(each), source=1, destination=0) if is_batched else self.like(each))
            else:
                is_batched = slot < len(body.carried) and many.carried_has_many[slot]
                nodes.append(self.whole(each) if is_batched or isinstance(each, Batched) else each)
        result: Node = op.apply_loop(Loop(many.body, loop.output, loop.stacks), nodes)
        if not many.outputs_have_many[loop.output]:
            return result
        return self.values(op.moveaxis(result, source=1, destination=0) if loop.stacks else result)

    def _whole_sequence(self, value: Value, entries: Entries, count: int) -> Value:
        """The entries that a loop reads of an array, in the order of the steps."""
        if entries == WHOLE and self.shape(value)[0] == count:
            return value
        items = entries.of_all(count)
        if isinstance(value, Batched):
            return self.values(RULES["index"](self, value, items=items))
        node: Node = self.op.index(value, items=items)
        return node

    def _batch_body(self, body: LoopBody, has_many: Sequence[bool], shapes: Sequence[Shape]) -> ManyBody:
        """The body of a loop for operands of these shapes, each alone or of many values."""
        graph, carried = body.graph, len(body.carried)
        has_many = list(has_many)
        own_shapes = [shape[1:] if slot in body.sequence_slots else shape for slot, shape in enumerate(shapes)]
        while True:
            inner = NodeInterpreter(GraphBuilder(), type(self.op.simplifier))
            counter = inner.builder.input("", is_constant=True)
            inner.shapes[counter.index] = ()
            inputs = [inner.symbol(name, shape) for name, shape in zip(graph.input_names[1:], own_shapes, strict=True)]
            symbols = [
                inner.symbol(name, (self.count, *shape)) if is_many else node
                for name, shape, node, is_many in zip(graph.input_names[1:], own_shapes, inputs, has_many, strict=True)
            ]
            values = forward(graph, [counter, *inputs], inner)
            many = {
                node.index: Batched(symbol, inner.shapes[node.index])
                for node, symbol in zip(inputs, symbols, strict=True)
                if node is not symbol
            }
            batching = Batching(inner, self.count)
            results = batching.rebuild([inner.lift(values[index]) for index in graph.outputs], many)
            further = [slot for slot in range(carried) if isinstance(results[slot], Batched) and not has_many[slot]]
            if not further:
                break
            for slot in further:
                has_many[slot] = True
        outputs_have_many = [
            has_many[place] if place < carried else isinstance(each, Batched) for place, each in enumerate(results)
        ]
        outputs = [
            batching.whole(each) if is_many else batching.like(each)
            for each, is_many in zip(results, outputs_have_many, strict=True)
        ]
        rebuilt = Graph(
            inner.builder.nodes, [node.index for node in (counter, *symbols)], [node.index for node in outputs]
        )
        new_body = body._replace(graph=rebuilt, sequences=(WHOLE,) * len(body.sequences))
        return ManyBody(new_body, has_many[:carried], outputs_have_many)
