"""LaTeX as slides and textbooks print it: values, gradients, names, notes, errors with their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, trace
from support.latex_reading import graph_of, ranks_of, read

NEURON = {"w_0": 2.0, "x_0": -1.0, "w_1": -3.0, "x_1": -2.0, "w_2": -3.0}
NEURON_GRADIENTS = {
    **{"w_0": -0.19661193324148182, "x_0": 0.39322386648296365, "w_1": -0.39322386648296365},
    **{"x_1": -0.5898357997244454, "w_2": 0.19661193324148182},
}
SQUARE = {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]}
SQUARE_GRADIENTS = {"W": [[0.088, 0.176], [0.104, 0.208]], "x": [-0.112, 0.636]}
LINEAR = {
    "W": [[0.2, -0.5, 0.1, 2], [1.5, 1.3, 2.1, 0], [0, 0.25, 0.2, -0.3]],
    "x": [56.0, 231, 24, 2],
    "b": [1.1, 3.2, -1.2],
    "y": 0.0,
}
SVM_GRADIENTS = {
    **{"W": [[-112, -462, -48, -4], [56, 231, 24, 2], [56, 231, 24, 2]], "b": [-2, 1, 1]},
    "x": [1.1, 2.55, 2.1, -4.3],
}
LOGISTIC = {"w": [2.0, -3, -3], "x": [-1.0, -2, 1]}
LOGISTIC_GRADIENTS = {
    "w": [0.2689414213699951, 0.5378828427399902, -0.2689414213699951],
    "x": [-0.5378828427399902, 0.8068242641099853, 0.8068242641099853],
}
ABC = {"a": -1.0, "b": 3.0, "c": 4.0}
XYZ = {"x": -2.0, "y": 5.0, "z": -4.0}

SLIDES: list[tuple[str, dict[str, Any], float, dict[str, Any]]] = [
    ("f(x, y, z) = (x + y)z", XYZ, -12, {"x": -4, "y": -4, "z": 3}),
    (r"q = x + y \quad f = qz", XYZ, -12, {"x": -4, "y": -4, "z": 3}),
    (
        r"f(w, x) = \frac{1}{1 + e^{-(w_0x_0 + w_1x_1 + w_2)}}",
        NEURON,
        0.7310585786300049,
        NEURON_GRADIENTS,
    ),
    (
        "\\sigma(x) = \\frac{1}{1 + e^{-x}}\n\\sigma(w_0x_0 + w_1x_1 + w_2)",
        NEURON,
        0.7310585786300049,
        NEURON_GRADIENTS,
    ),
    (r"\sigma(w_0x_0 + w_1x_1 + w_2)", NEURON, 0.7310585786300049, NEURON_GRADIENTS),
    (
        r"\left(\frac{1 + e^{-x} - 1}{1 + e^{-x}} \right) \left(\frac{1}{1 + e^{-x}} \right)",
        {"x": 1.0},
        0.19661193324148185,
        {},
    ),
    (r"(1 - \sigma(x)) \sigma(x)", {"x": 1.0}, 0.19661193324148185, {}),
    (
        r"2(xy + \max\{z, w\})",
        {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0},
        -20,
        {"x": -8, "y": 6, "z": 2, "w": 0},
    ),
    (r"z = \underbrace{(a + b)}_x * \underbrace{(b + c)}_y", ABC, 14, {"a": 7, "b": 9, "c": 2}),
    (
        r"f(x_1, x_2) = x_1 x_2 + \sin(x_1)",
        {"x_1": 2.0, "x_2": 3.0},
        6.909297426825682,
        {"x_1": 2.5838531634528574, "x_2": 2},
    ),
    (r"f(x, W) = \|W \cdot x\|^2 = \sum_{i=1}^n (W \cdot x)_i^2", SQUARE, 0.116, SQUARE_GRADIENTS),
    (r"f(x, W) = \lVert W \cdot x \rVert^2 = \sum_{i=1}^n (W \cdot x)_i^2", SQUARE, 0.116, SQUARE_GRADIENTS),
    (r"f(x, W) = \Vert W \cdot x\Vert^2", SQUARE, 0.116, SQUARE_GRADIENTS),
    (r"\sum_{i=1}^n (W \cdot x)_i^2", SQUARE, 0.116, SQUARE_GRADIENTS),
    ("q = W \\cdot x\nf(q) = \\|q\\|^2", SQUARE, 0.116, SQUARE_GRADIENTS),
    (
        r"-\log \left(\frac{1}{1 + e^{-\mathbf{w}^T \mathbf{x}}} \right)",
        LOGISTIC,
        0.3132616875182228,
        LOGISTIC_GRADIENTS,
    ),
    (r"s = Wx + b \quad \sum_{j \neq y} \max(0, s_j - s_y + 1)", LINEAR, 694.25, SVM_GRADIENTS),
    (
        r"\max(0, x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{if } x \leq 0 \end{cases}",
        {"x": 0.0},
        0,
        {"x": 0},
    ),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "point", "value", "gradients"), SLIDES, ids=[row[0][:40] for row in SLIDES])
def test_slides(text: str, point: dict[str, Any], value: float, gradients: dict[str, Any]) -> None:
    """The numbers of the lectures; sides that must be equal are equal."""
    graph, reading = read(text, ranks_of(point))
    result = trace(graph, {name: point[name] for name in graph.input_names})
    assert result.value == pytest.approx(value, rel=1e-12)
    assert set(graph.input_names) == set(point)
    for name, gradient in gradients.items():
        assert np.asarray(result.gradients[name]) == pytest.approx(np.asarray(gradient), rel=1e-9), name
    for equality in reading.equalities:
        sides = [trace(graph_of(text, side), point).value for side in (equality.left, equality.right)]
        assert sides[0] == pytest.approx(sides[1], rel=1e-12)


def value_of(text: str, **point: Any) -> Any:
    graph, _ = read(text, ranks_of(point))
    return trace(graph, {name: point[name] for name in graph.input_names if name in point}, wrt=()).value


V, U, M = np.array([1.5, -0.5, 2.0]), np.array([0.5, 1.0, -1.5]), np.arange(9.0).reshape(3, 3) + 2 * np.eye(3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\sum_{i=1}^{n} (x_i - \bar{x})^2", ((V - 0.5) ** 2).sum()),
        (r"\frac{1}{n}\sum_{i=1}^{n} x_i", V.mean()),
        (r"\sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", (np.diff(V) ** 2).sum()),
        (r"\sum_{i=2}^{n} x_i x_{i-1}", (V[1:] * V[:-1]).sum()),
        (r"\sum_{i=1}^n i x_i", (np.arange(1, 4) * V).sum()),
        (r"\sum_{k=0}^{n} x_k t^k", (V * 1.25 ** np.arange(3)).sum()),
        (r"\sum_{i}\sum_{j} A_{ij} x_i y_j", V @ M @ U),
        (r"\sum_{j}\sum_{i} A_{ij} x_i y_j", V @ M @ U),
        (r"\sum_{i<j} x_i y_j", sum(V[i] * U[j] for i in range(3) for j in range(i + 1, 3))),
        (r"\sum_{i=1}^n \prod_{j=1}^n (x_i + y_j)", np.prod(V[:, None] + U, axis=1).sum()),
        (r"\sum_{j \neq k} x_j", V[0] + V[2]),
        (r"\sum_{i=1}^{3} x_i y_i", V @ U),
        (r"\max_i (x_i y_i)", (V * U).max()),
        (r"\prod_{i=1}^{n} x_i", V.prod()),
        (r"x_2 + \sum_{i=1}^n y_i", V[1] + U.sum()),
        (r"x_0 + x_2", V[0] + V[2]),
        (r"\mathbf{x}^\top A \mathbf{y}", V @ M @ U),
        (r"(x y^T)_{02}", V[0] * U[2]),
        (r"x \cdot y", V @ U),
        (r"\langle x, y \rangle", V @ U),
        (r"\|x - y\|", np.linalg.norm(V - U)),
        (r"\|x\|_1 + \|x\|_\infty + \|x\|_2", np.abs(V).sum() + 2 + np.linalg.norm(V)),
        (r"|x|", np.linalg.norm(V)),
        (r"|A|", np.linalg.det(M)),
        (r"(A^2 x)_0", (M @ M @ V)[0]),
        (r"x^T A^{-1} y", V @ np.linalg.solve(M, U)),
        (r"\operatorname{tr}(A^T A)", np.trace(M.T @ M)),
        (r"z_i = \sum_j A_{ij} x_j + y_i \quad \sum_i z_i^2", ((M @ V + U) ** 2).sum()),
        (r"z_j = \sum_i A_{ij} x_i \quad z \cdot y", V @ M @ U),
        (r"p_i = \frac{e^{x_i}}{\sum_j e^{x_j}} \quad -\ln p_k", -np.log(np.exp(V) / np.exp(V).sum())[1]),
        (r"\sum_{i=1}^n (y_i - A_i \cdot x)^2", ((U - M @ V) ** 2).sum()),
        (r"\sum_k A_k^2", (M**2).sum()),
        (r"x_1 y_1 + \cdots + x_n y_n", V @ U),
        (r"\frac{x_1 + x_2 + \dots + x_n}{n}", V.mean()),
        (r"t - x_1 - x_2 - \cdots - x_n", 1.25 - V.sum()),
        (r"(1 + x_1)(1 + x_2) \cdots (1 + x_n)", np.prod(1 + V)),
        (r"\max(x_1, \ldots, x_n)", V.max()),
        (r"f(x_1, \ldots, x_n) = \sum_{i=1}^n x_i^2", (V**2).sum()),
        (r"x_0 + x_1 t + x_2 t^2 + \cdots + x_n t^n", (V * 1.25 ** np.arange(3)).sum()),
        (r"x_0 + \sum_{i=1}^n x_i t^i", (V * 1.25 ** np.arange(3)).sum()),
        (r"x_0 + \sum_{i=1}^2 x_i t^i", (V * 1.25 ** np.arange(3)).sum()),
        (r"x_0 + \sum_{i=1}^n x_i w_i", V[0] + V[1:] @ U[:2]),
        (r"\frac{1}{m} \sum_{i=1}^m (x^{(i)} - y^{(i)})^2", ((V - U) ** 2).mean()),
        (r"\sum_{i=1}^m \left(\sum_{j=1}^n x_j A_j^{(i)}\right)^2", ((M @ V) ** 2).sum()),
        (r"\frac{1}{m} \sum_{i=1}^m h_\theta(x^{(i)}) \text{ where } h_\theta(z) = tz + 1", (1.25 * V + 1).mean()),
        (r"D(p \| q) = \sum_i x_i y_i", V @ U),
        (r"\sigma(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}} \quad \sum_i y_i \sigma(x)_i", np.exp(V) @ U / np.exp(V).sum()),
        (
            r"\mathrm{softmax}(x_i) = \frac{e^{x_i}}{\sum_j e^{x_j}} \quad \sum_i y_i \mathrm{softmax}(x)_i",
            np.exp(V) @ U / np.exp(V).sum(),
        ),
        (r"\operatorname{sum}\left(A^{\circ 2}\right)", (M**2).sum()),
        (r"\begin{vmatrix} 1 & t \\ 2 & 3 \end{vmatrix}", 3 - 2 * 1.25),
        (r"\left(\begin{pmatrix} 1 & t & 0 \end{pmatrix} x\right)_0", np.array([1, 1.25, 0]) @ V),
    ],
)
def test_arrays(text: str, expected: float) -> None:
    actual = np.asarray(value_of(text, x=V, y=U, w=U[:2], A=M, t=1.25, k=1.0, x_bar=0.5), dtype=float)
    assert actual.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (r"\hat y \bar x \tilde z \dot q", ["y_hat", "x_bar", "z_tilde", "q_dot"]),
        (r"\mathbf{x} + \vec v + \boldsymbol\theta", ["x", "v", "theta"]),
        (r"w_{ij} + x_{\text{max}} + v_{\mathrm{in}, 2} + u_\theta", ["w_ij", "x_max", "v_in_2", "u_theta"]),
        (r"\Delta x + \mathit{loss} + \text{rate}", ["Delta_x", "loss", "rate"]),
        (r"\mathcal{L} + L", [r"\mathcal{L}", "L"]),
        (r"x' + x^* + x^{(i)} + t_{i+1}", ["x'", "x^*", "x^{(i)}", "t_{i+1}"]),
        (r"\epsilon + \varepsilon + \phi + \hbar + \ell", ["epsilon", "varepsilon", "phi", "hbar", "ell"]),
        (r"\pi x e^2", ["x"]),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    graph, _ = read(text)
    assert [name for name in graph.input_names if name != "pi"] == names


@pytest.mark.parametrize("name", ["θ_1", "theta1", "theta_1", "θ₁"])
def test_names_of_a_point_are_found(name: str) -> None:
    """However they are spelled."""
    assert read(r"\theta_1^2", {name: 0})[0].input_names == (name,)


NOTES = [
    ("x(y + 1)", "'x(y + 1)' is read as a product"),
    ("a/bc", "all of 'bc' is read as what '/' divides by"),
    ("1/2x", "only the first number of '2x' is read as what '/' divides by"),
    (r"\log x", r"'\log' is read as the natural logarithm"),
    (r"\sin^{-1} x", r"'\sin^{-1}' is read as the inverse function, not as the reciprocal"),
    (r"\sin x y", r"the argument of '\sin' is read as 'x y'"),
    (r"\sin x/2", r"the argument of '\sin' is read as 'x'"),
    ("sin(x)", r"'sin' is read as the function \sin"),
    ("mgh", "'mgh' is read as a product of its letters"),
    ("x_max", "only the 'm' of 'x_max' is in the script, as LaTeX sets it: others need braces"),
    (r"\frac{1}{2} 3", r"'\frac{1}{2} 3' is read as a product"),
    (r"\Delta x", r"'\Delta x' is read as one name"),
    (r"\sum_{i=1}^n x_i", "'n' is read as the length of 'x'"),
    ("f(x) = x, x > 0", "conditions and names that stand alone are not formulas of the program"),
    ("It is $x^2$.", "the text outside of the formulas is not read"),
    ("x^2 + 1 = y", "all sides of an equation must agree at the point; the first is the graph"),
    (r"\mathbf{x}_1 + x", "'x' in bold and in plain type is read as one name"),
    ("x^T y", "'x^T' is read as a transpose"),
    ("s^2 = x/2", "'s^2' on the left side of an equation is read as a name"),
    (r"P = x \quad \text{(a remark)}", "conditions and names that stand alone are not formulas of the program"),
    (r"e^{i x}", "'i' is read as a name, not as the imaginary unit"),
    (r"x / 2 \cdot 10^{3}", r"only the first factor of '2 \cdot 10^{3}' is read as what '/' divides by"),
    (r"\ln{x} y", r"the argument of '\ln' is read as '{x}'"),
    ("x^*", "'x^*' is read as one name, not as a power"),
    ("a, b", "only the last formula is the output, not 'a'"),
    (r"x_1 + \cdots + x_5", r"the dots of 'x_1 + \cdots + x_5' are read as its terms from 1 to 5"),
    (r"p(x \mid y) = xy", r"'\mid' in brackets is read as a comma"),
    ("{a + b}c", "'{a + b}' is read as if its braces were parentheses"),
]


@pytest.mark.parametrize(("text", "note"), NOTES)
def test_what_is_ambiguous_is_noted(text: str, note: str) -> None:
    assert note in read(text)[1].notes


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (r"\frac{x}{y + \foo}", r"unknown command '\foo'", r"\foo"),
        (r"x + (y", "'(' was never closed", "("),
        (r"x^10", "a number directly after a script", "x^10"),
        (r"2\frac{1}{2}", "a number before a fraction of numbers has two meanings", r"2\frac{1}{2}"),
        (r"\int x", r"'\int' is not supported", r"\int"),
        (r"x \pm y", r"'\pm' has two meanings", r"\pm"),
        (r"1 + \frac{dy}{dx}", r"'\frac{dy}{dx}' is a derivative", r"\frac{dy}{dx}"),
        (r"x + \operatorname{foo}(x)", "unknown function 'foo'", r"\operatorname{foo}"),
        (r"\sum_{i=1}^{n} i^2", "'n' must be a number in the text", "{n}"),
        (r"y = 1,5", "a comma between two digits", ","),
        (r"\partial_x f", r"'\partial_x' is not a value", r"\partial_x"),
        (r"2 \mathbb{E}[X]", r"'\mathbb{E}' is an expectation or a probability", r"\mathbb{E}"),
        (r"\sum_{n=0}^{3} f^{(n)}(a) x^n", "'f^{(n)}' is a derivative", "f^{(n)}"),
        (r"x_2 + x_4 + \cdots + x_{10}", r"'\cdots' is not a value", r"\cdots"),
        (r"\[ x", r"'\[' was never closed", r"\["),
        (r"\overline{x^2} - \overline{x}^2", "an accent over a power", r"\overline{x^2}"),
        (r"\hat{y_i^2}", "an accent over a power", r"\hat{y_i^2}"),
        (r"x + 1e-3", "'1e-3' has two meanings", "1e-3"),
    ],
)
def test_errors_have_their_place(text: str, message: str, place: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        read(text)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == place


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (r"\begin{align} a &= x + 1 \\ b &= a^2 \end{align}", "a = x + 1\nb = a^2"),
        (r"\begin{align} f &= a + b \\ &\quad - c \end{align}", "f = a + b - c"),
        (r"We have $q = x + y$ and \[f = q z.\]", "q = x + y\nf = q*z"),
        ("f = x^2 % a comment\n  + 1", "f = x^2 + 1"),
        (r"\displaystyle f(x) = x^2 \label{eq:f}", "x^2"),
        (r"f = qz, \text{ where } q = x + y \text{ and } z = 2x", "q = x + y\nz = 2*x\nf = q*z"),
        (r"f(x) = x^2 \\ f(y + 1)", "f(x) = x^2\nf(y + 1)"),
        (r"n = 3 \quad \sum_{i=1}^{n} i x", "1*x + 2*x + 3*x"),
        (r"\frac{\partial L}{\partial w} = 2w", "dL_dw = 2*w"),
        (r"\nabla_w L = 2w", "nabla_w_L = 2*w"),
        (r"\mathcal{N}(x \mid \mu, \sigma^2) = x \mu / \sigma", "x*mu/sigma"),
        (r"\mathrm{GELU}(x) = x \Phi", "x*Phi"),
        (r"\mathbf{1}_{\{x > 0\}} x + \mathbb{I}(x = 1)", "(x > 0)*x + (x == 1)"),
        (r"f = \left( a \right. \\ \left. + b \right) c", "f = (a + b)*c"),
        (r"\log \sigma(x)", "log(sigmoid(x))"),
        (r"x_1 x_2 \cdots x_4", "x_1*x_2*x_3*x_4"),
        (r"\mathit{loss} = (\hat y - y)^2", "loss = (y_hat - y)^2"),
        (r"10^{-3} x + 2.5 \times 10^{4}", "0.001*x + 25000"),
        (r"2^{x+1}3^{y}", "2^(x + 1)*3^y"),
        (r"\begin{cases} x & \text{if $x > 0$} \\ 0 & \text{if $x \le 0$.} \end{cases}", "where(x > 0, x, 0)"),
        (r"$f = \begin{cases} x & \text{if $x > 0$} \\ 0 & \text{else} \end{cases}$", "f = where(x > 0, x, 0)"),
        (r"x^2 \text{ where $x > 0$}", "x^2"),
        (r"x\ (y + z)\ w", "x*(y + z)*w"),
        (r"x' y'' + x^\prime y^{\prime\prime}", "`x'`*`y''` + `x'`*`y''`"),
        (r"[1 - y x]_{+}^2", "max(0, 1 - y*x)^2"),
        (r"v_{\rm i} + \hat{y_i} + \hat{z^{(1)}}", "v_i + y_hat_i + `z_hat^{(1)}`"),
    ],
)
def test_programs(text: str, program: str) -> None:
    assert str(read(text)[0]) == program


def test_a_length_that_is_given_must_be_right() -> None:
    """n of the point against the length of the array."""
    _, reading = read(r"\frac{1}{n}\sum_{i=1}^n x_i", {"n": 0, "x": 1})
    (equality,) = reading.equalities
    text = r"\frac{1}{n}\sum_{i=1}^n x_i"
    point = {"n": 3.0, "x": [1.0, 2.0]}
    graphs = [graph_of(text, side) for side in (equality.left, equality.right)]
    values = [trace(graph, {name: point[name] for name in graph.input_names}, wrt=()).value for graph in graphs]
    assert values == [3, 2]


def test_inputs_of_the_other_side_of_an_equation() -> None:
    """They are inputs that do not reach the output."""
    point = {"P": 8.0, "V": 1.0, "n": 2.0, "R": 2.0, "T": 2.0}
    assert trace("P V = n R T", point, language="latex").gradients == {"P": 1, "V": 8, "n": 0, "R": 0, "T": 0}
    with pytest.raises(GraphdiffError, match="differ at the point"):
        trace("P V = n R T", {**point, "n": 3.0}, language="latex")


def test_a_parameter_with_a_prime() -> None:
    result = trace(r"k(x, x') = \exp(-\gamma (x - x')^2)", {"x": 1.0, "x'": 2.0, "gamma": 0.5})
    assert result.gradients["x'"] == pytest.approx(-np.exp(-0.5))


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (r"f(x) = x^2 \qquad (1)", 9),
        (r"\begin{align} q &= x + 1 \quad (1.2) \\ f &= q^2 \quad (1.3) \end{align}", 16),
        (r"x \mapsto x^2 + 1", 10),
        (r"\therefore f(x) = x^2", 9),
    ],
)
def test_what_stands_around_a_formula(formula: str, value: float) -> None:
    """The number of a formula, and signs before it, are not parts of it."""
    assert trace(formula, x=3.0).value == value
