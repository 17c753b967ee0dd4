"""The JSON contract: every document satisfies its schema, every field of a schema occurs, and the page shows both."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from graphdiff.cli.main import COMMANDS
from graphdiff.cli.words import EVALUATE
from graphdiff.errors import GraphdiffError
from graphdiff.report.diagnostic import error_document
from graphdiff.report.json_document import VERSION
from support import examples, hostile
from support.schemas import FOLDER, Schema
from support.small_readers import use_small_readers

Command = Callable[..., Any]
ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
HOSTILE = shlex.join([hostile.PROGRAM, "--at", ",".join(f"{name}={value}" for name, value in hostile.POINT.items())])
OWN_GATE = "'gate sigma(u) = 1/(1+exp(-u)) with y*(1-y); sigma(w*x)'"
WRONG_GATE = "'gate sigma(u) = 1/(1+exp(-u)) with y; sigma(x)*a[i]' --at x=1,a=[1,2],i=1"

PRECISE = "'(x+y)*z + exp(-x)' --at x=1e-400,y=1/3,z=1e999 --precision 30"
COLLAPSED = "'z = w*x + b; a = sigmoid(z); L = (a - y)^2 + 0*w' --at w=1,x=2,b=3,y=1 --collapse"
AT_A_POINT = [
    "2",
    "x --at x=1",
    "'(x+y)*z' --at x=-2,y=5,z=-4 --wrt z",
    "'x = a+b; y = b+c; z = x*y' --at a=-1,b=3,c=4",
    "'max(x, y)*abs(x - 1)' --at x=1,y=1",
    "'clip(x, 0, 1) + relu(x - 1) + where(x > 0, x, y)' --at x=1,y=2",
    f"{OWN_GATE} --at w=2,x=-1",
    f"{OWN_GATE} --at w=2,x=-1 --expand",
    HOSTILE,
    "'sum((W@x)^2)' --at 'W=[[1,2],[3,4]],x=[5,6]'",
    "'W@x' --at 'W=[[1,2],[3,4]],x=[5,6]' --upstream [1,2]",
    "'sum(sin(x*y)*a[i])' --at 'x=2,y=[[1],[2]],a=[1,2],i=true'",
    "'det(A) + sum(softmax(x))' --at 'A=[[1,2],[3,4]],x=[1,1]'",
    "'max(x)' --at x=[1,1]",
    "'sum(A@B)' --at 'A=[[1,2,3],[4,5,6],[7,8,9]],B=[[1,2,3],[4,5,6],[7,8,9]]'",
    "'x/0 - y/0 + log(0 - z)' --at x=1,y=1,z=1 --allow-nonfinite",
    "'sum(log(x))' --at x=[0,-1,1] --allow-nonfinite",
    "'-x/0' --at x=1 --allow-nonfinite",
]
"""Arguments of every command that needs a point: numbers, arrays, kinks, gates with derivatives, what is not finite."""

ACCURACY = [
    "'(1-exp(-x))/x' --at x=1e-12",
    "'x/sqrt(x^2+y^2)' --at x=1e200,y=1e200",
    "'x*1e-200*1e-200*1e300' --at x=1",
    "'log(sum(exp(x)))' --at x=[1000,0] --allow-nonfinite",
    "'s = sum(ones(100, 100)@ones(100, 100)); (s + 1e17*x) - 1e17*x' --at x=0.1234567",
    "'relu(x)-relu(-x)' --at x=0",
    "'where(x==0,1,(exp(x)-1)/x)' --at x=0",
    "'sum(where(x*ones(7000) > 0, x, -x))' --at x=0",
]
"""Points at which numbers are inaccurate, of too many operations to say the right ones, or at kinks."""

UNCERTAIN = [
    "'x*y' --at x=2±0.1,y=3±0.1 --correlation x,y=0.5",
    "'x^2' --at x=0±0.1",
    "'x + y' --at x=1±0.1,y=1±0.1 --correlation x,y=-1",
    "'abs(x)' --at x=0±0.1",
    "'log(x)' --at x=0.3±0.5",
    "'w*x' --at w=[1±0.1,2],x=2±0.1 --upstream 1 --correlation w[0],x=0.5",
]
"""Points with uncertainties."""

FOREIGN = [r"'x \cdot y' --at x=1,y=2", "'lambda x: x*x' --at x=1"]
"""Formulas in other languages."""

FITTED = [
    "'rate = V*concentration/(K + concentration)' --data examples/data/enzyme.csv --start V=200,K=0.1",
    "'damage = a + b*temperature + c*0' --data examples/data/launches.csv --start a=0,b=0,c=0 --loss huber",
    r"'damage = b \cdot temperature' --data examples/data/launches.csv --start b=0",
    "'damage = lambda temperature, b: b*temperature' --data examples/data/launches.csv --start b=1 --loss soft_l1",
    "'damage = c*temperature + k' --data examples/data/launches.csv --start c=0.1 --bounds c=0: --at k=1",
]
GRADED = [
    "'q = x + y; q*z' --at x=-2,y=5,z=-4 --answers examples/answers.csv",
    "'q = x + y; q*z' --at x=-2,y=5,z=-4 --answer d_y=4,q=7",
    "'sin(3*x)' --at x=0.7 --answer 'd_x=cos(3*x)'",
    "'exp(x^2)' --at x=1.3 --answer 'd_x=2*x'",
    "'x^2*sin(x)' --at x=1.3 --answer 'd_x=2*x*cos(x)'",
    "'x*exp(x)' --at x=1.3 --answer 'd_x=exp(x)'",
    "'x/(x + 1)' --at x=1.3 --answer 'd_x=-1/(x + 1)^2'",
    "'x*y' --at x=2,y=7 --answer d_x=2",
    "'log(x)' --at x=2 --answer 'd_x=1/log(x)'",
    "'x^4' --at x=1.3 --answer 'd_x=x^5/5,value=4*x'",
    "'x^4' --at x=1.3 --answer 'd_x=4*x^4'",
    "'x/3' --at x=1.3 --answer d_x=0.33",
    "'sum(A@B)' --at 'A=[[1,2],[3,4]],B=[[1,0],[5,7]]' --answer 'd_A=[[1,1],[12,12]]'",
    *(f"{words} --answer d_x=1" for words in FOREIGN),
]
"""Answers with every kind of slip."""

LOOP = "'fold(h/2 + x/(2*h) for t in range(5), h=1)' --at x=2"
LINES = {
    "eval": [
        f"eval {words} --json" for words in [*AT_A_POINT, *ACCURACY, *UNCERTAIN, *FOREIGN, PRECISE, COLLAPSED, LOOP]
    ]
    + ["eval 'sum(A@x)' --at 'A=[[1,2,3,4,5,6,7],[1,2,3,4,5,6,7]],x=[1,2,3,4,5,6,7]' --jacobian --json"],
    "eval-lines": [
        f"eval {words} --format jsonl" for words in [*AT_A_POINT, *ACCURACY, *UNCERTAIN, *FOREIGN, PRECISE, LOOP]
    ]
    + ["eval sinx+x --at sinx=1,x=2 --format jsonl"],
    "explain": [
        f"explain {words} --json" for words in [*AT_A_POINT, *ACCURACY, *UNCERTAIN, *FOREIGN, PRECISE, COLLAPSED]
    ]
    + [
        "explain 'x^2*x + x' --at x=2 --limit 1 --json",
        f"explain '{'; '.join(['x0 = x', *(f'x{n + 1} = x{n} + x{n}' for n in range(60))])}' --at x=1 --limit 1 --json",
    ],
    "explain-formulas": [
        "explain 'x^2*x + x' --limit 1 --json",
        "explain 'sum((W@x)^2)' --shape W=2x2,x=2 --collapse --json",
        r"explain 'x \cdot y' --json",
        "explain 'lambda x: x*x' --json",
        "explain sinx+x --json",
        f"explain '{'; '.join(['x0 = x', *(f'x{n + 1} = x{n} + x{n}' for n in range(60))])}' --limit 1 --json",
    ],
    "check": [f"check {words} --json" for words in [*AT_A_POINT, *FOREIGN]]
    + [
        f"check {WRONG_GATE} --json",
        "check 'sum(x^2)' --at x=[1,2] --target python --json",
        "check 'x^y' --at x=2,y=3 --precision 30 --json",
        "check '(1-exp(-x))/x' --at x=1e-12 --json",
        "check 'relu(x) - relu(-x)' --at x=0 --target python --json",
    ],
    "diff": [f"diff {words} --json" for words in [*ACCURACY, *FOREIGN]]
    + [
        "diff 's = sum(ones(100, 100)@ones(100, 100)); x*((s + 1e17*x) - 1e17*x)' --at x=0.1234567 --json",
        "diff 'a*(b*c)*d' --at a=1,b=1e-200,c=1e-200,d=1e300 --wrt a --json",
        "diff '1/abs(x)' --at x=0 --allow-nonfinite --json",
        "diff 'abs(x)' --order 2 --at x=0 --json",
        "diff 'x^3*y' --hessian --json",
        "diff 'x^3*y' --hessian --at x=2,y=3 --json",
        "diff 'sin(x*y)' --direction x=1,y=2 --json",
        "diff 'sum((W@x)^2)' --shape W=2x3,x=3 --json",
        "diff 'x*[1,2]' --jacobian --at x=3 --json",
        "diff 'sin(x^2)*cos(x^2)' --steps --json",
        "diff 'x/0 - y/0 + log(z)' --at x=1,y=1,z=-1 --allow-nonfinite --json",
        "diff '(x - 1)*log(y)' --at x=1,y=0 --allow-nonfinite --json",
        f"diff {OWN_GATE} --json",
    ],
    "fit": [f"fit {words} --json" for words in FITTED],
    "grade": [f"grade {words} --json" for words in GRADED],
    "ops": [f"ops {words} --json" for words in ["", "+", "max", "gelu", "sigmoid", "terms", "swap multiplier"]],
    "error": [
        "eval '(x' --json",
        "eval '1/(1+exo(-x))' --at x=1 --format jsonl",
        "eval 'x*y' --at x=foo --json",
        "eval 'x*y' --at x=[1,[2]] --json",
        "explain -f none.gd --json",
        "eval -f examples/neuron.gd --json",
        "eval 'log(x)' --at x=-1 --json",
        "check 'zeros(100000, 100000)' --json",
        "diff x --order 0 --json",
        "ops sine --json",
        "map x --data none.csv --format jsonl",
        "evl x --json",
        "x --josn --json",
        "--json",
    ],
}
"""Command lines whose documents, those of errors included, each schema is to describe."""
READ_ME = re.findall(r"^\$ graphdiff (.+?)(?: \| .*)?$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def documents(line: str, command: Command) -> list[Any]:
    """What a command line prints: on standard output, of an error on standard error."""
    result = command(*shlex.split(line))
    is_error = result.status > 1
    has_messages = result.err.startswith(("warning: ", "read as: ", "note: "))
    assert bool(result.err) == is_error or has_messages, (line, result.err)
    output = result.err if is_error else result.out
    return [json.loads(text, parse_constant=pytest.fail) for text in output.splitlines()]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", LINES)
def test_documents_satisfy_their_schema(name: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """And every field and every choice of the schema occurs in one of them."""
    use_small_readers(monkeypatch)
    monkeypatch.chdir(ROOT)
    schema = Schema(name)
    for line in LINES[name]:
        for document in documents(line, command):
            schema.check(document, line)
            for each in document if isinstance(document, list) else [document]:
                assert next(iter(each.items())) == ("version", VERSION), line
    if name == "error":  # a cluster that fails would take a while
        schema.check(error_document(GraphdiffError("cluster", "no scheduler answers")))
    assert schema.unseen() == []


@pytest.mark.sampled(16)
@pytest.mark.parametrize("program", examples.PROGRAMS, ids=[program.stem for program in examples.PROGRAMS])
def test_every_example(program: Path, command: Command) -> None:
    """Of check tests/test_examples.py holds the documents against their schema."""
    arguments = f"-f {program} --at @{program.with_suffix('.json')}"
    for name, line in {
        "eval": f"eval {arguments} --json",
        "eval-lines": f"eval {arguments} --format jsonl",
        "explain": f"explain {arguments} --limit 1 --json",
        "diff": f"diff {arguments} --json",
    }.items():
        schema = Schema(name)
        for document in documents(line, command):
            schema.check(document, line)


@pytest.mark.parametrize("line", READ_ME)
def test_the_readme(line: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    word = line.split()[0]
    name = word if word in COMMANDS else EVALUATE
    if name in LINES:
        for document in documents(line if "--json" in line else f"{line} --json", command):
            Schema("error" if "error" in document else name).check(document, line)


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_valid(name: str) -> None:
    Draft202012Validator.check_schema(Schema(name).content)


def test_every_document_has_a_schema() -> None:
    assert {*LINES, "common"} == {*NAMES}


@pytest.mark.parametrize(
    "change",
    [
        {"version": VERSION + 1},
        {"more": 1},
        {"value": "inf"},
        {"value": []},
        {"value": [1, None]},
        {"at": {"x": None}},
        {"gradients": {"x": True}},
        {"forward": [{"step": 1}]},
        {"accumulated": None},
    ],
    ids=str,
)
def test_schemas_reject_other_documents(change: dict[str, Any], command: Command) -> None:
    (document,) = documents("eval 'x*y' --at x=1,y=2 --json", command)
    validator = Draft202012Validator(Schema("eval").content)
    assert validator.is_valid(document)
    assert not validator.is_valid({**document, **change})
    for name in document:
        assert not validator.is_valid({key: value for key, value in document.items() if key != name})
    step = {**document["backward"][0], "more": 1}
    assert not validator.is_valid({**document, "backward": [step]})


def test_the_contract_is_in_step() -> None:
    files = runpy.run_path(str(ROOT / "docs" / "json_contract.py"))["contract_files"]()
    assert len(files) == len(NAMES) + 1
    for path, text in files.items():
        assert path.read_text("utf-8") == text, f"{path.name}: python docs/json_contract.py"


CONSOLE = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", PAGE)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("line", "output"), CONSOLE, ids=[line[:40] for line, _ in CONSOLE])
def test_the_page(line: str, output: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its examples print what it shows; jq is asked where there is a filter."""
    monkeypatch.chdir(ROOT)
    typed, _, piped = line.partition(" | ")
    result = command(*shlex.split(typed)[1:])
    printed = result.out or result.err
    if piped.startswith("jq "):
        if shutil.which("jq") is None:
            pytest.skip("needs jq")
        printed = subprocess.run(shlex.split(piped), input=printed, capture_output=True, check=True, text=True).stdout
    assert _values(printed) == _values(output)


def _values(text: str) -> list[Any]:
    """The JSON of a text, in one document or in lines; lines of any other text as they are."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) if line.startswith("{") else line for line in text.splitlines()]


def test_the_page_shows_every_document() -> None:
    assert all(f"schema/{name}.json" in PAGE for name in LINES)
    commands = {"eval", "explain", "check", "diff", "fit", "grade", "ops", "map"}
    assert {line.split()[1] for line, _ in CONSOLE} == commands


def test_python_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    exec(compile(code, "json.md", "exec"), {})
