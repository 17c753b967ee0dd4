"""Every format has all texts of the picture, and user text is never read as markup or commands."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest

import graphdiff
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.picture import FORWARD, WHOLE, Picture, render
from graphdiff.errors import GraphdiffError
from support import examples
from support.pictures import random_trace, trace_example

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
    *("script", "end", "subgraph", "node", "graph", "digraph", "strict", "edge", "click", "style", "default", "call"),
    *(
        "classDef",
        "linkStyle",
        "caption",
        "direction",
        "n1",
        "c1",
        "_x_",
        "__bold__",
        "w_0",
        "x₀",
        "x0",
        "σ",
        "Ω",
        "變數",
    ),
]
PLACE = "/etc/passwd"
TITLES = [
    "(x + y) * z  # <script>alert(1)</script> & &amp; <!-- ]]> -->",
    f"x # \\input{{{PLACE}}} \\write18{{rm}} % $(rm) `rm` $x$ ^^41 #1 ~ \\",
    "x # \"quotes\" 'single' [bold]red[/bold] {{braces}} > label=evil] \\N \\G",
    "x # --> B; click A callback\u2028\u202e\x00\x1b[31m #quot; #35; 變數 %%{init: {}}%%",
]


def hostile(title: str) -> Picture:
    """A picture with all NAMES as inputs and, with an underscore, as nodes; its last step is active."""
    lines = [f"{name}_ = tanh({name})" for name in NAMES]
    graph = graphdiff.parse("\n".join([*lines, " + ".join(f"{name}_" for name in NAMES)]))
    trace = graphdiff.trace(graph, dict.fromkeys(NAMES, 0.5))
    return Picture(circuit(trace), title, patterns=True, until=len(trace.backward))


@pytest.fixture(params=TITLES, ids=["html", "tex", "quotes", "arrows"])
def picture(request: pytest.FixtureRequest) -> Picture:
    return hostile(request.param)


def svg_texts(document: bytes | str) -> list[str]:
    root = ElementTree.fromstring(document)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "g", "path", "circle", "rect", "text", "tspan", "polygon", "ellipse", "polyline")
    }
    assert not any(key.lower().startswith("on") or "href" in key for element in root.iter() for key in element.attrib)
    return ["".join(element.itertext()).replace("\xa0", " ") for element in root.iter(f"{SVG}text")]


def expected_texts(picture: Picture) -> set[str]:
    """All lines of text in a picture after its last step."""
    texts: set[str] = set()
    for gate in picture.circuit.gates.values():
        labels = [label for label in (gate.value, gate.gradient) if label is not None]
        texts |= {gate.symbol, gate.name, *(line for label in labels for line in label.lines)}
    return texts - {""}


def test_svg(picture: Picture) -> None:
    document = render(picture, "svg")
    texts = svg_texts(document)
    assert expected_texts(picture) <= set(texts)
    assert set(picture.caption) - {""} <= set(texts)
    title = ElementTree.fromstring(document).find(f"{SVG}title")
    assert title is not None
    assert title.text == "".join(each if each.isprintable() else " " for each in picture.title)


def test_dot(picture: Picture) -> None:
    text = render(picture, "dot").decode()
    if which("dot") is None:
        pytest.skip("needs Graphviz's dot")
    process = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True)
    assert not process.stderr
    document = re.sub(r"<!DOCTYPE[^>]*>", "", process.stdout)
    texts = {text.strip() for text in svg_texts(document.encode())}
    assert expected_texts(picture) <= texts
    assert {line for line in picture.caption if line} <= texts


LABEL = r'"(?:[^"#;`<>&\n]|#\d+;|<br/>|<font color=\'#[0-9a-f]{6}\'>|</font>)*"'
NODE = r"(?:[nce]\d+|caption)"
STYLE = r"[a-z-]+:[#\w]+(?:,[a-z-]+:[#\w]+)*"
SHAPES = rf'\[{LABEL}\]|\({LABEL}\)|\(\({LABEL}\)\)|@\{{shape: f-circ, label: " "\}}'
LINES = [
    f"{NODE}(?:{SHAPES})",
    f"{NODE} (?:-- {LABEL} )?--> {NODE}",
    rf"classDef \w+ {STYLE}",
    rf"class {NODE}(?:,{NODE})* \w+",
    rf"linkStyle \d+(?:,\d+)* {STYLE}",
]
MERMAID = re.compile(f"  (?:{'|'.join(LINES)})")
"""Every line after the first ones: labels have no character with a meaning in Mermaid or Markdown."""


def mermaid_texts(text: str, blank: str = " ") -> list[str]:
    head, _, body = text.partition("flowchart LR\n")
    assert head == "---\nconfig:\n  flowchart:\n    wrappingWidth: 2000\n---\n"
    texts = []
    for line in body.splitlines():
        assert MERMAID.fullmatch(line), line
        for label in re.findall(LABEL, line):
            for part in re.split(r"<[^>]*>", label[1:-1]):
                texts.append(html.unescape(part.replace("#", "&#")).replace("\xa0", blank))
    return texts


def test_mermaid(picture: Picture) -> None:
    texts = set(mermaid_texts(render(picture, "mmd").decode()))
    assert expected_texts(picture) <= texts
    assert {line for line in picture.caption if line} <= texts


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(30))
def test_mermaid_and_dot_have_every_label(seed: int) -> None:
    picture = Picture(circuit(random_trace(seed)), "", patterns=seed % 2 == 0)
    assert expected_texts(picture) <= set(mermaid_texts(render(picture, "mmd").decode()))
    lines = re.findall(r">([^<>]*)<", render(picture, "dot").decode())
    assert expected_texts(picture) <= {html.unescape(line).replace("\xa0", " ") for line in lines}


def compile_tex(document: bytes, folder: Path) -> str:
    """The text of the page typeset by pdflatex, which must not read files or run commands."""
    if which("pdflatex") is None or which("pdftotext") is None:
        pytest.skip("needs pdflatex with TikZ, and pdftotext")
    folder.mkdir()
    (folder / "picture.tex").write_bytes(document)
    words = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "picture.tex"]
    process = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert process.returncode == 0, process.stdout[-2000:]
    assert "Overfull" not in process.stdout
    assert "Output written on picture.pdf (1 page" in process.stdout.replace("\n", "")
    return pdf_text(folder / "picture.pdf")


def pdf_text(path: Path) -> str:
    words = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_tikz_compiles(tmp_path: Path) -> None:
    picture = hostile(TITLES[1])
    document = render(picture, "tex")
    assert document.isascii()
    assert PLACE not in document.decode()
    text = compile_tex(document, tmp_path / "hostile")
    for name in ("script_", "subgraph_", "__bold__", "w_0", "U+8B8AU+6578_"):
        assert name in text
    for number, stem in enumerate(["neuron", "squared_norm"]):
        program = examples.FOLDER / f"{stem}.gd"
        picture = Picture(circuit(trace_example(program)), "", patterns=True, until=(WHOLE, 2)[number])
        text = compile_tex(render(picture, "tex"), tmp_path / stem)
        for part in ("0.73", "-0.53", "exp", "scaler") if stem == "neuron" else ("[0.22, 0.26]", "step 2 of 3"):
            assert part in text


@pytest.mark.slow
def test_tikz_in_another_document(tmp_path: Path) -> None:
    """The picture is self-contained, even where the document around it defines the same names."""
    document = render(hostile(TITLES[1]), "tex").decode()
    picture = document[document.index(r"\begin{tikzpicture}") : document.index(r"\end{document}")]
    head = r"\documentclass[12pt]{article}\usepackage[paperwidth=4000pt, paperheight=8000pt, margin=5pt]{geometry}"
    around = rf"{head}\usepackage{{tikz}}\newcommand{{\sign}}{{sgn}}\begin{{document}}\noindent {picture} \sign"
    text = compile_tex(rf"{around}\end{{document}}".encode(), tmp_path / "talk")
    assert {"script_", "tanh", "sgn"} <= set(text.split())


def test_a_tikz_gate_of_many_operands_is_a_box() -> None:
    source = "f(a, b, c, d, g) = a*b*c*d*g; f(a, b, c, d, g)"
    picture = Picture(circuit(graphdiff.trace(source, dict.fromkeys("abcdg", 2.0))), "")
    assert "circle" not in render(picture, "tex").decode()


def test_pdf_has_text(picture: Picture, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra draw")
    if which("pdftotext") is None:
        pytest.skip("needs pdftotext")
    path = tmp_path / "picture.pdf"
    path.write_bytes(render(picture, "pdf"))
    text = pdf_text(path)
    assert {name for name in expected_texts(picture) if name.isascii()} <= set(re.split(r"\s+", text))
    assert "σ" in text
    assert "x₀" in text


@pytest.mark.slow
def test_png_is_twice_the_svg(picture: Picture) -> None:
    pytest.importorskip("typst", reason="the extra draw")
    data = render(picture, "png")
    root = ElementTree.fromstring(render(picture, "svg"))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    sizes = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    assert sizes == pytest.approx([2 * float(root.attrib[side]) for side in ("width", "height")], abs=2)
    assert data[25] == 6  # colours with alpha: the background is the page's


def test_png_and_pdf_name_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    for form in ("png", "pdf"):
        with pytest.raises(GraphdiffError) as caught:
            render(hostile(""), form)
        assert caught.value.kind == "usage"
        assert caught.value.hint == "pip install 'graphdiff-cli[draw]'"


def test_without_numbers() -> None:
    """The circuit of a graph has gates and names, and no numbers."""
    picture = Picture(circuit(graphdiff.parse("q = x + y; f = q * z + q")), "", patterns=True)
    texts = {"x", "y", "z", "q", "f", "+", "*", "distributor", "swap multiplier"}
    assert set(svg_texts(render(picture, "svg"))) == texts
    assert set(mermaid_texts(render(picture, "mmd").decode())) - {"", " "} == texts
    assert set(re.findall(r">([^<>]+)</", render(picture, "dot").decode())) == texts
    labels = re.findall(r"at \(.*\) \{(.*)\};", render(picture, "tex").decode())
    assert {label.replace("~", " ") for label in labels} == texts


@pytest.mark.parametrize("form", ["svg", "dot", "mmd", "tex"])
def test_before_the_backward_pass_there_is_no_red(form: str) -> None:
    whole = Picture(circuit(graphdiff.trace("x*y + x", x=2, y=3)), "")
    marks = {"svg": 'class="gradient"', "dot": "#dc", "mmd": "'#dc", "tex": "text=gradient"}
    assert marks[form] in render(whole, form).decode()
    assert marks[form] not in render(whole._replace(until=FORWARD), form).decode()


def test_tex_limits_the_size() -> None:
    text = "x"
    for _ in range(499):
        text = f"sin({text})"
    picture = Picture(circuit(graphdiff.trace(text, x=1.0)), text)
    with pytest.raises(GraphdiffError) as caught:
        render(picture, "tex")
    assert caught.value.kind == "limit"
    assert caught.value.hint == "collapse it, or use another format"


def test_png_limits_the_pixels() -> None:
    lines = "+".join(f"sin(x{number})" for number in range(160))
    picture = Picture(circuit(graphdiff.parse(lines)), lines)
    with pytest.raises(GraphdiffError) as caught:
        render(picture, "png")
    assert caught.value.kind == "limit"
    assert "million pixels" in caught.value.message
    assert caught.value.hint == "draw an SVG or a PDF, or collapse it"


def test_a_gate_of_many_operands_is_a_box() -> None:
    picture = Picture(circuit(graphdiff.parse("f(a, b, c, d) = a*b + c*d; f(x, y, z, w)")), "")
    assert b"<rect" in render(picture, "svg")
    document = render(picture, "tex").decode()
    assert "circle" not in document
    assert document.count(" rectangle ") == 2  # and the bounding box


@pytest.mark.parametrize(
    ("form", "old", "new"), [("dot", "rankdir=LR", "rankdir=TB"), ("mmd", "flowchart LR", "flowchart TD")]
)
def test_direction_of_other_layouts(form: str, old: str, new: str) -> None:
    picture = Picture(circuit(graphdiff.parse("x*y")), "")
    right, down = (render(picture._replace(leads_down=each), form).decode() for each in (False, True))
    assert right.replace(old, new) == down != right


@pytest.mark.parametrize("form", ["dot", "mmd"])
def test_columns_of_an_array_stay_aligned(form: str) -> None:
    """HTML collapses several blanks to one, and removes those at the beginning of a line."""
    trace = graphdiff.trace("sum(A^2)", A=[[1.0, 20.0], [1000.0, 3.0]])
    picture = Picture(circuit(trace), "")
    text = render(picture, form).decode()
    texts = mermaid_texts(text, "\xa0") if form == "mmd" else re.findall(r">([^<>]*)<", text)
    rows = {re.sub(" +", " ", line.strip(" ")).replace("\xa0", " ") for line in map(html.unescape, texts)}
    assert {"[[   1.00, 20.00],", " [1000.00,  3.00]]"} <= rows
