"""The interpreter whose values are graph nodes, with which derivative rules give formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.algebra.simplify import Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.graph.shapes import infer_shapes, shape_of_loop
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.literal import Irrational
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape

if TYPE_CHECKING:
    from graphdiff.graph.loop import Loop


class UnknownRankError(Exception):
    """A rule requires the rank of a value whose shape is not known."""


class NodeInterpreter(Interpreter):
    """Builds nodes through a simplifier; a float among the operands becomes a constant.

    With keeps_gates, functions with their own derivatives stay calls, because the nodes are differentiated again.
    """

    def __init__(
        self, builder: GraphBuilder, simplifier: type[Simplifier] = Simplifier, keeps_gates: bool = False
    ) -> None:
        self.builder = builder
        self.keeps_gates = keeps_gates
        self.simplifier = simplifier(builder)
        self.shapes = self.simplifier.shapes

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lift(operand) for operand in operands]
        return self.simplifier.apply(primitive, nodes, parameters)

    def call(self, function: Function, operands: Sequence[Any]) -> Node | None:
        if is_loop(function):
            return self.apply_loop(function, operands)
        if not self.keeps_gates:
            return None
        nodes = [self.lift(operand) for operand in operands]
        node = self.simplifier.intern(function, nodes)
        operand_shapes = [self.shapes.get(each.index) for each in nodes]
        if None not in operand_shapes:
            self.shapes[node.index] = infer_shapes(function.graph, operand_shapes)[function.graph.output] or ()
        return node

    def apply_loop(self, loop: Loop, operands: Sequence[Any]) -> Node:
        """Add a loop. The arrays that it runs along are replaced by those of the entries that it reads."""
        nodes = [self.lift(operand) for operand in operands]
        loop, nodes = self.with_whole_sequences(loop, nodes)
        node = self.simplifier.intern(loop, nodes)
        shapes = [self.shapes.get(each.index) for each in nodes]
        known = [shape for shape in shapes if shape is not None]
        if len(known) == len(shapes):
            self.shapes[node.index] = shape_of_loop(loop, known)
        return node

    def with_whole_sequences(self, loop: Loop, operands: Sequence[Node]) -> tuple[Loop, list[Node]]:
        """A loop that reads all entries of the arrays that it runs along, and its operands."""
        from graphdiff.graph.loop import WHOLE, Loop  # lazy: few formulas have loops

        nodes = list(operands)
        body = loop.body
        for slot, entries in zip(body.sequence_slots, body.sequences, strict=True):
            if entries != WHOLE or (self.shape(nodes[slot]) or ())[:1] != (body.count,):
                nodes[slot] = self.index(nodes[slot], items=entries.of_all(body.count))
        return Loop(body._replace(sequences=(WHOLE,) * len(body.sequences)), loop.output, loop.stacks), nodes

    def symbol(self, name: str, shape: Shape | None = None, parameters: Mapping[str, Any] = NO_PARAMETERS) -> Node:
        """Add an input, of a known shape or not, whose parameters may hold a default."""
        node = self.builder.input(name, parameters=parameters)
        if shape is not None:
            self.shapes[node.index] = shape
        return node

    def constant(self, value: Any) -> Any:
        return self.simplifier.constant(value)

    def lift(self, operand: Node | float) -> Node:
        """A value as a node; a float, which is one of a derivative rule, becomes a constant."""
        if isinstance(operand, Node):
            return operand
        return self.simplifier.constant(Irrational(operand) if operand == math.pi else operand)

    def shape(self, value: Any) -> Shape | None:
        return self.shapes.get(self.lift(value).index)

    def rank(self, value: Any) -> int:
        shape = self.shape(value)
        if shape is None:
            raise UnknownRankError
        return len(shape)

    def scale(self, cotangent: Any, local: Any) -> Any:
        return cotangent if type(local) is float and local == 1 else self.mul(local, cotangent)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        value, like = self.lift(value), self.lift(like)
        is_like = self.shape(like) is None or self.shape(value) in (None, self.shape(like))
        return value if is_like or value.is_constant else self.broadcast_to(value, like)

    def expand_like(self, value: Node | float, like: Node) -> Node:
        """A value in the shape of another; a constant too, which broadcast_like leaves as it is."""
        node = self.lift(value)
        if self.shape(node) == self.shape(like):
            return node
        return self.simplifier.intern(PRIMITIVES["broadcast_to"], (node, like))

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        cotangent, like = self.lift(cotangent), self.lift(like)
        shape, like_shape = self.shape(cotangent), self.shape(like)
        if shape is None or like_shape is None or len(shape) < len(like_shape) or shape == like_shape:
            return cotangent
        return self.sum_to(cotangent, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        if not pattern.selects:
            return True
        if isinstance(local, Node) and not local.is_constant:
            # The entries that an index or a reduction selects are not tracked: that would cost as much as the gradient.
            return local if self.simplifier.is_binary(local) else True
        return (local.parameters["value"] if isinstance(local, Node) else local) != 0
