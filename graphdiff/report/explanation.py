"""Explanations with numbers and without, in each format of `graphdiff explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from graphdiff.errors import shorten
from graphdiff.passes.trace import Trace
from graphdiff.report.explain import Explanation, explanation

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.symbolic_paths import SymbolicTrace
    from graphdiff.reading.parse import Origin

Explained: TypeAlias = "Trace | SymbolicTrace"
"""What is explained: with numbers at a point, or without."""
FORWARD, CHAIN_RULE, UNCERTAINTY = "Forward pass", "Chain rule", "Uncertainty"


def explanation_text(
    result: Explained,
    expression: str,
    accuracy: Sequence[Inaccuracy],
    digits: int,
    limit: int,
    accumulates: bool = False,
) -> Iterator[str]:
    """Lines of text, with at most limit paths to each input (0: all)."""
    explained = _explanation(result, expression, accuracy, digits, limit, accumulates)
    beginning = [*explained.program, *_given(explained.result)]
    blocks = [beginning, explained.forward, _given(explained.legend), *explained.rules, _given(explained.more)]
    for number, block in enumerate(each for each in [*blocks, explained.uncertainty, explained.notes] if each):
        if number:
            yield ""
        yield from block


def explanation_markdown(
    result: Explained,
    expression: str,
    accuracy: Sequence[Inaccuracy],
    digits: int,
    limit: int,
    accumulates: bool = False,
) -> Iterator[str]:
    """The lines of a Markdown document; formulas are code, in which nothing is markup."""
    from graphdiff.report.markdown import code_block, code_span

    explained = _explanation(result, expression, accuracy, digits, limit, accumulates)
    first = [*explained.program, *_given(explained.result)]
    for number, line in enumerate(first, 1):
        yield code_span(line) + "\\" * (number < len(first))
    for title, blocks in _parts(explained):
        yield ""
        yield f"## {title}"
        if title == CHAIN_RULE and explained.legend:
            yield ""
            yield explained.legend
        for block in blocks:
            yield ""
            yield from code_block(block)
    if explained.more:
        yield ""
        yield explained.more
    if explained.notes:
        yield ""
        yield from (f"- {code_span(line)}" for line in explained.notes)


def explanation_html(
    result: Explained,
    expression: str,
    accuracy: Sequence[Inaccuracy],
    digits: int,
    limit: int,
    accumulates: bool = False,
) -> Iterator[str]:
    """The lines of an HTML document."""
    from graphdiff.report.html import document_html, escape_html, notes_html

    explained = _explanation(result, expression, accuracy, digits, limit, accumulates)
    body = ["<main>", f"<h1>{'<br>'.join(map(escape_html, explained.program))}</h1>"]
    body += [f"<p>{escape_html(line)}</p>" for line in _given(explained.result)]
    for title, blocks in _parts(explained):
        body.append(f"<h2>{title}</h2>")
        body += [f"<p>{escape_html(line)}</p>" for line in _given(explained.legend) if title == CHAIN_RULE]
        for block in blocks:
            text = escape_html("\n".join(block))
            body.append(f'<pre class="scrolled" tabindex="0">{text}</pre>')
    body += [f'<p class="omitted">{escape_html(line)}</p>' for line in _given(explained.more)]
    body += [*notes_html(explained.notes), "</main>"]
    return document_html(shorten(" ".join(explained.program), 80), body)


def explanation_latex(
    result: Explained, accuracy: Sequence[Inaccuracy], digits: int, limit: int, accumulates: bool = False
) -> Iterator[str]:
    """The lines of a LaTeX document that compiles as it stands."""
    if isinstance(result, Trace):
        from graphdiff.report.latex import explanation_latex

        return explanation_latex(result, accuracy, digits, limit, accumulates)
    from graphdiff.report.symbolic_latex import explanation_latex as symbolic_latex

    return symbolic_latex(result, limit)


def explanation_json(result: Explained, origin: Origin, accuracy: Sequence[Inaccuracy], limit: int) -> str:
    """A JSON document."""
    if isinstance(result, Trace):
        from graphdiff.report.document import chain_rules_json

        return chain_rules_json(result, origin, accuracy, limit)
    from graphdiff.report.symbolic import symbolic_json

    return symbolic_json(result, origin, limit)


def _explanation(
    result: Explained,
    expression: str,
    accuracy: Sequence[Inaccuracy],
    digits: int,
    limit: int,
    accumulates: bool = False,
) -> Explanation:
    if isinstance(result, Trace):
        return explanation(result, expression, accuracy, digits, limit, accumulates)
    from graphdiff.report.symbolic import symbolic_explanation

    return symbolic_explanation(result, expression, limit)


def _parts(explained: Explanation) -> Iterator[tuple[str, Iterable[Sequence[str]]]]:
    """The parts that have a title, each as blocks of lines."""
    if explained.forward:
        yield FORWARD, [explained.forward]
    if explained.rules:
        yield CHAIN_RULE, explained.rules
    if explained.uncertainty:
        yield UNCERTAINTY, [explained.uncertainty]


def _given(text: str) -> list[str]:
    """A line, unless it is empty."""
    return [text] if text else []
