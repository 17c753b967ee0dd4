"""LaTeX output, read back by an independent reader, has the value of the formula."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from graphdiff import parse
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.forward import forward
from graphdiff.writing.latex import graph_latex
from graphdiff.writing.latex_names import Names, name_latex, number_latex
from graphdiff.writing.latex_writer import expression_latex
from support import examples, judge
from support.formulas import EACH_FORMULA, FORMULAS, Formula
from support.latex_reader import Reader, power
from support.random_formulas import POINTS, check_range, programs, repeatable_examples
from support.rounding import results_of

PRECISE = mpf("1e-12")
"""Relative: the judge and the reader compute with at least 50 digits, but numbers in formulas are floats in both."""


def read(text: str, point: dict[str, float]) -> mpf:
    """The value of a program's LaTeX at a point."""
    graph = parse(text)
    names = Names(graph.names_in_use)
    values = {**judge.CONSTANTS, **point}
    with mp.workdps(judge.DIGITS):
        latex_names = {names(name): mpf(values[name]) for name in graph.input_names}
        return Reader(latex_names).formula(graph_latex(graph))


def true_value(text: str, point: dict[str, float]) -> mpf:
    with mp.workdps(judge.DIGITS):
        return judge.Program(text).value({name: mpf(value) for name, value in point.items()}, lambda x: x)


@pytest.mark.sampled(7)
@EACH_FORMULA
def test_formulas_mean_the_same(formula: Formula) -> None:
    text, point, _ = formula
    value = true_value(text, point)
    assert abs(read(text, point) - value) <= PRECISE * abs(value)


def assert_same(text: str, point: dict[str, float]) -> None:
    """The LaTeX has the value of the text, if no intermediate result is huge, tiny or NaN."""
    results_of(text, point, check_range)
    value = true_value(text, point)
    assert abs(read(text, point) - value) <= PRECISE * max(1, abs(value))


@pytest.mark.slow
@repeatable_examples(100)
@given(programs(), POINTS)
def test_random_programs_mean_the_same(text: str, point: dict[str, float]) -> None:
    assert_same(text, point)


OPERANDS = st.sampled_from(["x", "y", "loss", "w_0", "-1.5", "2", "1e-7", "0.5"])
PATTERNS = """
({})+({}) ({})-({}) ({})*({}) ({})/({}) ({})^({}) -({}) ({})<({}) where({},{},{}) where(({})<({}),{},{})
sqrt({}) cbrt({}) exp({}) expm1({}) log1p({}) abs({}) floor({}) hypot({},{}) sigmoid({}) max({},{})
"""


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    filled = (st.builds(pattern.format, *[inner] * pattern.count("{}")) for pattern in PATTERNS.split())
    return st.one_of(*filled)


@repeatable_examples(50)
@given(st.recursive(OPERANDS, nested, max_leaves=8))
def test_every_nesting_means_the_same(text: str) -> None:
    """Every operation as each operand of every other, signs and numbers too."""
    assert_same(text, {"x": 1.25, "y": -0.75, "loss": 2.5, "w_0": 0.375})


ARRAYS = Arrays()
ARRAY_FUNCTIONS = {
    **{rf"\operatorname{{{name}}}": getattr(np, name) for name in ("sum", "mean", "prod")},
    **{r"\max": np.max, r"\min": np.min, r"\det": np.linalg.det, r"\ln": np.log, r"\operatorname{pow}": power},
}


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(A @ b).T @ (B @ a)", r"\left(A b\right)^{\mathsf{T}} B a"),
        ("A.T @ inv(B - A) @ b", r"A^{\mathsf{T}} \left(B - A\right)^{-1} b"),
        ("inv(A.T)", r"\left(A^{\mathsf{T}}\right)^{-1}"),
        ("solve(A @ B, a) - solve(A, B @ b)", r"\left(A B\right)^{-1} a - A^{-1} \left(B b\right)"),
        ("logdet(A) + det(B) + norm(a - b)", None),
        ("norm(-a)^2 + sum(A) - mean(B)*prod(b) + max(a) - min(-b)", None),
        ("[[1, 2], [3, 4]] @ [a @ b, -1] - [1e-7, 2.5]", None),
    ],
)
def test_arrays_mean_the_same(text: str, latex: str | None) -> None:
    """Adjacent factors that are arrays are read as NumPy's matrix product."""
    chance = np.random.default_rng(3)
    point = {name: chance.uniform(1, 2, (2, 2)) + 3 * np.eye(2) for name in "AB"}
    point |= {name: chance.uniform(1, 2, 2) for name in "ab"}
    point = {name: value for name, value in point.items() if name in parse(text).input_names}
    actual_latex = graph_latex(parse(text))
    assert latex in (None, actual_latex)
    graph = parse(text)
    expected = forward(graph, [ARRAYS.constant(point[name]) for name in graph.input_names], ARRAYS)[graph.output]
    actual = Reader(point, ARRAY_FUNCTIONS, lambda x, y: x @ y if np.ndim(x) and np.ndim(y) else x * y).formula(
        actual_latex
    )
    assert np.asarray(actual, dtype=float) == pytest.approx(np.asarray(expected), rel=1e-12)


PLAIN = [
    ("3*x^2*y", "3 x^{2} y"),
    ("2*3*x", r"2 \cdot 3 x"),
    ("2*(1/2)*x", r"2 \cdot \frac{1}{2} x"),
    ("x*2", r"x \cdot 2"),
    ("x*(y + z)", r"x \cdot \left(y + z\right)"),
    ("loss*x", r"\mathit{loss} \, x"),
    ("-x*y", "-x y"),
    ("x*-y", r"x \cdot \left(-y\right)"),
    ("a + (-b + c)", r"a + \left(-b\right) + c"),
    ("a - (-x)*y", r"a - \left(-x\right) y"),
    ("a - ((-x)*y + b)", r"a - \left(-x y + b\right)"),
    ("2^((-x)*y/z)", r"2^{-x y / z}"),
    ("a - (b + c)", r"a - \left(b + c\right)"),
    ("(x^y)^z", r"\left(x^{y}\right)^{z}"),
    ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
    ("e*exp(x)", r"e \operatorname{exp}\left(x\right)"),
    ("exp(-(x - mu)^2/(2*sigma^2))", r"e^{-\left(x - \mu\right)^{2} / \left(2 \sigma^{2}\right)}"),
    ("1/(1 + 1/(1 + 1/x))", r"\frac{1}{1 + \frac{1}{1 + 1 / x}}"),
    ("sin(x)^2", r"\sin\left(x\right)^{2}"),
    ("x > 0", r"\left[x > 0\right]"),
    ("where(x > 0, x, where(y, 1, -x))", None),
    ("W.T @ x", r"W^{\mathsf{T}} x"),
    ("W @ (a*b)", r"W \cdot \left(a b\right)"),
    ("outer(a, b)", r"a b^{\mathsf{T}}"),
    ("x[0] + w_0[1]", r"x_{0} + \left(w_{0}\right)_{1}"),
    ("x[0] + x_0", r"x\left[0\right] + x_{0}"),
    ("x[1:, None, ..., i]", r"x_{1:, \text{None}, \ldots, i}"),
    ("[[1, 2], [x, y]]", r"\begin{pmatrix} 1 & 2 \\ x & y \end{pmatrix}"),
    ("[1, x]", r"\begin{pmatrix} 1 \\ x \end{pmatrix}"),
    ("softmax(x, axis=0)", r"\operatorname{softmax}\left(x, \text{axis} = 0\right)"),
    ("norm(x, axis=0)", r"\operatorname{norm}\left(x, \text{axis} = 0\right)"),
    ("leaky_relu(x, 0.1)", r"\operatorname{leaky\_relu}\left(x, 0.1\right)"),
    ("f(u) = k*u; k = x; f(y)", None),
]


@pytest.mark.parametrize(("text", "latex"), [(text, latex) for text, latex in PLAIN if latex])
def test_notation(text: str, latex: str) -> None:
    assert graph_latex(parse(text)) == latex


def test_cases_of_cases() -> None:
    latex = r"\begin{cases} x & \text{if } x > 0 \\ 1 & \text{if } y \neq 0 \\ -x & \text{otherwise} \end{cases}"
    assert graph_latex(parse("where(x > 0, x, where(y, 1, -x))")) == latex


def test_a_line_for_each_function_and_each_named_or_shared_node() -> None:
    program = "f(u) = k*u; k = x + 1; m = k; g(u) = m + u; f(x)*sin(x*y)*sin(x*y) + g(k)"
    graph = parse("f(u) = k*u; k = x; q = f(y); q*q")
    assert graph_latex(graph).split("\n") == [
        r"\begin{aligned}",
        r"\operatorname{f}\left(u\right) &= k u \\",
        r"k &= x \\",
        r"q &= \operatorname{f}\left(y\right) \\",
        r"& q q",
        r"\end{aligned}",
    ]
    assert_same(program, {"x": 0.7, "y": 1.3})


def test_several_outputs_in_their_order() -> None:
    graph = parse("q = x*y; sin(q) + cos(q)")
    several = Graph(graph.nodes, graph.inputs, [graph.output, graph.names["q"], graph.inputs[0]], graph.names)
    lines = graph_latex(several).split("\n")[1:-1]
    assert lines == [r"q &= x y \\", r"& \sin\left(q\right) + \cos\left(q\right) \\", r"& q \\", "& x"]


def test_one_line_without_environment() -> None:
    assert [graph_latex(parse(text)) for text in ("x", "2", "q = x + 1")] == ["x", "2", "q = x + 1"]


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        *[("x", "x"), ("alpha", r"\alpha"), ("σ", r"\sigma"), ("Ω", r"\Omega"), ("ħ", r"\hbar"), ("pi", r"\pi")],
        *[("w0", "w_{0}"), ("w_0", "w_{0}"), ("x₁₂", "x_{12}"), ("x_1_2", "x_{1, 2}"), ("theta_max", None)],
        *[("loss", r"\mathit{loss}"), ("Δv", r"\mathit{\Delta v}"), ("k_B", "k_{B}"), ("é", r"\acute{e}")],
        *[("__", r"\mathit{\_\_}"), ("_", r"\_"), ("ﬁ", r"\mathtt{U{+}FB01}"), ("ª", r"\mathtt{U{+}00AA}")],
        *[("_x_", r"\mathit{\_x\_}"), ("x1y", r"\mathit{x1y}"), ("Α", r"\mathrm{A}"), ("好", r"\mathtt{U{+}597D}")],
    ],
)
def test_names(name: str, latex: str | None) -> None:
    assert name_latex(name) == (latex or r"\theta_{\mathrm{max}}")


IDENTIFIERS = st.from_regex(r"[^\W\d]\w{0,5}", fullmatch=True)
HOSTILE = ["e", "pi", "x_1_2", "__", "ﬁ", "ª", "w0", "w_0", "w₀", "alpha", "α", "input", "begin", "end", "x٣", "ﷺ"]


@repeatable_examples(100)
@given(st.lists(IDENTIFIERS | st.sampled_from(HOSTILE), unique=True))
def test_names_are_harmless_and_differ(names: list[str]) -> None:
    """The LaTeX of each name is different ASCII with balanced braces, and only of known commands."""
    latex_names = Names(names)
    latex_texts = [latex_names(name) for name in names]
    assert len(set(latex_texts)) == len(names)
    for text in latex_texts:
        assert text.isascii()
        assert set(re.findall(r"\\([A-Za-z]+|.)", text)) <= set(COMMANDS.split())
        assert not re.search(r"[#$%&~^]|(?<!\\)_(?!\{)", text)
        assert text.count("{") == text.count("}")


COMMANDS = """
_ mathit mathrm mathtt grave acute hat tilde bar breve dot ddot mathring check hbar ell alpha beta gamma delta epsilon
zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega varepsilon varphi varsigma vartheta
varpi varrho Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back(value: float) -> None:
    text = re.sub(r"(?: \\cdot |(?<![0-9.]))10\^\{(.*)\}", lambda match: f"e{match[1]}", number_latex(value))
    assert float(text.replace("-e", "-1e") if not text.startswith("e") else f"1{text}") == value


def sampled(primitive: Primitive) -> list[Graph]:
    """The primitive on inputs, with the parameters of each of its samples."""
    graphs = []
    for shapes, parameters in primitive.samples or ((primitive.sample, None),):
        builder = GraphBuilder()
        inputs = [builder.input(f"x{slot}") for slot in range(len(shapes))]
        node = builder.apply(primitive, inputs, parameters=parameters)
        graphs.append(Graph(builder.nodes, builder.inputs, [node.index]))
    return graphs


@pytest.mark.sampled(3)
@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=list(PRIMITIVES))
def test_every_primitive_is_written(primitive: Primitive) -> None:
    """With all operands, and with the parameters in which its samples differ."""
    for graph in sampled(primitive):
        text = graph_latex(graph)
        for index in graph.inputs:
            assert f"x_{{{index}}}" in text
        assert all(text.count(opening) == text.count(closing) for opening, closing in ("{}", ("\\left", "\\right")))
    if all(len(sample.shapes) == len(primitive.samples[0].shapes) for sample in primitive.samples):
        parameters = {str(sample.parameters) for sample in primitive.samples}
        assert len({graph_latex(graph) for graph in sampled(primitive)}) == max(1, len(parameters))


@pytest.mark.slow
def test_deep_formulas_without_recursion() -> None:
    for text in ("sin(" * 20_000 + "x" + ")" * 20_000, "x" + "^x" * 20_000, "1/(1 + " * 20_000 + "x" + ")" * 20_000):
        graph = parse(text)
        assert len(expression_latex(graph, graph.output, lambda node: node.name)) < 60 * 20_000


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    texts = [text for text, _ in PLAIN] + [formula.text for formula in FORMULAS if len(formula.text) < 500]
    graphs = [parse(text) for text in [*texts, *(path.read_text("utf-8") for path in examples.PROGRAMS)]]
    graphs += [graph for primitive in PRIMITIVES.values() for graph in sampled(primitive)]
    latex_names = Names(HOSTILE)
    formulas = [*(graph_latex(graph) for graph in graphs), *map(latex_names, HOSTILE)]
    body = "\n".join([f"\\[{formula}\\]" for formula in formulas])
    (tmp_path / "all.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\n\\end{{document}}\n", "ascii"
    )
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode("utf-8", "replace")


def test_products_of_arrays_have_a_sign() -> None:
    """Only the factors of a matrix product are adjacent."""
    formula = parse("sum(k*m*v + M@v)")
    shapes = {"m": (2,), "v": (2,), "M": (2, 2)}
    assert graph_latex(formula, shapes=shapes) == r"\operatorname{sum}\left(k m \odot v + M v\right)"
    assert graph_latex(formula) == r"\operatorname{sum}\left(k m v + M v\right)"
