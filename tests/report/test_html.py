"""HTML documents: well-formed, without foreign markup, and with the cells of the tables."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hostile import POINT, PROGRAM

from graphdiff import trace
from graphdiff.report.html import section_html, style, trace_html
from graphdiff.report.trace_tables import Column, Section, heading, sections

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.gd"))
VOID = {"meta", "br"}
OURS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "br", "p", "div", "table", "caption"}
OURS |= {"thead", "tbody", "tr", "th", "td"}


class Document(HTMLParser):
    """Checks that every element ends where it should, and keeps tables and texts."""

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
        elif tag in ("title", "caption", "h1", "p"):
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


def assert_told(text: str, point: dict[str, Any], limit: int) -> None:
    traced = trace(text, point)
    page = "\n".join(trace_html(traced, text, 6, limit, False))
    found = Document(page)
    expected = list(sections(traced, 6, limit))
    assert found.texts["caption"] == [section.title for section in expected]
    assert found.tables == [
        [[column.name for column in section.columns], *map(list, section.rows)] for section in expected
    ]
    lines, result = heading(traced, text, 6)
    assert found.texts["h1"] == ["\n".join(lines)]
    assert found.texts["p"][0] == result
    assert len(found.texts["p"]) == 1 + sum(bool(section.omitted) for section in expected)
    assert ("html", {"lang": "en"}) in found.attributes
    assert ("meta", {"charset": "utf-8"}) in found.attributes
    assert not any("http" in (value or "") for _, attributes in found.attributes for value in attributes.values())
    scopes = {attributes.get("scope") for tag, attributes in found.attributes if tag == "th"}
    assert scopes == {"col", "row"}


@pytest.mark.parametrize("limit", [0, 3])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, limit: int) -> None:
    assert_told(path.read_text("utf-8"), json.loads(path.with_suffix(".json").read_text("utf-8")), limit)


def test_hostile_text() -> None:
    assert_told(PROGRAM, POINT, 0)


def test_cells_are_text() -> None:
    """Whatever a cell holds, it comes out as it is."""
    cell = "<script>alert(1)</script> & &amp; ]]> --> \"' [bold] </td></table>"
    page = "\n".join(section_html(Section(cell, [Column(cell), Column("value", True)], [[cell, cell]], 2)))
    found = Document(page)
    assert found.tables == [[[cell, "value"], [cell, cell]]]
    assert found.texts["caption"] == [cell]


def luminance(color: str) -> float:
    """WCAG 2.1's relative luminance of #rrggbb."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast() -> None:
    """Every colour of text has a ratio of 4.5 on its paper, in the light, in the dark, and printed."""
    schemes = re.findall(r"\{\s*((?:--[a-z]+: #\w{6};\s*)+)", style())
    assert len(schemes) == 3
    for scheme in schemes:
        colors = dict(re.findall(r"--([a-z]+): (#\w{6})", scheme))
        paper = luminance(colors.pop("paper"))
        colors.pop("line")
        assert {"text", "value", "gradient", "kink", "quiet"} == set(colors)
        for color in colors.values():
            lighter, darker = sorted((luminance(color), paper), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5
