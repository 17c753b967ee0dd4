"""graphdiff ops: the list of operations, and one in detail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from graphdiff.language.program import prelude
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.report.rich_tables import subject_table

Command = Callable[..., Any]


def test_all(command: Command) -> None:
    result = command("ops")
    assert result.status == 0
    for text in ("(1 - sigmoid(x))*sigmoid(x)", "-x/y^2", "swap multiplier", "sech(x)^2", "x >= y", "gelu(x)"):
        assert text in result.out
    documents = json.loads(command("ops", "--json").out)
    assert [document["name"] for document in documents] == [*PRIMITIVES, *prelude()]
    assert all(document["doc"] for document in documents)
    without = {document["name"] for document in documents if not document["derivatives"]}
    assert without == {"first", "count", "identity_like", "zeros", "ones", "eye", "arange", "one_hot", "one_hot_like"}


def test_one(command: Command) -> None:
    out = command("ops", "max").out
    assert "a tie goes to a constant, else to the first operand" in out
    assert command("ops", "ln").out == command("ops", "log").out
    assert command("ops", "*").out == command("ops", "mul").out
    assert "relu(x) = max(0, x)" in command("ops", "relu").out
    assert "transpose(x, axes=None)" in command("ops", "transpose").out
    assert json.loads(command("ops", "tanh", "--json").out)["derivatives"] == {"x": "sech(x)^2"}
    result = command("ops", "sigmod")
    assert result.status == 2
    assert "did you mean 'sigmoid'?" in result.err


@pytest.mark.parametrize("columns", [80, 170])
def test_columns_of_a_window(columns: int) -> None:
    """No line is wider than the window, and common formulas are not broken."""
    console = Console(width=columns, force_terminal=False)
    with console.capture() as capture:
        for table in subject_table(None):
            console.print(table, crop=False)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert max(map(cell_len, lines)) <= columns
    for text in ("(1 - sigmoid(x))*sigmoid(x)", "1/sqrt((1 - x)*(1 + x))", "the cube root, also of negative numbers"):
        assert any(text in line for line in lines)
    assert any(line.split() == ["pattern", "swap", "multiplier"] for line in lines) == (columns == 80)
