"""The uncertainty of the output of a trace in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator

from graphdiff.passes.trace import Trace
from graphdiff.passes.uncertainty import Uncertainty
from graphdiff.passes.values import shape_of
from graphdiff.report.latex_document import calculation, paragraph
from graphdiff.report.latex_steps import Steps
from graphdiff.report.numbers import parenthesize
from graphdiff.report.uncertainty import MOST_DIGITS, MOST_TERMS, sources, uncertain_text


def uncertainty_latex(trace: Trace, digits: int) -> Iterator[str]:
    """The lines of a section, if the output has an uncertainty: the law of propagation with numbers, and a sentence."""
    uncertainty = trace.uncertainty
    if uncertainty is None or not uncertainty.contributions:
        return
    steps = Steps(trace, min(digits, MOST_DIGITS))
    output = trace.graph.labels[trace.graph.output]
    yield r"\section*{Uncertainty}"
    if shape_of(uncertainty.standard):
        yield calculation([rf"u({steps.names(output)})", steps.number(uncertainty.standard)])
        return
    text = uncertain_text(trace.value, uncertainty.standard, digits)
    factor, _, power = text.partition("e") if text.startswith("(") else (text, "", "")
    result = factor.replace("±", r"\pm") + (rf" \cdot 10^{{{int(power)}}}" if power else "")
    if len(uncertainty.contributions) + len(uncertainty.correlations) <= MOST_TERMS:
        yield calculation([rf"u({steps.names(output)})^2", *_squares(uncertainty, output, steps)])
    yield calculation([rf"u({steps.names(output)})", steps.number(uncertainty.standard)])
    yield calculation([steps.names(output), result])
    yield paragraph(sources(uncertainty))


def _squares(uncertainty: Uncertainty, output: str, steps: Steps) -> list[str]:
    """The sum of all terms, in symbols and in numbers; without parentheses that grow, in which lines cannot break."""
    symbols, numbers = [], []
    parts: dict[str, tuple[str, str]] = {}
    for each in uncertainty.contributions:
        index = rf"_{{{','.join(map(str, each.index))}}}" if each.index else ""
        own = steps.names(each.input) + index
        symbol = rf"\frac{{\partial {steps.names(output)}}}{{\partial {own}}} \cdot u({own})"
        number = rf"{parenthesize(steps.number(each.gradient))} \cdot {steps.number(each.u)}"
        parts[each.label] = symbol, number
        symbols.append(rf"\Bigl({symbol}\Bigr)^2")
        numbers.append(rf"({number})^2")
    for term in uncertainty.correlations:
        first, second = term.labels
        r = parenthesize(steps.number(term.coefficient))
        symbols.append(rf"2 \cdot {r} \cdot {parts[first][0]} \cdot {parts[second][0]}")
        numbers.append(rf"2 \cdot {r} \cdot {parts[first][1]} \cdot {parts[second][1]}")
    return [" + ".join(terms) for terms in (symbols, numbers)]
