"""The operations as `graphdiff ops` lists them, from their records, and the terms of reports beside them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal, TypeAlias

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.language.parser import parse
from graphdiff.language.program import prelude
from graphdiff.language.tree import Call, Name, Result
from graphdiff.operations.options import REQUIRED
from graphdiff.operations.registry import FUNCTIONS, OPERATORS, PRIMITIVES
from graphdiff.passes.formula import general_formula, sampled_inputs
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.terms import TERMS, Term, all_terms, find_term, term_document, term_section, terms_section
from graphdiff.report.trace_tables import Column, Section
from graphdiff.source import Source
from graphdiff.writing.spelling import static_text
from graphdiff.writing.text import function_text, operation_of

Subject: TypeAlias = Operation | Term | Literal["terms"] | None
"""What `graphdiff ops` describes: an operation, a term, all terms, or with None all operations."""


def _find_operation(name: str) -> Operation | None:
    """The primitive with this name, alias or symbol, also a symbol that only formulas have, such as ×; or the function
    of the prelude with this name; None if there is none."""
    operation = PRIMITIVES.get(name) or FUNCTIONS.get(name) or prelude().get(name)
    return operation or OPERATORS.get((name, 2)) or OPERATORS.get((_sign_of(name), 2))


def _sign_of(text: str) -> str:
    """The sign that stands for this one, as * for ×; "" if it does not stand between two operands."""
    with suppress(GraphdiffError):
        match parse(Source(f"x{text}y")):
            case [Result(body=Call(function=sign, arguments=[Name(), Name()]))]:
                return sign
    return ""


def find_subject(name: str) -> Subject:
    """The primitive with this name, alias or symbol, or the function of the prelude with this name, or the term of
    reports; all terms for TERMS.

    Raises GraphdiffError("name") if there is none.
    """
    if name == TERMS:
        return TERMS
    subject = _find_operation(name) or find_term(name)
    if subject is None:
        hint = nearest(name, subject_names()) or f"graphdiff ops lists all operations, graphdiff ops {TERMS} all terms"
        raise GraphdiffError("name", f"unknown operation or term '{shorten(name)}'", hint=hint)
    return subject


def subject_names() -> list[str]:
    """The names of all operations and terms."""
    names = [name for term in all_terms() for name in (term.name, *term.aliases)]
    return [*(operation.name for operation in all_operations()), *names, TERMS]


def all_operations() -> list[Operation]:
    """All primitives, then all functions of the prelude."""
    return [*PRIMITIVES.values(), *prelude().values()]


def operation_document(operation: Operation) -> dict[str, Any]:
    """One operation as data for JSON."""
    common = {
        "name": operation.name,
        "call": _call(operation),
        "doc": operation.doc,
        "gate": operation.backward_pattern.name,
        "derivatives": {
            name: formula for slot, name in enumerate(operation.inputs) if (formula := general_formula(operation, slot))
        },
        "patterns": list(operation.fuse_patterns),
    }
    if isinstance(operation, Function):
        return {**common, "definition": function_text(operation)}
    return {**common, "aliases": list(operation.aliases), "ties": operation.ties}


def subject_json(subject: Subject) -> str:
    """An operation or a term as a JSON object, or all of them as a list."""
    if isinstance(subject, Term):
        return to_json(versioned(term_document(subject)))
    if subject == TERMS:
        return to_json([versioned(term_document(each)) for each in all_terms()])
    if subject is not None:
        return to_json(versioned(operation_document(subject)))
    return to_json([versioned(operation_document(each)) for each in all_operations()])


def subject_section(subject: Subject, is_narrow: bool = False) -> Section:
    """The same as a table, with fewer columns where it is narrow."""
    if isinstance(subject, Term):
        return term_section(subject)
    if subject == TERMS:
        return terms_section()
    if subject is None:
        return narrow_operations_section() if is_narrow else operations_section()
    return operation_section(subject)


def operations_section() -> Section:
    """One row for each operand of each operation."""
    columns = [
        Column("operation"),
        Column("by"),
        Column("local derivative", is_folded=True),
        Column("pattern"),
        Column("meaning", is_folded=True),
    ]
    rows = []
    for operation in all_operations():
        for slot, name in enumerate(operation.inputs):
            formula = general_formula(operation, slot)
            rows.append(
                ["" if slot else _call(operation), name, formula]
                + (["", ""] if slot else [operation.backward_pattern.name, operation.doc])
            )
    return Section("Operations", columns, rows, 0)


def narrow_operations_section() -> Section:
    """The same in two columns: a row for each operation, and below it rows for its pattern and its derivatives."""
    columns = [Column("operation", is_folded=True), Column("meaning", is_folded=True)]
    rows = []
    for operation in all_operations():
        rows += [[_call(operation), operation.doc], ["  pattern", operation.backward_pattern.name]]
        formulas = {name: general_formula(operation, slot) for slot, name in enumerate(operation.inputs)}
        rows += [[f"  ∂/∂{name}", formula] for name, formula in formulas.items() if formula]
    return Section("Operations", columns, rows, 0)


def operation_section(operation: Operation) -> Section:
    """One operation, with a row for each of its properties."""
    facts = operation_document(operation)
    rows = [["meaning", facts["doc"]], ["pattern", facts["gate"]]]
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
    """A call of an operation: required options as in its first sample, other options with their defaults."""
    builder = GraphBuilder()
    sample = operation.samples[0] if operation.samples else None
    parameters = dict(sample.parameters) if sample else {}
    if operation.name == "stack":  # otherwise it is written in brackets
        parameters = {"axis": 0}
    node = builder.apply(operation, [builder.input(name) for name in sampled_inputs(operation)], parameters=parameters)
    text = operation_of(Graph(builder.nodes, builder.inputs, [node.index]), node)
    more = ["…"] if operation.variadic or (operation.n_ary and operation.is_called) else []
    defaults = {option.name: option.default for option in operation.options if option.default is not REQUIRED}
    defaults.update(operation.option_defaults)
    more += [f"{name}={static_text(value)}" for name, value in defaults.items() if name not in parameters]
    if not more:
        return text
    if not text.endswith(")"):  # a symbol such as .T has no place for options
        text = f"{operation.name}({', '.join(operation.inputs)})"
    return f"{', '.join([text[:-1], *more])})"
