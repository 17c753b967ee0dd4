"""The chain rule for each input without a point, with formulas in place of numbers: as text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.errors import shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import Shape, shape_text
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicStep, SymbolicTrace
from graphdiff.reading.parse import Origin
from graphdiff.report.explain import (
    LEGEND,
    MOST_STEPS,
    Explanation,
    chain_text,
    more_inputs_text,
    more_paths_text,
    more_steps_text,
    way_text,
)
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.lines import INDENT
from graphdiff.report.numbers import parenthesize
from graphdiff.report.symbolic_rules import RuleWriter, textbook_gradients
from graphdiff.report.trace_tables import program_lines
from graphdiff.writing.text import expression_length, expression_text, graph_text, operation_of

LONGEST_FORMULA = 200
"""Characters of a formula on a line; a longer one is left out."""


def symbolic_explanation(trace: SymbolicTrace, expression: str, limit: int) -> Explanation:
    """The operation of each node, and each gradient with at most limit paths (0: all)."""
    operations = trace.operations
    graph = trace.graph
    steps = [
        chain_text([shorten(graph.labels[node.index]), operation_of(graph, node)]) for node in operations[:MOST_STEPS]
    ]
    arrays = [f"{shorten(name)} of shape {shape_text(shape)}" for name, shape in trace.shapes.items() if shape]
    writer = TextRuleWriter(trace)
    rules = [list(writer.rule(rule)) for rule in trace.chain_rules(limit)]
    forms = writer.gradients.items()
    notes = [f"{shorten(name)}: {note}" for name, form in forms for each in form.notes for note in each]
    return Explanation(
        program_lines(expression),
        f"for {', '.join(arrays)}" if arrays else "",
        [*steps, *more_steps_text(len(operations))],
        LEGEND if trace.has_arrays else "",
        rules,
        more_inputs_text(len(trace.names) - len(rules)),
        notes,
    )


class TextRuleWriter(RuleWriter):
    """Writes the chain rule as text."""

    dot = " · "

    def upstream(self, label: str) -> str:
        return upstream_name(shorten(label))

    def partial(self, of: str, by: str) -> str:
        return f"∂{shorten(of)}/∂{shorten(by)}"

    def factor(self, step: SymbolicStep, least: int) -> str:
        return step.factor(least)

    def edge(self, step: SymbolicStep) -> str:
        rule = step.factor()
        if not step.is_elementwise:
            return rule
        upstream = self.upstream(step.label)
        sign = "⊙" if step.shape else "·"
        rule = upstream if rule == "1" else f"{upstream} {sign} {parenthesize(step.factor(PRODUCT))}"
        axes = step.summed_axes
        if not axes:
            return rule
        text = ", ".join(map(str, axes))
        return f"sum({rule}, axis={text if len(axes) == 1 else f'({text})'})"

    def formula(self, formula: Graph | None) -> str:
        return formula_line(formula, self.graph.names_in_use)

    def parenthesize(self, factor: str) -> str:
        return parenthesize(factor)

    def text(self, text: str) -> str:
        return text

    def more_factors(self, count: int) -> str:
        return f"… {count:,} more …"

    def calculation(self, stages: Sequence[str], depth: int = 0, remark: str = "") -> Iterator[str]:
        yield INDENT * depth + chain_text(stages) + (f"  ({remark})" if remark else "")

    def without_path(self, whole: str, reason: str) -> Iterator[str]:
        yield f"{whole} = 0: {reason}"

    def sum_over(self, whole: str, rule: SymbolicChainRule) -> str:
        return f"{whole}, the sum over {more_paths_text(rule)}:"

    def rest(self, rule: SymbolicChainRule, formula: str) -> str:
        total = f": {formula} in total" if formula else ""
        return f"{INDENT}{'and ' if rule.paths else ''}{more_paths_text(rule)}{total}"

    def along(self, labels: Sequence[str], whole: str = "", shape: Shape = ()) -> str:
        if not whole:
            return f"{INDENT}along {way_text(labels)}:"
        return f"{whole}{f', of shape {shape_text(shape)}' if shape else ''}, along {way_text(labels)}:"

    def as_above(self, start: str, depth: int) -> str:
        return f"{INDENT * depth}{start} as above"

    def more_edges(self, count: int, depth: int) -> str:
        return f"{INDENT * depth}… {count:,} more …"


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
