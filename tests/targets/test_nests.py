"""Arrays in loops: every operation and array program whose entries C would write out is compared with the trace in
loops, too."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from graphdiff import GraphdiffError, parse, trace
from graphdiff.checking.runner import Function, run
from graphdiff.passes.request import WANTS, Request
from graphdiff.targets.generate import MOST_UNROLLED, generate, source_of
from graphdiff.targets.nests.layout import best_order
from graphdiff.targets.registry import TARGETS, Program, Target
from graphdiff.targets.results import Leaf, Tree
from support.languages import EACH_NESTED, expressible, run_all, skip_without
from support.programs import ARRAYS, EACH_PRIMITIVE, EDGES, EXAMPLES, TOLERANCE, Case, assert_is_the_trace
from support.random_arrays import programs
from support.random_formulas import repeatable_examples

PARTS = 24
"""The tests that operations and programs are divided among."""
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
PERCEPTRON = "hidden = relu(X@W1 + b1)\nlogits = hidden@W2 + b2\n-mean(sum(one_hot(y, 3)*log_softmax(logits), axis=1))"
SHAPES = {"X": (40, 20), "W1": (20, 16), "b1": (16,), "W2": (16, 3), "b2": (3,), "y": (40,)}


def check(target: Target, cases: list[Case]) -> int:
    """Compare the cases that a language can express in loops with the trace; returns how many these are."""
    ready = expressible(target, cases, unrolled=0)
    for each, results in zip(ready, run_all(target, ready, [[each.case.point] for each in ready]), strict=True):
        assert_is_the_trace(each.case, results, TOLERANCE)
    return len(ready)


@pytest.mark.sampled(2 * PARTS)
@EACH_NESTED
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_and_program(target: Target, part: int) -> None:
    skip_without(target)
    cases = [*EACH_PRIMITIVE, *EDGES, *ARRAYS, *EXAMPLES][part::PARTS]
    assert check(target, cases) > 0.75 * len(cases)


@pytest.mark.slow
def test_no_entry_outside_of_an_array_is_read_or_written() -> None:
    target = TARGETS["c"]
    skip_without(target)
    assert isinstance(target.runs, Program)
    runs = target.runs._replace(arguments=[*target.runs.arguments, *SANITIZERS])
    assert check(target._replace(runs=runs), [*EACH_PRIMITIVE, *EDGES, *ARRAYS, *EXAMPLES]) > 550


def test_small_arrays_are_written_out() -> None:
    small, large = ({"x": (size,)} for size in (MOST_UNROLLED // 5, MOST_UNROLLED))
    assert "for (" not in source_of("sum(x^2)", "c", shapes=small)
    text = source_of("sum(x^2)", "c", shapes=large)
    assert "for (" in text
    assert "gradient[i] = 2.0*x[i];" in text


def test_what_c_promises(tmp_path: Path) -> None:
    """No memory is allocated, buffers share the workspace, and the code is C++, too."""
    text = source_of(PERCEPTRON, "c", ["W1", "b1", "W2", "b2"], SHAPES)
    assert text == source_of(PERCEPTRON, "c", ["W1", "b1", "W2", "b2"], SHAPES)
    assert "malloc" not in text
    assert "double *__restrict gradient, double *__restrict workspace)" in re.sub(r"\s+", " ", text)
    size = int(re.findall(r"#define f_WORKSPACE (\d+)", text)[0])
    assert 0 < size < 40 * 20
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    (tmp_path / "f.cpp").write_text(text)
    flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
    done = subprocess.run([compiler, *flags, tmp_path / "f.cpp"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_parameter_in_c_has_the_name_of_a_macro() -> None:
    assert "double f_WORKSPACE_," in source_of("sum(x^2)*f_WORKSPACE", "c", shapes={"x": (600,)})


def test_products_add_multiples_of_rows() -> None:
    """The innermost loop is along rows, so that compilers can use instructions on vectors."""
    text = source_of("sum((A@B)^2)", "c", ["A"], {"A": (30, 40), "B": (40, 50)})
    assert re.search(r"for \(int k = 0; k < 50; k\+\+\) \{\n +\w+\[50\*i \+ k\] \+= \w+\*B\[j\]\[k\];", text)
    text = source_of("sum(A@x)", "c", [], {"A": (30, 40), "x": (40,)})
    assert "sums[k] += A[i][8*j + k]*x[8*j + k];" in text


LARGER = """
sum(outer(x, y))^2
sum(T*sum(y))^2
sum(T[0] @ T[1].T)
sum(T, axis=(0, 2)) @ x[:2]
sum(where(x > y, x^2, y*x))
sum(max(x, y)*min(x, 0.3))
sum(tril(A @ A.T)^3)
sum(softmax(A, axis=1)*A)
sum(logsumexp(T, axis=(0, 2))^2)
sum(cumsum(x)*y)
sum(cummax(A, axis=1)*A)
sum(roll(x, 5)*x + x[::-1]*y)
sum((x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)
sum(x[::3]^2*y[1::3]^2)
sum(concat(A, 2*A, axis=0)^2*concat(A, A, axis=0))
sum(A[:, [3, 1, 4, 1, 5]]^2)
sum(sort(x)*y)
sum(norm(A, axis=1)*norm(A, axis=1))
sum(einsum("abc,abd->acd", T, T)^2)
sum(var(A, axis=0)*mean(A, axis=0))
y[:29] @ solve(A.T @ A + eye(29), y[:29])
logdet(A @ A.T + eye(17))
sum(reshape(A, (29, 17)) @ A)
sum(scan(0.9*h + y*t for t in range(20), h=y)^2)
""".strip().splitlines()
"""Formulas of arrays with more entries along an axis than there are partial sums."""


@EACH_NESTED
@pytest.mark.parametrize(
    "formulas", [LARGER[:4], pytest.param(LARGER[4:], marks=pytest.mark.slow)], ids=["sums", "rest"]
)
def test_larger_arrays(target: Target, formulas: list[str]) -> None:
    skip_without(target)
    chance = np.random.default_rng(0)
    shapes = {"x": (101,), "y": (101,), "A": (17, 29), "T": (3, 2, 37)}
    values = {name: chance.normal(size=shape) for name, shape in shapes.items()}
    points = [{name: values[name] for name in parse(text).input_names} for text in formulas]
    cases = [Case(text, text, point, list(point)) for text, point in zip(formulas, points, strict=True)]
    assert check(target, cases) == len(cases)


def test_choices_load_both_entries() -> None:
    """GCC 12 vectorizes loads inside of a choice wrongly."""
    text = source_of("sum(where(x > 0, y, z)*x)", "c", ["x"], dict.fromkeys("xyz", (1000,)))
    assert not re.search(r"\? *[yz]\[", text)


def test_indices_out_of_range() -> None:
    """The value and what depends on it are NaN; nothing outside of the array is read."""
    target = TARGETS["c"]
    skip_without(target)
    rows = np.arange(12.0).reshape(4, 3)
    case = Case("", "sum(W[k]^2)", {"W": rows, "k": 1.0}, ["W"])
    (ready,) = expressible(target, [case], unrolled=0)
    points = [{"W": rows, "k": k} for k in (1.0, -1.0, 4.0, -5.0, 0.5)]
    results = run_all(target, [ready], [points])
    assert [value for value, _ in results] == pytest.approx([50.0, 302.0, np.nan, np.nan, np.nan], nan_ok=True)
    assert results[1][1][0] == pytest.approx(np.where(np.arange(4)[:, None] == 3, 2 * rows, 0.0))


def test_what_loops_lack() -> None:
    with pytest.raises(GraphdiffError, match="do not support singular_values of arrays in loops") as caught:
        generate(parse("sum(singular_values(A))"), "c", Request("gradient", ["A"]), {"A": (30, 30)}, "f")
    assert (caught.value.kind, caught.value.hint) == ("value", "the numpy target supports it")


def test_values_that_are_used_twice_again_and_again() -> None:
    lines = [f"v{k + 1} = sin(v{k})*x + y/(1 + v{k}^2)" for k in range(20)]
    texts = [
        source_of("\n".join(["v0 = x*y", *lines[:count], f"sum(v{count})"]), "c", ["x"], {"x": (1000,), "y": (1000,)})
        for count in (10, 20)
    ]
    assert len(texts[1]) < 2.2 * len(texts[0])


@pytest.mark.slow
def test_random_programs() -> None:
    target = TARGETS["c"]
    skip_without(target)
    cases: list[Case] = []

    @repeatable_examples(100)
    @given(programs())
    def draw(program: tuple[str, dict[str, Any]]) -> None:
        cases.append(Case(program[0], program[0], program[1], list(program[1])))

    draw()
    ready = expressible(target, cases, unrolled=0)
    assert len(ready) == len(cases)
    for each, (value, gradients) in zip(ready, run_all(target, ready, [[one.point] for one in cases]), strict=True):
        traced = trace(each.case.program, each.case.point)
        expected = [traced.gradients[name] for name in each.case.wrt]
        for one, other in zip([value, *gradients], [traced.value, *expected], strict=True):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-11), each.case.program


def test_the_longest_axis_is_stored_last() -> None:
    """Where the last one is short, and other loops would not run along entries that follow each other."""
    assert (best_order((600, 4, 3)), best_order((4, 600, 3)), best_order((2, 3, 600))) == ((1, 2, 0), (0, 2, 1), ())
    assert (best_order((30, 40)), best_order((600, 100)), best_order((600,)), best_order(())) == ((),) * 4
    shapes = {"x": (600, 3), "mu": (4, 3), "S": (3, 3), "y": (300, 3)}
    mixture = "c = tanh(x[:, None, :] - mu); sum(logsumexp(-0.5*sum((c@S)^2, axis=2), axis=1))"
    source = source_of(mixture, "c", shapes={name: shapes[name] for name in ("x", "mu", "S")})
    assert "c[1800*i + 600*j + k] = tanh(x[k][j] - " in source
    skip_without(TARGETS["c"])
    chance = np.random.default_rng(2)
    cases = []
    for text in (mixture, "sum(sin(sum(concat(y, exp(y))[:, None, :]*mu, axis=2)))"):
        point = {name: chance.normal(size=shapes[name]) for name in parse(text).input_names}
        cases.append(Case(text, text, point, list(point)))
    assert check(TARGETS["c"], cases) == len(cases)


@pytest.mark.slow
@EACH_NESTED
def test_everything_that_can_be_wanted(target: Target) -> None:
    """Jacobians, Hessians and products with them are the same in loops as entry by entry."""
    skip_without(target)
    shapes = {"W": (2, 3), "x": (3,), "b": (2,)}
    functions: list[Function] = []
    for want in WANTS:
        text = "sum(tanh(W@x + b)^2)" if want in ("gradient", "hessian", "hvp") else "tanh(W@x + b)*W[:, 0]"
        for unrolled in (0, MOST_UNROLLED):
            request = Request(want, ["W", "x"])
            (source, *_), signature = generate(
                parse(text), target.name, request, shapes, f"f{len(functions)}", unrolled=unrolled
            )
            assert signature.has_workspace == (unrolled == 0)
            functions.append(Function(source, signature))
    chance = np.random.default_rng(0)
    operands = [
        [values_like(parameter, chance) for parameter in function.signature.parameters] for function in functions[::2]
    ]
    results = run(target, functions, [(place, operands[place // 2]) for place in range(len(functions))])
    for nested, by_entry in zip(results[::2], results[1::2], strict=True):
        assert [*map(len, nested)] == [*map(len, by_entry)]
        for one, other in zip(nested, by_entry, strict=True):
            assert one == pytest.approx(other, rel=1e-12, abs=1e-14)


def values_like(tree: Tree, chance: np.random.Generator) -> Any:
    """Random numbers for a parameter."""
    return (
        chance.normal(size=tree.shape)
        if isinstance(tree, Leaf)
        else tuple([values_like(each, chance) for each in tree])
    )
