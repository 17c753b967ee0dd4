"""Compiled functions of numbers and of NumPy arrays against the trace, at kinks and extremes, with any names."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from itertools import product
from types import FunctionType
from typing import Any

import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.compiled.compile import compile
from graphdiff.language.program import prelude
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.targets.generate import source_of
from support.comparison import assert_as_traced
from support.formulas import EACH_FORMULA, FORMULAS, Formula

NEURON = "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"


@pytest.mark.sampled(48)
@EACH_FORMULA
def test_formulas(formula: Formula) -> None:
    """By name and by position."""
    text, point, _ = formula
    wrt = [name for name in trace(text, point).gradients if name in point]
    function: Any = compile(text, wrt)
    given = {name: point[name] for name in function.inputs}
    assert function.wrt == tuple(wrt)
    assert_as_traced(function(*given.values()), text, point, wrt)
    by_name = {function.parameters[name]: value for name, value in given.items()}
    assert_as_traced(function(**by_name), text, point, wrt)


EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 2.0, 800.0, -800.0, 1e300, -1e300, 1e-320, math.inf, -math.inf, math.nan]
LETTERS = ["x", "y", "z", "u", "v", "w", "s", "t"]


def has_all_derivatives(primitive: Primitive) -> bool:
    return primitive.is_elementwise and all(map(primitive.passes_to, range(len(primitive.inputs))))


CALLS = {
    **{primitive.name: primitive.inputs for primitive in PRIMITIVES.values() if has_all_derivatives(primitive)},
    **{name: LETTERS[: len(gate.inputs)] for name, gate in prelude().items() if gate.is_elementwise},
}


def call_of(name: str, count: int) -> str:
    primitive = PRIMITIVES.get(name)
    letters = LETTERS[:count]
    if primitive is not None and primitive.operator is not None:
        symbol = primitive.operator.symbol
        return f"{symbol}x" if count == 1 else f"x {symbol} y"
    return f"{name}({', '.join(letters)})"


@pytest.mark.sampled(16)
@pytest.mark.parametrize("name", CALLS)
def test_every_function_at_extremes(name: str) -> None:
    """No exception, and NaN and infinity where the trace has them."""
    count = len(CALLS[name])
    graph = parse(call_of(name, count))
    function: Any = compile(graph)
    chance = random.Random(name)
    # A quotient by a subnormal number overflows, or not, by the order of the factors of a density's derivatives.
    numbers = [x for x in EXTREMES if not ("_logp" in name and 0 < abs(x) < 1e-307)]
    points = list(product(numbers, repeat=min(count, 3)))
    if count > 2:
        points = chance.sample(points, 8)
    for values in points:
        values = (*values, *chance.choices(numbers, k=count - len(values)))
        point = dict(zip(LETTERS[:count], values, strict=True))
        assert_as_traced(function(**point), graph, point, list(point))


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "text",
    [
        "x^y*z",
        "exp(x)*y/z",
        "where(x > 0, log(x), y)*z",
        "max(x, y)^z",
        "sqrt(x - y)/log(z)",
        "clip(x/y, -1, z)",
        "1/(1 + exp(-x*y)) - z",
        "atan2(x, y) + hypot(y, z)",
        "x*y - floor(z)*round(x)",
        "(x < y)*(y <= z)",
        "abs(x)^1.5*sign(y*z)",
        "q = exp(x^2); q*log(q) + y^3*z^-2",
        "where(x, where(y, z, x), y/z)",
    ],
)
def test_formulas_at_extremes(text: str) -> None:
    graph = parse(text)
    function: Any = compile(graph)
    for values in random.Random(text).sample(list(product(EXTREMES, repeat=3)), 50):
        point = dict(zip("xyz", values, strict=True))
        results = function(**point)
        traced = trace(graph, point)
        expected = [traced.value, *(traced.gradients[name] for name in function.inputs)]
        for one, other in zip([results[0], *results[1]], expected, strict=True):
            # what overflows or vanishes on the way may do so elsewhere
            if math.isfinite(other) and math.isfinite(one) and abs(other) > 1e-300:
                assert one == pytest.approx(other, rel=1e-12), (text, point)


def test_source_stands_alone() -> None:
    """In an interpreter without graphdiff, whatever stands in the formulas."""
    formulas = [formula for formula in FORMULAS if formula.point][::3]
    lines, expected = ["results = []"], []
    for formula in formulas:
        function: Any = compile(formula.text)
        values = [formula.point[name] for name in function.inputs if name in formula.point]
        if len(values) < len(function.inputs):
            continue
        lines += [function.source, f"results.append(f({', '.join(map(repr, values))}))"]
        results = function(*values)
        expected.append([results[0], list(results[1])])
    lines.append("import json; print(json.dumps(results))")
    run = subprocess.run([sys.executable, "-I", "-S", "-"], input="\n".join(lines).encode(), capture_output=True)
    assert run.stderr == b""
    assert json.loads(run.stdout) == expected


CLASHES = (
    "lambda def math exp f f_ieee None v1 v2 σ x₀ ﬁ __x__ x_ x__ self match _ log inf nan pow abs float x0 sigma print"
)


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_names_that_clash(backend: str) -> None:
    names = CLASHES.replace("ﬁ", "fi").split()
    names = [name for name in names if name not in ("_", "__x__")]
    text = "q = " + " + ".join(f"{number}*exp({name})" for number, name in enumerate(names, 2)) + "\nq*log(q)"
    point = {name: 0.1 * number for number, name in enumerate(names)}
    function: Any = compile(text, backend=backend)
    assert function.inputs == tuple(names)
    if backend == "numpy":
        function(*point.values())
    parameters = list(function.parameters.values())
    assert list(function.parameters) == names
    assert len({*parameters}) == len(names)
    assert all(name.isidentifier() for name in parameters)
    value, gradient = function(*point.values())
    traced = trace(text, point)
    assert value == pytest.approx(traced.value, rel=1e-13)
    assert gradient == pytest.approx([traced.gradients[name] for name in names], rel=1e-13)


@pytest.mark.parametrize("name", ["f", "v1", "q", "x", "f_ieee", "loss"])
def test_name_of_the_function(name: str) -> None:
    """Whatever it is called, the formula's names make way for it."""
    text = source_of("q = exp(x)*v1; q/f_ieee*log(q)", "python", name=name)
    scope: dict[str, Any] = {}
    exec(text, scope)
    value, gradient = scope[name](0.5, 2.0, 3.0)
    traced = trace("q = exp(x)*v1; q/f_ieee*log(q)", x=0.5, v1=2.0, f_ieee=3.0)
    assert value == pytest.approx(traced.value)
    assert gradient == pytest.approx(list(traced.gradients.values()))
    assert scope[name](-1e9, 2.0, 0.0)[0] != 0  # the fallback


def test_nothing_is_computed_twice() -> None:
    fast = compile(NEURON).source.split("except")[0]
    assert len(re.findall(r"exp\(", fast)) == 1
    fast = compile("sin(x*y)^2 + cos(x*y) + sin(y*x)").source.split("except")[0]
    assert len(re.findall(r"sin\(", fast)) == len(re.findall(r"cos\(", fast)) == 1
    assert len(re.findall(r"x\*y|y\*x", fast)) == 1


def test_attributes() -> None:
    function: Any = compile("f(a, b, unused) = a*lambda^b; f(x, y, 2) + 0*z", wrt="y")
    assert function.wrt == ("y",)
    assert set(function.inputs) == {"x", "y", "lambda", "z"}
    assert function.source.startswith(("import math", "def f("))
    function = compile("g(z, y, x) = x*y")
    assert function.inputs == ("z", "y", "x")
    assert function(5.0, 3.0, 2.0) == (6.0, (0.0, 2.0, 3.0))


def test_whole_numbers_are_floats() -> None:
    """Whether Python counts exactly or not is no matter of what is given."""
    assert compile("x^y")(10, 400)[0] == math.inf
    assert compile("x*y*0.5")(3, 4) == (6.0, (2.0, 1.5))


def test_constants_with_a_default() -> None:
    assert compile("pi*x^e").inputs == ("x",)
    function: Any = compile("pi*x^e", wrt=["e", "x"])
    assert set(function.inputs) == {"e", "x"}
    value, (by_e, by_x) = function(**{"e": 2.0, "x": 3.0})
    assert (value, by_x) == (pytest.approx(9 * math.pi), pytest.approx(6 * math.pi))
    assert by_e == pytest.approx(9 * math.pi * math.log(3))
    assert compile("pi")() == (math.pi, ())


@pytest.mark.slow
@pytest.mark.parametrize("text", ["x*{} + ", "sin({}*x)*y + ", "(x + {})^2/y - "])
def test_linear_size(text: str) -> None:
    lines, lengths = [], []
    for count in (300, 3000):
        source = source_of("".join(text.format(number + 2) for number in range(count)) + "x*y", "python")
        lines.append(source.count("\n"))
        lengths.append(len(source))
    assert lines[1] <= 11 * lines[0]
    assert lengths[1] <= 12 * lengths[0]


@pytest.mark.slow
def test_deep_formulas() -> None:
    """As Python reads it back, which has its own bounds for what is nested."""
    for text in ("x" + "+x" * 3000, "(" * 3000 + "x" + ")^1.01" * 3000, "sin(" * 3000 + "x" + ")" * 3000):
        value, (gradient,) = compile(text)(0.9)
        traced = trace(text, x=0.9)
        assert value == pytest.approx(traced.value, rel=1e-10)
        assert gradient == pytest.approx(traced.gradients["x"], rel=1e-10)


@pytest.mark.parametrize("text", ["norm([x, y])", "[x, y] @ [2*y, 3]", "sum(softmax([x, y, x*y])[1:])", "max([x, y])"])
def test_arrays_on_the_way(text: str) -> None:
    assert_as_traced(compile(text)(0.5, -1.5), text, {"x": 0.5, "y": -1.5}, ["x", "y"])


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: compile("x", backend="fortran"), "usage"),
        (lambda: compile("x*y", "z"), "name"),
        (lambda: compile("x*", "x"), "syntax"),
        (lambda: compile("x", batch=True), "usage"),
        (lambda: compile("sum(x)", shapes={"y": (2,)}), "name"),
        (lambda: compile("sum(x)", shapes={"y": (2,)}, backend="numpy"), "name"),
        (lambda: compile("x[0]"), "value"),
        (lambda: compile("[x, y]"), "value"),
    ],
)
def test_errors(call: Any, kind: str) -> None:
    with pytest.raises(GraphdiffError) as raised:
        call()
    assert raised.value.kind == kind


def test_names_that_python_takes_stay() -> None:
    """σ is a name of Python's too; x₀ is not."""
    function: Any = compile("σ*x₀ + λ")
    assert function.parameters == {"σ": "σ", "x₀": "x0", "λ": "λ"}
    assert function(σ=2.0, x0=3.0, λ=1.0) == (7.0, (3.0, 2.0, 1.0))


def test_without_its_fallback_a_function_is_plain_python() -> None:
    """It raises where math does; functions that math lacks are inside it."""
    f = compile("exp(x)/y + digamma(x)", fallback=False)
    source: Any = f.source
    assert "try" not in source
    assert [line for line in source.splitlines() if line.startswith("def")] == ["def f(x, y):"]
    assert isinstance(f, FunctionType)
    assert f(1.3, 0.7) == compile("exp(x)/y + digamma(x)")(1.3, 0.7)
    with pytest.raises(OverflowError):
        f(1e4, 1.0)
    assert source_of("exp(x)/y + digamma(x)", "python", no_fallback=True) == source
    with pytest.raises(GraphdiffError, match=r"^C code has no option --no-fallback") as caught:
        source_of("x", "c", no_fallback=True)
    assert caught.value.kind == "usage"
