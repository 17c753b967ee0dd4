"""REPORTS: the formats that each command writes its result in, and the functions that do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple


class Format(NamedTuple):
    """function is one in a module of this folder, which is imported when it is used. It takes the result, and after it
    the options of these names; it returns lines, or one text, or what Rich prints. wraps says whether lines are broken
    at the width of a window."""

    function: str
    options: str
    wraps: bool = False

    def write(self, result: Any, options: Mapping[str, Any]) -> Iterable[Any]:
        """The result in this format, line by line or, for Rich, table by table."""
        module, _, name = self.function.partition(".")
        function = getattr(import_module(f"graphdiff.report.{module}"), name)
        report: str | Iterable[Any] = function(result, *[options[option] for option in self.options.split()])
        return [report] if isinstance(report, str) else report


TABLE = "table"
"""The format that is for Rich to print; all others are lines of text."""
REPORTS: Mapping[str, Mapping[str, Format]] = {
    "eval": {
        TABLE: Format("rich_tables.trace_table", "expression accuracy digits limit jacobian"),
        "json": Format("document.trace_json", "origin accuracy jacobian"),
        "jsonl": Format("document.trace_json_lines", "origin accuracy jacobian"),
        "csv": Format("document.trace_csv", "jacobian"),
        "markdown": Format("markdown.trace_markdown", "expression accuracy digits limit jacobian"),
        "html": Format("html.trace_html", "expression accuracy digits limit jacobian"),
        "latex": Format("latex.trace_latex", "accuracy digits limit"),
    },
    "explain": {
        "text": Format("explanation.explanation_text", "expression accuracy digits limit accumulates", wraps=True),
        "json": Format("explanation.explanation_json", "origin accuracy limit"),
        "markdown": Format("explanation.explanation_markdown", "expression accuracy digits limit accumulates"),
        "html": Format("explanation.explanation_html", "expression accuracy digits limit accumulates"),
        "latex": Format("explanation.explanation_latex", "accuracy digits limit accumulates"),
    },
    "diff": {
        "text": Format("derivatives.derivatives_text", "shapes digits"),
        "markdown": Format("derivatives.derivatives_markdown", "shapes digits"),
        "latex": Format("derivatives.derivatives_latex", "output shapes digits"),
        "json": Format("derivatives.derivatives_json", "shapes origin"),
    },
    "check": {
        TABLE: Format("rich_tables.check_table", "expression digits limit"),
        "json": Format("check.check_json", "origin"),
        "csv": Format("check.check_csv", ""),
        "markdown": Format("check.check_markdown", "expression digits limit"),
    },
    "grade": {
        TABLE: Format("rich_tables.grade_table", "expression digits limit"),
        "json": Format("grade.grade_json", "origin"),
        "csv": Format("grade.grade_csv", ""),
        "markdown": Format("grade.grade_markdown", "expression digits limit"),
        "html": Format("grade.grade_html", "expression digits limit"),
    },
    "fit": {
        TABLE: Format("rich_tables.fit_table", "digits limit"),
        "json": Format("fit.fit_json", ""),
        "csv": Format("fit.fit_csv", ""),
        "markdown": Format("fit.fit_markdown", "digits limit"),
        "html": Format("fit.fit_html", "digits limit"),
        "latex": Format("fit_latex.fit_latex", "digits limit"),
    },
    "ops": {
        TABLE: Format("rich_tables.subject_table", ""),
        "json": Format("operations.subject_json", ""),
    },
}
"""By command; the first format of each is what it writes unless another is asked for."""
