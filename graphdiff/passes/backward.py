"""The backward pass: upstream × local = downstream on every edge, summed where a value fans out.

Reverse accumulation of the chain rule by any interpreter: on floats it yields gradients, on graph nodes formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import locate_error
from graphdiff.operations.interpreter import Interpreter, Numeric
from graphdiff.operations.primitive import GATHERER, Primitive
from graphdiff.passes.cotangents import (
    NO_PIECES,
    Cotangent,
    EdgeBackward,
    Inside,
    NodeBackward,
    Piece,
    Pieces,
    add_to,
    sum_of,
)
from graphdiff.passes.forward import forward
from graphdiff.passes.scatter import Contribution, Places, scatter, scattered_places

if TYPE_CHECKING:
    from graphdiff.graph.loop import Loop


def backward(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    seed: Cotangent,
    active: Sequence[tuple[int, ...] | None],
    visit: Callable[[NodeBackward], None] | None = None,
    pieces: Pieces = NO_PIECES,
) -> dict[int, Cotangent]:
    """The cotangents of the active inputs by their indices, given the cotangent of the output; inputs that nothing is
    passed to are left out.

    values are the result of forward(), active that of graph.active_slots() for the inputs to differentiate by. visit is
    called with the step of each operation, from the output back. A cotangent is released once it is passed on. pieces
    chooses the piece of some operations at kinks.
    Raises GraphdiffError, with the operation's place in the text, where the rule of an operation fails.
    """
    return backward_from(graph, values, op, {graph.output: seed}, active, visit, pieces)


def backward_from(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    pending: dict[int, Cotangent],
    active: Sequence[tuple[int, ...] | None],
    visit: Callable[[NodeBackward], None] | None = None,
    pieces: Pieces = NO_PIECES,
) -> dict[int, Cotangent]:
    """Like backward, but starting from the cotangents of any nodes by their indices; pending is emptied."""
    gradients: dict[int, Cotangent] = {}
    entries: dict[int, list[tuple[NodeBackward, list[Places]]]] = {index: [] for index in graph.scattered}
    runs = graph.runs if visit is None and not pieces else {}
    seeds: dict[int, list[tuple[Node, Cotangent]]] = {}  # of the values of each run
    for node in reversed(graph.nodes):
        upstream = pending.pop(node.index, None)
        slots = active[node.index]
        if entries and entries.get(node.index):
            collected = _scatter_entries(entries.pop(node.index), values[node.index], op)
            upstream = collected if upstream is None else sum_of(collected, upstream, op)
        if node.index in runs:
            if upstream is not None and slots is not None:
                seeds.setdefault(runs[node.index], []).append((node, upstream))
            for operand, cotangent in _through_run(graph, seeds.pop(node.index, []), values, op, active):
                add_to(pending, operand, cotangent, op)
            continue
        if upstream is None or slots is None:
            continue
        if node.operation is None:
            gradients[node.index] = upstream
            continue
        step = NodeBackward(
            graph, node, values[node.index], [values[operand] for operand in node.operands], upstream, slots
        )
        if node.index in pieces:
            step = step._replace(**pieces[node.index]._asdict())
        if entries and node.operands[0] in entries and node.has_constant_places:
            places = scattered_places(node, op.shape(values[node.operands[0]]))
            if places is not None:
                entries[node.operands[0]].append((step, places))
                if visit is not None:
                    visit(step)
                continue
        # Cotangents are summed in a fixed order: later consumers first, and of two edges to one operand the later slot.
        try:
            edges = edges_of(step, op)
        except GraphdiffError as error:
            raise locate_error(error, graph, node) from None
        for edge in reversed(edges):
            if edge.downstream is not None:
                operand = node.operands[edge.slot]
                add_to(pending, operand, edge.downstream, op)
        if visit is not None:
            visit(step)
    return gradients


def edges_of(
    step: NodeBackward, op: Interpreter, visit: Callable[[NodeBackward], None] | None = None
) -> list[EdgeBackward]:
    """The edges of a step with their downstream cotangents; visit is called with each step inside a function."""
    operation = step.node.operation
    assert operation is not None
    if operation.is_elementwise:
        return [
            EdgeBackward(slot, local, _elementwise_downstream(step, slot, local, is_open, op))
            for slot, local, is_open in local_derivatives(
                step.node, step.slots, step.y, step.operands, op, visit, step.inside
            )
        ]
    if isinstance(operation, Primitive):
        return [EdgeBackward(slot, None, _rule_downstream(step, operation, slot, op)) for slot in step.slots]
    if is_loop(operation) and step.inside is None:
        cotangents = _through_loop([(operation, step.upstream)], step.operands, step.slots, op, visit)
        return [EdgeBackward(slot, None, each) for slot, each in zip(step.slots, cotangents, strict=True)]
    inner = operation.graph
    values, pieces = step.inside or Inside(forward(inner, step.operands, op, step.y), NO_PIECES)
    active = inner.active_slots([inner.inputs[slot] for slot in step.slots])
    gradients = backward(inner, values, op, step.upstream, active, visit, pieces)
    return [EdgeBackward(slot, None, gradients.get(inner.inputs[slot])) for slot in step.slots]


def local_derivatives(
    node: Node,
    slots: Sequence[int],
    y: Any,
    operands: Sequence[Any],
    op: Interpreter,
    visit: Callable[[NodeBackward], None] | None = None,
    inside: Inside | None = None,
) -> list[tuple[int, Any, Any]]:
    """The local derivatives of an elementwise operation, as (slot, derivative of y by the operand, is_open).

    The derivative holds entry by entry; is_open is True, False, or an array of 1 and 0. A function's own derivatives
    are used where it declares them. visit is called with each step inside a function's body; inside is what is already
    known of that.
    """
    operation = node.operation
    assert operation is not None
    derivatives: list[tuple[int, Any, Any]] = []
    if is_loop(operation) and inside is None:
        expanded = [op.broadcast_like(operand, y) for operand in operands]
        cotangents = _through_loop([(operation, Cotangent(1.0))], expanded, slots, op, visit)
        pairs = zip(slots, cotangents, strict=True)
        return [(slot, 0.0, False) if each is None else (slot, *each) for slot, each in pairs]
    if isinstance(operation, Function):
        for slot in slots[: len(operation.partials)]:
            if slot < len(operation.partials):
                partial = operation.partials[slot]
                derivatives.append((slot, forward(partial, [*operands, y], op)[partial.output], True))
        slots = slots[len(derivatives) :]
        if not slots:
            return derivatives
        inner = operation.graph
        # Numbers are expanded to the output's shape, so that the derivatives of different entries are not summed.
        if inside is None:
            inputs = [
                operand if not inner.needed[index] else op.broadcast_like(operand, y)
                for index, operand in zip(inner.inputs, operands, strict=True)
            ]
            inside = Inside(forward(inner, inputs, op, y), NO_PIECES)
        else:
            inside = _broadcast(inside, y, op)
        active = inner.active_slots([inner.inputs[slot] for slot in slots])
        gradients = backward(inner, inside.values, op, Cotangent(1.0), active, visit, inside.pieces)
        for slot in slots:
            gradient = gradients.get(inner.inputs[slot])
            derivatives.append((slot, 0.0, False) if gradient is None else (slot, *gradient))
        return derivatives
    for slot in slots:
        local = operation.partials[slot](op, y, *operands, **node.parameters)
        derivatives.append((slot, local, op.open_entries(operation.backward_pattern, local)))
    return derivatives


def _through_loop(
    seeds: Sequence[tuple[Loop, Cotangent]],
    operands: Sequence[Any],
    slots: Sequence[int],
    op: Interpreter,
    visit: Callable[[NodeBackward], None] | None = None,
) -> list[Cotangent | None]:
    """The cotangents of the operands of a loop in these slots: numbers step by step, formulas by another loop."""
    if isinstance(op, Numeric):
        from graphdiff.passes.loops import loop_cotangents  # lazy: few formulas have loops

        return loop_cotangents(seeds, operands, op, slots, forward, backward_from, visit)
    from graphdiff.algebra.node_interpreter import NodeInterpreter
    from graphdiff.passes.loop_gradients import cotangent_nodes

    assert isinstance(op, NodeInterpreter)
    return cotangent_nodes(seeds, operands, op, slots, backward_from)


def _through_run(
    graph: Graph,
    seeds: Sequence[tuple[Node, Cotangent]],
    values: Sequence[Any],
    op: Interpreter,
    active: Sequence[tuple[int, ...] | None],
) -> Iterator[tuple[int, Cotangent]]:
    """The operands of a loop and their cotangents, given those of its values."""
    if not seeds:
        return
    operands = seeds[0][0].operands
    slots = sorted({slot for node, _ in seeds for slot in active[node.index] or ()})
    loops = [(node.operation, cotangent) for node, cotangent in seeds if is_loop(node.operation)]
    try:
        cotangents = _through_loop(loops, [values[operand] for operand in operands], slots, op)
    except GraphdiffError as error:
        raise locate_error(error, graph, seeds[0][0]) from None
    for slot, cotangent in zip(slots, cotangents, strict=True):
        if cotangent is not None:
            yield operands[slot], cotangent


def _broadcast(inside: Inside, y: Any, op: Interpreter) -> Inside:
    """All numbers inside an elementwise function in the shape of its output."""

    def expand(value: Any) -> Any:
        return None if value is None else op.broadcast_like(value, y)

    pieces = {
        index: Piece(expand(piece.y), list(map(expand, piece.operands))) for index, piece in inside.pieces.items()
    }
    return Inside(list(map(expand, inside.values)), pieces)


def _elementwise_downstream(
    step: NodeBackward, slot: int, local: Any, is_open: Any, op: Interpreter
) -> Cotangent | None:
    """upstream × local, summed to the operand's shape where the operand was broadcast."""
    upstream, operand = step.upstream, step.operands[slot]
    if is_open is False:
        return None
    downstream = op.scale(upstream.value, local)
    if is_open is True and upstream.is_open is True:
        return Cotangent(op.unbroadcast(downstream, operand))
    if is_open is True:
        is_open = upstream.is_open
    elif upstream.is_open is not True:
        is_open = op.mul(is_open, upstream.is_open)
    is_open = op.broadcast_like(is_open, downstream)
    return Cotangent(op.unbroadcast(op.where(is_open, downstream, 0.0), operand), op.unbroadcast(is_open, operand))


def _rule_downstream(step: NodeBackward, primitive: Primitive, slot: int, op: Interpreter) -> Cotangent:
    """The result of the vjp rule of an operation that is not elementwise.

    A rule that only moves entries is applied to is_open as well.
    """
    rule = primitive.vjp(slot)
    assert rule is not None
    value, is_open = step.upstream
    parameters = step.node.parameters
    downstream = rule(op, value, step.y, *step.operands, **parameters)
    if primitive.moves and (is_open is not True or op.open_entries(primitive.backward_pattern, downstream) is not True):
        marks = op.broadcast_like(1.0, value) if is_open is True else is_open
        return Cotangent(downstream, rule(op, marks, step.y, *step.operands, **parameters))
    return Cotangent(downstream)


def _scatter_entries(entries: Sequence[tuple[NodeBackward, list[Places]]], array: Any, op: Interpreter) -> Cotangent:
    """The cotangent of an array from those of its entries."""

    def collect(cotangents: Sequence[Any]) -> Any:
        contributions = [
            Contribution(places, op.broadcast_like(cotangent, step.y) if op.rank(step.y) else cotangent)
            for cotangent, (step, places) in zip(cotangents, entries, strict=True)
        ]
        return scatter(contributions, op.shape(array) or (), array, op)

    value = collect([step.upstream.value for step, _ in entries])
    marks = [1.0 if step.upstream.is_open is True else step.upstream.is_open for step, _ in entries]
    if op.open_entries(GATHERER, value) is True and all(type(mark) is float for mark in marks):
        return Cotangent(value)
    return Cotangent(value, collect(marks))
