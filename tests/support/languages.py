"""What code in a language returns for many cases at once: by the way that `graphdiff check --target` runs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse
from graphdiff.checking.runner import Function, run
from graphdiff.passes.request import Request
from graphdiff.targets import commands
from graphdiff.targets.generate import MOST_UNROLLED, generate
from graphdiff.targets.registry import RUNNABLE, TARGETS, InProcess, Program, Query, Target
from graphdiff.targets.results import leaves
from support.comparison import to_floats
from support.programs import EACH_PRIMITIVE, Case, Results

STRICT = {
    "c": ["-O0", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pedantic"],
    "rust": ["-C", "opt-level=0", "-D", "warnings"],
    "fortran": ["-O0", "-Wall", "-Wno-compare-reals", "-Wno-unused-dummy-argument", "-Werror"],
}
"""Further arguments by language: little time for optimizing, and warnings are errors."""

SLOW = ("rust", "jax", "matlab", "r", "fortran")
"""Languages whose compilers or interpreters take seconds for a test."""


MOST_FUNCTIONS = {"r": 20}
"""Functions in one program, by language: R reads large programs slowly."""


def _each(targets: Iterable[Target]) -> pytest.MarkDecorator:
    marks = dict.fromkeys(SLOW, pytest.mark.slow)
    return pytest.mark.parametrize(
        "target", [pytest.param(target, marks=marks.get(target.name, ()), id=target.name) for target in targets]
    )


EACH_LANGUAGE = _each(RUNNABLE.values())
"""A test for every language whose code can be run."""
EACH_SCALAR_LANGUAGE = _each(target for target in RUNNABLE.values() if target.writes == "entries")
"""A test for each of those that write arrays out entry by entry; array libraries have edges of their own."""

EACH_NESTED = _each(target for target in RUNNABLE.values() if target.has_nests)
"""A test for each of those that compute large arrays in loops."""


def skip_without(target: Target) -> None:
    """Skips a test where the compiler, the interpreter or the library of a language is missing."""
    if isinstance(target.runs, InProcess | Query):
        package = target.runs.library.partition(".")[0]
        if package and find_spec(package) is None:
            pytest.skip(f"{package} is not installed; it runs code in {target.title}")
    elif target.runs is not None and not any(map(shutil.which, target.runs.tools)):
        pytest.skip(f"{target.runs.product} is not installed; it runs code in {target.title}")


class Ready(NamedTuple):
    """A case and its function."""

    case: Case
    function: Function
    parameters: Sequence[str]
    """The inputs in the order of the function's parameters."""


def prepare(target: Target, case: Case, name: str, unrolled: int = MOST_UNROLLED) -> Ready:
    """The function of a case in a language, with at most so many entries written out.

    Raises GraphdiffError where the language cannot express it.
    """
    shapes = {each: np.shape(value) for each, value in case.point.items()}
    request = Request("gradient", case.wrt, inputs=list(case.point))
    (text, parameters, _), signature = generate(parse(case.program), target.name, request, shapes, name, unrolled)
    return Ready(case, Function(text, signature), list(parameters))


def run_all(target: Target, cases: Sequence[Ready], points: Sequence[Sequence[Mapping[str, Any]]]) -> list[Results]:
    """What the functions return at their points, of one function after the other."""
    most = MOST_FUNCTIONS.get(target.name, len(cases))
    if most < len(cases):
        rest = run_all(target, cases[most:], points[most:])
        return [*run_all(target, cases[:most], points[:most]), *rest]
    calls = [
        (place, [to_floats(point.get(each, 0.0)) for each in ready.parameters])
        for place, (ready, its) in enumerate(zip(cases, points, strict=True))
        for point in its
    ]
    if isinstance(target.runs, Program):
        arguments = [*target.runs.arguments, *STRICT.get(target.name, ())]
        target = target._replace(runs=target.runs._replace(arguments=arguments))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "LONGEST_RUN", 600)  # for a program of very many functions
        results = run(target, [ready.function for ready in cases], calls)
    shaped = []
    for (place, _), ((value,), *derivatives) in zip(calls, results, strict=True):
        shapes = [leaf.shape for leaf in leaves(cases[place].function.signature.results[1].tree)]
        pairs = zip(derivatives, shapes, strict=True)
        shaped.append((value, [np.reshape(entries, shape) if shape else entries[0] for entries, shape in pairs]))
    return shaped


def expressible(target: Target, cases: Sequence[Case], unrolled: int = MOST_UNROLLED) -> list[Ready]:
    """The functions of the cases that a language can express: by entries, no inverses, and no indices that are
    inputs."""
    ready = []
    for place, case in enumerate(cases):
        try:
            ready.append(prepare(target, case, f"case{place}", unrolled))
        except GraphdiffError as error:
            is_by_entry = target.writes == "entries" and error.kind in ("value", "limit")
            if not is_by_entry and "does not support" not in error.message:
                raise
    return ready


@cache
def primitives_in(language: str) -> list[Case]:
    """The cases of EACH_PRIMITIVE that a language can express."""
    return [ready.case for ready in expressible(TARGETS[language], EACH_PRIMITIVE)]
