"""LaTeX documents: pdflatex compiles them, and the pages have the trace's numbers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff import parse, trace
from graphdiff.graph.output import name_output
from graphdiff.passes.collapse import collapse_trace
from graphdiff.passes.symbolic_paths import symbolic_trace
from graphdiff.report.explanation import explanation_latex
from graphdiff.report.latex import trace_latex
from graphdiff.report.latex_document import PREAMBLE
from graphdiff.report.numbers import format_value
from support import examples
from support.courses import EXERCISES
from support.hostile import POINT, PROGRAM

COMPILES = pytest.mark.skipif(
    not (shutil.which("pdflatex") and shutil.which("pdftotext")), reason="pdflatex and pdftotext are not installed"
)


def document(text: str, point: Mapping[str, Any], digits: int = 6, limit: int = 200, upstream: object = None) -> str:
    shapes = {name: np.shape(value) for name, value in point.items()}
    reference = trace(name_output(parse(text, shapes=shapes)), point, upstream=upstream)
    return "\n".join(trace_latex(reference, reference.accuracy, digits, limit))


def pages(folder: Path, documents: list[str]) -> list[str]:
    """The text of each document, typeset in a single run of pdflatex."""
    bodies = []
    for text in documents:
        head, _, tail = text.partition(PREAMBLE)
        body, end, after = tail.partition("\\end{document}")
        assert (head, end, after) == ("", "\\end{document}", "")
        bodies.append(body)
    body_texts = "\n\\newpage\n".join(f"BEGIN{number}\n{body}" for number, body in enumerate(bodies))
    (folder / "all.tex").write_text(f"{PREAMBLE}\n{body_texts}\n\\end{{document}}\n", "utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    process = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = process.stdout.decode("utf-8", "replace")
    assert process.returncode == 0, log[-3000:]
    assert not re.search(r"Overfull \\hbox", log)
    text_process = subprocess.run(["pdftotext", "-layout", "all.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return re.split(r"BEGIN\d+", text_process.stdout.decode("utf-8").replace("−", "-"))[1:]


def numbers(text: str) -> set[str]:
    return set(re.findall(r"-?\d+(?:\.\d+)?", text))


@pytest.mark.slow
@COMPILES
def test_examples(tmp_path: Path) -> None:
    loops = sorted((examples.FOLDER / "loops").glob("*.gd"))
    programs = [examples.read(path) for path in (*examples.PROGRAMS, *loops)]
    texts_of_pages = pages(tmp_path, [document(text, point) for text, point in programs])
    for (text, point), page in zip(programs, texts_of_pages, strict=True):
        reference = trace(text, point)
        page_numbers = numbers(page)
        for value in (reference.value, *reference.gradients.values()):
            size = np.shape(value) if value is not None else (100,)
            if len(size) <= 2 and all(side <= 8 for side in size):
                for entry in np.ravel(np.asarray(value)):
                    assert format_value(float(entry), 6).partition("e")[0] in page_numbers


@pytest.mark.slow
@COMPILES
def test_others(tmp_path: Path) -> None:
    """Hostile text, countless paths, wide and long formulas, vectors, infinities and NaN, indices."""
    doubling = "\n".join(["v0 = x/2", *[f"v{k + 1} = v{k}*cos(v{k})" for k in range(40)]])
    deep = "sin(" * 3000 + "x" + ")" * 3000
    wide = "+".join(f"x{k}^2" for k in range(300))
    vector = "[" + ",".join(f"a_long_name_{k}" for k in range(40)) + "]"
    texts = pages(
        tmp_path,
        [
            document(PROGRAM, POINT),
            document(doubling, {"x": 0.25}),
            document(deep, {"x": 3}, limit=5),
            document(wide, {f"x{k}": k for k in range(300)}, limit=3),
            document(f"sum({vector}^2)", {f"a_long_name_{k}": k for k in range(40)}),
            document("x*[1,2,3] + i*[1,2,3][i]", {"x": -1.5, "i": 1}, upstream=[1, 2, 3]),
            document("log(x)*y + z/0", {"x": 0, "y": 0, "z": 1}, digits=17),
            document("x", {"x": 2}),
            document("2 + 3", {}),
        ],
    )
    assert "script" in texts[0]
    assert "style" in texts[0]
    assert "has a kink here: tie: all to script" in texts[0]
    assert "the sum of what arrives" in texts[1]
    assert "2,995 more nodes; --limit 0 shows all" in texts[2]
    assert "40 operands" in texts[4]


@pytest.mark.slow
@COMPILES
def test_explanations(tmp_path: Path) -> None:
    """With numbers and formulas, whole and collapsed: hostile names, many paths, arrays, kinks, long formulas."""
    point = {"W": [[1, 2, 3], [4, 5, 6]], "x": [1, -1, 2], "b": [0, 1], "t": [1, 0]}
    arrays = "a = W@x + b; p = softmax(a); L = -sum(t*log(p)) + sum(W^2)/10"
    shapes = {"W": (2, 3), "x": (3,), "b": (2,), "t": (2,)}
    doubling = "\n".join(["v0 = x/2", *[f"v{k + 1} = v{k}*cos(v{k})" for k in range(40)]])
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (PROGRAM, dict(POINT), {}),
        (arrays, point, shapes),
        (doubling, {"x": 0.25}, {}),
        ("m = 2*max(x, y) + `a b`; m^2/y", {"x": 1, "y": 1, "a b": 2}, {}),
        ("s = " + " + ".join(f"sin({k}*x)" for k in range(200)) + "; s^2", {"x": 0.3}, {}),
        ("x*[1,2,3] + i*[1,2,3][i]", {}, {}),
        ("x", {"x": 2}, {}),
    ]
    documents = []
    for text, values, sizes in cases:
        graph = name_output(parse(text))
        for collapses in (False, True):
            documents.append("\n".join(explanation_latex(symbolic_trace(graph, None, sizes, collapses), [], 6, 3)))
            if values:
                whole = trace(graph, values)
                subject = collapse_trace(whole) if collapses else whole
                documents.append("\n".join(explanation_latex(subject, [], 6, 3)))
    texts = pages(tmp_path, documents)
    assert "more paths" in texts[8]
    assert "more paths, in total" in texts[9]
    assert "has a kink here: tie: all to x" in texts[13]


def test_a_network_by_sums() -> None:
    """With many paths, each gradient is the sum over its edges."""
    (network,) = (exercise for exercise in EXERCISES if exercise.name == "Mazur")
    whole = trace(network.formula, network.point)
    text, collapsed = ("\n".join(trace_latex(each, [], 6, 200)) for each in (whole, collapse_trace(whole)))
    assert r"\section*{Chain rule}" not in text + collapsed
    upstream, local = r"\overline{\mathit{net}}_{\mathrm{o1}}", r"\mathit{out}_{\mathrm{h1}}"
    line = rf"\bar{{w}}_{{5}} = {upstream} \cdot {local} = 0.138499 \cdot 0.59327 = 0.082167"
    assert line in collapsed.replace(r" \penalty0", "")
    assert r"\section*{Chain rule}" in document("1/(1 + exp(-(w*x + b)))", {"w": 2, "x": -1, "b": 3})


@pytest.mark.slow
@COMPILES
def test_a_network_on_one_page(tmp_path: Path) -> None:
    (network,) = (exercise for exercise in EXERCISES if exercise.name == "Mazur")
    subject = collapse_trace(trace(network.formula, network.point))
    for writer in (trace_latex(subject, [], 6, 200), explanation_latex(subject, [], 6, 0, accumulates=True)):
        (text,) = pages(tmp_path, ["\n".join(writer)])
        assert text.strip("\f").count("\f") == 0
        assert "0.000438568" in text


def test_the_chain_rule_of_a_fan_out() -> None:
    """Lecture system 4, as on the slide."""
    text = document("x = a+b; y = b+c; z = x*y", {"a": -1, "b": 3, "c": 4}).replace(r" \penalty0", "")
    assert r"\calculation{x = a + b = \left(-1\right) + 3 = 2}" in text
    symbols = (
        r"\frac{\partial z}{\partial x} \cdot \frac{\partial x}{\partial b}"
        r" + \frac{\partial z}{\partial y} \cdot \frac{\partial y}{\partial b}"
    )
    assert rf"\frac{{\partial z}}{{\partial b}} = {symbols} = y \cdot 1 + x \cdot 1" in text
    assert r"= 7 \cdot 1 + 2 \cdot 1 = 7 + 2 = 9}" in text


def test_rules_of_arrays() -> None:
    """Lecture system 6: the gradient by W is q̄ xᵀ, that by x is Wᵀ q̄."""
    point = {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]}
    text = document("q = W@x; f = sum(q^2)", point).replace(r" \penalty0", "")
    assert r"\bar{q} = \bar{v}_{1} \odot 2 q =" in text
    assert r"= \bar{W} = \bar{q} x^{\mathsf{T}} = \begin{pmatrix} 0.088 & 0.176 \\ 0.104 & 0.208 \end{pmatrix}" in text
    assert r"= \bar{x} = W^{\mathsf{T}} \bar{q} = \begin{pmatrix} -0.112 \\ 0.636 \end{pmatrix}" in text


def test_elementwise_and_matrix_products_differ() -> None:
    text = document("p = a*b; q = 2*p; r = a@b; r*sum(q)", {"a": [1, 2], "b": [3, 4]}).replace(r" \penalty0", "")
    assert r"p = a \odot b = \begin{pmatrix} 1 \\ 2 \end{pmatrix} \odot \begin{pmatrix} 3 \\ 4 \end{pmatrix} =" in text
    assert r"q = 2 p = 2" in text
    assert r"r = a^{\mathsf{T}} b =" in text


def test_comments_are_left_out() -> None:
    text = document(PROGRAM, POINT)
    for part in ("input{x", "alert", "quotes"):
        assert part not in text
