"""What a command line did, and what must hold whatever it does."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from graphdiff.cli.main import COMMANDS, run
from graphdiff.cli.output import wants_json
from graphdiff.cli.words import EVALUATE
from graphdiff.errors import GraphdiffError
from graphdiff.targets.registry import BACKENDS, RUNNABLE

KINDS = {"syntax", "name", "value", "usage", "file", "limit", "nonfinite", "cluster"}
BINARY = b"PAR1", b"\x89PNG", b"%PDF"
"""How results begin that are no text."""
PYTHONISMS = re.compile(
    r"Traceback|object at 0x|NoneType|<class|<function|<built-in|subscriptable|\bdtype\b|not enough memory"
)
"""What no message for people has in it."""
COLOR = re.compile(r"\x1b\[[\d;]*m")


class Outcome(NamedTuple):
    """What a command line did: its exit status, what it wrote, and the files that are there now."""

    status: int
    out: str
    err: str
    files: Mapping[str, bytes]


class Line(NamedTuple):
    """A command line, standard input, and the files that are there."""

    words: Sequence[str]
    stdin: bytes = b""
    files: Mapping[str, bytes] = {}


def outcome(line: Line) -> Outcome:
    """Runs a line in this process, in a working folder that has its files and no others."""
    for name in os.listdir():
        _remove(name)
    for name, data in line.files.items():
        with open(name, "wb") as file:
            file.write(data)
    streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (line.stdin, b"", b"")]
    with patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        status = run(line.words)
        streams[1].flush()
        streams[2].flush()
    out, err = (stream.buffer.getvalue() for stream in streams[1:] if isinstance(stream.buffer, io.BytesIO))
    return Outcome(status, "" if out.startswith(BINARY) else out.decode("utf-8"), err.decode("utf-8"), _files())


def _files() -> dict[str, bytes]:
    paths = [
        os.path.join(folder, name)
        for folder in ("", *filter(os.path.isdir, os.listdir()))
        for name in os.listdir(folder or ".")
    ]
    return {path: Path(path).read_bytes() for path in paths if os.path.isfile(path)}


def _remove(name: str) -> None:
    if os.path.isdir(name):
        shutil.rmtree(name)
    else:
        os.remove(name)


def check(line: Line) -> Outcome:
    """Runs a line, and raises AssertionError where anything of what it did should not be."""
    result = outcome(line)
    status, out, err, files = result
    command = line.words[0] if line.words and line.words[0] in COMMANDS else EVALUATE
    assert status in ((0, 1, 2, 3) if command in ("check", "grade") else (0, 2, 3))
    assert not PYTHONISMS.search(err), err
    assert not [name for name in files if name.endswith(".part")]
    if "always" not in line.words and "--color=always" not in line.words:
        assert "\x1b" not in (err if command == "map" else out + err)  # map hands cells on as they are
    if status >= 2:
        assert files == dict(line.files)
        assert not out or command == "map", out
        if wants_json(line.words):
            error = strict_json(err.splitlines()[-1])["error"]
            assert error["message"]
            assert error["kind"] in KINDS
            assert (error["kind"] == "nonfinite") == (status == 3)
            assert error["span"] is None or 0 <= error["span"][0] <= error["span"][1]
        elif line.words:
            assert re.match(r"((note|read as): .*\n)*error: \S", COLOR.sub("", err)), err
        assert is_shown_whole(COLOR.sub("", err)), err
        return result
    assert not err or err.startswith(("note: ", "read as: ")), err
    if "--help" in line.words or "--version" in line.words:
        return result
    form = _format(line.words, command)
    if out and command != "map":
        check_result(out, form, command)
    for name, data in files.items():
        if name not in line.files:
            check_file(name, data)
    return result


def assert_tells(error: GraphdiffError) -> None:
    """Whether an error says what, and where."""
    assert error.message
    assert error.kind in KINDS
    assert not PYTHONISMS.search(str(error)), str(error)
    if error.span is not None:
        assert error.source is not None
        start, end = error.span
        assert 0 <= start <= end <= len(error.source.text)


def is_shown_whole(text: str) -> bool:
    """Whether a text has no characters that a terminal obeys."""
    return all(character.isprintable() or character == "\n" for character in text)


def strict_json(text: str) -> Any:
    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=no_constant)


def _format(words: Sequence[str], command: str) -> str:
    """The last format that a command line asks for."""
    option = "--to" if command == "compile" else "--format"
    form = "python" if command == "compile" else "table"
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        if word == option:
            form = following
        elif word.startswith(f"{option}="):
            form = word.partition("=")[2]
        elif word == "--json" and command not in ("compile", "draw"):  # there it is an expression
            form = "json"
    return form.lower()


def check_result(text: str, form: str, command: str) -> None:
    """What a format promises of every text in it, whatever the formula's text is."""
    if form == "json":
        document = strict_json(text)
        if command == "eval":
            check_steps(document)
    elif form == "jsonl":
        for each in text.splitlines():
            assert isinstance(strict_json(each), dict)
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len({len(row) for row in rows}) == 1
    elif form in ("html", "markdown"):
        assert form == "markdown" or "<canary" not in text
        assert form == "html" or is_shown_whole(text)
    elif form == "svg":
        check_file("out.svg", text.encode())
    elif form in ("latex", "tex"):
        assert "\\canary" not in text
        assert is_shown_whole(text)
    elif form in RUNNABLE and command == "compile":
        assert "canary" not in text
        if form in BACKENDS:
            ast.parse(text)
    elif form in ("table", "text", "txt"):
        assert is_shown_whole(COLOR.sub("", text))


def check_steps(document: Any) -> None:
    """Whether upstream times local is downstream, wherever these are numbers."""
    for step in document["backward"]:
        for edge in step["edges"]:
            numbers = [step["upstream"], edge["local"], edge["downstream"]]
            if "structure" not in edge and all(isinstance(number, float) for number in numbers):
                assert edge["downstream"] in (step["upstream"] * edge["local"], 0.0)


def check_file(name: str, data: bytes) -> None:
    if name.endswith(".svg") and not data.startswith(b"%PDF") and data.startswith(b"<svg"):
        for element in ElementTree.fromstring(data).iter():
            assert "canary" not in element.tag
    if name.endswith((".html", ".svg")) and b"<" in data[:1]:
        assert b"<canary" not in data
