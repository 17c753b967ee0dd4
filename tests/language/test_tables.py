"""The tables of the grammar: made once, cached, and read as data that may be damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache as memoize
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

import graphdiff
from graphdiff.language import parser, tables
from graphdiff.language.resources import read_grammar_file

MAKE = memoize(tables.make)
"""It takes longer than all else here."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tables, "make", MAKE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path / "graphdiff" / tables.TABLES


def read_cache(path: Path) -> Any:
    return json.loads(path.read_text("utf-8").partition("\n")[2])


def test_made_once_and_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_load = tables.load()
    assert read_cache(cache)["states"] == first_load.states
    assert cache.parent.stat().st_mode & 0o077 == 0
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]
    monkeypatch.setattr(tables, "make", lambda grammar: pytest.fail("made again"))
    second_load = tables.load()
    assert second_load.states == first_load.states
    assert second_load.rules == first_load.rules


@pytest.mark.parametrize("spoilt", ["", "{", "[]", "null", '{"grammar": 1}', '{"rules": []}', "\0"])
def test_a_spoilt_file_is_made_anew(cache: Path, spoilt: str) -> None:
    cache.parent.mkdir()
    cache.write_text(spoilt, "utf-8")
    assert tables.load().grammar == read_grammar_file(tables.GRAMMAR)
    assert read_cache(cache)["grammar"] == read_grammar_file(tables.GRAMMAR)


def test_what_a_killed_start_left(cache: Path) -> None:
    """A partial file, in the place of the tables or beside it, does no harm."""
    text = tables.to_json(tables.make(read_grammar_file(tables.GRAMMAR)))
    cache.parent.mkdir()
    for path in (cache, cache.with_name(f"{cache.name}.part")):
        path.write_text(text[: len(text) // 2], "utf-8")
    assert tables.load().grammar == read_grammar_file(tables.GRAMMAR)
    assert cache.read_text("utf-8") == text
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


def test_a_changed_file_is_made_anew(cache: Path) -> None:
    """Tables with states cut or changed are not used."""
    whole = tables.load()
    for field in ("states", "rules", "terminals"):
        text = json.dumps({**whole._asdict(), field: []})
        cache.write_text(f"0\n{text}", "utf-8")
        assert tables.load() == whole
    cache.write_text("[" * 10**6, "utf-8")
    assert tables.load() == whole


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("states", [{"NAME": 10**6}]),
        ("states", [["NAME"]]),
        ("states", [{"NAME": "x"}]),
        ("terminals", [[1, 2]]),
        ("rules", [["a", "b", "c"]]),
        ("start", 10**6),
        ("ignored", [1]),
        ("grammar", None),
    ],
)
def test_a_malformed_file_is_made_anew(cache: Path, field: str, value: Any) -> None:
    """Even with a correct checksum."""
    whole = tables.load()
    text = json.dumps({**whole._asdict(), field: value})
    cache.write_text(f"{crc32(text.encode())}\n{text}", "utf-8")
    assert tables.load() == whole
    cache.write_text(f"{crc32(b'[' * 10**6)}\n{'[' * 10**6}", "utf-8")
    assert tables.load() == whole


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("terminals", [["A", "("]]),
        ("terminals", [["A", "x"], ["A", "y"]]),
        ("rules", [["start", 50, None]] * 200),
        ("rules", [["nowhere", 1, None]] * 200),
        ("rules", [["start", 1, "no_such_method"]] * 200),
        ("rules", [["atom", 0, None]] * 200),  # reduces for ever
        ("rules", {"number": "ellipsis"}),  # makes another tree
        ("rules", {"result": "list_of_one"}),
    ],
)
def test_a_file_is_made_anew_that_only_parsing_shows_to_be_malformed(cache: Path, field: str, value: Any) -> None:
    parser._parser.cache_clear()
    whole = tables.load()
    if isinstance(value, dict):
        value = [[*rule[:2], value.get(rule.method, rule.method)] for rule in whole.rules]
    text = json.dumps({**whole._asdict(), field: value})
    cache.write_text(f"{crc32(text.encode())}\n{text}", "utf-8")
    assert str(graphdiff.parse("x*y + 1")) == "x*y + 1"
    assert cache.read_text("utf-8") == tables.to_json(whole)


def test_an_error_of_the_code_is_not_one_of_the_tables(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code does not run twice."""
    calls: list[object] = []
    tables.load()  # makes the cached file

    def fail(_builder: object, span: object) -> None:
        calls.append(span)
        raise TypeError("a mistake in the code")

    monkeypatch.setattr("graphdiff.language.builder.TreeBuilder.number", fail)
    with pytest.raises(TypeError, match="a mistake in the code"):
        graphdiff.parse("x + 1", language="graphdiff")
    assert calls == [(4, 5)]


@pytest.mark.skipif(sys.platform == "win32", reason="platform: files have no such modes there")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_made_anew(cache: Path, mode: int) -> None:
    whole = tables.load()
    cache.chmod(mode)
    assert tables.load() == whole
    assert cache.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="platform: there are no such files there")
def test_a_pipe_in_the_place_of_the_file(cache: Path) -> None:
    """Reading does not block."""
    cache.parent.mkdir()
    os.mkfifo(cache)
    assert tables.load().states
    assert cache.is_file()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="platform: only root can give files away")
def test_a_file_of_another_user_is_made_anew(cache: Path) -> None:
    whole = tables.load()
    os.chown(cache, 12345, -1)
    assert tables.load() == whole
    assert cache.stat().st_uid == os.geteuid()


@pytest.mark.sampled(2)
@pytest.mark.skipif(sys.platform == "win32", reason="platform: there are no such files there")
@pytest.mark.parametrize("kind", ["a pipe", "a malformed file"])
def test_a_checkout_reads_no_tables_beside_its_grammar(kind: str, tmp_path: Path) -> None:
    """Only a build writes them, into the package."""
    root = Path(tables.__file__).parent.parent
    checkout = tmp_path / "checkout"
    shutil.copytree(root, checkout / "graphdiff", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root.parent / "grammar", checkout / "grammar")
    path = checkout / "grammar" / tables.TABLES
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        whole = tables.make(read_grammar_file(tables.GRAMMAR))
        text = json.dumps({**whole._asdict(), "terminals": [["A", "("]]})
        path.write_text(f"{crc32(text.encode())}\n{text}")
    result = subprocess.run(
        [sys.executable, "-m", "graphdiff", "eval", "1 + 1", "--json"],
        cwd=checkout,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="platform: there are no such files there")
def test_the_tables_of_a_wheel(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read if they belong to the owner of the code; a pipe in their place is not waited for."""
    whole = tables.load()
    cache.unlink()
    package = cache.parent.parent
    monkeypatch.setattr(tables, "PACKAGE", str(package))
    monkeypatch.setattr(tables, "grammar_folder", lambda: str(package / "grammar"))
    (package / "grammar").mkdir()
    path = package / "grammar" / tables.TABLES
    path.write_text(tables.to_json(whole), "utf-8")
    with monkeypatch.context() as context:
        context.setattr(tables, "make", lambda grammar: pytest.fail("made again"))
        assert tables.load().states == whole.states
    path.unlink()
    os.mkfifo(path)
    assert tables.load().states == whole.states


def test_the_same_each_time() -> None:
    """Wheels are reproducible: nothing depends on the order of sets."""
    code = "from graphdiff.language.tables import *; print(to_json(make(read_grammar_file(GRAMMAR))))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


@pytest.mark.parametrize("grammar", tables.FILES)
def test_each_grammar_has_its_file(cache: Path, grammar: str) -> None:
    assert tables.load(grammar).grammar == read_grammar_file(grammar)
    assert [path.name for path in cache.parent.iterdir()] == [tables.FILES[grammar]]


def test_another_grammar_is_made_anew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.load()
    changed = read_grammar_file(tables.GRAMMAR) + "\n// changed\n"
    monkeypatch.setattr(tables, "read_grammar_file", lambda name: changed)
    assert tables.load().grammar == changed


def test_a_folder_that_cannot_be_written(cache: Path) -> None:
    cache.parent.write_text("a file where the folder would be", "utf-8")
    assert tables.load().states
