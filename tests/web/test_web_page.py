"""The page that holds all of graphdiff, in Chromium and Firefox, from a file and without a network."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest

from support.web import PAGE, PROGRAMS, ROOT, visit

pytestmark = pytest.mark.slow

LARGEST = 9_000_000
"""Bytes of the page as servers send it, compressed by gzip."""
TYPED = [
    ("1/(1+exp(-(w0*x0+w1*x1+w2)))", "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"),
    ("(x+y)*z", "x=-2,y=5,z=-4"),
    ("-x^2 + 2x", "x=3"),
    ("x = a+b; y = b+c; z = x*y", "a=-1,b=3,c=4"),
    (r"\frac{1}{1 + e^{-z}}", "z=0.5"),
    (r"\sqrt{x^2 + y^2}", "x=3,y=4"),
    ("lambda x: math.tanh(x)**2", "x=0.5"),
    ("sin(x)/x", "x=0"),
    ("max(x, y) + abs(z)", "x=1,y=1,z=0"),
    ("log(1 - sigmoid(x))", "x=40"),
    ("sigma(u) = 1/(1+exp(-u)); sigma(w*x + b)", "w=2,x=1,b=-1"),
    ("sum(w[k]*a[k] for k in range(3))", "w=[1,2,3],a=[4,5,6]"),
    ("fold(h/2 + x/(2*h) for t in range(9), h=1)", "x=2"),
    ("where(x > 0, x, 0.1x)", "x=-2"),
    ("σ(x) + π", "x=1"),
    ("2^3^2", ""),
    ("x!", "x=4"),
    ("|x - y|", "x=1,y=3"),
    ("atan2(y, x)", "x=1,y=2"),
    ("x y", "x=1,y=2"),
    ("gamma = 1/sqrt(1 - v^2); gamma*m", "v=0.6,m=2"),
    ("lgamma(x) + erf(x)", "x=2.5"),
    ("a if a > b else b", "a=1,b=2"),
    ("1e400*x", "x=1"),
    ("log_2(x)", "x=8"),
    ("x % y", "x=7,y=3"),
    ("cbrt(x)*hypot(x, y)", "x=8,y=6"),
    ("softplus(x) - relu(x)", "x=-1"),
    ("(((((x)))))", "x=1"),
    ("normal_logpdf(x, mu, s)", "x=1,mu=0,s=2"),
]
HOSTILE = [
    "<img src=x onerror=document.title=1>",
    "</script><script>document.title=1</script>",
    "`<b onclick=document.title=1>`*x",
    "'\"><svg onload=document.title=1>",
    "x" * 20_000,
    "(" * 3_000 + "x" + ")" * 3_000,
    "+".join(["x"] * 300),
    "\x00\ud7ff\u202e\u2028${x}{{x}}",
    "--help",
    "-f /etc/passwd",
    "@x",
]


def _examples() -> list[tuple[str, str]]:
    """The formulas and points of the examples of `graphdiff eval` in the README and the documentation that have no
    other options than --at and --json, and no shell around them."""
    found = []
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for line in re.findall(r"^\$ graphdiff eval (.*?)(?: \|.*)?$", path.read_text("utf-8"), re.MULTILINE):
            words = shlex.split(line)
            points = [point for name, point in pairwise(words[1:]) if name == "--at"]
            others = [word for word in words[1:] if word not in ("--at", "--json", "--format", *points)]
            if not others and not words[0].startswith("-") and "@" not in "".join(points):
                found.append((words[0], ",".join(points)))
    return list(dict.fromkeys(found))


def _answer(command: Callable[..., Any], formula: str, point: str) -> tuple[int, str, str]:
    at = [f"--at={point}"] if point.strip() else []
    run = command("eval", *at, "--json", "--", formula)
    return run.status, run.out, run.err


def _check_state(command: Callable[..., Any], formula: str, point: str, seen: dict[str, str]) -> None:
    """Compare what the page shows with the command line."""
    if not formula.strip():
        assert (seen["problem"], seen["result"]) == ("", "")
        return
    status, out, err = _answer(command, formula, point)
    if "NumPy" in seen["problem"]:  # which the page lacks
        assert {*"[±"} & {*point, *formula} or status != 0, formula
    elif status == 0:
        assert seen["problem"] == "", formula
        assert json.loads(seen["pane"]) == json.loads(out), formula
    else:
        assert json.loads(err)["error"]["message"].partition("\n")[0][:60] in seen["problem"], formula
        assert seen["result"] == ""


@pytest.mark.parametrize("browser", PROGRAMS)
def test_examples_give_the_numbers_of_the_command_line(browser: str, command: Callable[..., Any]) -> None:
    examples = _examples()
    assert len(examples) >= 5
    steps = [{"formula": formula, "point": point, "pane": "JSON"} for formula, point in examples]
    found = visit(browser, *steps)
    for (formula, point), seen in zip(examples, found.seen, strict=True):
        _check_state(command, formula, point, seen)
    assert found.messages == []
    assert all(each.startswith(("file:", "blob:", "data:")) for each in found.requests)


@pytest.mark.parametrize("browser", PROGRAMS)
def test_each_key_shows_what_the_command_line_would(browser: str, command: Callable[..., Any]) -> None:
    formulas = TYPED if browser == "chromium" else TYPED[:6]
    keys = [(text, point) for formula, point in formulas for text in accumulate(formula)]
    first = {"formula": "", "pane": "JSON"}
    found = visit(browser, first, *({"formula": text, "point": point} for text, point in keys))
    for (text, point), seen in zip(keys, found.seen[1:], strict=True):
        _check_state(command, text, point, seen)
    assert found.messages == []


@pytest.mark.parametrize("browser", PROGRAMS)
def test_what_is_typed_or_linked_is_never_markup(browser: str) -> None:
    from urllib.parse import urlencode

    steps: list[dict[str, Any]] = []
    for text in HOSTILE:
        for pane in ("circuit", "tables", "code"):
            steps.append({"formula": text, "point": f"x=1,{text[:40]}=2", "pane": pane})
        steps.append({"formula": text, "point": "x=1", "pane": "circuit"})
        link = urlencode({"formula": text, "at": text[:500], "pane": text[:50], "wrt": text[:50]}, errors="replace")
        steps.append({"open": f"?{len(steps)}#{link}"})
        steps.append({"evaluate": "() => [document.title, document.querySelectorAll('main img, main script').length]"})
    steps.append({"formula": "(x+y)*z", "point": "x=-2,y=5,z=-4", "pane": "circuit", "options": {"wrt": ""}})
    found = visit(browser, *steps)
    assert [each for each in found.seen if isinstance(each, list)] == [["graphdiff", 0]] * len(HOSTILE)
    assert "-12" in found.seen[-1]["result"]
    assert found.messages == []


def test_a_long_computation_does_not_freeze_the_page_and_is_stopped() -> None:
    wait = "() => new Promise((done) => setTimeout(() => done(document.getElementById('stop').hidden), 2000))"
    type_long = """() => {
        const field = document.getElementById("formula");
        field.value = "prod(sin(x + k)*cos(x*k) for k in range(30000))";
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }"""
    stop = "() => document.getElementById('stop').click()"
    steps = [
        {"formula": "x", "point": "x=1", "pane": "circuit"},
        {"evaluate": type_long},
        {"evaluate": wait},
        {"evaluate": stop},
    ]
    found = visit("chromium", *steps, {"formula": "x^2", "point": "x=3"})
    assert found.seen[2] is False
    assert "value 9" in found.seen[4]["result"]


def test_a_formula_too_large_for_the_page_is_refused_and_the_page_goes_on() -> None:
    found = visit("chromium", {"formula": "+".join(["x"] * 30_000), "point": "x=1"}, {"formula": "x^2", "point": "x=3"})
    assert "too large" in found.seen[0]["problem"]
    assert "value 9" in found.seen[1]["result"]


@pytest.mark.parametrize("pane", ["circuit", "tables", "derivative", "plot", "code", "check", "grade", "export"])
def test_axe_finds_nothing(pane: str) -> None:
    fields = {"formula": "1/(1+exp(-(w*x+b)))", "point": "w=2,x=-1,b=3", "pane": pane}
    assert visit("chromium", fields, {"axe": True}).seen[1] == []


def test_panes_show_what_commands_print(command: Callable[..., Any]) -> None:
    commands = {
        "tables": ["eval"],
        "explain": ["explain"],
        "derivative": ["diff", "--order", "1", "--steps"],
        "code": ["compile", "--to", "python"],
        "check": ["check"],
    }
    fields = {"formula": "log(x)*y^2", "point": "x=2,y=3"}
    found = visit("chromium", *({**fields, "pane": pane} for pane in commands))
    for (name, *options), seen in zip(commands.values(), found.seen, strict=True):
        at = [] if name in ("diff", "compile") else ["--at", fields["point"]]
        assert seen["pane"] == command(name, fields["formula"], *at, *options).out, name


def test_a_link_holds_the_formula_the_point_and_the_options() -> None:
    fields = {"formula": "a*b # α & <β>", "point": "a=1,b=2", "pane": "tables", "options": {"wrt": "b"}}
    there = visit("chromium", fields).seen[0]
    (back,) = visit("firefox", {"open": f"?link{there['hash']}"}).seen
    assert back == there


def test_size() -> None:
    import gzip

    if not PAGE.exists():
        pytest.skip("needs the page: python web/build.py")
    assert len(gzip.compress(Path(PAGE).read_bytes(), 9)) <= LARGEST


def test_print_has_the_formula_the_point_and_whole_lines() -> None:
    fields = {"formula": "+".join(f"x{place}" for place in range(60)), "pane": "code"}
    fields["point"] = ",".join(f"x{place}=1" for place in range(60))
    style = """() => [document.getElementById("printed").textContent, ...["printed", "formula", "point", "tabs"].map(
        (id) => getComputedStyle(document.getElementById(id)).display), document.documentElement.scrollWidth]"""
    printing = {"picture": "/dev/null", "width": 700, "height": 900, "print": True}
    (text, *displays, width) = visit("chromium", fields, printing, {"evaluate": style}).seen[2]
    assert text == f"{fields['formula']}\nat {fields['point']}"
    assert displays == ["block", "none", "none", "none"]
    assert width <= 700


def test_the_chosen_tab_and_all_sliders_are_in_view_on_a_phone() -> None:
    narrow = {"picture": "/dev/null", "width": 390, "height": 844}
    click = """() => {
        document.getElementById("tab-export").click();
        const { left, right } = document.getElementById("tab-export").getBoundingClientRect();
        return [left >= 0, right <= innerWidth, document.documentElement.scrollWidth];
    }"""
    fields = {"formula": "w0*x0+w1*x1+w2", "point": "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"}
    assert visit("chromium", narrow, fields, {"evaluate": click}).seen[2] == [True, True, 390]


def test_notes_on_the_reading_do_not_hide_the_circuit() -> None:
    seen = visit("chromium", {"formula": r"\frac{1}{x}", "point": "x=2", "pane": "circuit"}).seen[0]
    assert "1/x" in seen["notes"]
    assert "Backward pass" in seen["pane"]


def test_every_export_is_saved() -> None:
    save = """async () => {
        const saved = [];
        HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
        const wait = () => new Promise((done) => setTimeout(done, 20));
        for (const button of document.querySelectorAll(".buttons button:not(:last-child)")) {
            const message = document.querySelector("#pane [role=status]");
            message.textContent = "";
            button.click();
            while (!message.textContent) await wait();
            if (!message.textContent.startsWith("saved ")) return message.textContent;
        }
        return saved;
    }"""
    fields = {"formula": "(x+y)*z", "point": "x=-2,y=5,z=-4", "pane": "export"}
    saved = visit("chromium", fields, {"evaluate": save}).seen[1]
    assert {"trace.json", "circuit.png", "circuit.mmd", "circuit.tex", "worksheet.xml", "diff.tex"} <= set(saved)
    assert len(saved) == 24


def test_sliders_follow_the_point() -> None:
    """Also after one was moved and never let go; without a point there are none."""
    move = """() => {
        const [slider] = document.querySelectorAll("#sliders input");
        slider.value = 1;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }"""
    read = "() => document.getElementById('sliders').hidden || document.getElementById('sliders').innerText"
    first = {"formula": "x*y", "point": "x=3,y=2", "pane": "tables"}
    second, third = {"formula": "2z", "point": "z=5"}, {"formula": "2z", "point": ""}
    steps = [first, {"evaluate": move}, {}, second, {"evaluate": read}, third, {"evaluate": read}]
    seen = visit("chromium", *steps).seen
    assert "at x = 1, y = 2: value 2" in seen[2]["pane"]
    assert seen[4].split() == ["z", "5"]
    assert seen[6] is True


def test_an_error_keeps_the_last_tables_and_questions_wait_for_each_other() -> None:
    fields = {"formula": "x*y", "point": "x=3,y=2", "pane": "tables"}
    click = """() => {
        document.getElementById("tab-export").click();
        for (const button of document.querySelectorAll(".buttons button:not(:last-child)")) button.click();
    }"""
    seen = visit("chromium", fields, {"formula": "x*"}, {"evaluate": click}, {"formula": "x*y", "pane": "tables"}).seen
    assert seen[1]["pane"] == seen[3]["pane"] == seen[0]["pane"]
    assert "expected an operand" in seen[1]["problem"]
