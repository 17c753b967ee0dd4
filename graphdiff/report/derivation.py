"""Derivations step by step: text, Markdown, and data for JSON. In LaTeX they are in derivation_latex.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from graphdiff.graph.node import Node
from graphdiff.report.markdown import code_span
from graphdiff.textbook.steps.derivation import Derivation, Step
from graphdiff.textbook.steps.rules import Rule, textbook_rule
from graphdiff.textbook.steps.sheet import Unresolved
from graphdiff.writing.spelling import name_text
from graphdiff.writing.text import expression_text


class Notation(Protocol):
    """How the formulas of one derivation are written."""

    def formula(self, index: int) -> str:
        """A node; a derivative that is still to be taken as derivative() writes it."""

    def derivative(self, unresolved: Unresolved) -> str:
        """A derivative that is still to be taken."""

    def quotient(self, unresolved: Unresolved) -> str:
        """The same as a differential quotient."""

    def rule(self, rule: Rule) -> str:
        """A rule in general."""

    def definition(self, name: str, index: int) -> str:
        """A name and what it stands for."""


class Line(NamedTuple):
    """A line of a derivation.

    Attributes:
        depth: How far it is indented.
        left: What is differentiated; empty where the line goes on with the one before it.
        right: What it is equal to; empty where the next line says so.
        remark: The name of the rule, or empty.
        formula: The rule in general, or what a letter stands for; empty where the line says as much.
    """

    depth: int
    left: str
    right: str
    remark: str = ""
    formula: str = ""


class TextNotation:
    """Formulas as text: d/dx[…] for derivatives that are still to be taken, d[…] for differentials."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.graph = derivation.graph
        self._symbols = {self.graph.labels[index]: each for index, each in derivation.unresolved.items()}
        longest_first = sorted(self._symbols, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def formula(self, index: int) -> str:
        return self._pattern.sub(lambda match: self.derivative(self._symbols[match[0]]), self.closed(index))

    def closed(self, index: int) -> str:
        """A node in which no derivative is left to be taken."""
        return expression_text(self.graph, index, _name_of, self.graph.names_in_use)

    def derivative(self, unresolved: Unresolved) -> str:
        return self.quotient(unresolved) if self.derivation.differential is None else f"d[{self.closed(unresolved.of)}]"

    def quotient(self, unresolved: Unresolved) -> str:
        return f"d/d{name_text(unresolved.variable)}[{self.closed(unresolved.of)}]"

    def rule(self, rule: Rule) -> str:
        of, gives = (
            expression_text(graph, graph.output, _name_of, graph.names_in_use) for graph in (rule.of, rule.gives)
        )
        if self.derivation.differential is not None:
            return f"d[{of}] = {gives}"
        derivatives = "|".join(name for name in rule.gives.input_names if name[0] == "d")
        return f"({of})' = " + re.sub(rf"\bd({derivatives.replace('d', '')})\b", r"\1'", gives)

    def definition(self, name: str, index: int) -> str:
        return f"{name} = {self.closed(index)}"


def derivation_lines(derivation: Derivation, notation: Notation) -> Iterator[Line]:
    """The lines of a derivation, without what it ends with."""
    open_steps: list[Step] = []
    steps = derivation.steps
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        while open_steps and not step.continues and open_steps[-1].depth >= step.depth:
            yield _closing_line(open_steps.pop(), notation)
        is_open = not step.is_repeated and step.gives != step.result
        left = "" if step.continues else notation.derivative(step.of)
        right = notation.formula(step.result if step.is_repeated else step.gives)
        if is_open and left:
            yield Line(step.depth, left, "")
            left = ""
        yield Line(step.depth, left, right, *_remark(step, notation))
        if is_open and not (following is not None and following.continues):
            open_steps.append(step)
    for step in reversed(open_steps):
        yield _closing_line(step, notation)


def _closing_line(step: Step, notation: Notation) -> Line:
    return Line(step.depth, "", notation.formula(step.result))


def _remark(step: Step, notation: Notation) -> tuple[str, str]:
    if step.is_repeated:
        return "as above", ""
    if step.inner is not None:
        return step.rule, notation.definition(*step.inner)
    return step.rule, "" if step.general is None else notation.rule(step.general)


def derivation_text(derivations: Sequence[Derivation], programs: Sequence[str], value: str) -> Iterator[str]:
    """The lines of the derivations of one derivative; programs are what each ends with, value is that at a point."""
    for number, (derivation, program) in enumerate(zip(derivations, programs, strict=True)):
        if number:
            yield ""
        lines = [_text_line(line) for line in derivation_lines(derivation, TextNotation(derivation))]
        lines += _ending(derivation, program)
        is_last = number == len(derivations) - 1
        yield from lines[:-1]
        yield lines[-1] + (f"  # {value}" if value and is_last else "")
        yield from (f"# {note}" for note in derivation.notes)


def ending_line(derivation: Derivation, form: str, notation: Notation) -> Line:
    """The last line, with what a derivation ends with."""
    if derivation.differential is None:
        return Line(0, "", form, derivation.ending)
    # A Jacobian by a matrix is not multiplied by @.
    has_formula = derivation.ending == "gradient" or len(derivation.shapes[derivation.differential]) == 1
    formula = notation.rule(textbook_rule(derivation.ending)) if has_formula else ""
    return Line(0, notation.quotient(derivation.steps[0].of), form, derivation.ending, formula)


def _text_line(line: Line) -> str:
    remark = ": ".join(filter(None, (line.remark, line.formula)))
    return "  " * line.depth + _equation(line) + (f"  # {remark}" if remark else "")


def _equation(line: Line) -> str:
    return line.left if not line.right else f"{line.left} = {line.right}" if line.left else f"= {line.right}"


def _ending(derivation: Derivation, program: str) -> list[str]:
    """The lines of what a derivation ends with, if that is not what its steps gave."""
    if is_ended(derivation, program):
        return []
    *definitions, last = program.split("\n")
    return [*definitions, _text_line(ending_line(derivation, last, TextNotation(derivation)))]


def is_ended(derivation: Derivation, program: str) -> bool:
    """Whether the steps of a derivation gave what it is to end with, the last line of a program."""
    return program.split("\n")[-1] == TextNotation(derivation).closed(derivation.graph.output)


def derivation_markdown(derivations: Sequence[Derivation], programs: Sequence[str], value: str) -> Iterator[str]:
    """The same as nested lists."""
    for number, (derivation, program) in enumerate(zip(derivations, programs, strict=True)):
        if number:
            yield ""
        for line in derivation_lines(derivation, TextNotation(derivation)):
            yield _markdown_line(line)
        if not is_ended(derivation, program):
            *definitions, last = program.split("\n")
            yield from (f"- {code_span(each)}" for each in definitions)
            yield _markdown_line(ending_line(derivation, last, TextNotation(derivation)))
        yield from (f"- {code_span(note)}" for note in derivation.notes)
    if value:
        yield f"- {code_span(value)}"


def _markdown_line(line: Line) -> str:
    remark = f" {line.remark}" if line.remark else ""
    formula = f": {code_span(line.formula)}" if line.formula else ""
    return f"{'  ' * line.depth}- {code_span(_equation(line))}{remark}{formula}"


def derivation_documents(derivations: Sequence[Derivation], programs: Sequence[str]) -> list[dict[str, Any]]:
    """The steps as data for JSON."""
    documents: list[dict[str, Any]] = []
    for derivation, program in zip(derivations, programs, strict=True):
        notation = TextNotation(derivation)
        by = derivation.steps[0].of.variable
        for step in derivation.steps:
            document: dict[str, Any] = {"rule": step.rule, "by": step.of.variable, "of": notation.closed(step.of.of)}
            if step.general is not None:
                document["formula"] = notation.rule(step.general)
            if step.inner is not None:
                letter, inner = step.inner
                document["inner"] = {"name": letter, "formula": notation.closed(inner)}
            result = notation.formula(step.result)
            gives = result if step.is_repeated else notation.formula(step.gives)
            documents.append({**document, "gives": gives, "result": result, "depth": step.depth})
        before = notation.closed(derivation.graph.output)
        if program != before:  # with definitions it reads back
            document = {"rule": derivation.ending, "by": by, "of": before}
            if formula := ending_line(derivation, program, notation).formula:
                document["formula"] = formula
            documents.append({**document, "gives": program, "result": program, "depth": 0})
    return documents


def _name_of(node: Node) -> str | None:
    return node.name if node.is_input else None
