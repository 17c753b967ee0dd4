"""Graphs and traces in notebooks: a notebook is executed; hostile text stays text, and large graphs stay readable."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import graphdiff
from graphdiff.algebra.fuse import fuse_gates
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.passes.trace import Trace

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "examples" / "notebook.ipynb"
FORMS = {"text/plain", "image/svg+xml", "text/latex", "text/html"}
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"br", "meta", "hr"}
HOSTILE = "# <script>alert(1)</script> & ]]> % \\input{x} [red] ' \" $x$\n"
NEURON = ("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3})


class Page(HTMLParser):
    """Checks that elements are nested properly, and collects tags, ids and the cells of tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def labels(picture: str, kind: str) -> list[str]:
    """The texts of one kind in a picture."""
    return [
        "".join(text.itertext())
        for text in ElementTree.fromstring(picture).iter(f"{SVG}text")
        if text.get("class") == kind
    ]


def check_bundle(source: Graph | Trace) -> dict[str, str]:
    """The representations of a graph or trace, all well-formed, without scripts and without ids that could clash."""
    bundle = source._repr_mimebundle_()
    assert bundle["text/plain"] == repr(source)
    if "image/svg+xml" in bundle:
        tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(bundle["image/svg+xml"]).iter()}
        assert tags <= {"svg", "title", "g", "path", "circle", "rect", "text", "tspan"}
        assert bundle["image/svg+xml"] in bundle["text/html"]
    if "text/html" in bundle:
        page = Page(bundle["text/html"])
        assert "script" not in page.tags
        assert page.ids == []
    if "text/latex" in bundle:
        assert re.fullmatch(r"\$\\displaystyle [^$]+\$", bundle["text/latex"])
    return bundle


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The outputs of the notebook's code cells, executed in a kernel of its own."""
    nbformat = pytest.importorskip("nbformat", reason="it is in the test extra")
    nbclient = pytest.importorskip("nbclient", reason="it is in the test extra")
    pytest.importorskip("ipykernel", reason="it is in the test extra")
    place = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(place / name))
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        nbformat.validate(notebook)
        assert not any(cell.get("outputs") for cell in notebook.cells)
        nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(ROOT))
    return [output["data"] for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.slow
def test_a_notebook(outputs: list[dict[str, str]]) -> None:
    neuron, numbers, graph, squared_norm, slope, picture, formula = outputs
    for whole in (neuron, graph, squared_norm, slope):
        assert set(whole) == FORMS
        Page(whole["text/html"])
    assert ast.literal_eval(numbers["text/plain"]) == pytest.approx(
        (0.7310585786300049, -0.19661193324148182), rel=1e-14
    )
    assert sorted(labels(neuron["image/svg+xml"], "value")) == sorted(
        ["2.00", "-1.00", "-3.00", "-2.00", "-3.00", "-2.00", "6.00", "4.00", "1.00", "-1.00", "0.37", "1.37", "0.73"]
    )
    assert labels(graph["image/svg+xml"], "value") == []
    assert ["x", "[0.2, 0.4]", "Wᵀ @ (2*q)", "[-0.112, 0.636]"] in Page(squared_norm["text/html"]).rows
    assert slope["text/latex"] == formula["text/latex"]
    assert set(picture) == {"image/svg+xml"}
    assert set(formula) == {"text/latex"}


def test_a_trace_has_its_numbers_in_each_form() -> None:
    bundle = check_bundle(graphdiff.trace(*NEURON))
    gradients = labels(bundle["image/svg+xml"], "gradient")
    assert {"1.00", "-0.53", "-0.20", "0.20", "0.39", "-0.59", "-0.39"} == set(gradients)
    rows = Page(bundle["text/html"]).rows
    assert ["x0", "-1", "0.393224"] in rows
    latex = bundle["text/latex"]
    assert r"f &= \frac{1}{1 + e^{-\left(w_{0} x_{0} + w_{1} x_{1} + w_{2}\right)}}" in latex
    assert r"f &= 0.731059" in latex
    assert r"\frac{\partial f}{\partial x_{1}} &= -0.589836" in latex


def test_forms_are_included_and_excluded() -> None:
    graph = graphdiff.parse("x*y")
    assert set(graph._repr_mimebundle_()) == FORMS
    assert set(graph._repr_mimebundle_(include=["text/latex", "image/png"])) == {"text/latex"}
    assert set(graph._repr_mimebundle_(exclude={"text/html"})) == FORMS - {"text/html"}
    assert graph._repr_mimebundle_(include=["text/html"], exclude=["text/html"]) == {}
    assert graph._repr_latex_() == r"$\displaystyle x y$"


@pytest.mark.parametrize(
    ("program", "point"),
    [
        ("x", {"x": 3}),
        ("2", {}),
        ("pi", {}),
        ("x; y", {"x": 1, "y": 2}),
        ("log(x)", {"x": 0}),
        ("a[i]", {"a": [1, 2], "i": 1}),
        ("f*x", {"x": 1, "f": 2}),
        ("x < y", {"x": 1, "y": 2}),
        ("g(u, v) = u^2*v; g(x, f)", {"x": 1, "f": 3}),
        ("where(x > 0, x^2, -x)", {"x": -1}),
        ("W1@X; sum(W1)", {"W1": [[1, 2]], "X": [1, 2]}),
        ("sum((W@x)^2)", {"W": [[1] * 20] * 30, "x": [[1] * 7] * 20}),
        ("sum(conv2d(a, b))", {"a": [[[[1, 2], [3, 4]]]], "b": [[[[5]]]]}),
        (HOSTILE + "σ_1 = x*ŷ; σ_1^2", {"x": 1, "ŷ": 2}),
    ],
)
def test_all_kinds_of_programs(program: str, point: dict[str, Any]) -> None:
    trace = graphdiff.trace(program, point)
    for source in (trace, trace.graph, fuse_gates(trace.graph)):
        assert set(check_bundle(source)) == FORMS


def test_derivatives() -> None:
    slope = graphdiff.derivative("1/(1 + exp(-(w*x + b)))", "w")
    assert set(check_bundle(slope)) == FORMS
    assert set(check_bundle(graphdiff.derivative("sum((W@x)^2)", "W", shapes={"W": (2, 3), "x": (3,)}))) == FORMS
    assert set(check_bundle(graphdiff.derivative(slope, "x"))) == FORMS


def test_a_graph_of_several_outputs_has_no_picture() -> None:
    builder = GraphBuilder()
    x, y = builder.input("x"), builder.input("y")
    bundle = check_bundle(Graph(builder.nodes, [0, 1], [x.index, y.index]))
    assert set(bundle) == FORMS - {"image/svg+xml"}


@pytest.mark.slow
def test_large_graphs_are_shown_in_part() -> None:
    collapse = check_bundle(graphdiff.trace("s = " + "*".join(["sin(x)"] * 150) + "; s + y", x=1, y=2))
    assert labels(collapse["image/svg+xml"], "name") == ["s"]
    assert "more rows" in collapse["text/html"]
    crowd = check_bundle(
        graphdiff.trace("+".join(f"x{number}" for number in range(150)), {f"x{number}": 1 for number in range(150)})
    )
    assert set(crowd) == FORMS - {"image/svg+xml"}
    assert set(check_bundle(graphdiff.parse("sin(" * 300 + "x" + ")" * 300))) == FORMS - {"text/latex"}
    assert set(check_bundle(graphdiff.parse("x" + "+1" * 20_000))) == {"text/plain"}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_formulas_compile(tmp_path: Path) -> None:
    sources: list[Graph | Trace] = [
        graphdiff.trace(*NEURON),
        graphdiff.parse("q = W@x; f = sum(q^2)"),
        graphdiff.derivative("x^3*y", "x"),
        graphdiff.trace("W@x; sum((W@x)^2)", W=[[0.1, 0.5], [-0.3, 0.8]], x=[[1e-9, 2, 3, 4, 5, 6]] * 2),
        graphdiff.trace(HOSTILE + "weight_of_it = a_b*ŷ; log(weight_of_it)", {"a_b": 0, "ŷ": 1}),
    ]
    lines = [r"\documentclass{article}\usepackage{amsmath}\begin{document}"]
    lines += [f"{source._repr_latex_()}\n" for source in sources]
    (tmp_path / "formulas.tex").write_text("\n".join([*lines, r"\end{document}"]), "utf-8")
    process = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "formulas.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-2000:]
