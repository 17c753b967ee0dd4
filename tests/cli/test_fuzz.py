"""Whatever is typed: a result, or a clear error with exit status 2 or 3; never a traceback, never a half result."""

from __future__ import annotations

import io
import json
import sys
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphdiff.cli.main import run

PIECES = st.sampled_from(
    [
        *"xyzσ",
        *"+-*/^=<>,;()#.\n ",
        *["**", "==", "<=", "2", "0", "1e3", "1e308", ".5", "1.", "sin(", "max(", "where(", "pow(", "log(", "exp("],
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
