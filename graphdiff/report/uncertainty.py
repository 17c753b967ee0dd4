"""The uncertainty of an output as text and as data: how large it is, and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from graphdiff.errors import shorten
from graphdiff.passes.values import Value, shape_of, strict, to_list
from graphdiff.report.numbers import LARGEST_SUBSTITUTED, format_value, one_line, parenthesize

if TYPE_CHECKING:
    from graphdiff.passes.trace import Trace
    from graphdiff.passes.uncertainty import Uncertainty

TITLE = "Uncertainty: |gradient| × u = contribution"
COLUMNS = "input", "u", "gradient", "contribution", "share"
MOST_DIGITS = 15
"""Significant digits of an uncertainty, which is a 64-bit float whatever the precision of other numbers is."""
LEAST_POWER, MOST_POWER = -4, 6
"""The powers of ten between which a value is written with decimals; beyond them as (1.602 ± 0.003)e-19."""
MOST_TERMS = 8
"""Inputs that a formula or a sentence lists."""


def uncertain_text(value: Value, u: Value, digits: int) -> str:
    """A result as 6.00 ± 0.32: its uncertainty to two significant digits, and itself to the same place (JCGM 100:2008,
    7.2.6). An array has its uncertainties in an array."""
    if shape_of(value):
        return f"{one_line(format_value(value, digits))} ± {one_line(format_value(u, 2))}"
    from decimal import Decimal  # lazy: few results have an uncertainty

    number, uncertainty = Decimal(format_value(value, 40)), Decimal(repr(u))
    if not number.is_finite() or not uncertainty.is_finite() or not uncertainty:
        return f"{format_value(value, digits)} ± {format_value(u, 2)}"
    for _ in range(2):  # 0.0996 is 0.10: rounding may add a digit
        place = Decimal(1).scaleb(uncertainty.adjusted() - 1)
        uncertainty = uncertainty.quantize(place)
    if number.adjusted() - place.adjusted() > 26:
        return f"{format_value(value, digits)} ± {format_value(u, 2)}"
    number = number.quantize(place)
    power = max(number.adjusted() if number else uncertainty.adjusted(), uncertainty.adjusted())
    if LEAST_POWER <= power < MOST_POWER:
        return f"{number + 0:f} ± {uncertainty:f}"
    return f"({number.scaleb(-power):f} ± {uncertainty.scaleb(-power):f})e{power}"


def with_input_uncertainty(trace: Trace, name: str, text: str, digits: int) -> str:
    """The value of an input, followed by its uncertainty if it has one: 2 ± 0.1."""
    digits = min(digits, MOST_DIGITS)
    own = [each.u for each in trace.uncertainty.contributions if each.input == name] if trace.uncertainty else []
    if not own:
        return text
    if len(set(own)) == 1:
        return f"{text} ± {format_value(own[0], digits)}"
    entries = ", ".join(format_value(u, digits) for u in own)
    return f"{text} ± {f'[{entries}]' if len(own) <= LARGEST_SUBSTITUTED else '…'}"


def rows(uncertainty: Uncertainty, digits: int) -> Iterator[list[str]]:
    """The rows of the table: an input each, then a pair of correlated ones each."""
    digits = min(digits, MOST_DIGITS)
    for each in uncertainty.contributions:
        numbers = (each.u, each.gradient, each.contribution)
        yield [
            each.label,
            *(format_value(number, digits) for number in numbers),
            _percent(each.share),
        ]
    for term in uncertainty.correlations:
        names = " and ".join(term.labels)
        yield [f"{names}, r = {format_value(term.coefficient, digits)}", "", "", "", _percent(term.share)]


def _percent(share: Value) -> str:
    """A share as 69.2 %; nothing where the whole is 0."""
    if shape_of(share):
        return one_line(_texts(to_list(share)))
    if math.isnan(share):
        return ""
    return f"{100 * share:.3g} %" if abs(share) < 10 else f"{100 * share:,.0f} %"


def _texts(share: Any) -> str:
    return f"[{', '.join(map(_texts, share))}]" if isinstance(share, list) else _percent(share) or "–"


def doubts(uncertainty: Uncertainty) -> Iterator[tuple[str, str]]:
    """Where the uncertainty by first derivatives is not right: messages, each with a hint."""
    if uncertainty.kinks:
        more = f" and {len(uncertainty.kinks) - 1} more" if len(uncertainty.kinks) > 1 else ""
        yield (
            f"the uncertainty is not valid: {shorten(uncertainty.kinks[0])}{more} has a kink or a jump within about "
            "one standard uncertainty of the point",
            "first order takes the formula as linear there; a Monte Carlo simulation does not (JCGM 101:2008)",
        )
    second = uncertainty.second_order
    if second is not None and second.matters:
        first = format_value(uncertainty.standard, 2)
        shift = f", and shifts the mean by {format_value(second.shift, 2)}" if second.shift else ""
        whole = "cannot give one" if math.isnan(second.standard) else f"gives {format_value(second.standard, 2)}"
        yield (
            f"the formula is not linear within the uncertainties: first order gives the uncertainty {first}, "
            f"second order {whole}{shift}",
            "a Monte Carlo simulation gives the whole distribution (JCGM 101:2008)",
        )


def uncertainty_document(uncertainty: Uncertainty | None) -> dict[str, Any] | None:
    """The uncertainty as JSON."""
    if uncertainty is None:
        return None
    second = uncertainty.second_order
    return {
        "standard": strict(uncertainty.standard),
        "contributions": [
            {
                "input": each.input,
                "index": list(each.index),
                "u": each.u,
                "gradient": strict(each.gradient),
                "contribution": strict(each.contribution),
                "share": _share(each.share),
            }
            for each in uncertainty.contributions
        ],
        "correlations": [
            {
                "inputs": list(term.inputs),
                "indices": [list(index) for index in term.indices],
                "coefficient": term.coefficient,
                "covariance": strict(term.covariance),
                "share": _share(term.share),
            }
            for term in uncertainty.correlations
        ],
        "second_order": second
        and {
            "shift": second.shift,
            "standard": None if math.isnan(second.standard) else second.standard,
            "matters": second.matters,
        },
        "kinks": list(uncertainty.kinks),
    }


def uncertainty_rows(trace: Trace, uncertainty: Uncertainty) -> list[dict[str, Any]]:
    """The rows of CSV: what each input and each correlation contributes, and the whole."""
    common = {"node": trace.graph.labels[trace.graph.output], "op": "uncertainty"}
    rows = [
        {
            "operand": each.label,
            "local": strict(each.gradient),
            "u": each.u,
            "contribution": strict(each.contribution),
            "share": _share(each.share),
        }
        for each in uncertainty.contributions
    ]
    for term in uncertainty.correlations:
        first, second = term.labels
        rows.append({"operand": f"{first},{second}", "local": term.coefficient, "share": _share(term.share)})
    return [*({**common, **row} for row in rows), {**common, "contribution": strict(uncertainty.standard)}]


def _share(share: Any) -> Any:
    """A share, or an array of them; null where the whole is 0."""
    share = to_list(share) if shape_of(share) else share
    return [_share(each) for each in share] if isinstance(share, list) else None if math.isnan(share) else share


def sentences(trace: Trace, digits: int) -> list[str]:
    """Where the uncertainty comes from: the formula with its numbers, and a sentence."""
    uncertainty = trace.uncertainty
    if uncertainty is None or not uncertainty.contributions:
        return []
    digits = min(digits, MOST_DIGITS)
    name = shorten(trace.graph.labels[trace.graph.output])
    if shape_of(uncertainty.standard):
        return [f"u({name}) = {one_line(format_value(uncertainty.standard, digits))}"]
    return [*_formula(name, uncertainty, digits), sources(uncertainty)]


def sources(uncertainty: Uncertainty) -> str:
    """A sentence on where the uncertainty of a number comes from."""
    shares = [(each.label, each.share) for each in uncertainty.contributions]
    shares += [
        (
            f"the correlation of {' and '.join(term.labels)}",
            term.share,
        )
        for term in uncertainty.correlations
    ]
    if math.isnan(shares[0][1]):
        return "To first order, the uncertainties of the inputs add up to 0."
    if len(shares) == 1:
        return f"The uncertainty comes from {shares[0][0]} alone."
    shares.sort(key=lambda each: -abs(each[1]))
    parts = [f"{_percent(share)} from {source}" for source, share in shares[:MOST_TERMS]]
    more = len(shares) - MOST_TERMS
    parts += [f"the rest from {more:,} more"] if more > 0 else []
    listing = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Of the squared uncertainty, {listing.replace(' from', ' comes from', 1)}."


def _formula(name: str, uncertainty: Uncertainty, digits: int) -> Iterator[str]:
    """u(f) = sqrt((∂f/∂x · u(x))^2 + …) with numbers, where it is short."""
    contributions, correlations = uncertainty.contributions, uncertainty.correlations
    total = format_value(uncertainty.standard, digits)
    if len(contributions) + len(correlations) > MOST_TERMS:
        yield f"u({name}) = {total}"
        return
    symbols, numbers = [], []
    for each in contributions:
        own = each.label
        symbols.append(f"(∂{name}/∂{own} · u({own}))^2")
        numbers.append(f"({parenthesize(format_value(each.gradient, digits))} · {format_value(each.u, digits)})^2")
    by_label = {each.label: each for each in contributions}
    for term in correlations:
        first, second = term.labels
        symbols.append(f"2 r({first}, {second}) · ∂{name}/∂{first} · u({first}) · ∂{name}/∂{second} · u({second})")
        factors = [term.coefficient]
        for own in (first, second):
            factors += [by_label[own].gradient, by_label[own].u]
        numbers.append(" · ".join(["2", *(parenthesize(format_value(factor, digits)) for factor in factors)]))
    yield f"u({name}) = sqrt({' + '.join(symbols)})"
    yield f"{' ' * len(f'u({name})')} = sqrt({' + '.join(numbers)}) = {total}"
