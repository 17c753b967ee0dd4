"""The chain rule for each input without a point, with formulas in place of numbers: as text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphdiff.errors import shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicPath, SymbolicStep, SymbolicTrace
from graphdiff.reading.parse import Origin
from graphdiff.report.explain import (
    LEGEND,
    MOST_STEPS,
    Explanation,
    PathPrefixes,
    chain_text,
    elide,
    more_inputs_text,
    more_paths_text,
    more_steps_text,
    new_steps,
    no_path_text,
    notes_of,
    way_text,
)
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.lines import INDENT
from graphdiff.report.numbers import parenthesize
from graphdiff.report.trace_tables import program_lines
from graphdiff.textbook.form import TextbookForm, textbook_form
from graphdiff.writing.text import expression_length, expression_text, graph_text, operation_of

LONGEST_FORMULA = 200
"""Characters of a formula on a line; a longer one is left out."""
LEFT_OUT = "a formula that is too long for a line; graphdiff diff prints it"


def symbolic_explanation(trace: SymbolicTrace, expression: str, limit: int) -> Explanation:
    """The operation of each node, and each gradient with at most limit paths (0: all)."""
    operations = trace.operations
    graph = trace.graph
    steps = [
        chain_text([shorten(graph.labels[node.index]), operation_of(graph, node)]) for node in operations[:MOST_STEPS]
    ]
    arrays = [f"{shorten(name)} of shape {shape_text(shape)}" for name, shape in trace.shapes.items() if shape]
    gradients = textbook_gradients(trace)
    prefixes: PathPrefixes = {}
    rules = [list(_rule_lines(trace, rule, gradients, prefixes)) for rule in trace.chain_rules(limit)]
    notes = [f"{shorten(name)}: {note}" for name, form in gradients.items() for each in form.notes for note in each]
    return Explanation(
        program_lines(expression),
        f"for {', '.join(arrays)}" if arrays else "",
        [*steps, *more_steps_text(len(operations))],
        LEGEND if trace.has_arrays else "",
        rules,
        more_inputs_text(len(trace.names) - len(rules)),
        notes,
    )


def textbook_gradients(trace: SymbolicTrace) -> dict[str, TextbookForm]:
    """The gradient by each input in the inputs, as a person would write it."""
    return {name: textbook_form([gradient], trace.shapes) for name, gradient in trace.gradients.items()}


def _rule_lines(
    trace: SymbolicTrace, rule: SymbolicChainRule, gradients: Mapping[str, TextbookForm], prefixes: PathPrefixes
) -> Iterator[str]:
    graph = trace.graph
    output, name = shorten(graph.labels[graph.output]), shorten(rule.name)
    seed = upstream_name(output) if trace.node_shapes[graph.output] else ""
    whole = f"{seed} · ∂{output}/∂{name}" if seed else f"∂{output}/∂{name}"
    if rule.path_count == 0:
        yield f"{whole} = 0: {no_path_text(graph, rule.name)}"
        return
    names = graph.names_in_use
    total = [formula_line(rule.total, names)]
    if rule.name in gradients:
        total.append(formula_line(gradients[rule.name].graph, names))
    total = [text for text in total if text] or [LEFT_OUT]
    if len(rule.paths) > 1 or rule.has_rest:
        yield f"{whole}, the sum over {more_paths_text(rule._replace(paths=()))}:"
        for path in rule.paths:
            yield from _path_lines(path, seed, names, prefixes)
        if rule.has_rest:
            rest = formula_line(rule.rest, names)
            total_text = f": {rest} in total" if rest else ""
            yield f"{INDENT}{'and ' if rule.paths else ''}{more_paths_text(rule)}{total_text}"
        yield chain_text([whole, *total])
        return
    (path,) = rule.paths
    if path.is_scalar:
        yield chain_text([whole, *_product(path, seed), *total])
        return
    shape = trace.node_shapes[graph.input_indices[rule.name]]
    yield f"{whole}{f', of shape {shape_text(shape)}' if shape else ''}, along {way_text(path.labels)}:"
    yield from _array_lines(path, prefixes)
    yield chain_text([whole, *total])


def _path_lines(path: SymbolicPath, seed: str, names: frozenset[str], prefixes: PathPrefixes) -> Iterator[str]:
    """The lines of one path of several."""
    if not path.is_scalar:
        yield f"{INDENT}along {way_text(path.labels)}:"
        yield from (INDENT + line for line in _array_lines(path, prefixes))
        return
    product = [text for text in [*_product(path, seed), formula_line(path.formula, names)] if text]
    notes = notes_of(path.steps)
    yield INDENT + chain_text(product or ["1"]) + (f"  ({notes})" if notes else "")


def _product(path: SymbolicPath, seed: str) -> list[str]:
    """The product along a path of numbers in symbols and as formulas; empty for a path without edges."""
    first, left_out, last = elide(path.steps)
    symbols, formulas = ([seed] if seed else [] for _ in range(2))
    for number, step in enumerate([*first, *last]):
        if left_out and number == len(first):
            symbols.append(f"… {left_out:,} more …")
            formulas.append(f"… {left_out:,} more …")
        symbols.append(f"∂{shorten(step.label)}/∂{shorten(step.operand)}")
        formula = step.factor(PRODUCT if len(path.steps) > 1 or seed else 0)
        formulas.append(parenthesize(formula) if formulas else formula)
    return [" · ".join(factors) for factors in (symbols, formulas) if factors]


def _array_lines(path: SymbolicPath, prefixes: PathPrefixes) -> Iterator[str]:
    """The upstream at each node along a path, by the rule of the edge that leads there."""
    steps = new_steps(path.steps, prefixes)
    first, left_out, last = elide(steps)
    if len(steps) == len(path.steps) and not steps[0].shape:
        yield f"{INDENT}{upstream_name(shorten(steps[0].label))} = 1"
    elif len(steps) < len(path.steps):
        yield f"{INDENT}{upstream_name(shorten(steps[0].label))} as above"
    for number, step in enumerate([*first, *last]):
        if left_out and number == len(first):
            yield f"{INDENT}… {left_out:,} more …"
        yield INDENT + chain_text([upstream_name(shorten(step.operand)), edge_text(step)])


def edge_text(step: SymbolicStep) -> str:
    """The rule of an edge: `v̄1 ⊙ 2*q`, or `q̄ @ xᵀ`."""
    rule = step.factor()
    if not step.is_elementwise:
        return rule
    upstream = upstream_name(shorten(step.label))
    rule = upstream if rule == "1" else f"{upstream} {'⊙' if step.shape else '·'} {parenthesize(step.factor(PRODUCT))}"
    axes = step.summed_axes
    if not axes:
        return rule
    text = ", ".join(map(str, axes))
    return f"sum({rule}, axis={text if len(axes) == 1 else f'({text})'})"


def formula_line(formula: Graph | None, names: frozenset[str]) -> str:
    """A formula on one line; empty where it is too long."""
    if formula is None or expression_length(formula) > 2 * LONGEST_FORMULA:
        return ""
    text = expression_text(
        formula, formula.output, lambda node: node.name if node.is_input else None, names, is_formula=True
    )
    return text if len(text) <= LONGEST_FORMULA else ""


def symbolic_json(trace: SymbolicTrace, origin: Origin, limit: int) -> str:
    """A JSON document; formulas that are too long to be written out are null."""
    graph = trace.graph
    gradients = textbook_gradients(trace)

    def text_of(formula: Graph | None) -> str | None:
        return None if formula is None else graph_text(formula, shares=False)

    def rule_document(rule: SymbolicChainRule) -> dict[str, Any]:
        form = gradients.get(rule.name)
        return {
            "input": rule.name,
            "formula": "0" if rule.path_count == 0 else text_of(rule.total),
            "gradient_formula": None if form is None else graph_text(form.graph, shares=False),
            "count": rule.path_count,
            "paths": [
                {
                    "edges": [
                        {"node": step.label, "operand": step.operand, "formula": step.factor()} for step in path.steps
                    ],
                    "formula": text_of(path.formula),
                }
                for path in rule.paths
            ],
            "rest_formula": text_of(rule.rest),
        }

    return to_json(
        versioned(
            {
                **origin.document(),
                "shapes": {name: list(shape) for name, shape in trace.shapes.items() if shape},
                "output": graph.labels[graph.output],
                "forward": [
                    {"node": graph.labels[node.index], "expression": operation_of(graph, node)}
                    for node in trace.operations
                ],
                "chain_rules": [rule_document(rule) for rule in trace.chain_rules(limit)],
            }
        )
    )
