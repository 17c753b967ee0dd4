"""Whatever is typed: a result, or a clear error with exit status 2 or 3; never a traceback, never a half result."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphdiff.cli.main import run

PIECES = st.sampled_from(
    [
        *"xyzσ",
        *"+-*/^=<>,;()#.\n ",
        *["**", "==", "<=", "2", "0", "1e3", "1e308", ".5", "1.", "sin(", "max(", "where(", "pow(", "log(", "exp("],
        *["gate g(x, y) = ", " with ", "g("],
        *["f(x) = ", "f(", "q = ", "relu(", "²", "⁻¹", "√", "−", "·", "π", "pi", "e", "≤", "x₀", "w_0"],
        *[
            "[",
            "]",
            "{",
            "}",
            "|",
            "!",
            "\\",
            "'",
            '"',
            "%",
            "@",
            "\0",
            "\u202e",
            "\x1b[31m",
            "\udcff",
            "½",
            "é",
            "\u0301",
        ],
    ]
)
ARRAY_CALLS = [
    *[
        "sum({a})",
        "sum({a}, axis={n})",
        "mean({a}, axis=({n}, {n}))",
        "max({a})",
        "min({a}, keepdims={a})",
        "prod({a})",
    ],
    *["softmax({a}, axis={n})", "logsumexp({a}, {n})", "norm({a})", "cumsum({a}, axis={n})", "var({a})", "std({a})"],
    *["({a}) @ ({b})", "({a})*({b})", "({a}) + {b}", "{a} > {b}", "max({a}, {b})", "where({a}, {b}, 0)", "-({a})^2"],
    *["det({a})", "inv({a})", "solve({a}, {b})", "logdet({a})", "outer({a}, {b})", "trace({a})", "cofactor({a})"],
    *["({a}).T", "({a})[{n}]", "({a})[{n}:{n}]", "({a})[..., {n}]", "({a})[:, None]", "({a})[{b}]", "({a})[::{n}]"],
    *[
        "transpose({a}, ({n}, {n}))",
        "reshape({a}, {n}, -1)",
        "concat({a}, {b}, axis={n})",
        "[{a}, {b}]",
        "pad({a}, {n})",
    ],
    *["stack({a}, {b})", "roll({a}, {n}, axis={n})", "zeros({n}, {n})", "arange({n})", "one_hot({a}, {n})", "eye({n})"],
    *["windows({a}, {b}, stride={n})", "conv2d({a}, {b}, padding={n})", "maxpool2d({a}, {n})", "pick({a}, {b})"],
    *["cross_entropy({a}, {b})", "tensordot({a}, {b}, axes=({n}, {n}))", "moveaxis({a}, {n}, {n})", "sum_to({a}, {b})"],
    *["place({a}, ({b})[{n}])", "section({a}, {b}, slot={n})", "overlap_add({a}, {b}, {a})", "expand_dims({a}, {n})"],
    *["sum(({a})[k] for k in range({n}))", "sum({a}*k for k in range({n}) if k > {n})", "f(u, n={n}) = u*n; f({a})"],
    *[
        "broadcast_to({a}, {b})",
        "reshape_like({a}, {b})",
        "first({a})",
        "count({a})",
        "one_hot_like({a}, {b})",
        "sqrt({a})",
    ],
]
"""Forms of array programs: {a} and {b} are programs themselves, {n} a number."""
ATOMS = ["A", "x", "y", "s", "i", "2", "[1, 2]", "[[1, 0], [0, 1]]", "[s, 3]", "1e200", "zeros(2)"]
POINT = "A=[[1,2],[3,4]],x=[1,-2],y=[0.5,0,3],s=2,i=1"


@st.composite
def array_programs(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.sampled_from(ATOMS), min_size=2, max_size=3))
    for _ in range(draw(st.integers(1, 4))):
        form = draw(st.sampled_from(ARRAY_CALLS))
        numbers = iter(draw(st.lists(st.integers(-2, 4), min_size=3, max_size=3)))
        while "{n}" in form:
            form = form.replace("{n}", str(next(numbers)), 1)
        a, b = draw(st.sampled_from(parts)), draw(st.sampled_from(parts))
        parts.append(form.replace("{a}", a).replace("{b}", b))
    names = {name for name in "Axysi" if name in parts[-1]}
    return parts[-1] + "".join(f" + 0*sum({name})" for name in sorted(set("Axysi") - names))


EXPRESSIONS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=20))
VALUES = st.one_of(
    st.lists(
        st.one_of(
            st.sampled_from(["x=1", "y=-2", "z=0", "σ=1e300", "x=", "=1", ",", "@", "x=pi/4", "x=1/0", "w=1"]),
            st.text(max_size=5),
        ),
        max_size=4,
    ).map(",".join),
    st.just("x=0.5,y=-2,z=3,σ=1e-3"),
)
OPTIONS = st.lists(
    st.sampled_from(
        [
            "--fuse",
            "--expand",
            "--allow-nonfinite",
            "--wrt=x",
            "--wrt=x,q",
            "--output=q",
            "--output=v1",
            "--upstream=2",
            "--upstream=x",
            "--digits=3",
        ]
    ),
    max_size=3,
)


def outcome(words: list[str], stdin: bytes = b"") -> tuple[int, str, str]:
    streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")]
    with patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        status = run(words)
        streams[1].flush()
        streams[2].flush()
    written = [stream.buffer for stream in streams[1:]]
    out, err = (buffer.getvalue().decode("utf-8") for buffer in written if isinstance(buffer, io.BytesIO))
    return status, out, err


def check(words: list[str], stdin: bytes = b"") -> None:
    status, out, err = outcome([*words[:1], "--json", *words[1:]], stdin)
    assert status in (0, 2, 3)
    if status == 0:
        document = json.loads(out)
        assert err == ""
        for step in document["backward"]:
            for edge in step["edges"]:
                if "structure" in edge:
                    continue
                numbers = [step["upstream"], edge["local"], edge["downstream"]]
                if all(isinstance(number, float) for number in numbers):
                    assert edge["downstream"] in (step["upstream"] * edge["local"], 0.0)
    else:
        assert out == ""
        error = json.loads(err)["error"]
        assert error["message"]
        assert (error["kind"] == "nonfinite") == (status == 3)
    status, out, err = outcome(words, stdin)
    assert "\x1b" not in out + err
    assert "Traceback" not in err


SETTINGS = settings(derandomize=True, max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(EXPRESSIONS, VALUES, OPTIONS)
@example("f(x) = f(x)", "", [])
@example("9^9^9^9", "", [])
@example("1e999", "", [])
@example("x.__class__", "x=1", [])
@example("[red]x[/red]", "x=1", [])
@example("x # [red]", "x=1", [])
@example("", "", [])
@example("x\0y", "", [])
@example("--help me", "", [])
@example("x = x", "x=1", [])
@example("e", "e=2", ["--wrt=e"])
def test_command_lines(expression: str, values: str, options: list[str]) -> None:
    check(["eval", f"--at={values}", *options, "--", expression])


@settings(SETTINGS, max_examples=1000)
@given(array_programs(), st.sampled_from([[], ["--upstream=1"], ["--upstream=[1,2]", "--expand"]]))
def test_array_programs(program: str, options: list[str]) -> None:
    check(["eval", f"--at={POINT}", "--allow-nonfinite", *options, "--", program])


@settings(SETTINGS, max_examples=200)
@given(st.one_of(array_programs().map(lambda text: (text, POINT)), EXPRESSIONS.map(lambda text: (text, "x=2,y=3,z=0"))))
def test_documents(program: tuple[str, str]) -> None:
    """What eval can tell as a table, it can as a document, and explain and draw can too."""
    words = [f"--at={program[1]}", "--upstream=2", "--allow-nonfinite", "--", program[0]]
    status, _, _ = outcome(["eval", *words])
    forms = [["eval", "--format=html"], ["eval", "--format=latex"], ["explain"], ["explain", "--json", "--limit=3"]]
    forms += [["draw", f"--format={form}", "--patterns"] for form in ("txt", "svg", "dot", "mmd", "tex")]
    for form in forms:
        found, out, err = outcome([*form, *words])
        assert (found, bool(out), bool(err)) == (status, status == 0, status != 0)


@settings(SETTINGS, max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_npy_files(noise: bytes, place: int) -> None:
    """A file that is not as NumPy writes it, wherever it is spoilt."""
    buffer = io.BytesIO()
    np.save(buffer, np.arange(6.0).reshape(2, 3))
    data = buffer.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npy")
        path.write_bytes(data[:place] + noise + data[place + len(noise) :])
        check(["eval", "sum(x)", f"--at=x=@{path}"])


@SETTINGS
@given(
    st.lists(
        EXPRESSIONS | st.sampled_from(["--at", "--json", "-f", "--", "-", "--digits", "--format", "eval"]), max_size=5
    )
)
def test_words(words: list[str]) -> None:
    """Words in any order; only files are kept out of reach."""
    words = [word for word in words if word != "-f"]
    assert outcome(["eval", *words])[0] in (0, 2, 3)


@SETTINGS
@given(st.one_of(st.binary(max_size=50), EXPRESSIONS.map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example(b"\xef\xbb\xbfx + 1")
@example(b"x\r\n+ 1")
@example(b"\xff")
def test_standard_input(data: bytes) -> None:
    check(["eval", "-", "--at=x=1"], data)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**5,
        "1" * 10**5,
        "(" * 10**5,
        ")" * 10**5,
        "x " * 10**5,
        "sin(" * 10**5,
        "-" * 10**5,
        "x^" * 10**5,
        "\n" * 10**5,
        "#" * 10**5,
        "x=1;" * 10**4,
        "f(x)=x;" * 10**4,
        "," * 10**5,
        "√" * 10**5,
        "²" * 10**5,
    ],
    ids=lambda text: text[:4],
)
def test_long_input(text: str) -> None:
    check(["eval", text])


TABLES = {
    "csv": b'x,y,k\n1,2,a\n3,4,"b\nc"\n',
    "jsonl": b'{"x": 1, "y": 2, "k": [1, {"a": null}]}\n{"x": 3, "y": 4}\n',
}
SPOILT = [b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"{", b"[", b"nan", b"1e999", b"0", b"x", b"\xef\xbb\xbf"]


@settings(SETTINGS, max_examples=300)
@given(
    form=st.sampled_from(["csv", "jsonl", "parquet"]),
    spoils=st.lists(st.tuples(st.sampled_from(SPOILT), st.floats(0, 1), st.integers(0, 3)), max_size=3),
    written=st.sampled_from(["csv", "jsonl", "parquet"]),
    options=st.sampled_from([[], ["--on-error=null"], ["--allow-nonfinite"]]),
)
def test_tables(
    form: str, spoils: list[tuple[bytes, float, int]], written: str, options: list[str], parquet_table: bytes
) -> None:
    """A table in which pieces are put in the place of others: rows, or an error that says what is wrong."""
    data = TABLES.get(form, parquet_table)
    for piece, place, removed in spoils:
        at = round(place * len(data))
        data = data[:at] + piece + data[at + removed :]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        status, nothing, err = outcome(
            ["map", "log(x)/y", "--data=-", f"--from={form}", f"--format={written}", "-o", str(out), *options], data
        )
        assert (nothing, out.exists()) == ("", status == 0)
        assert status in (0, 2, 3)
        assert bool(err) == (status != 0 or err.startswith("note: "))


@pytest.fixture(scope="module")
def parquet_table() -> bytes:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table({"x": [1.0, 2.0, 3.0], "y": [1, 2, 3], "k": ["a", "b", None]}), buffer)
    return buffer.getvalue()
