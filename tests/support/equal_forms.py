"""Formulas and their derivatives in many equal forms: expanded, collected, by identities of functions.

A formula is a tree: a number, a name, or an operation on trees. Derivatives are by the rules of a textbook, and forms
are made by replacing parts by equal ones; nothing here calls graphdiff.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

Tree = Any
"""A number, a name, or (operation, *trees)."""
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}
SIGNS = ("+", "-", "*", "/", "^")


def write(tree: Tree) -> str:
    """A tree as text."""
    if not isinstance(tree, tuple):
        return f"({tree})" if isinstance(tree, int | float) and tree < 0 else str(tree)
    operation, *operands = tree
    if operation in SIGNS:
        return f"({write(operands[0])}{operation}{write(operands[1])})"
    return f"{operation}({write(operands[0])})"


def evaluate(tree: Tree, point: Mapping[str, float]) -> float:
    """The value of a tree. Raises ArithmeticError or ValueError where it has none."""
    if isinstance(tree, str):
        return math.pi if tree == "pi" else point[tree]
    if not isinstance(tree, tuple):
        return float(tree)
    values = [evaluate(operand, point) for operand in tree[1:]]
    if tree[0] in FUNCTIONS:
        return FUNCTIONS[tree[0]](values[0])
    first, second = values
    if tree[0] == "^":
        return math.pow(first, second)
    if tree[0] == "/":
        return first / second
    return {"+": first + second, "-": first - second, "*": first * second}[tree[0]]


def derivative(tree: Tree, name: str) -> Tree:
    """The derivative by an input; exponents are numbers."""
    if not isinstance(tree, tuple):
        return 1 if tree == name else 0
    operation, u = tree[0], tree[1]
    du = derivative(u, name)
    if operation in FUNCTIONS:
        outer = {
            "sin": ("cos", u),
            "cos": ("*", -1, ("sin", u)),
            "exp": tree,
            "log": ("/", 1, u),
            "sqrt": ("/", 1, ("*", 2, tree)),
            "tanh": ("-", 1, ("^", tree, 2)),
        }[operation]
        return _product(outer, du)
    v = tree[2]
    if operation == "^":
        return _product(("*", v, ("^", u, v - 1)), du)
    dv = derivative(v, name)
    if operation in "+-":
        return du if dv == 0 else (operation, du, dv)
    if operation == "*":
        return _sum(_product(du, v), _product(u, dv))
    return ("/", ("-", _product(du, v), _product(u, dv)), ("^", v, 2))


def _product(first: Tree, second: Tree) -> Tree:
    if 0 in (first, second):
        return 0
    return second if first == 1 else first if second == 1 else ("*", first, second)


def _sum(first: Tree, second: Tree) -> Tree:
    return second if first == 0 else first if second == 0 else ("+", first, second)


def random_tree(random: Random, depth: int = 3) -> Tree:
    """A formula in x and y."""
    if depth == 0 or random.random() < 0.1:
        return random.choice(["x", "y", "x", 2, 3])
    operation = random.choice([*SIGNS, *FUNCTIONS, "*", "+"])
    if operation in FUNCTIONS:
        return (operation, random_tree(random, depth - 1))
    if operation == "^":
        return ("^", random_tree(random, depth - 1), random.choice([2, 3, -1]))
    return (operation, random_tree(random, depth - 1), random_tree(random, depth - 1))


def random_exercise(random: Random, depth: int = 3) -> tuple[Tree, Tree, dict[str, float]]:
    """A formula in x and y, its derivative by x, and a point at which both have handy values."""
    while True:
        tree = random_tree(random, depth)
        point = {name: round(random.uniform(0.4, 2.0), 2) for name in ("x", "y")}
        slope = derivative(tree, "x")
        try:
            is_handy = abs(evaluate(tree, point)) < 1e6 and 1e-6 < abs(evaluate(slope, point)) < 1e6
        except (ArithmeticError, ValueError):
            continue
        if is_handy:
            return tree, slope, point


def equal_forms(tree: Tree) -> Iterator[Tree]:
    """Trees that are equal to this one where both have a value, by one identity at its root."""
    yield ("+", ("-", tree, "x"), "x")
    yield ("/", ("*", tree, "y"), "y")
    yield ("*", tree, ("+", ("^", ("sin", "x"), 2), ("^", ("cos", "x"), 2)))
    if not isinstance(tree, tuple):
        return
    operation, u, *rest = tree
    if operation in FUNCTIONS:
        half, power = ("/", u, 2), ("exp", ("*", 2, u))
        forms: Mapping[str, list[Tree]] = {
            "sin": [("cos", ("-", ("/", "pi", 2), u)), ("*", 2, ("*", ("sin", half), ("cos", half)))],
            "cos": [("-", 1, ("*", 2, ("^", ("sin", half), 2))), ("sin", ("+", u, ("/", "pi", 2)))],
            "exp": [("^", ("exp", half), 2), ("/", 1, ("exp", ("*", -1, u)))],
            "log": [("*", 2, ("log", ("sqrt", u))), ("*", -1, ("log", ("/", 1, u)))],
            "sqrt": [("^", u, 0.5), ("exp", ("/", ("log", u), 2))],
            "tanh": [
                ("/", ("-", power, 1), ("+", power, 1)),
                ("-", 1, ("/", 2, ("+", 1, power))),
            ],
        }
        yield from forms[operation]
        if operation == "log" and isinstance(u, tuple) and u[0] in "*/":
            yield ("+" if u[0] == "*" else "-", ("log", u[1]), ("log", u[2]))
        if operation == "exp" and isinstance(u, tuple) and u[0] in "+-":
            yield ("*" if u[0] == "+" else "/", ("exp", u[1]), ("exp", u[2]))
        return
    (v,) = rest
    if operation in "+*":
        yield (operation, v, u)
    if operation == "-":
        yield ("+", u, ("*", -1, v))
        yield ("*", -1, ("-", v, u))
    if operation == "/":
        yield ("*", u, ("^", v, -1))
    if operation == "^" and v == 2:
        yield ("*", u, u)
    if operation == "^" and v == 3:
        yield ("*", u, ("^", u, 2))
    for factor, terms in ((u, v), (v, u)):
        if operation == "*" and isinstance(terms, tuple) and terms[0] in "+-":  # expand
            yield (terms[0], ("*", factor, terms[1]), ("*", factor, terms[2]))
    if operation in "+-" and isinstance(u, tuple) and isinstance(v, tuple) and u[0] == v[0] == "*" and u[1] == v[1]:
        yield ("*", u[1], (operation, u[2], v[2]))  # collect


def rewrite(tree: Tree, random: Random, times: int) -> Tree:
    """An equal form, by identities at random places."""
    for _ in range(times):
        tree = _rewrite_somewhere(tree, random)
    return tree


def _rewrite_somewhere(tree: Tree, random: Random) -> Tree:
    if isinstance(tree, tuple) and random.random() < 0.7:
        places = [place for place in range(1, len(tree)) if not (tree[0] == "^" and place == 2)]
        place = random.choice(places)
        return (*tree[:place], _rewrite_somewhere(tree[place], random), *tree[place + 1 :])
    return random.choice(list(equal_forms(tree)))
