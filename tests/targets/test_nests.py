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

from graphdiff import GraphdiffError, parse
from graphdiff.checking.runner import Function, run
from graphdiff.passes.request import WANTS, Request
from graphdiff.targets.generate import MOST_UNROLLED, generate, source_of
from graphdiff.targets.registry import TARGETS, Program, Target
from graphdiff.targets.results import Leaf, Tree
from support.languages import EACH_NESTED, expressible, run_all, skip_without
from support.programs import ARRAYS, EACH_PRIMITIVE, EDGES, EXAMPLES, TOLERANCE, Case, assert_is_the_trace

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


def test_products_add_multiples_of_rows() -> None:
    """The innermost loop is along rows, so that compilers can use instructions on vectors."""
    text = source_of("sum((A@B)^2)", "c", ["A"], {"A": (30, 40), "B": (40, 50)})
    assert re.search(r"for \(int k = 0; k < 50; k\+\+\) \{\n +\w+\[50\*i \+ k\] \+= \w+\*B\[j\]\[k\];", text)
    text = source_of("sum(A@x)", "c", [], {"A": (30, 40), "x": (40,)})
    assert "sums[k] += A[i][8*j + k]*x[8*j + k];" in text


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


@pytest.mark.sampled(2)
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
            source, _, signature = generate(
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
