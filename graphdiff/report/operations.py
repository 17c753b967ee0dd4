"""What graphdiff knows of its operations: the list of `graphdiff ops`, from their records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.language.program import prelude
from graphdiff.operations.options import REQUIRED
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import FUNCTIONS, OPERATORS, PRIMITIVES
from graphdiff.passes.formula import general_formula, sampled_inputs
from graphdiff.report.document import to_json
from graphdiff.report.trace_tables import Column, Section
from graphdiff.writing.spelling import static_text
from graphdiff.writing.text import function_text, operation_of


def find_operation(name: str) -> Operation | None:
    """A primitive by its name, an alias or its symbol, or a function of the prelude."""
    named = PRIMITIVES.get(name) or FUNCTIONS.get(name) or prelude().get(name)
    return named or OPERATORS.get((name, 2))


def all_operations() -> list[Operation]:
    """The primitives, then the functions of the prelude."""
    return [*PRIMITIVES.values(), *prelude().values()]


def operation_document(operation: Operation) -> dict[str, Any]:
    """All of one operation as data."""
    common = {
        "name": operation.name,
        "call": _call(operation),
        "doc": operation.doc,
        "gate": operation.backward_pattern.name,
        "derivatives": {
            name: formula for slot, name in enumerate(operation.inputs) if (formula := general_formula(operation, slot))
        },
        "patterns": list(operation.patterns),
    }
    if isinstance(operation, Function):
        return {**common, "definition": function_text(operation)}
    return {**common, "aliases": list(operation.aliases), "ties": operation.ties}


def operations_json(operation: Operation | None) -> str:
    """An operation as a JSON object, or all of them as a list."""
    if operation is not None:
        return to_json(operation_document(operation))
    return to_json([operation_document(each) for each in all_operations()])


def operations_section(operations: Sequence[Operation]) -> Section:
    """One row for each operand of each operation."""
    columns = [
        Column("operation"),
        Column("by"),
        Column("local derivative", is_folded=True),
        Column("gate"),
        Column("meaning", is_folded=True),
    ]
    rows = []
    for operation in operations:
        for slot, name in enumerate(operation.inputs):
            formula = general_formula(operation, slot)
            rows.append(
                ["" if slot else _call(operation), name, formula]
                + (["", ""] if slot else [operation.backward_pattern.name, operation.doc])
            )
    return Section("Operations", columns, rows, 0)


def operation_section(operation: Operation) -> Section:
    """One operation, a line for each thing that is known of it."""
    facts = operation_document(operation)
    rows = [["meaning", facts["doc"]], ["gate", facts["gate"]]]
    rows += [[f"∂/∂{name}", formula] for name, formula in facts["derivatives"].items()]
    if facts.get("ties"):
        rows.append(["at a kink", facts["ties"]])
    if facts.get("aliases"):
        rows.append(["also called", ", ".join(facts["aliases"])])
    rows += [["--fuse finds", pattern] for pattern in facts.get("patterns", ())]
    if "definition" in facts:
        rows.append(["--expand opens", facts["definition"]])
    return Section(facts["call"], [Column(""), Column("", is_folded=True)], rows, 0)


def _call(operation: Operation) -> str:
    """A call of it, with its options: those that it needs as in its first sample, the others by their defaults."""
    builder = GraphBuilder()
    sample = operation.samples[0] if isinstance(operation, Primitive) and operation.samples else None
    parameters = dict(sample.parameters) if sample else {}
    if operation.name == "stack":  # which is else written in brackets
        parameters = {"axis": 0}
    node = builder.apply(operation, [builder.input(name) for name in sampled_inputs(operation)], parameters=parameters)
    text = operation_of(Graph(builder.nodes, builder.inputs, [node.index]), node)
    more: list[str] = []
    defaults = {}
    if isinstance(operation, Primitive):
        more = ["…"] if operation.variadic or (operation.n_ary and operation.is_called) else []
        defaults = {option.name: option.default for option in operation.options if option.default is not REQUIRED}
    else:
        defaults = dict(operation.defaults)
    more += [f"{name}={static_text(value)}" for name, value in defaults.items() if name not in parameters]
    return ", ".join([text[:-1], *more]) + text[-1] if more else text
