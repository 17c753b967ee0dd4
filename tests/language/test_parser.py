"""The language: values of formulas, and errors of texts that are not formulas."""

from __future__ import annotations

import pytest

from graphdiff import GraphdiffError, parse, value_and_gradient

POINT = {"x": 3.0, "y": 5.0, "z": 7.0}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        # precedence, tightest first
        ("-x^2", -9),
        ("-x**2", -9),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("2^-2^2", 2**-4),
        ("-2^2", -4),
        ("2*-3", -6),
        ("x - y - z", -9),
        ("x/y/z", 3 / 5 / 7),
        ("x - y*z", -32),
        ("x + y < z", 0),
        ("(x < y) + (y < z)", 2),
        ("-+-x", 3),
        # implicit multiplication, which binds as * does, left to right
        ("2x", 6),
        ("2(x+y)", 16),
        ("(x+y)z", 56),
        ("(x)(y)", 15),
        ("2(3)", 6),
        ("(x)(2)^2", 12),
        ("1/2x", 1.5),
        ("2x^2y", 90),
        ("-2x", -6),
        ("2^2x", 12),
        ("2 x", 6),
        ("sqrt(4)x", 6),
        ("sin(0)x + cos(0)y", 5),
        ("2e", 2 * 2.718281828459045),
        # numbers
        ("2.", 2),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1.e5", 1e5),
        ("20.*x", 60),
        ("2e3x", 6000),
        # symbols that a paste brings
        ("x − y", -2),
        ("x·y", 15),
        ("x×y", 15),
        ("x÷y", 0.6),
        ("x² + x³", 36),
        ("x⁻¹", 1 / 3),
        ("x¹⁰", 59049),
        ("√x²", 3),
        ("√(x + 6)", 3),
        ("2√(x+6)y", 30),
        ("2π", 6.283185307179586),
        ("x – y", -2),
        ("𝑥∙y", 15),
        ("(x ≤ 3) + (x ≥ 4) + (x ≠ 5)", 2),
        # programs
        ("a = x + y; a*z", 56),
        ("a = x + y\nb = a*z", 56),
        ("\n\n# a comment\na = x + y # the sum\n\n;;\na*z;\n# the end", 56),
        ("a = (x +\n  y)\na*z", 56),
        ("max(x, # the first\n y)", 5),
        ("x # a comment; y", 3),
        ("x # one; two\n", 3),
        ("x; # a comment; y\ny # z; x", 5),
        ("(x # a; b\n+ y)", 8),
        ("f(u) = u^2; f(x) + f(y)", 34),
        ("f(u) = k*u; k = 2; f(x)", 6),
        ("f(u) = g(u) + 1; g(u) = u^2; f(x)", 10),
        ("f(x, y, z) = (x+y)z", 56),
        ("sin(x) = x; sin(y)", 5),
        ("f₀(u) = u^2; f₀(x)", 9),
        ("max(x, y, z)", 7),
        ("pow(x, 2) + ln(1) + arcsin(0)", 9),
        ("x == 3", 1),
        ("True + false", 1),
        ("e = 2; e*x", 6),
        ("gamma = 2; norm = 3; gamma*norm", 6),
        ("x\u00a0+\u2009y", 8),
    ],
)
def test_meaning(formula: str, value: float) -> None:
    graph = parse(formula)
    point = {name: POINT[name] for name in graph.input_names if name in POINT}
    assert value_and_gradient(graph, point)[0] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("names", [["σ", "μ"], ["w_0", "x₀"], ["e", "I"], ["re", "gamma"], ["E_n", "N"], ["Å", "_x"]])
def test_names(names: list[str]) -> None:
    one, other = names
    value, gradients = value_and_gradient(f"{one}*{other}", {one: 2, other: 3})
    assert (value, list(gradients.values())) == (6, [3, 2])


def test_names_that_look_the_same_are_the_same() -> None:
    """The ohm sign and the letter, the micro sign and the letter, an accent as one character or as two."""
    assert parse("\u2126 + \u03a9 + \u00b5 + \u03bc").input_names == ("\u03a9", "\u03bc")
    assert value_and_gradient("2\u2126*e\u0301", {"\u2126": 1, "\u00e9": 3}) == (6, {"\u03a9": 6, "\u00e9": 2})


@pytest.mark.parametrize(
    ("formula", "span", "message", "hint"),
    [
        ("", (0, 0), "the expression is empty", "(x + y)*z"),
        ("  \n# only a comment", (19, 19), "the expression is empty", "(x + y)*z"),
        ("(x + y", (0, 1), "'(' was never closed", None),
        ("f((x)", (1, 2), "'(' was never closed", None),
        ("x + y)", (5, 6), "unmatched ')'", None),
        ("x +", (2, 3), "expected an operand after '+'", None),
        ("x +\ny", (3, 4), "unexpected end of the statement", "parentheses"),
        ("x * / y", (4, 5), "unexpected '/'", "a number, a name"),
        ("x, y", (1, 2), "unexpected ','", "1.5"),
        ("x y", (0, 3), "missing operator", "x*y"),
        ("sin x", (0, 5), "'sin' is a function and needs parentheses", "sin(x)"),
        ("2 sin x", (0, 7), "'sin' is a function and needs parentheses", "sin(x)"),
        ("1.2.3", (0, 5), "'1.2.3' is not a number", "at most one decimal point"),
        ("2 3", (0, 3), "missing operator between two numbers", "2*3"),
        ("x 2", (0, 3), "missing operator", "x*2"),
        ("(x)2", (0, 4), "missing operator", "(x)*2"),
        ("(x)2^3", (0, 6), "missing operator", "(x)*2^3"),
        ("a < b < c", (0, 9), "comparisons cannot be chained", "a < b and b < c"),
        ("max{z,w}", (3, 4), "unexpected character '{'", "max(z, w)"),
        ("2‖q‖", (1, 2), "unexpected '‖'", "hypot(x, y)"),
        ("Σ(x)", (0, 1), "unknown function 'Σ'", "for k in range"),
        ("2|x|", (1, 2), "unexpected '|'", "2*|x|"),
        ("|x|y|", (4, 5), "unexpected '|'", "|x|"),
        ("|x", (2, 2), "'|' was never closed", None),
        ("||v||", (0, 2), "unexpected character '||'", "norm"),
        ("x if x > 0", (10, 10), "'if' without 'else'", "a if x > 0 else b"),
        ("x // 3", (3, 4), "unexpected '/'", "floor(x/y)"),
        ("A\\b", (1, 2), "unexpected character '\\'", "solve(A, b)"),
        ("x!!", (1, 2), "unexpected character '!'", "factorial"),
        ("x^T A x", (0, 5), "missing operator", "x.T @ A"),
        ("10 000 000*x", (0, 6), "missing operator between two numbers", "10000000 or 10_000_000"),
        ("`a", (0, 1), "unexpected character '`'", "Pressure"),
        ("y <- x^2", (2, 4), "'<-' is not an operator", "write y = …"),
        ("1 + 5% - x", (5, 6), "a percent sign after a number", "0.05"),
        ("x*5%", (3, 4), "expected an operand after '%'", "0.05"),
        ("x.^2", (1, 3), "unexpected character '.^'", "write ^"),
        ("x -> x^2", (3, 4), "unexpected '>'", "f(x) = …"),
        ("return x*2", (0, 8), "'return' is not an operator", "leave out"),
        ("d/dx x^2", (0, 8), "missing operator", "differentiate"),
        ("3 x y", (0, 5), "missing operator", "write 3*x*y"),
        ("“x”", (0, 1), "unexpected character '“'", "quotes"),
        ("x'", (1, 2), "unexpected character '''", "prime"),
        ("x.__class__", (1, 2), "unexpected character '.'", "decimal point"),
        ("x\0y", (1, 2), "unexpected character <U+0000>", "delete"),
        ("x\u202ey", (1, 2), "unexpected character <U+202E>", "delete"),
        ("x\udcffy", (1, 2), "unexpected character <U+DCFF>", "UTF-8"),
        ("[red]x[/red]", (7, 8), "unexpected '/'", "expected a number"),
        ("1e999", (0, 5), "1e999 is too large for a 64-bit float", "1.8e308"),
        ("x = x + 1", (4, 5), "'x' is used before it is assigned", "another name"),
        ("y = k; k = 2", (4, 5), "'k' is used before it is assigned", "another name"),
        ("a = 1; a = 2", (7, 8), "'a' is assigned twice", "another name"),
        ("x + y = 2", (0, 5), "the left side of '=' must be a name or a definition such as f(x, y)", "=="),
        ("1a(x) = x", (0, 5), "'1a' is not a valid function name", "begins with a letter"),
        ("a = b = c", (6, 7), "unexpected '='", "=="),
        ("f(x, x) = x", (5, 6), "duplicate parameter 'x'", None),
        ("f(2) = x", (2, 3), "a parameter must be a name", "f(x)"),
        ("f(x) = x; f(x) = 2", (10, 11), "function 'f' is defined twice", None),
        ("+x = 3", (0, 2), "the left side of '=' must be a name or a definition such as f(x, y)", "=="),
        ("(x) = 3", (0, 3), "the left side of '=' must be a name or a definition such as f(x, y)", "=="),
        ("√x = 3", (0, 2), "the left side of '=' must be a name or a definition such as f(x, y)", "=="),
        ("f((u)) = u", (2, 5), "a parameter must be a name", "f(x)"),
        ("xⁿ", (1, 2), "unexpected character 'ⁿ'", "x^n"),
        ("½x", (0, 1), "unexpected character '½'", "1/2"),
        ("x + # hi", (2, 3), "expected an operand after '+'", None),
        ("x**", (1, 3), "expected an operand after '**'", None),
        ("x =", (2, 3), "expected an expression after '='", None),
        ("max(x; y)", (5, 6), "unexpected ';' inside brackets", "','"),
        ("=x", (0, 1), "unexpected '='", "leave it out"),
        ("ln 2x", (0, 4), "'ln' is a function and needs parentheses", "ln(2…)"),
        ("x and", (2, 5), "expected an operand after 'and'", None),
        ("x not y", (0, 5), "'not' is not an operator", "not a < b"),
        ("x # \udcff", (4, 5), "unexpected character <U+DCFF>", "UTF-8"),
        ("norm(x, y)", (0, 10), "norm takes 1 argument, not 2", "hypot(x, y)"),
        ("pi()", (0, 2), "'pi' is a value, not a function", "write pi"),
        ("a(x, y)", (0, 1), "unknown function 'a'", "to define it, write a(u)"),
        ("ln(x, 2)", (0, 8), "ln takes 1 argument, not 2", "ln(x)"),
        ("f(x) = f(x)", (7, 8), "function 'f' calls itself", "recursion"),
        ("f(x) = g(x); g(x) = f(x); f(y)", (20, 21), "function 'f' calls itself", "recursion"),
        ("exo(x)", (0, 3), "unknown function 'exo'", "did you mean 'exp'?"),
        ("SIN(x)", (0, 3), "unknown function 'SIN'", "did you mean 'sin'?"),
        ("x(y+z)", (0, 1), "unknown function 'x'", "x*(y+z)"),
        ("x + x(y+z)", (4, 5), "'x' is a value, not a function", "x*(y+z)"),
        ("q(x) = exo(x); x", (7, 10), "unknown function 'exo'", "did you mean 'exp'?"),
        ("sin(x, y)", (0, 9), "sin takes 1 argument, not 2", "sin(x)"),
        ("hypot(x)", (0, 8), "hypot takes 2 or more arguments, not 1", "hypot(x, y, …)"),
        ("sin()", (0, 5), "sin takes 1 argument, not 0", "sin(x)"),
        ("x = 1; f(x) = x^2", (9, 10), "parameter 'x' is already the name of a value", "rename"),
        (
            "f(u) = y*u; h(y) = y",
            (7, 8),
            "'y' is both a parameter of the output and a value that its functions use",
            "",
        ),
    ],
)
def test_errors(formula: str, span: tuple[int, int], message: str, hint: str | None) -> None:
    with pytest.raises(GraphdiffError) as error_info:
        parse(formula)
    error = error_info.value
    assert (error.message, error.span) == (message, span)
    assert hint is None or hint in (error.hint or "")


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("(" * 10**5 + "x" + ")" * 10**5, 0.5, 1.0),
        ("-" * 10**5 + "x", 0.5, 1.0),
        ("x" + " + x" * 10**5, 50000.5, 100001.0),
        ("abs(" * 10**5 + "x" + ")" * 10**5, 0.5, 1.0),
        ("x" + "^1" * 10**5, 0.5, 1.0),
        ("; ".join(f"a{i} = a{i - 1} + 1" if i else "a0 = x" for i in range(10**4)), 9999.5, 1.0),
    ],
    ids=["parentheses", "signs", "sum", "calls", "powers", "statements"],
)
def test_size(text: str, value: float, slope: float) -> None:
    """Nothing recurses: depth and length only cost time."""
    assert value_and_gradient(text, x=0.5) == (value, {"x": slope})


@pytest.mark.slow
def test_calls_nested_too_deep() -> None:
    lines = ["f0(x) = x", *(f"f{i}(x) = f{i - 1}(x) + 1" for i in range(1, 10**4)), "f9999(x)"]
    with pytest.raises(GraphdiffError, match="calls are nested more than 100 deep"):
        parse("\n".join(lines))
    with pytest.raises(GraphdiffError, match="calls are nested more than 100 deep"):
        parse("\n".join(f"f{i}(x) = f{i + 1}(x) + 1" for i in range(10**4)) + "\nf10000(x) = x")


def test_functions_that_multiply() -> None:
    """Sixty definitions can run 2^60 operations: refused before they run."""
    lines = ["f0(x) = x + x", *(f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x)" for i in range(1, 60)), "f59(y)"]
    with pytest.raises(GraphdiffError, match="operations; the limit is 1,000,000"):
        parse("\n".join(lines))
    lines = ["f0(x) = x", *(f"f{i}(x) = f{i - 1}(f{i - 1}(x))" for i in range(1, 60)), "f59(y)"]
    with pytest.raises(GraphdiffError, match="operations; the limit is 1,000,000"):
        parse("\n".join(lines))


def test_long_names_and_numbers() -> None:
    name = "a" * 10**5
    assert value_and_gradient(f"2*{name}", {name: 3})[0] == 6
    assert parse("1" * 300).input_names == ()
    with pytest.raises(GraphdiffError) as error_info:
        value_and_gradient(name)
    assert len(error_info.value.message) < 100
