"""Random formulas and points: plain ones, and ones built to cancel, to overflow or to sit on kinks."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path
from typing import Any

Case = tuple[str, dict[str, Any]]
"""A formula and a point."""

TEMPLATES = [
    (formula, dict(pair.split() for pair in kinds.split(", ")))
    for line in (Path(__file__).parent / "templates.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
    for formula, kinds in [line.split(" | ")]
]
SMOOTH = """
exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sqrt cbrt abs relu erf erfc
sigmoid softplus lgamma expm1 log1p log2 log10 silu gelu mish log_sigmoid logit sec csc cot square
"""
RARE = "digamma floor ceil round sign"
BINARY = ["{} + {}", "{} - {}", "{}*{}", "{}/{}"] * 3
BINARY += ["hypot({}, {})", "atan2({}, {})", "max({}, {})", "min({}, {})", "logaddexp({}, {})", "abs({})^{}"]
POWERS = ["{}^2", "{}^3", "{}^-1", "{}^0.5", "{}^-2", "{}^1.5", "{}^4"]
CHOICES = [
    "where({} > {}, {}, {})",
    "where({} <= {}, {}, {})",
    "where({} == {}, {}, {})",
    "clip({}, {}, {})",
    "leaky_relu({}, {})",
    "elu({}, {})",
]
CONTEXTS = [
    *["{}*x", "x - {}", "{} + x", "{}/x", "exp({})", "sin({})*x", "log(1 + ({})^2)", "({})^2", "sqrt(1 + ({})^2)"],
    *["tanh({})", "1 + {}", "1/({})", "log({})", "exp(-({})^2)", "relu({})", "abs({})", "{}*1e-3", "sigmoid({})"],
    *["max({}, x)", "({})*({})", "sqrt({})", "where(x > 0, {}, x)", "1/(1 + {})", "-({})", "cos({})"],
]
EVERYDAY = ["1", "2", "3", "0.5", "0.1", "10", "1.5", "100", "0.25", "7", "pi", "e", "0.7", "4"]
EXTREME = ["1e-8", "1e8", "1e-16", "1e16", "1e-3", "1e3", "1e-160", "1e160", "1e-300", "1e300", "0", "1e-30", "745"]


def random_case(draws: random.Random) -> Case:
    """A formula and a point: half of them plain, half built from the templates."""
    return _plain(draws) if draws.random() < 0.5 else _built(draws)


def _plain(draws: random.Random) -> Case:
    names = ["x", "y", "z", "w"][: draws.randint(1, 4)]
    text = _expression(draws, names, draws.randint(1, 6))
    kind = draws.choice(["everyday", "unit", "everyday", "any", "int", "unit"])
    point: dict[str, Any] = {}
    for name in names:
        alike = point and draws.random() < 0.08
        point[name] = draws.choice(list(point.values())) if alike else number(draws, kind, point)
    return text, {name: value for name, value in point.items() if _uses(text, name)}


def _uses(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def _expression(draws: random.Random, names: list[str], depth: int) -> str:
    if depth == 0 or draws.random() < 0.1:
        if draws.random() < 0.75:
            return draws.choice(names)
        return draws.choice(EVERYDAY if draws.random() < 0.8 else EXTREME)
    choice = draws.random()
    if choice < 0.4:
        functions = SMOOTH if draws.random() < 0.96 else RARE
        return f"{draws.choice(functions.split())}({_expression(draws, names, depth - 1)})"
    if choice < 0.84:
        pattern = draws.choice(BINARY)
    elif choice < 0.93:
        pattern = draws.choice(POWERS)
    else:
        pattern = draws.choice(CHOICES)
    operands = (_expression(draws, names, draws.randrange(depth)) for _ in range(pattern.count("{}")))
    return pattern.format(*(_bracketed(operand) for operand in operands))


def _bracketed(text: str) -> str:
    return text if re.fullmatch(r"\w+(\([^()]*\))?|[\d.e-]+", text) else f"({text})"


def _built(draws: random.Random) -> Case:
    text, kinds = draws.choice(TEMPLATES)
    point: dict[str, Any] = {}
    for name, kind in kinds.items():
        point[name] = _array(draws, kind) if name in ("x", "y", "A") else number(draws, kind, point)
    *statements, last = text.split("; ")
    scalar = next((name for name, value in point.items() if not isinstance(value, list)), None)
    if scalar and draws.random() < 0.15:  # of another expression instead of an input
        inner = draws.choice(["2*t", "t + s", "t - s", "t*s", "exp(t)", "t^3", "sin(t)"])
        statements = [f"{scalar} = {inner}", *statements]
        point = {"t" if name == scalar else name: value for name, value in point.items()}
        if "s" in inner.replace("sin", ""):
            point["s"] = number(draws, draws.choice(["zero", "one", "everyday"]), point)
        if statements[1:] and any(statement.startswith("s =") for statement in statements[1:]):
            return _built(draws)
    if draws.random() < 0.4:
        context = draws.choice(CONTEXTS)
        other = next(name for name in "uvw" if name not in point)
        last = re.sub(r"\bx\b", other, context).replace("{}", f"({last})")
        if _uses(last, other):
            point[other] = number(draws, draws.choice(["everyday", "zero", "unit", "any"]), point)
    return "; ".join([*statements, last]), point


def _power_of_ten(draws: random.Random, low: float, high: float) -> float:
    size = float(f"{10 ** draws.uniform(low, high):.{draws.choice([1, 3, 16])}e}")
    return size if draws.random() < 0.6 else -size


def number(draws: random.Random, kind: str, point: dict[str, Any]) -> float:
    """A number of a kind; "near:a" and the like are relative to a number of the point."""
    kind, _, other = kind.partition(":")
    if other:
        known: float = point[other]
        if kind == "near":
            return known * (1 + _power_of_ten(draws, -16, -3)) if draws.random() < 0.9 else known
        return -known if kind == "negative" else known
    match kind:
        case "zero":
            return 0.0 if draws.random() < 0.9 else _power_of_ten(draws, -320, -1)
        case "one":
            return 1.0 if draws.random() < 0.8 else 1 + _power_of_ten(draws, -16, -3)
        case "tiny":
            return _power_of_ten(draws, -320, -100)
        case "small":
            return _power_of_ten(draws, -20, -2) if draws.random() < 0.9 else _power_of_ten(draws, -300, -20)
        case "everyday":
            return round(draws.uniform(-5, 5), draws.choice([1, 2, 4])) or 0.5
        case "positive":
            return round(draws.uniform(0.1, 50), draws.choice([1, 2, 4])) or 0.5
        case "int":
            return float(draws.randint(-3, 4))
        case "large":
            return abs(_power_of_ten(draws, 1, 17)) if draws.random() < 0.8 else -_power_of_ten(draws, 1, 17)
        case "huge":
            return _power_of_ten(draws, 100, 308)
        case "score":
            return round(draws.uniform(-800, 800), draws.choice([0, 1, 3]))
        case "tail":
            return round(draws.uniform(4, 45), draws.choice([0, 1, 3])) * draws.choice([1, 1, 1, -1])
        case "label":
            return draws.choice([0.0, 1.0, 0.3])
        case "probability":
            return draws.choice([0.3, 0.5, draws.uniform(0, 1), abs(_power_of_ten(draws, -17, -1))])
        case "nearone":
            return 1 - abs(_power_of_ten(draws, -16, -2))
        case "aboveone":
            return 1 + abs(_power_of_ten(draws, -15.5, -2))
        case "nearpi":
            return draws.randint(-4, 10) * math.pi * draws.choice([1.0, 1.0, 1 + 1e-12, 1 - 1e-9, 0.5])
        case "any":
            return number(draws, draws.choice(["tiny", "small", "unit", "large", "huge", "zero", "score"]), point)
    return draws.uniform(-4, 4)


def _array(draws: random.Random, kind: str) -> list[Any]:
    size = draws.randint(2, 4)
    match kind:
        case "near":
            middle = number(draws, draws.choice(["unit", "large", "everyday"]), {})
            return [middle * (1 + _power_of_ten(draws, -16, -2)) for _ in range(2)]
        case "vector":
            return [number(draws, draws.choice(["unit", "everyday"]), {}) for _ in range(3)]
        case "spread":
            return [number(draws, draws.choice(["unit", "large", "small"]), {}) for _ in range(2)]
        case "scores":
            return [number(draws, draws.choice(["score", "everyday", "tail"]), {}) for _ in range(size)]
        case "huge2":
            base = number(draws, draws.choice(["huge", "large", "tiny"]), {})
            return [base * draws.uniform(0.5, 1) for _ in range(size)]
        case "zeros":
            return [number(draws, draws.choice(["zero", "zero", "int"]), {}) for _ in range(size)]
        case "ties":
            value = number(draws, "int", {})
            return [value] * 3
    if draws.random() < 0.3:
        row = [number(draws, "unit", {}) for _ in range(2)]
        return [row, [x * (1 + _power_of_ten(draws, -16, -3)) for x in row]]
    return [[number(draws, "unit", {}) for _ in range(2)] for _ in range(2)]
