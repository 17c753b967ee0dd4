"""Benchmarks report ratios: graphdiff's time over that of a yardstick, measured alternately in one run."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import pytest


@pytest.fixture
def compare(benchmark: Any) -> Callable[..., None]:
    """Times two calls that take turns: so each finds caches and allocator as the other leaves them, and what else the
    machine does is the same for both. limit is the most that graphdiff may take of the yardstick's time."""

    def timed(
        group: str, limit: float, graphdiff: Callable[[], object], yardstick: Callable[[], object], rounds: int
    ) -> None:
        times: list[float] = []

        def take_turn() -> None:
            start = perf_counter()
            yardstick()
            times.append(perf_counter() - start)

        warm = 1 if rounds > 1 else 0
        benchmark.pedantic(graphdiff, setup=take_turn, rounds=rounds, warmup_rounds=warm)
        del times[:warm]
        benchmark.extra_info.update(group=group, limit=limit, best=min(times), median=median(times))

    return timed


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    benchmarks = [bench for bench in session.benchmarks if "group" in bench.extra_info] if session else []
    if benchmarks:
        terminalreporter.section("ratios")
    for bench in benchmarks:
        told, ours = bench.extra_info, bench.stats
        terminalreporter.write_line(
            f"{told['group']}: {ours.min / told['best']:.2f} of the yardstick by the best of {ours.rounds}, "
            f"{ours.median / told['median']:.2f} by the median; at most {told['limit']}"
        )
