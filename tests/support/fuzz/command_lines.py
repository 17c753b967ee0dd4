"""Command lines made from choices."""

from __future__ import annotations

import json
import re
from importlib import import_module

import click

from graphdiff.cli.main import COMMANDS
from graphdiff.cli.words import EVALUATE
from graphdiff.targets.registry import RUNNABLE
from support.fuzz import language
from support.fuzz.choices import Choices, spoil
from support.fuzz.outcomes import Line

OUTPUTS = ["out.svg", "out.txt", "out.json", "none/out", "-", "out.html", "out.dot", "out.csv", "out.tex", "out.mmd"]
INPUTS = ["program.gd", "point.json", "a.npy", "none", "table.csv", "table.jsonl", ".", "-"]
LEFT_OUT = ["--engine", "--scheduler", "--help"]
"""Options that lead out of this process, or to its end."""
SLOW = ["png", "pdf", *(name for name in RUNNABLE if name not in ("python", "numpy"))]
"""Values of options that load or start much; not compile's, which only writes."""
WRITING = ["-o", "--out", "--steps"]


def command_line(choices: Choices) -> Line:
    """A line that is right for the most part, with some of its text spoilt now and then."""
    name = choices.one_of([*["eval"] * 3, *(each for each in COMMANDS if each != "ops"), "diff", "draw"])
    if choices.once_in(64):
        return Line(_words(choices))
    if choices.once_in(128):
        return Line(["ops", choices.one_of([each[0] for each in language.SIGNATURES])])
    command: click.Command = import_module(f"graphdiff.cli.{name}").command
    text = language.program(choices)
    values = language.point(choices, text)
    if choices.once_in(4):
        text = spoil(choices, text, language.PIECES)
    if choices.once_in(12):
        values = spoil(choices, values, language.PIECES)
    words = [name]
    files: dict[str, bytes] = {}
    stdin = b""
    if name == "map":
        form = choices.one_of(["csv", "jsonl"])
        table = _table(choices, text, form)
        where = choices.number(2)
        words += ["--data", "-" if where else f"table.{form}"] + ([f"--from={form}"] if where == 2 else [])
        if where:
            stdin = table
        else:
            files[f"table.{form}"] = table
    elif name != "compile" and name != "diff" and not choices.once_in(24):
        if choices.once_in(8):
            files["point.json"] = as_json(values).encode("utf-8", "replace")
            values = "@point.json"
        words += [f"--at={values}"] if values or choices.once_in(8) else []
    if choices.once_in(3):
        for _ in range(1 + choices.number(2)):
            words += _option(choices, command, values)
    if name in ("eval", "explain", "check", "diff") and choices.number(3):
        words.append("--json")
    way = choices.number(15)
    if way == 1:
        files["program.gd"] = text.encode("utf-8", "replace")
        words += ["-f", "program.gd"]
    elif way == 2 and not stdin:
        stdin = text.encode("utf-8", "surrogatepass")
        words.append("-")
    else:
        words.insert(1 + choices.number(1) * (len(words) - 1), text)
    if name == EVALUATE and choices.once_in(8):
        del words[0]
    return Line(words, stdin, files)


def is_harmless(line: Line) -> bool:
    """Whether a line writes in its folder alone, reads there alone, and ends soon."""
    words = [*line.words]
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        path = value if equals else following
        if option in (*WRITING, "-f", "--file", "--data", "--at") and re.search(r"(^|[@=,])\s*[/~]|\.\.", path):
            return False
        if option in LEFT_OUT:
            return False
    return True


def _option(choices: Choices, command: click.Command, values: str) -> list[str]:
    """An option of a command, of a value that it may have."""
    known = [each for each in command.params if isinstance(each, click.Option)]
    options = [each for each in known if each.opts[-1] not in (*LEFT_OUT, "--file")]
    option = choices.one_of(options)
    name = choices.one_of(option.opts)
    if option.is_flag:
        return [name]
    kind, metavar = option.type, option.metavar
    if isinstance(kind, click.Choice):
        forms = list(map(str, kind.choices))
        if command.name != "compile" and not choices.once_in(50):
            forms = [each for each in forms if each not in SLOW]
        value = choices.one_of(forms)
    elif isinstance(kind, click.IntRange):
        value = (
            str(choices.number(4) + (kind.min or 0)) if choices.number(7) else choices.one_of(["0", "17", "-1", "x"])
        )
    elif metavar == "FILE":
        value = choices.one_of(INPUTS if option.opts[-1] == "--data" else OUTPUTS)
    elif metavar == "FOLDER":
        value = choices.one_of(["folder", "none/folder", ".."])
    elif metavar == "SHAPES":
        value = choices.one_of(
            ["v=2,w=2,A=2x2", "v=2", "A=2x2,B=2x2,v=2,w=2,t=2", "x=3", "x=()", "v=0", "v=2x", "x=9" * 9]
        )
    elif metavar in ("NAMES", "NODE", "NAME"):
        value = choices.one_of(["x", "y", "v1", "v2", "q0", "x,y", "v", "A", "", "σ", "nothing", "f", "\u202e<canary>"])
    elif metavar == "VALUE":
        value = choices.one_of(["2", "-1", "[1, 2]", "[[1, 2], [3, 4]]", "x", "1/0", "@a.npy", "[1, [2]]", "0"])
    else:
        value = values
    if choices.once_in(40):
        value = spoil(choices, value, language.PIECES)
    return [name, value] if choices.number(1) or not name.startswith("--") else [f"{name}={value}"]


def _table(choices: Choices, text: str, form: str) -> bytes:
    """A table whose columns are what a program seems to need."""
    values = {name: value for name, value in language.VALUES.items() if name in text} or {"x": "1"}
    rows = [
        {
            name: choices.one_of([value, "1", "-2.5", "x"]) if choices.once_in(4) else value
            for name, value in values.items()
        }
        for _ in range(choices.number(3))
    ]
    if form == "csv":
        lines = [
            ",".join(values),
            *(",".join(f'"{cell}"' if "," in cell else cell for cell in row.values()) for row in rows),
        ]
    else:
        lines = [as_json(",".join(f"{name}={cell}" for name, cell in row.items())) for row in rows]
    table = "\n".join(lines)
    return (
        spoil(choices, table, ['"', ",", "\n", "\r", "1e999", "{", "null"]) if choices.once_in(4) else table
    ).encode()


def as_json(values: str) -> str:
    """Values as an option has them, as a JSON object."""
    pairs = re.findall(r"([^=,\s]+)=(\[.*?\](?=,\w|$)|[^,]*)", values)
    is_json = re.compile(r"-?[0-9][0-9.e-]*|\[.*]")
    cells = (f"{json.dumps(name)}: {value if is_json.fullmatch(value) else 0}" for name, value in pairs)
    return "{" + ", ".join(cells) + "}"


def _words(choices: Choices) -> list[str]:
    """Words in any order."""
    pieces = [
        "--at",
        "--json",
        "--",
        "-",
        "--digits",
        "--format",
        "x=1",
        "x",
        "y",
        "--wrt",
        "json",
        "3",
        "-x",
        "--josn",
        "--at=",
    ]
    words = [choices.one_of([*COMMANDS, "evla", "--version", ""])]
    for _ in range(choices.number(6)):
        words.append(choices.text(6) if choices.once_in(4) else choices.one_of([*pieces, *language.PIECES]))
    return words
