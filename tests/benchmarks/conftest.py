"""Benchmarks tell ratios: graphdiff's best time over a yardstick's, both measured in one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def measure(benchmark: Any) -> Callable[..., None]:
    """Times a call as one side of a ratio: side is "graphdiff" or "yardstick"; limit is the ratio's.

    before runs ahead of each round, untimed.
    """

    def timed(
        side: str,
        group: str,
        limit: float,
        call: Callable[[], object],
        rounds: int,
        before: Callable[[], None] | None = None,
    ) -> None:
        benchmark.group = group
        benchmark.extra_info.update(side=side, limit=limit)
        benchmark.pedantic(call, setup=before, rounds=rounds, warmup_rounds=1 if rounds > 1 else 0)

    return timed


@pytest.fixture
def compare(measure: Callable[..., None]) -> Callable[..., None]:
    """Times one of two calls that take turns, so that each finds caches and allocator as the other leaves them."""

    def timed(
        side: str,
        group: str,
        limit: float,
        graphdiff: Callable[[], object],
        yardstick: Callable[[], object],
        rounds: int,
    ) -> None:
        call, other = (graphdiff, yardstick) if side == "graphdiff" else (yardstick, graphdiff)

        def take_turn() -> None:
            other()

        measure(side, group, limit, call, rounds=rounds, before=take_turn)

    return timed


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    groups: dict[str, dict[str, Any]] = {}
    for bench in session.benchmarks if session else []:
        groups.setdefault(bench.group, {})[bench.extra_info["side"]] = bench
    if groups:
        terminalreporter.section("ratios")
    for name, sides in groups.items():
        ours, yardstick = sides["graphdiff"], sides["yardstick"]
        terminalreporter.write_line(
            f"{name}: {ours.stats.min / yardstick.stats.min:.2f} of the yardstick by the best of "
            f"{ours.stats.rounds}, {ours.stats.median / yardstick.stats.median:.2f} by the median; "
            f"at most {ours.extra_info['limit']}"
        )
