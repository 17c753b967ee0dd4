"""The steps of a derivation as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.textbook.derivation import Derivation, Step
from graphdiff.textbook.rules import Rule
from graphdiff.textbook.sheet import Unresolved
from graphdiff.writing.spelling import name_text
from graphdiff.writing.text import expression_text


class Notation:
    """Writes the nodes of a derivation; a derivative that is still to be taken is d/dx[…], or d[…] in differentials."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.graph = derivation.graph
        labels = {index: self.graph.labels[index] for index in derivation.unresolved}
        self._symbols = {label: index for index, label in labels.items()}
        self._pattern = re.compile("|".join(map(re.escape, sorted(labels.values(), key=len, reverse=True))) or "$^")

    def text(self, index: int) -> str:
        """A node as text."""
        text = expression_text(self.graph, index, _name_of, self.graph.names_in_use)
        return self._pattern.sub(lambda match: self.derivative(self._symbols[match[0]]), text)

    def derivative(self, symbol: int) -> str:
        """A derivative that is still to be taken."""
        return self.head(self.derivation.unresolved[symbol])

    def head(self, unresolved: Unresolved) -> str:
        """What is differentiated, and by what."""
        of = expression_text(self.graph, unresolved.of, _name_of, self.graph.names_in_use)
        return f"d[{of}]" if self.derivation.differential else f"d/d{name_text(unresolved.variable)}[{of}]"

    def rule(self, rule: Rule) -> str:
        """A rule in general: (f*g)' = f'*g + f*g'."""
        of, gives = (_formula_text(graph) for graph in (rule.of, rule.gives))
        if self.derivation.differential:
            return f"d[{of}] = {gives}"
        return f"({of})' = " + re.sub(r"\bd([fgh]\d*)\b", r"\1'", gives)


def step_lines(derivation: Derivation) -> Iterator[tuple[int, str, str]]:
    """The lines of a derivation: how deep each is indented, its formula, and a remark."""
    notation = Notation(derivation)
    closing: list[tuple[int, str]] = []
    for place, step in enumerate(derivation.steps):
        while closing and not step.continues and closing[-1][0] >= step.depth:
            depth, text = closing.pop()
            yield depth, f"= {text}", ""
        gives = notation.text(step.result if step.is_repeated else step.gives)
        head = notation.head(step.of)
        is_open = not step.is_repeated and step.gives != step.result
        remark = "as above" if step.is_repeated else _remark(step, notation)
        if is_open and not step.continues:
            yield step.depth, head, ""
            yield step.depth, f"= {gives}", remark
        elif step.continues:
            yield step.depth, f"= {gives}", remark
        else:
            yield step.depth, f"{head} = {gives}", remark
        follows = derivation.steps[place + 1] if place + 1 < len(derivation.steps) else None
        if is_open and not (follows is not None and follows.continues):
            closing.append((step.depth, notation.text(step.result)))
    for depth, text in reversed(closing):
        yield depth, f"= {text}", ""


def _remark(step: Step, notation: Notation) -> str:
    if step.inner is not None:
        letter, inner = step.inner
        return f"{step.rule}, with {letter} = {notation.text(inner)}"
    return step.rule if step.general is None else f"{step.rule}: {notation.rule(step.general)}"


def _name_of(node: Node) -> str | None:
    return node.name if node.is_input else None


def _formula_text(graph: Graph) -> str:
    return expression_text(graph, graph.output, _name_of, graph.names_in_use)
