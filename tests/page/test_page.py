"""The file of a page, without a browser."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from typing import Any

import pytest

import graphdiff
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.picture import Picture
from graphdiff.page.page import page
from graphdiff.passes.trace_graph import with_all_steps
from graphdiff.report.numbers import DIGITS
from graphdiff.report.trace_tables import sections

PROGRAMS: dict[str, dict[str, Any]] = {
    "q = W@x; sum(q^2)": {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]},
    "x = a+b; y = b+c; z = x*y": {"a": -1, "b": 3, "c": 4},
    "sum(relu(v - w) + max(v, 0)*(v < w))": {"v": [0, 1, 2], "w": 0},
    "a[i]*where(i > 0, 1, 2)": {"a": [1, 2, 3], "i": 1},
    "sum(m) + prod(m, axis=0)[0]": {"m": [[0.5] * 9] * 6},
}


def page_html(text: str, point: dict[str, Any], digits: int | None = None) -> str:
    trace = graphdiff.trace(text, point)
    return page(trace, text, trace.accuracy, Picture(circuit(with_all_steps(trace), digits), text), digits)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("digits", [None, 3])
@pytest.mark.parametrize("text", PROGRAMS)
def test_its_tables_are_those_of_eval(text: str, digits: int | None) -> None:
    trace = graphdiff.trace(text, PROGRAMS[text])
    html = page_html(text, PROGRAMS[text], digits)
    tables = [section for section in sections(trace, digits or DIGITS, 0) if section.rows]
    table_texts = re.findall(r"<table.*?</table>", html, re.S)
    assert len(table_texts) == len(tables)
    for section, table in zip(tables, table_texts, strict=True):
        assert unescape(re.findall(r"<caption>(.*?)</caption>", table)[0]) == section.title
        names = re.findall(r"<th role=\"columnheader\".*?>(.*?)</th>", table)
        assert names[: len(section.columns)] == [column.name for column in section.columns]
        assert names[len(section.columns) :] in ([], ["kink"])
        rows = [
            re.findall(r"<t[dh] role.*?>(.*?)</t[dh]>", row, re.S) for row in re.findall(r"<tr.*?</tr>", table, re.S)
        ]
        cells = [[unescape(re.sub(r"<.*?>", "", cell)) for cell in row[: len(section.columns)]] for row in rows[1:]]
        assert cells == [list(row) for row in section.rows]


def test_it_is_self_contained() -> None:
    """Its policy allows only its own script and style, by their hashes."""
    html = page_html("x*y", {"x": 1, "y": 2})
    assert not re.search(r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org/)", html)
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', html)
    assert policy.startswith("default-src 'none';")
    for kind, name in {"<script>": "script-src", "<style>": "style-src"}.items():
        (text,) = re.findall(f"{kind}(.*?)</", html, re.S)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert html.count("<script") == 2


def test_its_data_are_json() -> None:
    html = page_html("x*y", {"x": 1, "y": 2})
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html)
    assert not set(text) & set("<>&\u2028\u2029")
    assert [each["name"] for each in json.loads(text)["inputs"]] == ["x", "y"]


@pytest.mark.parametrize("text", ["q = A; x", "f(u) = A*u; x^2", "h(x, A) = x"])
def test_an_input_that_nothing_needs_may_have_no_value(text: str) -> None:
    html = page_html(text, {"x": 1})
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html)
    assert [each["name"] for each in json.loads(data)["inputs"]] == ["x"]
    assert "function numbersAt(x)" in html


def test_inputs_that_cannot_be_edited_are_reported() -> None:
    html = page_html(
        "det(m)*sum(conv2d(x, k))", {"m": [[2, 1], [1, 3]], "x": [[[[1.0] * 30] * 30]], "k": [[[[1.0] * 3] * 3]]}
    )
    assert "cannot be edited: " in html
    assert "function numbersAt(" not in html
    assert "i: an index cannot be edited." in page_html("a[i]^2", {"a": [1, 2, 3], "i": 1})


def test_steps_behind_closed_gates_are_included() -> None:
    """At this point max passes nothing back to the product, and the page shows 0."""
    trace = graphdiff.trace("max(x*y, z)", {"x": 1, "y": 2, "z": 5})
    assert [step.label for step in trace.backward] == ["v2"]
    steps = with_all_steps(trace).backward
    assert [(step.label, step.upstream) for step in steps] == [("v2", 1), ("v1", 0)]
    assert [edge.downstream for edge in steps[1].edges] == [0, 0]
    assert with_all_steps(trace).gradients == trace.gradients
