"""The limits on what an input leads to, rather than on its size: graphs, Jacobians, pictures, documents, digits."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import graphdiff
from graphdiff import GraphdiffError

Run = Callable[..., Any]
Way = Callable[[Run, int], Any]


def sum_of(nodes: int) -> str:
    """A formula whose graph has so many nodes: one input, the others additions."""
    return "+".join("x" * nodes)


def call_of(operations: int) -> str:
    return f"f(u) = {'+'.join('u' * (operations + 1))}\nf(x)"


def command(*words: str, stdin: str = "") -> Way:
    """A command line, in which {n} stands for the size."""

    def run(on: Run, n: int) -> Any:
        size = {"n": n, "sum": sum_of(n), "call": call_of(n), "gates": "x" + "+1" * (n - 1)}
        return on(*(word.format(**size) for word in words), stdin=stdin.format(**size).encode())

    return run


COMPREHENSION = "sum(x for k in range({n}))"
LIMITS: dict[str, tuple[int, dict[str, Way]]] = {
    "graph.builder.LARGEST_GRAPH": (
        20,
        {
            "text": command("eval", "{sum}", "--at", "x=1", "--json"),
            "standard input": command("eval", "-", "--at", "x=1", stdin="{sum}"),
            "the API": lambda on, n: graphdiff.parse(sum_of(n)),
        },
    ),
    "language.nodes.MOST_NODES": (
        20,
        {
            "text": command("eval", COMPREHENSION, "--at", "x=1", "--json"),
            "code": command("compile", COMPREHENSION),
            "a value": command("eval", "x", "--at", "x=" + COMPREHENSION.replace("x for", "pi for")),
            "the API": lambda on, n: graphdiff.parse(COMPREHENSION.format(n=n)),
        },
    ),
    "language.program.MOST_OPERATIONS": (
        20,
        {
            "text": command("eval", "{call}", "--at", "x=1", "--json"),
            "code": command("compile", "{call}"),
            "the API": lambda on, n: graphdiff.parse(call_of(n)),
        },
    ),
    "passes.steps.LARGEST_JACOBIAN": (
        40,
        {
            "the table": command(
                "eval", "W @ x", "--at", "W=ones(1,{n}),x=ones({n})", "--upstream", "[1]", "--jacobian"
            ),
            "JSON": command(
                "eval", "W @ x", "--at", "W=ones(1,{n}),x=ones({n})", "--upstream", "[1]", "--jacobian", "--json"
            ),
        },
    ),
    "cli.draw.LIMIT": (
        12,
        {
            form: command("draw", "{gates}", "--at", "x=1", "--limit", "12", "--format", form)
            for form in ("txt", "svg", "dot", "mmd", "tex", "html")
        },
    ),
}
"""By constant: a smaller limit, and the ways in."""
CASES = [(constant, way) for constant, (_, ways) in LIMITS.items() for way in ways]


def is_refused(way: Way, on: Run, n: int) -> str:
    """The message of the error; empty if there is none."""
    try:
        result = way(on, n)
    except GraphdiffError as error:
        return f"{error.kind}: {error}"
    return getattr(result, "err", "") if getattr(result, "status", 0) == 2 else ""


@pytest.mark.parametrize(("constant", "way"), CASES, ids=[f"{constant}-{way}" for constant, way in CASES])
def test_at_the_limit_and_above(constant: str, way: str, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, ways = LIMITS[constant]
    module, _, name = constant.rpartition(".")
    graphdiff.parse("softplus(x)")  # the prelude, which is read once, is larger
    monkeypatch.setattr(importlib.import_module(f"graphdiff.{module}"), name, limit)
    assert is_refused(ways[way], command, limit) == ""
    message = is_refused(ways[way], command, limit + 1)
    assert message.startswith(("limit: ", "error: ", '{"version": 1, "error": {"kind": "limit"'))
    assert str(limit) in message


def threshold(sizes: Iterable[int], is_taken: Callable[[int], bool]) -> int:
    """The number of sizes, from the first, that are taken; none after them is."""
    taken = [is_taken(size) for size in sizes]
    assert taken == sorted(taken, reverse=True)
    assert 0 < sum(taken) < len(taken)
    return sum(taken)


SIZES: dict[str, tuple[list[str], Sequence[str]]] = {
    "targets.entries.MOST_ENTRIES": (
        ["compile", "sum(x^2)", "--shape", "x={n}", "--to"],
        ["javascript", "python"],
    ),
    "report.document.MOST_ENTRIES": (["eval", "sum(2*x)", "--at", "x=ones({n})", "--format"], ["json", "jsonl", "csv"]),
}


@pytest.mark.parametrize("constant", SIZES)
def test_every_format_has_the_same_limit(constant: str, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words, forms = SIZES[constant]
    monkeypatch.setattr(f"graphdiff.{constant}", 30)

    def is_taken(form: str, n: int) -> bool:
        done = command(*(word.format(n=n) for word in words), form)
        assert done.status == 0 or "30" in done.err
        return bool(done.status == 0)

    assert len({threshold(range(1, 21), partial(is_taken, form)) for form in forms}) == 1


def test_sizes_of_pictures(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of TikZ in points, of PNG in pixels."""
    for form, constant, least, most in (("tex", "tikz.LARGEST", 10, 1000), ("png", "raster.MOST_PIXELS", 10**4, 10**6)):
        for limit, status in ((least, 2), (most, 0)):
            monkeypatch.setattr(f"graphdiff.drawing.{constant}", limit)
            assert command("draw", "x*y", "--at", "x=1,y=2", "-o", str(tmp_path / f"out.{form}")).status == status


@pytest.mark.slow
def test_digits(command: Run) -> None:
    """Operands of functions, and the digits of the gamma functions."""
    for exponent, status in ((3009, 0), (3011, 2)):
        assert command("eval", "sin(x)", "--at", f"x=1e{exponent}", "--precision", "20").status == status
    for digits, status in ((400, 0), (600, 2)):
        assert command("eval", "lgamma(x)", "--at", "x=3.3", "--precision", str(digits)).status == status
