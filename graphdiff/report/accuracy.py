"""How right the numbers of a trace are, as text: those that 64 bits get wrong, and gradients at kinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from graphdiff.errors import shorten
from graphdiff.operations.shapes import size_of
from graphdiff.passes.values import shape_of
from graphdiff.report.uncertainty import doubts
from graphdiff.writing.spelling import plain_number_text

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.trace import Trace

MOST_LISTED = 5
"""Inaccurate numbers, or names of inputs, that are listed."""


def notes(trace: Trace, accuracy: Sequence[Inaccuracy]) -> list[str]:
    """The lines under the tables of a trace; none where no kink was met, all numbers are right, and first
    order is enough for the uncertainty."""
    lines = [inaccuracy_text(each) for each in accuracy[:MOST_LISTED]]
    more = len(accuracy) - MOST_LISTED
    if more > 0:
        lines.append(f"and {more:,} more")
    lines += [f"hint: {hint}" for hint in dict.fromkeys(each.hint for each in accuracy) if hint]
    lines += _notes_on_kinks(trace)
    if trace.uncertainty is not None:
        lines += [message for message, _ in doubts(trace.uncertainty)]
    return lines


def inaccuracy_text(inaccuracy: Inaccuracy) -> str:
    """As `d_x = 22121719.12145996 is wrong: cancellation in 1 - v2; the right value is -0.49999999999966677`."""
    cause, right = inaccuracy.cause, inaccuracy.right
    place = str(list(inaccuracy.index)) if inaccuracy.index else ""
    digits = int(inaccuracy.digits)
    judgement = f"has only {digits} right digit{'s' if digits > 1 else ''}" if digits > 0 else "is wrong"
    number = plain_number_text(inaccuracy.float)
    reason = f": {cause.why} in {shorten(cause.expression, 80)}" if cause else ""
    truth = "there are too many operations to work the right value out"
    if right is not None:
        truth = f"the right value is {plain_number_text(right)}"
    elif not isfinite(inaccuracy.float):
        judgement, truth = "may be wrong", "the right value needs more digits than are tried"
    return f"{shorten(inaccuracy.of)}{place} = {number} {judgement}{reason}; {truth}"


def _notes_on_kinks(trace: Trace) -> Iterator[str]:
    """What is known of the gradient at a kink."""
    if trace.differentiable is None:
        return
    names = [name for name, gradient in trace.gradients.items() if gradient is not None]
    unproven = [name for name in names if not _is_known(trace, name)]
    subject = "the gradient" if unproven == names else f"the gradient by {_listing(unproven)}"
    if trace.differentiable is True and not trace.limits:
        yield "differentiable here: the steps take the side of each kink that gives the gradient"
    elif trace.differentiable is False and unproven:
        yield f"not differentiable here: {subject} follows the convention"
    elif trace.differentiable is False:
        yield "not differentiable here, although each partial derivative exists"
    elif trace.differentiable == "unknown" and unproven:
        yield f"it is not known whether {subject} exists here: it follows the convention"
    elif trace.differentiable == "unknown":
        yield "it is not known whether the output is differentiable here; each partial derivative exists"
    if trace.limits:
        yield _limits_text(trace)


def _limits_text(trace: Trace) -> str:
    """Which gradients are limits, with their values where they are numbers."""
    texts = []
    for name in trace.limits[:MOST_LISTED]:
        gradient = trace.gradients[name]
        number = f" {plain_number_text(gradient)}" if isinstance(gradient, float) else ""
        texts.append(f"the gradient by {shorten(name)} is its limit{number}")
    more = len(trace.limits) - MOST_LISTED
    return f"{', '.join(texts)}{f' and {more:,} more' if more > 0 else ''}; the steps follow the convention"


def _is_known(trace: Trace, name: str) -> bool:
    """Whether every partial derivative by an input is known to exist."""
    count = sum(of == f"d_{name}" for of, _ in trace.partials)
    return count == size_of(shape_of(trace.gradients[name]))


def _listing(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    listing = ", ".join(map(shorten, names[:MOST_LISTED]))
    return f"{listing} and {more:,} more" if more > 0 else listing
