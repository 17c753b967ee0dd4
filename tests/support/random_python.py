"""Random Python functions of numbers, which always have a value: conditions, loops, lists, and calls of helpers."""

from __future__ import annotations

import random

HELPERS = """import math
import numpy as np
K = 1.5
def square(u):
    return u*u
def ramp(u, slope=0.1):
    if u > 0:
        return u
    return slope*u
def mixed(u, v):
    w = u*v
    if w > v:
        w = w - 1
    elif u < 0:
        return abs(v)
    return w + u
def power(u, n):
    return 1 if n == 0 else u*power(u, n - 1)
def pair(u, v):
    return u + v, u - v
"""


class RandomFunction:
    """Writes one function f(x, y, z)."""

    def __init__(self, seed: int) -> None:
        self.draws = random.Random(seed)
        self.names = ["x", "y", "z"]
        self.lists: dict[str, int] = {}
        self.counters: list[str] = []
        self.number = 0

    def text(self) -> str:
        """The helpers and the function."""
        body = self.block(1, 4 + self.draws.randrange(4))
        return f"{HELPERS}def f(x, y, z=0.7):\n{body}\n    return {self.expression()}\n"

    def expression(self, depth: int = 0) -> str:
        """A number."""
        draws = self.draws
        if depth > 3 or draws.random() < 0.25:
            return draws.choice([*self.names, *self.names, *self.counters, "K", "2", "0.5", "-1", "3"])

        def inner() -> str:
            return self.expression(depth + 1)

        kind = draws.randrange(16)
        if kind < 5:
            return f"({inner()} {draws.choice('+-*')} {inner()})"
        if kind == 5:
            return f"{inner()}/(1 + abs({inner()}))"
        if kind == 6:
            return f"{draws.choice(['math.sin', 'np.tanh', 'square', 'ramp', 'abs', 'float', 'math.atan'])}({inner()})"
        if kind == 7:
            return f"{draws.choice(['max', 'min', 'mixed', 'np.maximum', 'math.atan2'])}({inner()}, {inner()})"
        if kind == 8:
            return f"({inner()} if {self.condition(depth + 1)} else {inner()})"
        if kind == 9:
            return f"power({draws.choice(self.names)}, {draws.randrange(4)})"
        if kind == 10:
            return f"sum({inner()}*k for k in range({1 + draws.randrange(3)}))"
        if kind == 11 and self.lists:
            name = draws.choice(list(self.lists))
            return draws.choice(
                [f"{name}[{draws.randrange(self.lists[name])}]", f"sum({name})", f"max({name})", f"{name}[-1]"]
            )
        if kind == 12:
            return f"({inner()} {draws.choice(['and', 'or'])} {inner()})"
        if kind == 13:
            return f"ramp({inner()}, slope={draws.choice(['0.3', 'K', *self.names])})"
        if kind == 14:
            return f"(-{inner()})**{draws.choice(['2', '3'])}"
        return f"(lambda u, v=2: u*v + {draws.choice(self.names)})({inner()})"

    def condition(self, depth: int = 0) -> str:
        draws = self.draws
        comparison = f"{self.expression(depth + 1)} {draws.choice(['<', '>', '<=', '>='])} {self.expression(depth + 1)}"
        kind = draws.randrange(6)
        if kind == 0:
            return f"not {comparison}"
        if kind == 1:
            return f"({comparison} {draws.choice(['and', 'or'])} {self.expression(depth + 1)} > 0)"
        if kind == 2:
            return f"-1 < {self.expression(depth + 1)} < 1"
        return comparison

    def block(self, indent: int, count: int, in_branch: bool = False) -> str:
        """Some statements; a branch assigns only names that exist."""
        space = "    " * indent
        lines: list[str] = []
        for _ in range(count):
            kind = self.draws.randrange(12)
            if kind < 4 or (kind >= 8 and in_branch):
                value = self.expression()
                lines.append(f"{space}{self.target(in_branch)} = {value}")
            elif kind == 4:
                lines.append(f"{space}{self.draws.choice(self.names)} {self.draws.choice('+-*')}= {self.expression()}")
            elif kind == 5 and indent < 4:
                lines.append(f"{space}if {self.condition()}:\n{self.block(indent + 1, 2, True)}")
                if self.draws.random() < 0.6:
                    lines.append(f"{space}else:\n{self.block(indent + 1, 1, True)}")
            elif kind == 6:
                lines.append(f"{space}if {self.condition()}:\n{space}    return {self.expression()}")
            elif kind == 7 and indent < 3:
                lines.append(self.loop(indent, in_branch))
            elif kind == 8:
                self.number += 1
                entries = [self.expression(1) for _ in range(1 + self.draws.randrange(3))]
                lines.append(f"{space}l{self.number} = [{', '.join(entries)}]")
                self.lists[f"l{self.number}"] = len(entries)
            elif kind == 9 and self.lists:
                name = self.draws.choice(list(self.lists))
                lines.append(f"{space}{name}[{self.draws.randrange(self.lists[name])}] = {self.expression()}")
            elif kind == 10 and self.lists:
                name = self.draws.choice(list(self.lists))
                lines.append(f"{space}{name}.append({self.expression()})")
                self.lists[name] += 1
            else:
                one, other = self.draws.sample(self.names, 2)
                right = self.draws.choice([f"{other}, {one}", f"pair({one}, {self.expression(2)})"])
                lines.append(f"{space}{one}, {other} = {right}")
        return "\n".join(lines)

    def target(self, in_branch: bool) -> str:
        if in_branch or self.draws.random() < 0.5:
            return self.draws.choice(self.names)
        self.number += 1
        self.names.append(f"v{self.number}")
        return self.names[-1]

    def loop(self, indent: int, in_branch: bool) -> str:
        space = "    " * indent
        self.number += 1
        counter = f"k{self.number}"
        names, lists = list(self.names), dict(self.lists)
        self.counters.append(counter)
        body = self.block(indent + 1, 2, True)
        self.counters.pop()
        skip = self.draws.choice(
            ["", "", f"{space}    if {counter} == 1: continue\n", f"{space}    if x > {counter}: continue\n"]
        )
        self.names, self.lists = names, lists
        return f"{space}for {counter} in {self.draws.choice(['range(3)', '[1, 2]', 'range(2, 0, -1)'])}:\n{skip}{body}"
