"""The table of formats: its functions are there, and take what the table says."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from graphdiff.cli.main import COMMANDS
from graphdiff.report.formats import REPORTS, Format

ROWS = [(command, name, form) for command, forms in REPORTS.items() for name, form in forms.items()]


@pytest.mark.parametrize(("command", "name", "form"), ROWS, ids=[f"{command}-{name}" for command, name, _ in ROWS])
def test_each_function_takes_its_options(command: str, name: str, form: Format) -> None:
    module, _, function = form.function.partition(".")
    parameters = inspect.signature(getattr(import_module(f"graphdiff.report.{module}"), function)).parameters
    assert len(parameters) == 1 + len(form.options.split())
    assert command in COMMANDS
