"""Graph or trace → circuit: gates and wires with the texts of a picture; nothing of where they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError, Hint, shortened
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, LITERAL, SIGN, Primitive
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.steps import BackwardEdge, BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain
from graphdiff.report.numbers import bracketed, drawn, one_line
from graphdiff.writing.text import expression_text, operation_of, operation_text

LIMIT = 500
"""Gates that are drawn unless more are asked for."""
LARGEST_DRAWN, MOST_ROWS, WIDEST_ROW = 9, 3, 28
"""Entries, rows and characters a row of an array that is written out; of a larger one the shape is."""
LONGEST_SYMBOL, LONGEST_FORMULA, LONGEST_NAME, LONGEST_CONSTANT = 24, 40, 24, 10
"""Characters of what stands inside a gate, inside one that hides others, above a gate, and of a constant that stands
inside its consumer's gate."""
OPERAND = "·"
"""Stands inside a gate for an operand that comes by a wire."""
BEFORE = -1
"""The step since which a label is known that needs no backward pass."""


class Label(NamedTuple):
    """A text of one or more lines, known since a backward step, with room for so many characters a line."""

    lines: tuple[str, ...]
    since: int = BEFORE
    room: int = 0


class Gate(NamedTuple):
    """An input, a constant, or an operation with the constants among its operands.

    node is its index in the graph, name what the program calls it, pattern how it passes gradients back, step the
    backward step that does. value and gradient are those of its output. The operands of one that is ordered may not
    be swapped; those of a formula have their names in it.
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
    """From a gate to another, where it ends at these nodes and slots; downstream is told where its source fans out."""

    source: int
    target: int
    ends: tuple[tuple[int, int], ...]
    downstream: Label | None = None

    @property
    def slots(self) -> tuple[int, ...]:
        return tuple(slot for _, slot in self.ends)


class Circuit(NamedTuple):
    """Gates by their nodes, in topological order, and the wires between them.

    captions are, for each backward step, lines that tell its multiplications; without a trace there are none. heads
    are the gates in which the nodes stand.
    """

    gates: Mapping[int, Gate]
    wires: Sequence[Wire]
    output: int
    captions: Sequence[Sequence[str]]
    heads: Mapping[int, int]

    @property
    def fans(self) -> set[int]:
        """The gates whose values fan out."""
        return {gate for gate, count in Counter(wire.source for wire in self.wires).items() if count > 1}


def circuit(source: Graph | Trace, digits: int | None = None, limit: int = LIMIT, collapses: bool = False) -> Circuit:
    """The circuit of a graph, or with the numbers of a trace, which have two decimals or so many digits. One that
    collapses has a gate for each named node, in which those that have no name and one consumer are hidden.

    Raises GraphdiffError("limit") where it has more gates than the limit; 0 is none.
    """
    graph, trace = (source.graph, source) if isinstance(source, Trace) else (source, None)
    kinds = _kinds(graph, trace)
    heads = _heads(graph, kinds, collapses)
    count = len(set(heads.values()))
    if limit and count > limit:
        hint = Hint("limit=0 draws them all", "gate_limit")
        if not collapses and len(set(_heads(graph, kinds, True).values())) <= limit:
            hint = Hint(f"{hint}, collapses=True only those that have a name", "gate_limit_or_collapse")
        raise GraphdiffError("limit", f"the circuit has {count:,} gates; at most {limit:,} are drawn", hint=hint)
    writer = _Gates(graph, kinds, heads) if trace is None else _Numbers(trace, digits, kinds, heads)
    return writer.circuit()


def _kinds(graph: Graph, trace: Trace | None) -> dict[int, str]:
    """What each node is that a picture shows; constants that are short stand in their consumers."""
    kinds: dict[int, str] = {}
    for node in graph.nodes:
        label = graph.labels[node.index]
        if node.is_input:
            is_constant = label in CONSTANTS and (trace is None or label not in trace.point)
            is_asked_for = node.index == graph.output or (trace is not None and label in trace.gradients)
            if is_asked_for or (graph.needed[node.index] and not is_constant):
                kinds[node.index] = "input"
        elif graph.needed[node.index]:
            if node.operation is not None:
                kinds[node.index] = "operation"
            elif len(label) > LONGEST_CONSTANT or node.index == graph.output:
                kinds[node.index] = "constant"
    return kinds


def _heads(graph: Graph, kinds: Mapping[int, str], collapses: bool) -> dict[int, int]:
    """For each node in whose gate it stands: its own, or where it collapses that of its only consumer."""
    heads: dict[int, int] = {}
    for index in reversed(list(kinds)):
        node = graph.nodes[index]
        targets = {edge.target for edge in graph.consumers(node)}
        is_hidden = collapses and node.operation is not None and node.name is None and len(targets) == 1
        heads[index] = heads[targets.pop()] if is_hidden and index != graph.output else index
    return heads


class _Gates:
    """Writes the texts of a circuit that has no numbers."""

    def __init__(self, graph: Graph, kinds: Mapping[int, str], heads: Mapping[int, int]) -> None:
        self.graph = graph
        self.kinds = kinds
        self.heads = heads

    def circuit(self) -> Circuit:
        gates = {
            index: self.gate(self.graph.nodes[index]) for index, head in sorted(self.heads.items()) if index == head
        }
        return Circuit(gates, self.wires(), self.graph.output, self.captions(), self.heads)

    def wires(self) -> list[Wire]:
        """The wires in the order of their targets; those into the hidden nodes of one gate are one."""
        ends: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for index in sorted(self.heads):
            for slot, operand in enumerate(self.graph.nodes[index].operands):
                if operand in self.heads and self.heads[operand] != self.heads[index]:
                    ends.setdefault((self.heads[operand], self.heads[index]), []).append((index, slot))
        bundles: list[tuple[int, int, Sequence[tuple[int, int]]]] = []
        for (source, target), entered in ends.items():
            is_alone = all(node == target for node, _ in entered)
            bundles += [(source, target, [end]) for end in entered] if is_alone else [(source, target, entered)]
        bundles.sort(key=lambda bundle: (bundle[1], bundle[2]))
        fans = Counter(source for source, _, _ in bundles)
        return [
            Wire(source, target, tuple(entered), self.part(source, entered, fans[source] > 1))
            for source, target, entered in bundles
        ]

    def part(self, source: int, entered: Sequence[tuple[int, int]], fans: bool) -> Label | None:
        """What a wire of a fan-out passes back: by these nodes and slots it enters its gate."""
        return None

    def captions(self) -> list[list[str]]:
        return []

    def gate(self, node: Node) -> Gate:
        operation = node.operation
        label = shortened(self.graph.labels[node.index], LONGEST_NAME)
        if operation is None:
            return Gate(node.index, self.kinds[node.index], label)
        hides = any(self.heads.get(operand) == node.index for operand in node.operands)
        return Gate(
            node.index,
            self.kinds[node.index],
            shortened(self.formula(node), LONGEST_FORMULA) if hides else shortened(self.symbol(node), LONGEST_SYMBOL),
            "" if node.name is None else label,
            operation.backward_pattern.name,
            is_ordered=not (hides or (isinstance(operation, Primitive) and operation.commutative)),
        )

    def formula(self, node: Node) -> str:
        """What a gate that hides others works out, in the names of its operands."""

        def named(other: Node) -> str | None:
            is_hidden = self.heads.get(other.index) == node.index or other.is_constant
            return None if is_hidden else self.graph.labels[other.index]

        return expression_text(self.graph, node.index, named, self.graph.names_in_use)

    def symbol(self, node: Node) -> str:
        """`+`, `exp`, `1/·`, `max(·, 0)`."""
        graph, operation = self.graph, node.operation
        assert operation is not None
        operands = [self.operand(graph.nodes[operand]) for operand in node.operands]
        operator = operation.operator if isinstance(operation, Primitive) else None
        if operator is not None and all(text == OPERAND for text, _ in operands):
            return operator.symbol if len(operands) == 2 else operation.name
        if operator is not None and len(operands) == 2:
            if isinstance(operation, Primitive) and operation.commutative:  # +1 and *2, not 1+· and 2*·
                operands.sort(key=lambda operand: operand[0] != OPERAND)
            return operation_text(operation, operands, node.parameters).removeprefix(OPERAND).replace(" ", "")
        text = operation_text(operation, operands, node.parameters)
        if all(text == OPERAND for text, _ in operands):  # sum(axis=0), exp
            text = re.sub(rf"\({OPERAND}(, {OPERAND})*(, )?", "(", text, count=1).removesuffix("()")
        return text.removeprefix(OPERAND)

    def operand(self, operand: Node) -> tuple[str, int]:
        if operand.index in self.kinds:
            return OPERAND, ATOM
        text = self.graph.labels[operand.index]
        return text, SIGN if text[0] == "-" else LITERAL if text[0].isdigit() else ATOM


class _Numbers(_Gates):
    """Writes the texts of a circuit with the numbers of a trace."""

    def __init__(self, trace: Trace, digits: int | None, kinds: Mapping[int, str], heads: Mapping[int, int]) -> None:
        super().__init__(trace.graph, kinds, heads)
        self.trace = trace
        self.digits = digits
        self.steps = {step.node.index: step for step in trace.backward}
        self.passed: dict[tuple[int, int, int], Value] = {}
        self.known: dict[int, int] = {}
        """The step after which each node's gradient is whole: that of the last consumer which passes back."""
        for step in self.steps.values():
            for edge in step.edges:
                self.passed[edge.source, step.node.index, edge.slot] = edge.downstream
                self.known[edge.source] = step.step

    def gate(self, node: Node) -> Gate:
        gate = super().gate(node)
        value, step = self.trace.values[node.index], self.steps.get(node.index)
        is_literal = gate.kind == "constant" and node.name is None
        gradient = None
        if step is not None:
            gradient = step.upstream
        elif gate.kind == "input":
            gradient = self.trace.gradients.get(self.graph.labels[node.index])
        return gate._replace(
            value=None if value is None or is_literal else self.label(plain(value), BEFORE),
            gradient=None if gradient is None else self.label(gradient, self.known.get(node.index, 0)),
            step=None if step is None else step.step,
        )

    def part(self, source: int, entered: Sequence[tuple[int, int]], fans: bool) -> Label | None:
        found = [end for end in entered if (source, *end) in self.passed]
        if not (fans and found):
            return None
        total = self.passed[source, *found[0]]
        with self.trace.op.quiet():
            for end in found[1:]:
                total = self.trace.op.add(total, self.passed[source, *end])
        return self.label(plain(total), max(self.steps[node].step for node, _ in found))

    def label(self, value: Value, since: int) -> Label:
        lines = drawn(value, self.digits, LARGEST_DRAWN).split("\n")
        if len(lines) > MOST_ROWS or max(map(len, lines)) > WIDEST_ROW:
            lines = [drawn(value, self.digits, 0)]
        return Label(tuple(lines), since)

    def captions(self) -> list[list[str]]:
        return [[self.heading(step), *map(self.multiplication, step.edges)] for step in self.steps.values()]

    def heading(self, step: BackwardStep) -> str:
        """`step 3 of 8: v5 = exp(v4), scaler: upstream × local = downstream`"""
        assert step.node.operation is not None
        text = shortened(f"{step.label} = {operation_of(self.graph, step.node)}", 2 * LONGEST_NAME)
        gate = step.node.operation.backward_pattern.name
        return f"step {step.step} of {len(self.steps)}: {text}, {gate}: upstream × local = downstream"

    def multiplication(self, edge: BackwardEdge) -> str:
        """`x: 1.00 × (-4.00) = -4.00`; where a rule maps upstream to downstream, that in the place of a number."""
        upstream, downstream = self.text(edge.local.step.upstream.value), self.text(edge.downstream)
        name = shortened(edge.operand, LONGEST_NAME)
        if edge.local.values is None:
            return f"{name}: {edge.local.formula} = {downstream}"
        return f"{name}: {bracketed(upstream)} × {bracketed(self.text(edge.local.values))} = {downstream}"

    def text(self, value: Value) -> str:
        return one_line(drawn(plain(value), self.digits, LARGEST_DRAWN))
