"""Every way in which bytes come in: one function each, which raises if the outcome is not what it should be."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from contextlib import suppress

import numpy

from graphdiff.cli.point import read_values
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.reading.parse import parse
from support import latex_reading
from support.fuzz import language
from support.fuzz import latex as latex_texts
from support.fuzz.choices import Choices, spoil
from support.fuzz.command_lines import as_json, command_line, is_harmless
from support.fuzz.outcomes import Line, assert_tells, check
from support.fuzz.python_texts import python
from support.fuzz.table_surfaces import parquet, tables
from support.same_graph import canonical


def program(data: bytes) -> None:
    """A graph whose every node stands in the text, and which its own text reads back as; or an error at a place."""
    choices = Choices(data)
    if choices.number(1):
        text = language.program(choices)
        if choices.number(1):
            text = spoil(choices, text, language.PIECES)
    else:
        text = choices.rest().decode("utf-8", "replace")
    try:
        graph = parse(text)
    except GraphdiffError as error:
        assert_tells(error)
        return
    assert graph.source is not None
    for node in graph.nodes:
        assert all(operand < node.index for operand in node.operands)
        assert node.span is None or 0 <= node.span[0] <= node.span[1] <= len(graph.source.text)
    assert_reads_back(graph)


def assert_reads_back(graph: Graph) -> None:
    """The text of a graph is one of the same graph, and that one's text the same text."""
    graph_text = str(graph)
    again = parse(graph_text)
    assert canonical(again) == canonical(graph), graph_text
    assert str(again) == graph_text


def latex(data: bytes) -> None:
    """A graph whose every node stands in the LaTeX text; or an error at a place."""
    choices = Choices(data)
    ranks = choices.one_of(latex_texts.RANKS)
    text = latex_texts.text(choices) if choices.number(1) else choices.rest().decode("utf-8", "replace")
    try:
        graph, reading = latex_reading.read(text, ranks)
    except GraphdiffError as error:
        assert_tells(error)
        return
    assert all(note and note == note.strip() for note in reading.notes)
    assert all(node.span is None or 0 <= node.span[0] <= node.span[1] <= len(text) for node in graph.nodes)


NAMES = parse("x + y + z + s + sum(v) + sum(A) + x₀ + w_0 + σ")


def values(data: bytes) -> None:
    """Values of --at, all finite."""
    choices = Choices(data)
    if choices.number(1):
        text = ",".join(
            f"{choices.one_of(NAMES.input_names)}={language.value(choices)}" for _ in range(choices.number(3))
        )
        text = spoil(choices, text, language.PIECES)
    else:
        text = choices.rest().decode("utf-8", "replace")
    if "@" in text:
        return
    try:
        point = read_values([text]).point(NAMES)
    except GraphdiffError as error:
        assert_tells(error)
        return
    assert set(point) <= set(NAMES.input_names)
    for each in point.values():
        assert numpy.isfinite(numpy.array(each)).all()


def json_point(data: bytes) -> None:
    """A point in a file: what Python's reader of JSON finds, or an error."""
    if data[:1] == b"\0":
        choices = Choices(data[1:])
        data = spoil(choices, as_json(language.point(choices, choices.text(20))), JSON).encode()
    with open("point.json", "wb") as file:
        file.write(data)
    try:
        point = read_values(["@point.json"]).point(NAMES)
    except GraphdiffError as error:
        assert_tells(error)
        return
    expected = json.loads(data.decode("utf-8-sig"))
    for name, each in point.items():
        assert name in NAMES.input_names
        if name in expected:
            assert numpy.array_equal(numpy.array(each), numpy.array(expected[name], dtype=float))
            assert numpy.isfinite(numpy.array(each)).all()


JSON = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "1e999",
    "NaN",
    "null",
    "true",
    "-",
    "\\u0041",
    "\\",
    "x",
    "9" * 20,
    "\ufeff",
    "  ",
]
HEADERS = [
    b"'descr'",
    b"'fortran_order'",
    b"'shape'",
    b"<f8",
    b">i4",
    b"|b1",
    b"|O",
    b"<c16",
    b"<U3",
    b"True",
    b"(3,)",
    b"()",
]


def npy(data: bytes) -> None:
    """A file of NumPy's, whole or spoilt: what NumPy finds, or an error."""
    choices = Choices(data)
    if choices.number(1):
        kind = choices.one_of(["<f8", ">f8", "<f4", "<f2", "<i8", "|u1", "|b1", "<c16", "<U3", "<M8[s]", "<f16"])
        shape = tuple(choices.number(3) for _ in range(choices.number(3)))
        buffer = io.BytesIO()
        with suppress(ValueError, TypeError):
            numpy.save(buffer, numpy.arange(math.prod(shape)).reshape(shape).astype(kind))
        data = buffer.getvalue()
        for _ in range(choices.number(2)):
            place, piece = choices.number(len(data)), choices.one_of([*HEADERS, choices.take(3)])
            data = data[:place] + piece + data[place + choices.number(len(piece)) :]
    else:
        data = choices.rest()
    with open("a.npy", "wb") as file:
        file.write(data)
    try:
        array = read_values(["v=@a.npy"]).point(NAMES)["v"]
    except GraphdiffError as error:
        assert_tells(error)
        return
    expected = numpy.load("a.npy", allow_pickle=False)
    assert numpy.array_equal(numpy.asarray(array, float), expected.astype(float))
    assert numpy.isfinite(numpy.asarray(array, float)).all()


def command(data: bytes) -> None:
    """A whole command line."""
    line = command_line(Choices(data))
    if is_harmless(line):
        check(line)


FORMATS = [
    *(["eval", f"--format={form}"] for form in ("table", "json", "jsonl", "csv", "markdown", "html", "latex")),
    *(["draw", f"--format={form}", "--patterns"] for form in ("txt", "svg", "dot", "mmd", "tex", "html")),
    *[["explain"], ["explain", "--json", "--limit=3"]],
]


def formats(data: bytes) -> None:
    """What one format can tell of a trace, all can; what one cannot, none."""
    choices = Choices(data)
    text = language.program(choices)
    words = [f"--at={language.point(choices, text)}", "--upstream=2", "--allow-nonfinite", "--", text]
    assert len({check(Line([*form, *words])).status for form in FORMATS}) == 1


SURFACES: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (program, latex, python, values, json_point, npy, tables, parquet, command, formats)
}
