"""What code of random programs returns, of many programs at once: one file in C, one process of each interpreter."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from graphdiff import GraphdiffError
from graphdiff.checking.runner import Function, run
from graphdiff.targets import commands
from graphdiff.targets.generate import MOST_UNROLLED, generate
from graphdiff.targets.registry import RUNNABLE
from graphdiff.targets.sql_dialects import DIALECTS, TABLE
from support.random_code import Case, Numbers, Tally

LANGUAGES = (*RUNNABLE, "sqlite")
BATCHES = {"r": 20, "rust": 50, "fortran": 50}
"""How many functions are in one program, where that is not all."""


def run_cases(language: str, cases: Sequence[Case], tally: Tally) -> dict[int, Numbers]:
    """The numbers that the code of each case returns, by the case's place; those that a language cannot express are in
    the tally.

    Raises GraphdiffError with the seed of a program that fails.
    """
    target = RUNNABLE["sql" if language == "sqlite" else language]
    options = {"dialect": "sqlite"} if language == "sqlite" else {}
    functions: dict[int, Function] = {}
    orders: dict[int, list[Any]] = {}
    for place, case in enumerate(cases):
        if language == "sqlite" and any(case.shapes.values()):
            tally.inexpressible["arrays"] += 1  # it has no lists
            continue
        try:
            unrolled = MOST_UNROLLED if case.seed % 2 else 0  # every other one in loops, where the language has them
            source, signature = generate(
                case.graph, target.name, case.request, case.shapes, f"case{place}", unrolled, **options
            )
        except GraphdiffError as error:
            if error.kind not in ("value", "limit"):
                raise
            tally.inexpressible[error.message] += 1
            continue
        functions[place] = Function(source.text, signature)
        orders[place] = [*(case.point[name] for name in source.parameters), *case.operands[len(case.point) :]]
    places = list(functions)
    size = BATCHES.get(language, len(places)) or 1
    results: dict[int, Numbers] = {}
    for start in range(0, len(places), size):
        part = places[start : start + size]
        results |= _run(language, {place: functions[place] for place in part}, orders, [each.seed for each in cases])
    return results


def _run(
    language: str, functions: dict[int, Function], orders: dict[int, list[Any]], seeds: Sequence[int]
) -> dict[int, Numbers]:
    """One batch; if it fails, its halves, to find the program that does."""
    places = list(functions)
    try:
        if language == "sqlite":
            return {place: _in_sqlite(functions[place], orders[place]) for place in places}
        calls = [(number, orders[place]) for number, place in enumerate(places)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(commands, "LONGEST_RUN", 1200)
            results = run(RUNNABLE[language], list(functions.values()), calls)
    except Exception as error:
        if len(places) == 1:
            raise GraphdiffError("value", f"{seeds[places[0]]} in {language}: {error}") from error
        half = len(places) // 2
        parts = ({place: functions[place] for place in part} for part in (places[:half], places[half:]))
        return {place: numbers for part in parts for place, numbers in _run(language, part, orders, seeds).items()}
    flat = [[number for part in each for number in part] for each in results]
    return dict(zip(places, flat, strict=True))


def _in_sqlite(function: Function, operands: Sequence[Any]) -> Numbers:
    connection = sqlite3.connect(":memory:")
    values = [part for each in operands for part in (each if isinstance(each, tuple) else [each])]
    columns = [DIALECTS["sqlite"].quote(name) for name in function.signature.names] or ["nothing"]
    connection.execute(f"CREATE TABLE {TABLE} ({', '.join(columns)})")
    connection.execute(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(columns))})", values or [None])
    ((*row,),) = connection.execute(function.text).fetchall()
    return [float("nan") if each is None else each for each in row]
