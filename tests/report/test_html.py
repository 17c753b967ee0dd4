"""HTML documents: they are well-formed, user text is never markup, and the cells are those of the tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from graphdiff import parse, trace
from graphdiff.passes.symbolic_paths import symbolic_trace
from graphdiff.report.accuracy import notes
from graphdiff.report.explanation import explanation_html, explanation_text
from graphdiff.report.html import section_html, style, trace_html
from graphdiff.report.trace_tables import Column, Section, heading, sections
from support import examples
from support.contrast import contrast
from support.hostile import POINT, PROGRAM

VOID = {"meta", "br"}
OURS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "br", "p", "div", "table", "caption"}
OURS |= {"thead", "tbody", "tr", "th", "td", "h2", "pre"}


class Document(HTMLParser):
    """Checks that elements are nested properly, and collects tables and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in ("title", "caption", "h1", "h2", "p", "pre"):
            self.texts.setdefault(tag, []).append("")
        elif tag == "br":
            self.texts["h1"][-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data
        elif self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def assert_document(text: str, point: dict[str, Any], limit: int) -> None:
    reference = trace(text, point)
    page = "\n".join(trace_html(reference, text, reference.accuracy, 6, limit, False))
    document = Document(page)
    expected = list(sections(reference, 6, limit))
    assert document.texts["caption"] == [section.title for section in expected]
    assert document.tables == [
        [[column.name for column in section.columns], *map(list, section.rows)] for section in expected
    ]
    lines, result = heading(reference, text, 6)
    assert document.texts["h1"] == ["\n".join(lines)]
    assert document.texts["p"][0] == result
    lines_below = notes(reference, reference.accuracy)
    assert len(document.texts["p"]) == 1 + sum(bool(section.omitted_rows) for section in expected) + len(lines_below)
    assert document.texts["p"][len(document.texts["p"]) - len(lines_below) :] == lines_below
    assert ("html", {"lang": "en"}) in document.attributes
    assert ("meta", {"charset": "utf-8"}) in document.attributes
    assert not any("http" in (value or "") for _, attributes in document.attributes for value in attributes.values())
    scopes = {attributes.get("scope") for tag, attributes in document.attributes if tag == "th"}
    assert scopes == {"col", "row"}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("limit", [0, 3])
@pytest.mark.parametrize("path", examples.PROGRAMS, ids=lambda path: path.stem)
def test_examples(path: Path, limit: int) -> None:
    assert_document(*examples.read(path), limit)


def test_hostile_text() -> None:
    assert_document(PROGRAM, POINT, 0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("point", [POINT, None], ids=["numbers", "formulas"])
def test_explanations(point: dict[str, Any] | None) -> None:
    graph = parse(PROGRAM)
    subject = trace(graph, point) if point else symbolic_trace(graph, None, {}, collapses=False)
    document = Document("\n".join(explanation_html(subject, PROGRAM, [], 6, 12)))
    assert document.texts["h2"] == ["Forward pass", "Chain rule"]
    text = "\n".join(explanation_text(subject, PROGRAM, [], 6, 12))
    assert all(each in text for each in document.texts["pre"])
    assert len(document.texts["pre"]) == 1 + len(POINT)


def test_cells_are_text() -> None:
    """Any text of a cell comes out unchanged."""
    cell = "<script>alert(1)</script> & &amp; ]]> --> \"' [bold] </td></table>"
    page = "\n".join(section_html(Section(cell, [Column(cell), Column("value", True)], [[cell, cell]], 2)))
    document = Document(page)
    assert document.tables == [[[cell, "value"], [cell, cell]]]
    assert document.texts["caption"] == [cell]


def test_contrast() -> None:
    """Every text colour has a contrast of 4.5 on its background, in light and dark mode and in print."""
    schemes = re.findall(r"\{\s*((?:--[a-z]+: #\w{6};\s*)+)", style())
    assert len(schemes) == 3
    for scheme in schemes:
        colors = dict(re.findall(r"--([a-z]+): (#\w{6})", scheme))
        paper = colors.pop("paper")
        colors.pop("line")
        assert {"text", "value", "gradient", "kink", "quiet"} == set(colors)
        for color in colors.values():
            assert contrast(color, paper) >= 4.5
