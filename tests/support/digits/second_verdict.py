"""Whether the second derivatives of random formulas, and what is said about them, are right."""

from __future__ import annotations

import math
import random
import time
from typing import Any

from mpmath import mp, mpf

from graphdiff.accuracy.derivative import derivative_value
from graphdiff.passes.derivative import derivative
from graphdiff.reading.parse import parse
from support.digits.arithmetic import NAN, UNKNOWN
from support.digits.formulas import random_case
from support.digits.second import true_second_derivatives
from support.digits.verdict import CERTAIN, LARGEST, LEAST, RIGHT, WRONG, Verdicts, decimal, limited_time


def judge_second_derivatives(seed: int, first: int, last: int) -> Verdicts:
    """Verdicts on one second derivative of each random formula, from one number up to another."""
    verdicts = Verdicts()
    for number in range(first, last):
        draws = random.Random(f"{seed} {number}")
        text, point = random_case(draws)
        if not point or any(isinstance(value, list) for value in point.values()):
            continue
        names = [draws.choice(list(point)) for _ in range(2)]
        verdicts.line = f"d²/d{names[0]}d{names[1]} of {text!r} at {point!r}"
        begun = time.process_time()
        try:
            graph = parse(text)
            formula = derivative(derivative(graph, names[0]), names[1])
            given = derivative_value(graph, formula, names, point, {})
        except Exception as error:
            verdicts.fail("exception", f"{verdicts.line}: {type(error).__name__}: {error}")
            continue
        computed = time.process_time()
        with limited_time(verdicts):
            truth = true_second_derivatives(text, point)
            places = [list(point).index(name) for name in names]
            _judge(verdicts, given, truth[places[0]][places[1]])
        verdicts.seconds["trace and accuracy"] += computed - begun
        verdicts.seconds["judge"] += time.process_time() - computed
    return verdicts


def _judge(verdicts: Verdicts, given: Any, right: Any) -> None:
    value = float(given.value)
    listed = given.accuracy[0] if given.accuracy else None
    verdicts.counts["formulas"] += 1
    verdicts.counts[f"differentiable: {given.differentiable}"] += 1
    if right == UNKNOWN:
        verdicts.counts["undecided"] += 1
        verdicts.undecided.append(verdicts.line)
        return
    if right == NAN:
        verdicts.counts["without a truth"] += 1
        if given.differentiable is True:
            verdicts.fail("wrong differentiable", f"{verdicts.line}: it is said to be True")
        return
    truth = mp.make_mpf(right)
    verdicts.counts["numbers"] += 1
    if not LEAST < abs(truth) < LARGEST:  # the terms that a derivative of 0 was summed from are not known
        verdicts.counts["0 or beyond the floats"] += 1
        return
    error = abs(mpf(value) - truth) / abs(truth) if math.isfinite(value) else mp.inf
    verdicts.counts["right"] += error < RIGHT
    if listed is None:
        if error > WRONG and (given.differentiable != "unknown" or math.isfinite(value)):
            kind = "silent wrong" if given.differentiable != "unknown" else "wrong where unknown"
            verdicts.fail(kind, f"{verdicts.line} is {value!r}, right is {decimal(truth)}")
        return
    verdicts.counts["listed"] += 1
    if error < RIGHT:
        verdicts.fail("false alarm", f"{verdicts.line} is {value!r}, right is {decimal(truth)}")
    if listed.right is None or not abs(mpf(listed.right) - truth) <= CERTAIN * abs(truth):
        verdicts.fail("wrong right", f"{verdicts.line} is {decimal(truth)}, right is given as {listed.right!r}")
