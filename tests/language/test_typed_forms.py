"""What people type: bars, remainders, factorials, conditions in words, digits in groups, other names of functions."""

from __future__ import annotations

import itertools
import math

import pytest

import graphdiff

POINT = {"x": -2.5, "y": 3.0, "z": 0.75}


@pytest.mark.parametrize(
    ("text", "python"),
    [
        *(("|x|", "abs(x)"), ("|x - y|^2", "abs(x - y)**2"), ("2*|x|y", "2*abs(x)*y"), ("||x|", None)),
        *(("| |x| - y|", "abs(abs(x) - y)"), ("|x|*|y|", "abs(x)*abs(y)"), ("|x| |y|", None), ("|x|y|", None)),
        *(
            ("‖x‖", "abs(x)"),
            ("∥x∥*2", "abs(x)*2"),
            ("√|x|", "math.sqrt(abs(x))"),
            ("√(y!)", "6**0.5"),
        ),
        *(("x % y", "x % y"), ("x mod y", "x % y"), ("x*y % 2", "x*y % 2"), ("-x mod y", "-x % y")),
        *(("(x) mod (y)", "x % y"), ("2 mod y", "2 % y"), ("x mod(y)", "x % y"), ("mod(x, y)", "x % y")),
        *(
            ("x + 7 % y", "x + 7 % y"),
            ("7 % -y", "7 % -y"),
            ("y!", "math.gamma(y + 1)"),
            ("2y!", "2*math.gamma(y + 1)"),
        ),
        *(("y!^2", "math.gamma(y + 1)**2"), ("-y!", "-math.gamma(y + 1)"), ("(x*x)!", "math.gamma(x*x + 1)")),
        *(("y!=3", "y != 3"), ("y! = 3", None), ("1_000*x", "1000*x"), ("0x1F*x", "31*x"), ("1 2", None)),
        *((text, None) for text in ("0x1g*x", "0b101*x", "0o7*x", "1__0*x", "1_*x", "1_000_x")),
        *(("1_0.5_0e1*x", "105.0*x"), ("x if y", None), ("x if y > 2 else z", "x"), ("x if y < 2 else z", "z")),
        *(("1 if x > 0 else 2 if y > 0 else 3", "2"), ("(x if z else y)*2", "x*2"), ("x > 0 or y > 0", "1")),
        *(("x > 0 and y > 0", "0"), ("not x > 0", "1"), ("not (x > 0)", "1"), ("not x > 0 and y > 0", "1")),
        *(("x < 0 and y > 0 and z", "1"), ("x > 0 or y < 0 or not z", "0"), ("2 and 3", "1"), ("0 or 0", "0")),
        *(("0 or 2*y - 6", "0"), ("2 or (-2)", "1"), ("¬(x > 0) ∧ (y > 0) ∨ 0", "1"), ("x < 0 and not(y < 0)", "1")),
        *(("sum(k*x for k in range(5) if k > 1 and not k == 3)", "6*x"), ("sigma(x)", "1/(1 + math.exp(-x))")),
        *(("σ(x)", "1/(1 + math.exp(-x))"), ("expit(x)", "1/(1 + math.exp(-x))"), ("ReLU(x) + ReLU(y)", "y")),
        *(("maximum(x, y)", "y"), ("minimum(x, y)", "x"), ("swish(y)", "y/(1 + math.exp(-y))"), ("x ⊙ y", "x*y")),
        *(("log(y, z)", "math.log(y, z)"), ("log_2(y)", "math.log2(y)"), ("log₂(y)", "math.log2(y)")),
        *(("log_3(y)", "1.0"), ("log(y, 10)", "math.log10(y)"), ("gamma(z)", "math.gamma(z)")),
        *(("factorial(z)", "math.gamma(z + 1)"), ("gamma(x)", "math.gamma(x)"), ("gamma = 2; gamma*x", "2*x")),
        *(
            ("mod(a, b) = a - b; mod(x, y)", "x - y"),
            ("sigma(u) = u^2; sigma(x)", "x*x"),
            ("gamma(u) = u; gamma(x)", "x"),
        ),
        *(("log(u, v) = u*v; log(x, y)", "x*y"), ("not(u) = 5*u; not(x)", "5*x"), ("mod = 2; mod*x", "2*x")),
    ],
)
def test_values(text: str, python: str | None) -> None:
    """Compared with Python; None is an error."""
    if python is None:
        with pytest.raises(graphdiff.GraphdiffError):
            graphdiff.parse(text).defaults["no such form"]
        return
    graph = graphdiff.parse(text)
    point = {name: POINT[name] for name in graph.input_names}
    value = graphdiff.trace(graph, point).value
    assert value == pytest.approx(float(eval(python, {"math": math, **POINT})), rel=1e-14)
    assert str(graphdiff.parse(str(graph))) == str(graph)


WORDS = ["and", "or", "not", "else", "mod"]


@pytest.mark.parametrize("word", WORDS)
def test_words_are_names_where_a_name_can_stand(word: str) -> None:
    """Every form in which a name was valid before the words were."""
    for text in [
        "{}",
        "{}*2",
        "2{}",
        "-{}^2",
        "({})",
        "[{}, 1]",
        "f({}) = {} + 1",
        "{} = 3; {}*2",
        "x + {}",
        "2*{} - x",
    ]:
        graph = graphdiff.parse(text.format(word, word))
        assert word in {*graph.input_names, *graph.names}
    assert graphdiff.value_and_gradient(f"2{word} - x", {word: 3.0, "x": 1.0})[0] == 5


def test_words_side_by_side() -> None:
    """Nothing that the words allow is read in two ways: where both sides are names, no name fits between them."""
    for left, word, right in itertools.product("xy", ["and", "or", "mod"], ["z", "2", "(z)", "|z|"]):
        assert set(graphdiff.parse(f"{left} {word} {right}").input_names) == {left, *("z" * ("z" in right))}


def test_names_in_backticks() -> None:
    graph = graphdiff.parse("`Pressure (kPa)`*V + 2`a = b`")
    assert graph.input_names == ("Pressure (kPa)", "V", "a = b")
    assert str(graph) == "`Pressure (kPa)`*V + 2*`a = b`"
    assert str(graphdiff.derivative(graph, "V")) == "`Pressure (kPa)`"
    value, gradients = graphdiff.value_and_gradient(graph, {"Pressure (kPa)": 3, "V": 2, "a = b": 5})
    assert (value, gradients) == (16, {"Pressure (kPa)": 2, "V": 3, "a = b": 2})
    assert str(graphdiff.parse("`x`*y")) == "x*y"
    assert str(graphdiff.parse("`if` + `2`")) == "`if` + `2`"
    program = "`q 1` = x^2; f(`u v`) = `u v` + `q 1`; f(x)*`q 1`"
    assert graphdiff.value_and_gradient(program, x=2) == (24, {"x": 44})
    assert str(graphdiff.parse(str(graphdiff.parse(program)))) == str(graphdiff.parse(program))
