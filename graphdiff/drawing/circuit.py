"""Graph or trace → circuit: the gates and wires of a picture with their texts, without positions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.accuracy.lost_numbers import Key, lost_numbers
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.function import FormulaGate, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes, input_shapes
from graphdiff.operations.primitive import ATOM, LITERAL, SIGN
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape, shape_text
from graphdiff.passes.steps import BackwardEdge, BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain
from graphdiff.report.numbers import format_label, one_line, parenthesize
from graphdiff.writing.text import operation_of, operation_text

LIMIT = 500
"""Gates that are drawn, by default."""
LARGEST_LABEL, MOST_ROWS, WIDEST_ROW = 9, 3, 28
"""Entries, rows and characters per row of an array that is written out; a larger one is shown as its shape."""
LONGEST_SYMBOL, LONGEST_FORMULA, LONGEST_NAME, LONGEST_CONSTANT = 24, 40, 24, 10
"""Characters of a gate's symbol, of the formula in a collapsed gate, of a gate's name, and of a constant that is
written inside its consumer's gate."""
OPERAND = "·"
"""The placeholder in a gate's symbol for an operand that arrives by a wire."""
BEFORE = -1
"""The step of labels that are known before the backward pass."""


class Label(NamedTuple):
    """A text of one or more lines, known since a backward step; room is the least width to reserve, in characters. One
    that is blank is drawn as an empty box; its lines are for formats that have only text."""

    lines: tuple[str, ...]
    since: int = BEFORE
    room: int = 0
    is_blank: bool = False


class Gate(NamedTuple):
    """An input, a constant, or an operation together with the constants among its operands.

    node        index in the graph
    kind        "input", "constant" or "operation"
    symbol      text inside the gate
    name        name above the gate, "" where there is none
    pattern     the backward pattern
    value       label of the output's value, gradient that of its gradient
    step        number of the backward step, None where there is none
    is_ordered  whether the wires that enter have to keep the order of the operands
    """

    node: int
    kind: str
    symbol: str
    name: str = ""
    pattern: str = ""
    value: Label | None = None
    gradient: Label | None = None
    step: int | None = None
    is_ordered: bool = False


class Wire(NamedTuple):
    """A wire from one gate to a slot of another. downstream is its label where the source fans out, local that of the
    local derivative."""

    source: int
    target: int
    slot: int
    downstream: Label | None = None
    local: Label | None = None

    @property
    def has_label(self) -> bool:
        """Whether the wire needs room for a label of its own."""
        return self.downstream is not None or self.local is not None


class Circuit(NamedTuple):
    """Gates by their nodes, in topological order, and the wires between them.

    captions are the lines for each backward step: a heading, then the multiplication of each edge. zeros are the
    numbers that are rounding errors alone; their labels are 0.
    """

    gates: Mapping[int, Gate]
    wires: Sequence[Wire]
    output: int
    captions: Sequence[Sequence[str]]
    zeros: frozenset[Key] = frozenset()

    @property
    def fans(self) -> set[int]:
        """The gates whose values fan out."""
        return {gate for gate, count in Counter(wire.source for wire in self.wires).items() if count > 1}


def circuit(
    source: Graph | Trace,
    digits: int | None = None,
    limit: int = LIMIT,
    has_names: bool = False,
    has_locals: bool = False,
    shapes: Mapping[str, Shape] | None = None,
) -> Circuit:
    """The circuit of a graph, or of a trace with its numbers.

    Numbers have two decimals by default; digits sets the significant digits. With has_names, operations without a name
    have the one that tables and captions give them; with has_locals, wires have their local derivatives, but for those
    of arrays that are not elementwise. shapes has those of the inputs of a graph that are arrays; shapes
    are then drawn instead of numbers.
    Raises GraphdiffError: "limit" where there are more gates than limit; 0 stands for no limit; "value" where shapes do
    not fit.
    """
    graph, trace = (source.graph, source) if isinstance(source, Trace) else (source, None)
    constants = _constant_texts(graph, trace)
    kinds = _kinds(graph, trace, constants)
    if limit and len(kinds) > limit:
        from graphdiff.algebra.collapse import collapse  # lazy: few circuits are too large

        hint = Hint("limit=0 draws all of them", "gate_limit")
        if len(_kinds(collapse(graph).graph, trace, {})) <= limit:
            hint = Hint(f"{hint}, a collapsed graph has fewer", "gate_limit_or_collapse")
        raise GraphdiffError("limit", f"the circuit has {len(kinds):,} gates; at most {limit:,} are drawn", hint=hint)
    if trace is not None:
        return _Numbers(trace, digits, kinds, constants, has_names, has_locals).circuit()
    node_shapes = infer_shapes(graph, input_shapes(graph, shapes)) if shapes else ()
    return _Gates(graph, kinds, constants, has_names, node_shapes).circuit()


def _is_constant_input(graph: Graph, node: Node, trace: Trace | None) -> bool:
    """Whether a node is the input pi or e, without a value of its own, and not differentiated by."""
    label = graph.labels[node.index]
    is_given = trace is not None and (label in trace.point or label in trace.gradients)
    return node.is_input and label in CONSTANTS and not is_given


def _constant_texts(graph: Graph, trace: Trace | None) -> dict[int, tuple[str, int]]:
    """The texts, with their precedences, of constants that are written in their consumers' gates: numbers, pi and e,
    and short operations on these alone, such as 1/2 or sqrt(2*pi)."""
    texts: dict[int, tuple[str, int]] = {}
    for node in graph.nodes:
        operation, text = node.operation, graph.labels[node.index]
        if operation is None and (node.is_constant or _is_constant_input(graph, node, trace)):
            precedence = SIGN if text[0] == "-" else LITERAL if text[0].isdigit() else ATOM
        elif operation is not None and node.operands and all(operand in texts for operand in node.operands):
            text = operation_text(operation, [texts[operand] for operand in node.operands], node.parameters)
            precedence = ATOM if operation.operator is None else operation.operator.precedence
        else:
            continue
        if len(text) <= LONGEST_CONSTANT and node.index != graph.output and (operation is None or node.name is None):
            texts[node.index] = text, precedence
    return texts


def _kinds(graph: Graph, trace: Trace | None, constants: Mapping[int, tuple[str, int]]) -> dict[int, str]:
    """The kind of each node that is drawn; those among the constants are written in their consumers' gates instead."""
    kinds: dict[int, str] = {}
    for node in graph.nodes:
        label = graph.labels[node.index]
        if node.is_input:
            is_constant = _is_constant_input(graph, node, trace)
            is_asked_for = node.index == graph.output or (trace is not None and label in trace.gradients)
            if is_asked_for or (graph.needed[node.index] and not is_constant):
                kinds[node.index] = "input"
        elif graph.needed[node.index] and node.index not in constants:
            kinds[node.index] = "constant" if node.operation is None else "operation"
    return kinds


class _Gates:
    """Makes the gates and wires of a circuit without numbers; shapes has those of all nodes, if they are known."""

    def __init__(
        self,
        graph: Graph,
        kinds: Mapping[int, str],
        constants: Mapping[int, tuple[str, int]],
        has_names: bool,
        shapes: Sequence[Shape | None] = (),
    ) -> None:
        self.graph = graph
        self.kinds = kinds
        self.constants = constants
        self.has_names = has_names
        self.shapes = shapes

    def circuit(self) -> Circuit:
        gates = {index: self.gate(self.graph.nodes[index]) for index in self.kinds}
        return Circuit(gates, self.wires(), self.graph.output, self.captions())

    def wires(self) -> list[Wire]:
        """The wires in order of their targets and slots."""
        ends = [
            (operand, index, slot)
            for index in self.kinds
            for slot, operand in enumerate(self.graph.nodes[index].operands)
            if operand in self.kinds
        ]
        fans = Counter(source for source, _, _ in ends)
        return [self.wire(*end, fans[end[0]] > 1) for end in ends]

    def wire(self, source: int, target: int, slot: int, is_branch: bool) -> Wire:
        """A wire, which is one of several from its source or the only one."""
        return Wire(source, target, slot)

    def captions(self) -> list[list[str]]:
        return []

    def gate(self, node: Node) -> Gate:
        operation = node.operation
        label = shorten(self.graph.labels[node.index], LONGEST_NAME)
        shape = self.shapes[node.index] if self.shapes else None
        value = Label((shape_text(shape),)) if shape else None
        if operation is None:
            return Gate(node.index, self.kinds[node.index], label, value=value)
        is_formula = isinstance(operation, FormulaGate)
        text = operation_of(self.graph, node, self.constants) if is_formula else self.symbol(node)
        return Gate(
            node.index,
            self.kinds[node.index],
            shorten(text, LONGEST_FORMULA if is_formula else LONGEST_SYMBOL),
            "" if node.name is None and not self.has_names else label,
            operation.backward_pattern.name,
            value,
            is_ordered=not (is_formula or operation.commutative),
        )

    def symbol(self, node: Node) -> str:
        """The text inside a gate: `+`, `exp`, `1/·`, `max(·, 0)`."""
        graph, operation = self.graph, node.operation
        assert operation is not None
        if is_loop(operation):
            return operation.title
        operands = [self.operand(graph.nodes[operand]) for operand in node.operands]
        operator = operation.operator
        if operator is not None and all(text == OPERAND for text, _ in operands):
            return operator.symbol if len(operands) == 2 else operation.name
        if operator is not None and len(operands) == 2:
            if operation.commutative:  # +1 and *2, not 1+· and 2*·
                operands.sort(key=lambda operand: operand[0] != OPERAND)
            return operation_text(operation, operands, node.parameters).removeprefix(OPERAND).replace(" ", "")
        text = operation_text(operation, operands, node.parameters)
        if all(text == OPERAND for text, _ in operands):  # sum(axis=0), exp
            text = re.sub(rf"\({OPERAND}(, {OPERAND})*(, )?", "(", text, count=1).removesuffix("()")
        return text.removeprefix(OPERAND)

    def operand(self, operand: Node) -> tuple[str, int]:
        return (OPERAND, ATOM) if operand.index in self.kinds else self.constants[operand.index]


class _Numbers(_Gates):
    """Makes the gates and wires of a circuit with the numbers of a trace."""

    def __init__(
        self,
        trace: Trace,
        digits: int | None,
        kinds: Mapping[int, str],
        constants: Mapping[int, tuple[str, int]],
        has_names: bool,
        has_locals: bool,
    ) -> None:
        super().__init__(trace.graph, kinds, constants, has_names)
        self.trace = trace
        self.digits = digits
        self.has_locals = has_locals
        self.zeros = lost_numbers(trace)
        self.steps = {step.node.index: step for step in trace.backward}
        self.edges: dict[tuple[int, int, int], BackwardEdge] = {}
        self.known: dict[int, int] = {}
        """The step that completes each node's gradient: that of the last consumer to pass one back."""
        for step in self.steps.values():
            for edge in step.edges:
                self.edges[edge.source, step.node.index, edge.slot] = edge
                self.known[edge.source] = step.step

    def gate(self, node: Node) -> Gate:
        gate = super().gate(node)
        value, step = self.trace.values[node.index], self.steps.get(node.index)
        is_literal = gate.kind == "constant" and node.name is None
        gradient, since = None, self.known.get(node.index, 0)
        if step is not None:
            gradient = self.label(step.upstream, since, "upstream", node.index)
        elif gate.kind == "input" and (by_input := self.trace.gradients.get(self.graph.labels[node.index])) is not None:
            gradient = self.label(by_input, since, "gradient", node.index)
        return gate._replace(
            value=None if value is None or is_literal else self.label(plain(value), BEFORE, "value", node.index),
            gradient=gradient,
            step=None if step is None else step.step,
        )

    def wire(self, source: int, target: int, slot: int, is_branch: bool) -> Wire:
        wire, edge = super().wire(source, target, slot, is_branch), self.edges.get((source, target, slot))
        if edge is None:
            return wire
        since, local = self.steps[target].step, edge.local.values if self.has_locals else None
        return wire._replace(
            downstream=self.label(edge.downstream, since, "downstream", target, slot) if is_branch else None,
            local=None if local is None else self.label(local, since, "local", target, slot),
        )

    def label(self, value: Value, since: int, *key: Any) -> Label:
        value = 0.0 if key in self.zeros else value
        lines = format_label(value, self.digits, LARGEST_LABEL).split("\n")
        if len(lines) > MOST_ROWS or max(map(len, lines)) > WIDEST_ROW:
            lines = [format_label(value, self.digits, 0)]
        return Label(tuple(lines), since)

    def circuit(self) -> Circuit:
        return super().circuit()._replace(zeros=self.zeros)

    def captions(self) -> list[list[str]]:
        return [[self.heading(step), *map(self.multiplication, step.edges)] for step in self.steps.values()]

    def heading(self, step: BackwardStep) -> str:
        """The first line of a caption: `step 3 of 8: v5 = exp(v4), scaler: upstream × local = downstream`."""
        assert step.node.operation is not None
        text = shorten(f"{step.label} = {operation_of(self.graph, step.node, self.constants)}", 2 * LONGEST_NAME)
        pattern = step.node.operation.backward_pattern.name
        return f"step {step.step} of {len(self.steps)}: {text}, {pattern}: upstream × local = downstream"

    def multiplication(self, edge: BackwardEdge) -> str:
        """A line of a caption: `x: 1.00 × (-4.00) = -4.00`, or with a formula where the operation is not
        elementwise."""
        index = edge.local.step.node.index
        upstream = self.text(edge.local.step.upstream.value, "upstream", index)
        downstream = self.text(edge.downstream, "downstream", index, edge.slot)
        name = shorten(edge.operand, LONGEST_NAME)
        if edge.local.values is None:
            return f"{name}: {edge.local.formula} = {downstream}"
        local = self.text(edge.local.values, "local", index, edge.slot)
        return f"{name}: {parenthesize(upstream)} × {parenthesize(local)} = {downstream}"

    def text(self, value: Value, *key: Any) -> str:
        return one_line(format_label(0.0 if key in self.zeros else plain(value), self.digits, LARGEST_LABEL))
