"""MkDocs hooks: pages whose source is outside docs/, and the tables of operations and terms."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from graphdiff.cli.main import COMMANDS, group

ROOT = Path(__file__).parent.parent
OUTSIDE = {
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/security.md",
    "examples/gallery.md": "gallery.md",
    **{f"examples/gallery/{path.name}": f"gallery/{path.name}" for path in ROOT.glob("examples/gallery/*.svg")},
}
"""Path in the repository → path in the site, of what is not in docs/."""
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
EXAMPLES = re.compile(r"^graphdiff .*(?:\ngraphdiff .*)*", re.MULTILINE)
"""In a help text: the lines of examples."""
CONSOLE = re.compile(r"^```console\n\$ graphdiff eval ([^|\n]*)[^`]*\n```$", re.MULTILINE)
"""An example that begins with `graphdiff eval`, up to a pipe."""
LIVE = "graphdiff.html"
LIVE_FILE = ROOT / "web" / "dist" / LIVE
"""The page that holds all of graphdiff, which web/build.py makes. The site has it, and links to it, if it is there."""
OPERATIONS, TERMS = "reference/operations.md", "reference/terms.md"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files outside docs/, and prepare the help texts that the reference of the command line shows."""
    for path, uri in OUTSIDE.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    if LIVE_FILE.exists():
        files.append(File.generated(config, LIVE, abs_src_path=str(LIVE_FILE)))
    with group.make_context("graphdiff", [], resilient_parsing=True) as context:
        for command in (group, *(group.get_command(context, name) for name in COMMANDS)):
            assert command is not None
            command.help = EXAMPLES.sub(r"```text\n\g<0>\n```", cleandoc(command.help or ""))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links between files of the repository at the pages of the site, and fill in tables from the code."""
    uri = page.file.src_uri
    path = next((path for path, site in OUTSIDE.items() if site == uri), f"docs/{uri}")

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
        target = OUTSIDE.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(target, posixpath.dirname(uri) or ".")

    markdown = LINK.sub(link, markdown)
    if LIVE_FILE.exists():
        address = get_relative_url(LIVE, page.url)
        if uri == "index.md":
            markdown = f'{markdown}\n\n<p><a href="{address}">Try it here</a>: all of graphdiff in one page.</p>\n'
        markdown = CONSOLE.sub(lambda match: match[0] + _live_link(match[1], address), markdown)
    if uri == TERMS:
        return markdown.format(terms=_terms_table())
    return markdown.format(**_operation_tables()) if uri == OPERATIONS else markdown


def _live_link(words: str, address: str) -> str:
    """The link under an example that opens it in the page; "" for one with options that are not in links."""
    formula, *options = shlex.split(words)
    points = [point for name, point in pairwise(options) if name == "--at"]
    if formula.startswith("-") or {*options} - {"--at", "--json", *points} or any("@" in each for each in points):
        return ""
    fragment = urlencode({"formula": formula, "at": ",".join(points)})
    return f'\n\n<p><a href="{address}#{fragment}">Open it in the page</a></p>'


def _documents(*words: str) -> list[dict[str, Any]]:
    """What a command prints as JSON."""
    command = [sys.executable, "-m", "graphdiff", *words, "--json"]
    documents: list[dict[str, Any]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return documents


def _terms_table() -> str:
    """The table of the page of terms."""
    rows = (
        (
            f"**{term['term']}**" + "".join(f"<br>{name}" for name in term["aliases"]),
            term["meaning"],
            _code(term["example"]),
        )
        for term in _documents("ops", "terms")
    )
    return _table("term | meaning | example", rows)


def _operation_tables() -> dict[str, str]:
    """The tables of the page of operations, by the name of their place on it."""
    operations = _documents("ops")
    primitives = [each for each in operations if "definition" not in each]
    functions = [each for each in operations if "definition" in each]
    return {
        "primitives": _table("operation | local derivatives | backward pattern", map(_row, primitives)),
        "functions": _table(
            "function | definition",
            ((_call(each), _code(each["definition"])) for each in functions),
        ),
        "kinks": _table(
            "operation | at a kink", ((_code(each["call"]), each["ties"]) for each in primitives if each["ties"])
        ),
        "patterns": _table(
            "formulas | operation",
            ((_codes(each["patterns"]), _code(each["call"])) for each in operations if each["patterns"]),
        ),
        "aliases": _table(
            "operation | other names",
            ((_code(each["name"]), _codes(each["aliases"])) for each in primitives if each["aliases"]),
        ),
    }


def _row(operation: dict[str, Any]) -> tuple[str, ...]:
    derivatives = operation["derivatives"].items()
    formulas = "<br>".join(f"∂/∂{name} = {_code(formula)}" for name, formula in derivatives)
    return _call(operation), formulas, operation["gate"]


def _call(operation: dict[str, Any]) -> str:
    return f"{_code(operation['call'])}<br>{operation['doc']}"


def _table(heading: str, rows: Iterator[tuple[str, ...]]) -> str:
    columns = heading.count("|") + 1
    return "\n".join([f"| {heading} |", f"|{' --- |' * columns}", *(f"| {' | '.join(row)} |" for row in rows)])


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|")


def _codes(texts: list[str]) -> str:
    return ", ".join(map(_code, texts))
