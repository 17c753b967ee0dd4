"""Python texts as programs: what they become, what is noted, what is refused, and that nothing in them is ever run."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from graphdiff import GraphdiffError, trace
from graphdiff.graph.graph import Graph
from graphdiff.language.program import Program
from graphdiff.language.tree import Call, Comprehension, Expression, Index, Name
from graphdiff.reading.python.read import read_python
from graphdiff.reading.reading import Reading
from graphdiff.source import Source
from support.errors import assert_reports
from support.fuzz.python_texts import python
from support.hostile_python import HOSTILE


def read(text: str, function: str | None = None) -> tuple[Graph, Reading]:
    source = Source(text)
    reading = read_python(source, function)
    return Program(source, reading.statements).graph(), reading


PROGRAMS = {
    # aliases of libraries, and none at all
    "import numpy as np\ndef f(x):\n    return np.exp(-x)": "exp(-x)",
    "from math import exp as e, pi\ndef f(x): return e(-x)*pi": "exp(-x)*pi",
    "from numpy import *\ndef f(x): return sin(x) + max(x) + pi": "sin(x) + max(x) + pi",
    "lambda x: torch.relu(x) + F.silu(x) + jnp.tanh(x) + sin(x)": "relu(x) + silu(x) + tanh(x) + sin(x)",
    "import scipy.special as sp\nf = lambda x: sp.expit(x)": "sigmoid(x)",
    "from scipy.stats import norm\nf = lambda x: norm.cdf(x)": "normcdf(x)",
    # operators
    "lambda x, y: x // y": "round((x - mod(x, y))/y)",
    "lambda x: x // 2": "floor(x/2)",
    "lambda x, y: 0 < x < y": "(0 < x)*(x < y)",
    "lambda x, y: x > 1 and not y > 2 or x < 0": "max((x > 1)*(1 - (y > 2)), x < 0)",
    "lambda x, y: x and y": "where(x != 0, y, x)",
    "lambda x, y: x or y": "where(x != 0, x, y)",
    "lambda x: (x > 0) & ~(x > 1)": "(x > 0)*(1 - (x > 1))",
    "lambda A, x: A @ x.T": "A @ x.T",
    "lambda x: x[0, 1:, ::-2] + x[..., None, -1]": "x[0, 1:, ::-2] + x[..., None, -1]",
    "lambda x: 1_000*x + 0x10 + -2": "1000*x + 16 + -2",
    # versions of a variable; names in use are not taken
    "def f(x, x_2):\n    x = x + 1\n    x *= x_2\n    return x": "x_3 = x + 1\nx_4 = x_3*x_2",
    "def f(x):\n    x, y = x + 1, 2*x\n    return y/x": "x_2 = x + 1\ny = 2*x\ny/x_2",
    # loops over what the text gives
    "def f(x, w=[1, 2]):\n    return sum(w[i]*x**i for i in range(2))": "w[0]*x^0 + w[1]*x^1",
    "def f(x):\n    for i, a in enumerate([2, 3], 1):\n        x += a*i\n    return x": "x_2 = x + 2\nx_3 = x_2 + 6",
    "def f(x):\n    i = 0\n    while i < 2:\n        i += 1\n        x = x*i\n    return x": "x_2 = x*1\nx_3 = x_2*2",
    "def f(x):\n    a = np.zeros(2)\n    a[0] = x\n    return a.sum()": "sum([x, 0])",
    "lambda p, y: p[np.arange(len(y)), y]": "pick(p, y)",
    # conditions
    "def f(x):\n    if x > 0:\n        return x\n    return -x": "where(x > 0, x, -x)",
    "def f(x):\n    y = 1\n    if x > 0: y = x\n    return y": "y = where(x > 0, x, 1)",
    "def f(x, p=2):\n    if p == 2: return x**2\n    return abs(x)": "x^2",
    "def f(x, w=None):\n    return x if w is None else w*x": "x",
    "def f(x):\n    for i in range(2):\n        if x < i: continue\n        x = x + i\n    return x": (
        "x_2 = x + 0\nx_3 = where(x < 0, x, x_2)\nx_4 = x_3 + 1\nx_5 = where(x_3 < 1, x_3, x_4)"
    ),
    # functions of the text are gates, or their bodies take the place of the call
    "def g(u): return u*u\ndef f(x): return g(x + 1)": "g(u) = u*u\ng(x + 1)",
    "def g(u):\n    v = u*u\n    return v + v\ndef f(x): return g(x)": "v = x*x\nv + v",
    "def g(u, n): return sum(u**i for i in range(n))\ndef f(x): return g(x, 2)": "x^0 + x^1",
    "def sigmoid(x): return 1/(1 + np.exp(-x))\ndef f(x): return sigmoid(x) + torch.sigmoid(x)": (
        "sigmoid_2(x) = 1/(1 + exp(-x))\nsigmoid_2(x) + sigmoid(x)"
    ),
    "def make(k):\n    return lambda x: k*x\ndef f(x): return make(3)(x)": "function(x) = 3*x\nfunction(x)",
    "def fact(n): return 1 if n == 0 else n*fact(n - 1)\ndef f(x): return x**fact(3)": "x^6",
    # the libraries' own meanings
    "lambda x: np.std(x)": "std(x)",
    "lambda x: F.softplus(x) + jax.nn.leaky_relu(x)": "softplus(x) + leaky_relu(x, 0.01)",
    "lambda x: torch.clamp(x, min=0) + np.clip(x, 0, 1)": "max(x, 0) + clip(x, 0, 1)",
    "lambda x: np.max(x, 0) + x.mean(axis=1, keepdims=True)": "max(x, axis=0) + mean(x, axis=1, keepdims=true)",
    "lambda a, b: nn.MSELoss()(a, b) + F.mse_loss(a, b, reduction='sum')": "mean((a - b)^2) + sum((a - b)^2)",
    "lambda x: x.reshape(-1, 2).T.flatten()": "reshape(reshape(x, -1, 2).T, -1)",
    "lambda x: x.shape[0] + len(x) + x.size": "count(x, axis=0) + count(x, axis=0) + count(x)",
}


@pytest.mark.parametrize(("text", "program"), PROGRAMS.items(), ids=list(PROGRAMS))
def test_programs(text: str, program: str) -> None:
    assert str(read(text)[0]) == program


NOTES = {
    "def f(x):\n    assert x > 0\n    print(x)\n    return x": [
        "line 2: 'assert' is left out",
        "line 3: 'print' is left out",
    ],
    "def f(x):\n    if x < 0: raise ValueError\n    return x": [
        "line 2: the error that is raised on a condition is left out"
    ],
    "@jax.jit\ndef f(x): return x": ["the decorator '@jax.jit' is left out"],
    "def f(x): return x, 2*x": ["of the 2 values that are returned, the first is read"],
    "def f(p): return p['W1']": ["p['W1'] is read as the input 'W1'"],
    "def f(s, t): return F.cross_entropy(s, t)": [
        "cross_entropy: the targets are class indices, and the classes the last axis"
    ],
    "def f(x): return round(x, 2)": ["round(x, n) is read as round(x*10**n)/10**n"],
    "W = np.random.randn(3)\ndef f(x): return W @ x": ["'W' is an input: its value in line 1 cannot be read"],
    "def f(x):\n    y = x\n    y += 1\n    return x + y": [
        "the assignment to 'y' does not change 'x', which may be the same array"
    ],
    "def f(e): return e": ["the input 'e' is 2.71828 unless it is given another value"],
    "def f(x): return x\nfor i in range(3): f(i)": [
        "only a function is read, and not the statements outside functions"
    ],
}


@pytest.mark.parametrize(("text", "notes"), NOTES.items(), ids=list(NOTES))
def test_notes(text: str, notes: list[str]) -> None:
    assert read(text)[1].notes == notes


def test_values() -> None:
    """Defaults and numbers of the text are values of inputs, unless the program's structure depends on them."""
    function = (
        "def f(x, a=2.0, n=2, w=[1, 2], p='sum'):\n    b = 0.5\n    for i in range(n): x = x + a*b*k\n    return x*w[0]"
    )
    graph, reading = read(f"k = 3\n{function}")
    assert graph.input_names == ("x", "a", "w", "b", "k")
    assert reading.values == {"a": 2.0, "w": [1.0, 2.0], "b": 0.5, "k": 3.0}
    graph, reading = read("x = -2; y = 5; z = -4\nq = x + y\nf = q*z")
    result = trace(graph, reading.values)
    assert (result.value, result.gradients) == (-12, {"x": -4, "y": -4, "z": 3})
    text = "x = [1, 2]\nw = torch.ones(2, requires_grad=True)\nb = np.zeros(2)\ny = np.zeros(2)\ny[0] = 3\n"
    _, reading = read(text + "z = ((w*x + b)*y).sum()")
    assert reading.values == {"x": [1, 2], "w": [1, 1], "b": [0, 0]}


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    s = 0\n    for v in x:\n        s += v*v\n    return s",
        "def f(x):\n    s = 0\n    n = len(x)\n    for i in range(n):\n        s = s + x[i]*x[i]\n    return s",
        "def f(x): return sum(v*v for v in x)",
        "def f(x): return np.sum([v*w for v, w in zip(x, x)])",
    ],
)
def test_loops_over_arrays(text: str) -> None:
    """They are sums over as many places as the array has entries."""
    bodies = [getattr(statement, "body", None) for statement in read_python(Source(text)).statements]
    (result,) = [body for body in bodies if isinstance(body, Comprehension)]
    (clause,) = result.clauses
    assert isinstance(clause.values, Call)
    (bound,) = clause.values.arguments
    assert isinstance(bound, Call)
    assert isinstance(result.body, Call)
    functions = (result.function, clause.values.function, bound.function, result.body.function)
    assert functions == ("sum", "range", "len", "*")
    assert [bound.arguments[0]._replace(span=(0, 0)), *(_base(side) for side in result.body.arguments)] == [X, X, X]


X = Name("x", (0, 0))


def _base(tree: Expression) -> Expression:
    """The array of which a tree is an entry."""
    assert isinstance(tree, Index)
    return tree.base._replace(span=(0, 0))


def test_micrograd() -> None:
    """The example of micrograd's README, with the numbers that it prints."""
    text = (Path(__file__).parent.parent / "support" / "python_functions" / "micrograd.txt").read_text("utf-8")
    graph, reading = read(text)
    result = trace(graph, reading.values)
    assert result.value == pytest.approx(24.7041, abs=1e-4)
    assert result.gradients == pytest.approx({"a": 138.8338, "b": 645.5773}, abs=1e-4)


def test_which_function() -> None:
    text = "def f(x): return x\ng = lambda x: 2*x\ny = f(3)"
    assert str(read(text)[0]) == "2*x"
    assert str(read(text, "f")[0]) == "x"
    assert str(read(text, "__main__")[0]) == "f(x) = x\nf(3)"
    with pytest.raises(GraphdiffError, match="there is no function 'h'"):
        read(text, "h")


def test_depth() -> None:
    """As deep as Python's parser reads, and then an error; statements in any number."""
    for count in (100, 1500):
        for operator in ("+", "**", " and ", " if x else "):
            graph, _ = read(f"lambda x: {operator.join(['x'] * count)}")
            assert len(graph.nodes) >= count
    with pytest.raises(GraphdiffError) as caught:
        read("lambda x: " + "-" * 100_000 + "x")
    assert caught.value.kind == "limit"
    text = "def f(x):\n    h = [x*x]\n    for i in range(99): h.append(h[-1]*h[-1] + sum(h))\n    return h[-1]"
    assert len(read(text)[0].nodes) < 10_000


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("text", "marked", "message", "hint"),
    [pytest.param(*row, id=row[0], marks=pytest.mark.slow if "while True" in row[0] else ()) for row in HOSTILE],
)
def test_hostile(
    text: str, marked: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is refused at its place, and does nothing: no file is opened, no module imported."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary_module.py").write_text("open('canary', 'w')")
    with pytest.raises(GraphdiffError) as caught:
        read(text)
    assert_reports(caught.value, marked, message, hint)
    assert [path.name for path in tmp_path.iterdir()] == ["canary_module.py"]
    assert "canary_module" not in sys.modules


def test_random_texts() -> None:
    """A sample of what `python tests/fuzz.py python --random` tries."""
    for seed in range(30, 130):
        draws = random.Random(seed)
        python(draws.randbytes(draws.choice([20, 60, 150, 400])))
