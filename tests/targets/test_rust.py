"""What is special to Rust: its functions to all digits, its editions and versions, and how its source reads."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import mpmath
import pytest

from graphdiff import GraphdiffError
from graphdiff.targets.generate import MOST_UNROLLED, source_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.rust.language import DEFINITIONS
from support.languages import prepare, run_all, skip_without
from support.programs import HOSTILE, Case

RUST = TARGETS["rust"]
COMPILERS = sorted({path for path in (shutil.which("rustc"), "/usr/bin/rustc") if path and Path(path).exists()})
"""The one that is found first, and that of the system, which may be older."""


def values(text: str, places: list[float]) -> list[float]:
    skip_without(RUST)
    case = Case(text, text, {"x": 1.0}, [])
    return [value for value, _ in run_all(RUST, [prepare(RUST, case, "f")], [[{"x": place} for place in places]])]


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        *(("erf", -6.0, 26.0), ("erfc", -6.0, 26.0), ("asinh", -50.0, 50.0), ("acosh", 1.0, 50.0)),
        *(
            ("atanh", -0.9999999, 0.9999999),
            ("expm1", -6.0, 6.0),
            ("log1p", -0.999, 6.0),
            ("cbrt", 0.0, 6.0),
            ("tanh", -6.0, 6.0),
        ),
    ],
)
def test_functions_are_mpmaths(name: str, low: float, high: float) -> None:
    draws = random.Random(name)
    places = [draws.uniform(low, high) for _ in range(400)]
    places += [min(max(low, each), high) for each in (0.84375, 1.25, 1e-5, -1e-9, 1e-300, 1.0 + 1e-9, 0.99999)]
    places += [1e8, 1e155, 1.7e308] if high == 50 else []
    for place, value in zip(places, values(f"{name}(x)", places), strict=True):
        with mpmath.workdps(60):
            exact = getattr(mpmath, name)(mpmath.mpf(place))
            assert abs(value - exact) <= 1e-14 * abs(exact), (name, place)


def test_a_tie_is_rounded_to_even() -> None:
    places = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.0**52 + 1, 1e300, 3.7, -4503599627370497.5]
    assert values("round(x)", places) == [float(round(place)) for place in places]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("edition", ["2015", "2018", "2021", "2024"])
def test_every_edition_without_warnings_and_unsafe_code(compiler: str, edition: str, tmp_path: Path) -> None:
    texts = [
        source_of(each.program, "rust", each.wrt, {}, name) for each, name in zip(HOSTILE, ("f", "Loss_2"), strict=True)
    ]
    texts.append(source_of("sum(erfc(W@x)) + max(k, unused*0)", "rust", None, {"W": (2, 3), "x": (3,)}, "g"))
    source = tmp_path / "formulas.rs"
    source.write_text("\n".join(["#![deny(warnings)]", "#![forbid(unsafe_code)]", *texts]))
    command = [compiler, f"--edition={edition}", "--crate-type=lib", "--emit=metadata", "--out-dir", str(tmp_path)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    if "the latest edition supported by this" in done.stderr:
        return  # older than that edition
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["fn", "self", "f64", "None", "main", "async", "gen"])
def test_names_that_mean_something_else(name: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        source_of("x", "rust", name=name)
    assert caught.value.kind == "usage"
    assert f"pub fn f({name}_: f64)" in source_of(name, "rust")


def test_the_source_reads_as_by_hand() -> None:
    assert source_of("(x + y)*z", "rust", name="loss").splitlines() == [
        "/// Returns the value and its derivatives by x, y, z.",
        "pub fn loss(x: f64, y: f64, z: f64) -> (f64, (f64, f64, f64)) {",
        "    let v1 = x + y;",
        "    (v1*z, (z, z, v1))",
        "}",
    ]
    source = source_of("sum(W@x)", "rust", shapes={"W": (2, 3), "x": (3,)}).splitlines()
    assert source[1:3] == [
        "#[allow(non_snake_case)]",
        "pub fn f(W: &[[f64; 3]; 2], x: &[f64; 3]) -> (f64, ([[f64; 3]; 2], [f64; 3])) {",
    ]
    assert "pub fn f() -> (f64, ()) {" in source_of("2 + 3", "rust")


def test_every_definition_is_used() -> None:
    text = "erf(a) + erfc(b) + round(c) + max(a, b) + min(b, c) + sign(a)*asinh(a) + acosh(b) + atanh(c) + mod(a, b)"
    source = source_of(text, "rust") + source_of("sum(W[k])", "rust", ["W"], {"W": (MOST_UNROLLED,)})
    assert [name for name in DEFINITIONS if f"fn f_{name}(" not in source] == []
