"""A cold start of `graphdiff eval` against importing its dependencies alone, each in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

PRODUCT = ["-m", "graphdiff", "eval", "(x+y)*z", "--at", "x=-2,y=5,z=-4"]
CASES = [
    ("eval --json", 1.4, [*PRODUCT, "--json"], ["-c", "import click, lark"]),
    ("eval, a table", 1.5, PRODUCT, ["-c", "import click, lark, rich"]),
]
# Compiled modules are what a user has.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@pytest.mark.parametrize(("name", "limit", "ours", "yardstick"), CASES, ids=[case[0] for case in CASES])
def test_cold_start(
    name: str, limit: float, ours: list[str], yardstick: list[str], compare: Callable[..., None]
) -> None:
    def start(words: list[str]) -> None:
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)

    compare(f"cold start of {name}", limit, lambda: start(ours), lambda: start(yardstick), rounds=40)
