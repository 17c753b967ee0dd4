"""One comparison of a check, as data."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphdiff.checking.verdict import NOT_CHECKABLE, Verdict


class CheckRow(NamedTuple):
    """One comparison: of a derivative, or of the value of generated code.

    Numbers are floats; with a precision, analytic, numeric and slopes are numbers of mpmath.

    Attributes:
        input: The input, or a parameter of `gate`; empty where the value is compared.
        place: The indices of the entry; () for a number, and for a direction.
        entry_count: The number of entries: 1, or more for a derivative along a direction in so many of them.
        analytic: The number of the trace.
        code: That of the generated code, or None.
        numeric: The derivative by differences, for a gate that of its body; None where there is none.
        numeric_text: `numeric` with all digits of a precision, or empty without one.
        digits: The number of significant digits on which `analytic` and `numeric` agree, at most 17, or all of a
            precision; None where the derivative is 0, or nothing was compared.
        error: How far the number that is farthest off is from `analytic`, or None.
        bound: How far it may be off by rounding and by the error of the differences, or None.
        verdict: "agrees", "differs", "lost", "not checkable" or "convention".
        reason: Why it is not checkable, or what differs; may be empty.
        slopes: The derivatives from below and from above at a kink, or None.
        gate: The call of a gate with a derivative of its own, where that is compared; else empty.
        of: What is differentiated, where that is not the formula's number: an entry of the value, such as "value[0]",
            or for a second derivative the first one, such as "d_x[0]".
    """

    input: str
    place: tuple[int, ...] = ()
    entry_count: int = 1
    analytic: Any = None
    code: float | None = None
    numeric: Any = None
    numeric_text: str = ""
    digits: float | None = None
    error: float | None = None
    bound: float | None = None
    verdict: Verdict = NOT_CHECKABLE
    reason: str = ""
    slopes: tuple[Any, Any] | None = None
    gate: str = ""
    of: str = ""
