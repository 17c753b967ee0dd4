"""An independent reader of LaTeX formulas: it knows what mathematicians mean, and nothing of graphdiff.

Ambiguous formulas are rejected: adjacent digits, a mixed number, a name before a parenthesis.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf

from support import judge

Number = Any
"""An mpf, or a NumPy array."""

NAME, DIGITS = "name", "digits"
"""What a factor may end with that matters to what follows."""
TOKEN = re.compile(
    r"\\(?:left|right)(?:\\[a-zA-Z]+|.)|\\begin\{\w+\}|\\end\{\w+\}|\\operatorname\{(?:[^{}]|\{\})+\}"
    r"|\\text\{[^{}]*\}|\\math(?:sf|it|rm|tt)\{(?:[^{}]|\{[^{}]*\})*\}|\\(?:acute|tilde|ddot|mathring)\{[^{}]*\}"
    r"|\\[a-zA-Z]+|\\\\|\\,|[0-9]+(?:\.[0-9]+)?|\S"
)
PLAIN = "sin cos tan arcsin arccos arctan sinh cosh tanh coth max min ln"
FUNCTIONS: dict[str, Callable[..., Number]] = {
    **{rf"\operatorname{{{name}}}".replace("_", r"\_"): function for name, function in judge.FUNCTIONS.items()},
    **{f"\\{name}": judge.FUNCTIONS[name] for name in PLAIN.split()},
    r"\operatorname{sgn}": judge.FUNCTIONS["sign"],
    r"\sigma": judge.FUNCTIONS["sigmoid"],
    r"\Gamma": mp.gamma,
    r"\psi": mp.digamma,
    r"\Phi": judge.FUNCTIONS["normcdf"],
    r"\operatorname{B}": mp.beta,
    r"\operatorname{W}": judge.FUNCTIONS["lambertw"],
    r"\operatorname{arsinh}": judge.FUNCTIONS["asinh"],
    r"\operatorname{arcosh}": judge.FUNCTIONS["acosh"],
    r"\operatorname{artanh}": judge.FUNCTIONS["atanh"],
    r"\operatorname{atan2}": mp.atan2,
}
INVERSES = {r"\Phi": judge.FUNCTIONS["norminv"], r"\operatorname{erf}": judge.FUNCTIONS["erfinv"]}
FENCES: dict[str, tuple[str, Callable[[Number], Number]]] = {
    r"\left(": (r"\right)", lambda x: x),
    r"\left|": (r"\right|", abs),
    r"\left\lfloor": (r"\right\rfloor", mp.floor),
    r"\left\lceil": (r"\right\rceil", mp.ceil),
    r"\left\lVert": (r"\right\rVert", np.linalg.norm),
}
COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    **{"<": lambda x, y: x < y, r"\leq": lambda x, y: x <= y, ">": lambda x, y: x > y},
    **{r"\geq": lambda x, y: x >= y, "=": lambda x, y: x == y, r"\neq": lambda x, y: x != y},
}


def quotient(x: Number, y: Number) -> Number:
    """x/y, NaN by zero: cases that are not chosen are evaluated too."""
    return x / y if isinstance(y, mpf) is False or y != 0 else mp.nan


def real(x: Number) -> Number:
    """x, NaN where it is complex."""
    return mp.nan if isinstance(x, mp.mpc) else x


class Reader:
    """Reads and evaluates at once; lines of an aligned environment define what later ones use."""

    def __init__(
        self,
        values: Mapping[str, Number],
        functions: Mapping[str, Callable[..., Number]] = FUNCTIONS,
        times: Callable[[Number, Number], Number] = lambda x, y: x * y,
    ) -> None:
        self.values = {"".join(TOKEN.findall(name)): value for name, value in values.items()}
        self.functions = dict(functions)
        self.times = times

    def formula(self, text: str) -> Number:
        """The value of one formula, or of the last line of several."""
        if not text.startswith(r"\begin{aligned}"):
            left, _, right = text.partition(" = ")
            return self.read(text if not right or r"\left" in left or r"\begin" in left else right)
        lines = text.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}").split(" \\\\\n")
        result = None
        for line in lines:
            left, right = line.split("& ", 1) if line.startswith("& ") else line.split(" &= ", 1)
            call = re.fullmatch(r"(\\operatorname\{.*?\})\\left\((.*)\\right\)", left)
            if call:
                self.functions[call[1]] = self.defined(call[2].split(", "), right)
            else:
                result = self.read(right)
                self.values["".join(TOKEN.findall(left))] = result
        return result

    def defined(self, names: Sequence[str], body: str) -> Callable[..., Number]:
        def call(*operands: Number) -> Number:
            inner = Reader({**self.values, **dict(zip(names, operands, strict=True))}, self.functions, self.times)
            return inner.read(body)

        return call

    def read(self, text: str) -> Number:
        self.tokens: list[str] = [*TOKEN.findall(text), ""]
        self.place = 0
        result = self.sum()
        assert self.tokens[self.place] == "", self.tokens[self.place :]
        return result

    @property
    def next(self) -> str:
        """The token that is read next."""
        return self.tokens[self.place]

    def take(self, token: str | None = None) -> str:
        actual = self.next
        assert token in (None, actual), f"{actual} where {token} should be"
        self.place += 1
        return actual

    def within(self, opening: str, closing: str) -> Number:
        self.take(opening)
        result = self.sum()
        self.take(closing)
        return result

    def sum(self) -> Number:
        result = -self.product() if self.next == "-" and self.take() else self.product()
        while self.next in ("+", "-"):
            result = result + self.product() if self.take() == "+" else result - self.product()
        return result

    def product(self) -> Number:
        result, kind = self.power()
        while True:
            if self.next == "/":
                self.take()
                result = quotient(result, self.power()[0])
                assert not self.begins_factor()
                assert self.next not in ("/", r"\cdot", r"\,")
                return result
            if self.next in (r"\cdot", r"\,"):
                self.take()
            elif not self.begins_factor():
                return result
            else:
                assert not self.next[0].isdigit()
                assert (kind, self.next) not in ((DIGITS, r"\frac"), (NAME, r"\left("), (NAME, r"\left["))
            other, kind = self.power()
            result = self.times(result, other)

    def begins_factor(self) -> bool:
        token = self.next
        return token not in (*"+-}&,<>=]/", "", r"\\", *COMPARISONS) and not token.startswith((r"\right", r"\end"))

    def power(self) -> tuple[Number, str]:
        """A factor, and what it ends with."""
        base, kind = self.atom()
        if self.next != "^":
            return base, kind
        self.take()
        if self.tokens[self.place : self.place + 3] == ["{", r"\mathsf{T}", "}"]:
            self.place += 3
            base = base.T
        else:
            base = real(self.functions[r"\operatorname{pow}"](base, self.within("{", "}")))
        assert self.next != "^"
        return base, ""

    def atom(self) -> tuple[Number, str]:
        token = self.take()
        name = token
        if self.next == "_":  # a name's subscript, or a logarithm's base
            end = self.tokens.index("}", self.place)
            while self.tokens[self.place : end].count("{") > self.tokens[self.place : end].count("}") + 1:
                end = self.tokens.index("}", end + 1)
            name = token + "".join(self.tokens[self.place : end + 1])
            self.place = end + 1
        if name in self.values:
            return self.values[name], NAME
        if token[0].isdigit():
            return mpf(float(token)), DIGITS
        return real(self.other(token, name)), ""

    def other(self, token: str, name: str) -> Number:
        """A factor that begins with neither a name nor a digit."""
        if token == r"\log":
            base = mpf(name.removeprefix(r"\log_{").removesuffix("}"))
            return mp.log(self.within(r"\left(", r"\right)")) / mp.log(base)
        assert name == token, f"{name} has no value"
        if token in ("e", r"\pi"):
            return mpf(judge.CONSTANTS[token.removeprefix("\\")])
        if token == r"\frac":
            return quotient(self.within("{", "}"), self.within("{", "}"))
        if token == r"\sqrt":
            if self.next == "[":
                self.take()
                assert self.take() == "3"
                self.take("]")
                return self.functions[r"\operatorname{cbrt}"](self.within("{", "}"))
            return mp.sqrt(self.within("{", "}"))
        if token == r"\left[":
            result = mpf(self.comparison())
            self.take(r"\right]")
            return result
        if token in FENCES:
            closing, meaning = FENCES[token]
            result = self.sum()
            self.take(closing)
            return meaning(result)
        if token == r"\begin{cases}":
            return self.cases()
        if token == r"\begin{pmatrix}":
            return self.matrix()
        function = self.functions[token]
        if token == r"\psi" and self.next == "^":  # its derivative of an order in parentheses
            self.take()
            self.take("{")
            order = int(self.within(r"\left(", r"\right)"))
            self.take("}")
            function = functools.partial(mp.psi, order)
        if token in INVERSES and self.next == "^":
            for expected in "^{-1}":
                self.take(expected)
            function = INVERSES[token]
        if self.next in (r"\left|", r"\operatorname{B}"):
            return function(self.atom()[0])
        self.take(r"\left(")
        operands = [self.sum()]
        while self.next == ",":
            self.take()
            operands.append(self.sum())
        self.take(r"\right)")
        return function(*operands)

    def comparison(self) -> bool:
        left = self.sum()
        sign = self.take()
        return bool(COMPARISONS[sign](left, self.sum()))

    def cases(self) -> Number:
        chosen: list[Number] = []
        while True:
            value = self.sum()
            self.take("&")
            if self.take() == r"\text{otherwise}":
                self.take(r"\end{cases}")
                return [*chosen, value][0]
            if self.comparison():
                chosen.append(value)
            self.take(r"\\")

    def matrix(self) -> Number:
        """A matrix, or the vector that a column is."""
        rows: list[list[float]] = [[]]
        while True:
            rows[-1].append(float(self.sum()))
            separator = self.take()
            if separator == r"\end{pmatrix}":
                return np.array(rows).squeeze(1) if len(rows[0]) == 1 else np.array(rows)
            if separator == r"\\":
                rows.append([])


def power(base: Number, exponent: Number) -> Number:
    """A power, or the inverse of a matrix."""
    return np.linalg.inv(base) if np.ndim(base) == 2 and exponent == -1 else base ** float(exponent)
