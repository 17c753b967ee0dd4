"""The documentation site: it builds without a warning, loads nothing from another host, and is complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import graphdiff
from graphdiff.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow  # the site is built
REMOTE = re.compile(r"\s*(?:[a-z]+:)?//", re.IGNORECASE)
STYLE = re.compile(r"""url\(\s*["']?([^)"']*)|@import\s+["']([^"']*)""")
"""The addresses in a style sheet."""


class Loads(HTMLParser):
    """The addresses that a page loads by itself; those of links are not among them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.addresses += [attributes[name] for name in ("src", "srcset", "data", "poster") if name in attributes]
        if tag == "link":
            self.addresses.append(attributes.get("href", ""))
        self.addresses += _in_style(attributes.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.addresses += _in_style(data)


def _in_style(text: str) -> list[str]:
    return [url or sheet for url, sheet in STYLE.findall(text)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `mkdocs build --strict` builds it."""
    for package in ("mkdocs", "material", "mkdocs_click", "mkdocstrings"):
        pytest.importorskip(package, reason="the extra docs is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        remote = [address for address in Loads(page.read_text("utf-8")).addresses if REMOTE.match(address)]
        assert not remote, page.relative_to(site)
    for sheet in site.rglob("*.css"):
        assert not [address for address in _in_style(sheet.read_text("utf-8")) if REMOTE.match(address)], sheet.name


def test_every_command_and_option_is_listed(site: Path, command: Callable[..., Any]) -> None:
    page = (site / "reference" / "command-line" / "index.html").read_text("utf-8")
    for name in COMMANDS:
        section = page[page.index(f'id="graphdiff-{name}"') :].partition("<h4")[0]
        for option in re.findall(r"--[a-z-]+", command(name, "--help").out):
            assert option in section, (name, option)


def test_every_public_name_is_documented(site: Path) -> None:
    page = (site / "reference" / "python" / "index.html").read_text("utf-8")
    for name in graphdiff.__all__:
        assert name.startswith("__") or f'id="graphdiff.{name}"' in page


def test_every_operation_is_listed(site: Path, command: Callable[..., Any]) -> None:
    page = (site / "reference" / "operations" / "index.html").read_text("utf-8")
    assert page.count("<tr>") > command("ops", "--json").out.count('"call"')


def test_every_package_is_described() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    for path in (ROOT / "graphdiff").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert re.search(rf"^\| .*`{path.name}`.* \|", page, re.MULTILINE), path.name
