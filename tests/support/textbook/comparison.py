"""The time and the length of derivatives, graphdiff's beside those of SymPy's diff and simplify."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple, TypeVar

import numpy
import sympy
from sympy.core.cache import clear_cache

from graphdiff.reading.parse import parse
from support.textbook.corpus import Row
from support.textbook.printed import distance, print_derivative, value
from support.textbook.sympy_form import Reader, UnsupportedError, differentiate, evaluate
from support.textbook.truth import true_derivative

ROUNDS = 2
LONGEST = 60
"""Seconds that SymPy may take for all rounds."""
CLOSE = 1e-9

Result = TypeVar("Result")


class Measurement(NamedTuple):
    """A derivative as text, the least of a few times of making it in milliseconds, and what is wrong with it.

    outcome is "" where it is right; else "wrong", "not evaluated" where a Derivative is left, "error", "too long",
    or "none" where SymPy has no such formula.
    """

    text: str = ""
    milliseconds: float = 0.0
    outcome: str = ""


def measure(function: Callable[[], Result]) -> tuple[Result, float]:
    """The result of a function, and the least CPU time of a few calls in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        result = function()
        times.append(time.process_time() - start)
    return result, 1000 * min(times)


def measure_graphdiff(row: Row) -> Measurement:
    """The command, from the text of the formula to that of the derivative, without the start of the process."""
    return Measurement(*measure(lambda: print_derivative(row)))


def measure_sympy(row: Row) -> Measurement:
    """sympy.diff, sympy.simplify and str of an expression that is there, with empty caches."""

    def derive() -> tuple[Any, str]:
        clear_cache()
        derivative = sympy.simplify(differentiate(row, reader, expression))
        return derivative, str(derivative)

    try:
        reader = Reader(row)
        expression = reader.expression()
    except UnsupportedError:
        return Measurement(outcome="none")
    point = row.point(0)
    same = is_equal(evaluate(reader, expression, point), value(parse(row.formula), point))
    assert same, f"{row.formula} is another function: {expression}"
    try:
        with limit(LONGEST):
            (derivative, text), milliseconds = measure(derive)
    except TimeoutError:
        return Measurement(outcome="too long")
    except (TypeError, ValueError, NotImplementedError):  # SymPy's own
        return Measurement(outcome="error")
    if derivative.has(sympy.Derivative):
        outcome = "not evaluated"
    else:
        result, truth = evaluate(reader, derivative, point), true_derivative(row, point)
        is_right = is_equal(result, truth) or (row.kind == "jacobian" and is_equal(result.T, truth))
        outcome = "" if is_right else "wrong"
    return Measurement(text, milliseconds, outcome)


def is_equal(result: Any, truth: Any) -> bool:
    """Whether an array of SymPy's, in which a vector is a column, has the values of another."""
    other = numpy.asarray(truth).astype(float)
    return result.size == other.size and bool(
        distance(result.reshape(other.shape), other) <= CLOSE * distance(other, 0)
    )


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError after so many seconds."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
