"""Grading of answers about a formula at a point: the entry point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.exercises.grade_result import Grade
from graphdiff.exercises.grader import Grader
from graphdiff.graph.graph import Graph
from graphdiff.reading.parse import read
from graphdiff.source import Source, normalize_names


def grade(
    source: str | Source | Graph,
    point: Mapping[str, Any],
    answers: Mapping[str, Any],
    /,
    *,
    upstream: Any = None,
    tolerance: float | None = None,
    language: str | None = None,
) -> Grade:
    """Grade answers about a formula at a point, and name the slips that explain wrong ones.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        answers: The answers by name: `d_x` is the gradient by the input or the node x, `value` the value of the output,
            any other name that of a node. Each is a number, nested lists, an array, or text: a number such as `1/3`, or
            a formula in the inputs and nodes, which must hold at the point and near it.
        upstream: The gradient that arrives at the output, in its shape: 1 by default; an array needs one.
        tolerance: The relative difference of a number from the right one that is allowed. By default, both are rounded
            to the significant digits of the number, at least three.
        language: The language of the formula, as `parse` takes it.

    Returns:
        The verdict of each answer, and the points.

    Raises:
        GraphdiffError: As by `trace`; "name" if an answer is about no node; "syntax", "name" or "value" if an answer
            cannot be read; "nonfinite" if a number that is asked for is not finite.
    """
    names = normalize_names(point)
    return Grader(read(source, names, language=language), names, upstream, tolerance).grade(answers)
