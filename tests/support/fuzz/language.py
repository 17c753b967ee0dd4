"""Programs and points made from choices: of all operations of the registry and the prelude, mostly valid."""

from __future__ import annotations

import re

from graphdiff.language.program import prelude
from graphdiff.operations.registry import FOLDS, FUNCTIONS
from support.fuzz.choices import Choices

NUMBERS = ["1", "2", "0", "3", "0.5", "10", "1e-3", ".5", "1.", "1e300", "1e-300", "710", "pi", "e", "-1", "true"]
SCALARS = ["x", "y", "z", "s", "σ", "x₀", "w_0", "pi"]
ARRAYS = ["v", "A", "w", "B", "t"]
INDEX = "i"
VALUES = {
    **{"x": "2", "y": "-0.5", "z": "0", "s": "1e-3", "σ": "-3", "x₀": "700", "w_0": "0.25", INDEX: "1"},
    **{"v": "[1, -2]", "w": "[0.5, 3]", "A": "[[1, 2], [3, 4]]", "B": "[[2, 0], [1, 3]]", "t": "[0, 0]"},
}
"""Inputs, each of a value that it may have."""
OPERATORS = [*"+-*/^", "@", "<", "<=", "==", "!=", "≥", "**", " - ", "·", "×", "÷", "−", ""]
MARKUP = [
    *[
        "# <canary>",
        "# \\canary{",
        "# [bold]canary[/bold]",
        "# `canary`|",
        "# ]]>-->",
        "# */ canary",
        '# """',
        "# $%&_~",
    ],
    *["# \x1b[31m", "# \u202e", "# \x07\x00", "# \udcff"],
]
"""Comments that are markup in some language, and are data here."""
PIECES = [
    *["x", "y", "v", "A", "(", ")", "[", "]", ",", ";", "\n", "=", " ", "+", "-", "*", "/", "^", "<", "==", "@", "."],
    *["²", "⁻¹", "√", "−", "π", "≤", "ᵀ", ".T", "{", "}", "|", "!", "\\", "'", '"', "%", "‖", "Σ", "½", "é", "e\u0301"],
    *[
        "sin(",
        "max(",
        "where(",
        " with ",
        "gate ",
        " for k in range(3)",
        " if ",
        "f(x) = ",
        "q = ",
        "k",
        "f",
        "q",
        "v1",
    ],
    *[
        "1e999",
        "9" * 30,
        "0",
        "None",
        "...",
        "::",
        ":",
        "-1",
        "1.2.3",
        "\0",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "\t",
        "\r\n",
    ],
    *["axis=", "keepdims=true", "range(", "else", "lambda", "__class__", "x.y", "import", "∂", "∞", "𝑥", "µ", "ﬁ", "İ"],
]
"""What may stand where it should not."""


def _signatures() -> list[tuple[str, int, list[str]]]:
    """Of each function its name, how many operands it takes and what its options are called."""
    found = [(name, len(each.inputs), [option.name for option in each.options]) for name, each in FUNCTIONS.items()]
    found += [(name, len(each.inputs), list(each.option_defaults)) for name, each in prelude().items()]
    return [*found, *((name, 1, ["axis"]) for name in FOLDS)]


SIGNATURES = _signatures()
FORMS = [
    *["({})[{n}]", "({})[{n}:{n}]", "({})[..., {n}]", "({})[:, None]", "({})[i]", "({})[::{n}]", "({}).T", "({})ᵀ"],
    *["sum(({})[k] for k in range({n}))", "prod({}*k for k in range(3) if k > {n})", "max({}, {})", "min({}, {}, {})"],
    *["[{}, {}]", "[[{}, {}], [{}, {}]]", "where({} > {}, {}, {})", "√({})", "({})²", "2({})", "({})({})", "-({})"],
    *["f({})", "g({}, {})", "1/(1 + exp(-({})))", "log(1 + exp({}))", "sqrt(sum(({})^2))", "log(sum(exp({})))"],
    *["reshape({}, {n}, -1)", "transpose({}, ({n}, {n}))", "concat({}, {}, axis={n})", "stack({}, {})"],
    *["zeros({n}, {n}) + {}", "arange({n})*{}", "one_hot(i, {n})*{}", "eye({n}) @ {}", "({} < {})*({})", "+({})"],
]
"""Beside calls; {} is a formula, {n} a number."""


def formula(choices: Choices, depth: int, names: list[str]) -> str:
    if depth <= 0 or choices.number(5) < 2:
        return choices.one_of([*names, *NUMBERS]) if choices.once_in(3) else choices.one_of(names)
    kind = choices.number(4)
    if kind == 0:
        left, right = formula(choices, depth - 1, names), formula(choices, depth - 1, names)
        joined = f"{left}{choices.one_of(OPERATORS)}{right}"
        return joined if choices.number(1) else f"({joined})"
    if kind in (1, 2):
        name, count, options = choices.one_of(SIGNATURES)
        if choices.once_in(16):
            count += 1 - choices.number(2)
        arguments = [formula(choices, depth - 1, names) for _ in range(count)]
        if options and choices.number(1):
            given = choices.one_of(["0", "1", "-1", "2", "(0, 1)", "true", "[1, 2]", "None", "x"])
            arguments.append(f"{choices.one_of(options)}={given}")
        return f"{name}({', '.join(arguments)})"
    form = choices.one_of(FORMS)
    while "{n}" in form:
        form = form.replace("{n}", str(choices.number(5) - 2), 1)
    return form.format(*(formula(choices, depth - 1, names) for _ in range(form.count("{}"))))


def program(choices: Choices) -> str:
    """A formula, or statements before it."""
    names = choices.one_of([SCALARS[:3], SCALARS, [*SCALARS[:3], *ARRAYS], [*ARRAYS, INDEX]])
    lines: list[str] = []
    for number in range(max(0, choices.number(6) - 3)):
        kind = choices.number(4)
        if kind == 0:
            lines.append(f"f(u) = {formula(choices, 2, ['u', *names[:2]])}")
        elif kind == 1:
            lines.append(f"g(u, k) = {formula(choices, 2, ['u', 'k'])}")
        elif kind == 2:
            given = choices.one_of(["y*(1 - y)", "1", "0", "u", "2*u*y", "1/u", formula(choices, 1, ["u", "y"])])
            lines.append(f"gate f(u) = {formula(choices, 2, ['u'])} with {given}"[5 * choices.number(1) :])
        else:
            lines.append(f"q{number} = {formula(choices, 2, names)}")
            names = [*names, f"q{number}"]
    lines = list({line.partition("(")[0].removeprefix("gate "): line for line in lines}.values())  # one f
    lines.append(formula(choices, 1 + choices.number(3), names))
    if any(name in names for name in ARRAYS) and choices.number(7):
        lines[-1] = f"sum({lines[-1]})"
    for function, definition in (("f", "f(u) = u*exp(u)"), ("g", "g(u, k) = u/k")):
        if any(f"{function}(" in line for line in lines) and not choices.once_in(8):
            lines = lines if any(f"{function}(u" in line for line in lines) else [definition, *lines]
    if choices.once_in(8):
        lines[-1] = f"h({', '.join(dict.fromkeys(choices.one_of(names) for _ in range(3)))}) = {lines[-1]}"
    if choices.once_in(8):
        lines.insert(0, choices.one_of(MARKUP))
    return ("\n" if choices.number(1) or "#" in lines[0] else "; ").join(lines)


def value(choices: Choices) -> str:
    """What may stand behind `x=`."""
    kind = choices.number(5)
    if kind == 0:
        return choices.one_of([*NUMBERS, *VALUES.values()])
    if kind == 1:
        return choices.one_of(
            ["pi/4", "1/0", "sqrt(-1)", "[1, [2]]", "[]", "zeros(3)", "x", "1e999", "@a.npy", "@none"]
        )
    if kind == 2:
        return formula(choices, 2, ["1", "2", "pi"])
    return repr(choices.number(2000) / 100 - 10)


def point(choices: Choices, text: str) -> str:
    """Values for the inputs that a program seems to have, all of them for the most part."""
    used = [name for name in VALUES if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    if choices.once_in(12) and used:
        used.pop()
    if choices.once_in(16):
        used.append(choices.one_of([*VALUES, "nothing", "@point.json", ""]))
    return ",".join(f"{name}={value(choices) if choices.once_in(4) else VALUES.get(name, '1')}" for name in used)
