"""Hints on what the user might have meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from graphdiff.errors import Hint, shorten
from graphdiff.language.tree import Array, Call, Name, Number
from graphdiff.operations.registry import CONSTANTS, FUNCTIONS
from graphdiff.source import Source, Span
from graphdiff.writing.spelling import name_text

ROWS_OF_KEYS = "qwertyuiop asdfghjkl zxcvbnm"
LONGEST_NAME = 40
"""The length up to which names are compared: a longer one is not a typing mistake."""

OTHER_NAMES = {
    "Σ": "write a sum as sum(x), or as sum(w[k]*x[k] for k in range(3))",
    "Π": "write a product as prod(x), or as prod(x[k] for k in range(3))",
    **dict.fromkeys(
        ("grad", "gradient", "derivative", "diff"),
        "graphdiff computes the derivatives of the whole formula: write the formula alone",
    ),
    "lg": "the logarithms are log (natural), log2 and log10",
    "square_root": "did you mean 'sqrt'?",
    "root": "the square root is sqrt(x), the n-th root x^(1/n)",
    "tg": "did you mean 'tan'?",
    "ctg": "did you mean 'cot'?",
    "cosec": "did you mean 'csc'?",
    "heaviside": "write a step function as x > 0",
    "arg": "the angle of a point is atan2(y, x)",
    "fmod": "mod(x, y) has the sign of y; with the sign of x, the remainder is sign(x)*mod(abs(x), abs(y))",
    "rem": "mod(x, y) has the sign of y; with the sign of x, the remainder is sign(x)*mod(abs(x), abs(y))",
    **{f"{name}d": f"for an angle in degrees, write {name}(x*pi/180)" for name in ("sin", "cos", "tan")},
    "exp10": "write 10^x",
    "log1pexp": "did you mean 'softplus'?",
    "hardtanh": "write clip(x, -1, 1)",
    "hardsigmoid": "write clip(x/6 + 1/2, 0, 1)",
    "relu6": "write clip(x, 0, 6)",
    "prelu": "write leaky_relu(x, a)",
    "selu": "write 1.0507009873554805*elu(x, 1.6732632423543772)",
    "norm1": "write sum(abs(x))",
    "norm2": "did you mean 'norm'?",
    "tgamma": "did you mean 'gamma'?",
    "absolute": "did you mean 'abs'?",
    "fabs": "did you mean 'abs'?",
    "IF": "write a condition as where(x > 0, a, b)",
    "frac": "write a fraction as a/b",
    "sgn": "did you mean 'sign'?",
    "int": "to round toward 0, write trunc(x); to round down, floor(x); to the nearest integer, round(x)",
    "range": "range is only for comprehensions: sum(x[k] for k in range(3)); for an array, write arange(3)",
    "print": "leave it out: the value of the last statement is the output",
    "array": "write an array as [1, 2]",
    "size": "write the number of entries as count(x), the length of the first axis as len(x)",
    "shape": "write one size as x.shape[0], a shape as numbers, for example (2, 3)",
    "linspace": "for 0, 0.1, …, 1 write arange(11)/10",
    "cross": "write out the three entries: [a[1]*b[2] - a[2]*b[1], …]",
    "mse": "write mean((x - y)^2)",
    "hstack": "did you mean 'concat'?",
    "vstack": "to join rows, write concat(a, b); to make rows of vectors, stack(a, b)",
    "identity": "did you mean 'eye'?",
    "argsort": "an index is not differentiable; the sorted entries are sort(x), others in their order sort_by(y, x)",
    "average": "did you mean 'mean'?",
    "argmax": "an index is not differentiable; the largest entry is max(x)",
    "average_pool2d": "write mean(windows(x, ones(2, 2), stride=2), axis=(-2, -1))",
    "diagonal": "did you mean 'diag'?",
    "flatten": "write reshape(x, -1)",
}
"""What to write for functions of other languages."""

OTHER_COUNTS = {
    ("atan", 2): "the angle of a point is atan2(y, x)",
    ("round", 2): "to keep one decimal, write round(x*10)/10",
    ("sum", 2): "to add terms, write x + y; to add the entries of an array, sum([x, y])",
    ("sum", 3): "to add terms, write x + y + z; to add the entries of an array, sum([x, y, z])",
    ("prod", 2): "to multiply factors, write x*y; to multiply the entries of an array, prod([x, y])",
    ("mean", 2): "the mean of the entries of an array is mean([x, y])",
    ("norm", 2): "the length of (x, y) is hypot(x, y), or norm([x, y]); along an axis: norm(x, axis=0)",
    ("norm", 3): "the length of (x, y, z) is norm([x, y, z])",
    ("softmax", 2): "write softmax([x, y])",
    ("logsumexp", 2): "write logaddexp(x, y), or logsumexp([x, y])",
    ("transpose", 0): "write transpose(x), or x.T",
    ("where", 1): "write a condition as where(x > 0, a, b)",
    ("arange", 0): "arange(3) is [0, 1, 2]",
}
"""What to write for calls with a number of arguments that other languages allow."""

PERCENT = "write 5 % as 0.05; x % y is the remainder"
SIGNS = frozenset(["COMPARISON", "MODULO"])
DERIVATIVE = Hint("write only the function, and differentiate it with graphdiff.derivative", "derivative")
VALUE = Hint("values are passed by name: x=3", "point")
WORDS = {
    "not": "write 'not' before a condition: not a < b",
    "else": "write a condition as a if x > 0 else b, or where(x > 0, a, b)",
    "where": VALUE,
    "at": VALUE,
    "with": "a gate's own derivative follows its definition, outside brackets: f(x) = x^2 with 2*x",
    "return": "leave out 'return'",
    "derivative": DERIVATIVE,
    **{name: OTHER_NAMES[name] for name in ("Σ", "Π")},
    "gate": "'gate' begins a definition: gate f(x) = …",
}
"""What to write for words between expressions."""


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Suggest the candidate nearest to a name: `did you mean 'exp'?`; None if there is none like it."""
    if len(name) > LONGEST_NAME:
        return None
    from difflib import get_close_matches

    names = [candidate for candidate in candidates if len(candidate) <= LONGEST_NAME]
    matches = [candidate for candidate in names if candidate.lower() == name.lower()]
    matches = matches or get_close_matches(name, names, n=1, cutoff=0.6)
    name = matches[0] if matches else ""
    text = shorten(name_text(name) if name.isprintable() and name else name)
    return (f"did you mean {text}?" if text[0] == "`" else f"did you mean '{text}'?") if text else None


def nearest_function(name: str, functions: Iterable[str]) -> str | None:
    """Suggest the function of which a name is a misspelling: one slip of the fingers away. None if there is none: a
    name that is only similar is that of another function, such as sind, which is not sin.
    """
    if len(name) > LONGEST_NAME:
        return None
    matches = [each for each in functions if each.lower() == name.lower()]
    matches = matches or [each for each in functions if is_slip(name.lower(), each.lower())]
    return f"did you mean '{matches[0]}'?" if matches else None


def is_slip(name: str, word: str) -> bool:
    """Whether a name is a word with two letters swapped, one doubled, one left out or added inside, or one replaced by
    its neighbour on the keyboard."""
    if name == word or [each for each in name if each.isdigit()] != [each for each in word if each.isdigit()]:
        return False
    place = next((place for place, (a, b) in enumerate(zip(name, word, strict=False)) if a != b), len(word))
    rest, other = name[place:], word[place:]
    if len(name) == len(word):
        are_swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
        return are_swapped or (rest[1:] == other[1:] and _are_neighbours(rest[0], other[0]))
    if len(name) == len(word) + 1:  # one letter too many
        return rest[1:] == other and place > 0 and (bool(other) or rest[0] == name[place - 1])
    is_cut = not rest and len(other) == 1 and len(word) > 5
    return len(name) == len(word) - 1 and rest == other[1:] and ((place > 0 and bool(rest)) or is_cut)


def _are_neighbours(one: str, other: str) -> bool:
    """Whether two letters are next to one another on the keyboard."""
    return f"{one}{other}" in ROWS_OF_KEYS or f"{other}{one}" in ROWS_OF_KEYS


LOOPS = ("fold", "scan")
"""The functions that make a loop of a comprehension."""


def unknown_function(
    name: str, functions: Iterable[str], is_value: bool, count: int, arguments: str
) -> tuple[str, str | None]:
    """The message and the hint for a call of an unknown function; arguments is the text from "(" to ")"."""
    label = shorten(name)
    product = f"to multiply, write {label}*{shorten(arguments)}" if count == 1 else None
    if is_value or name in CONSTANTS:
        return f"'{label}' is a value, not a function", product or f"write {label}"
    define = f"to define it, write {label}(u) = …"
    if name in LOOPS:
        return (
            f"{name} repeats a formula, for t in a range",
            f"for example: {name}(h/2 + x/(2*h) for t in range(5), h=1)",
        )
    if re.fullmatch(r"d[^\W\d_]", name):
        return f"unknown function '{label}'", DERIVATIVE
    hint = OTHER_NAMES.get(name) or nearest_function(name, functions)
    if hint is None and count == 1 and len(name) > 2 and name[1:] in functions:  # xsin(x)
        hint = f"to multiply, write {name[0]}*{name[1:]}{shorten(arguments)}"
    hint = hint or (f"{product}; {define}" if product else define)
    return f"unknown function '{label}'", hint


def juxtaposition_hint(tree: Call, source: Source) -> tuple[str, str]:
    """The message and the hint for two expressions side by side that are not a product."""
    left, right = tree.arguments
    left_text = shorten(source.text[left.span[0] : left.span[1]])
    right_text = shorten(source.text[right.span[0] : right.span[1]])
    if isinstance(right, Array):
        return "missing operator", f"to take an entry, write {left_text}{right_text} without a space"
    last = left
    while isinstance(last, Call) and last.arguments:
        last = last.arguments[-1]
    word = next((side.name for side in (last, right) if isinstance(side, Name) and side.name in WORDS), None)
    if word is not None:
        return f"'{word}' is not an operator", WORDS[word]
    if isinstance(last, Name) and last.name in FUNCTIONS:
        more = "…" if isinstance(right, Number) else ""
        return f"'{last.name}' is a function and needs parentheses", f"write {last.name}({right_text}{more})"
    before = source.text[: tree.span[0]]
    if before.count("[") > before.count("]"):
        return "missing ','", f"separate entries with ',': {left_text}, {right_text}"
    if isinstance(last, Number) and isinstance(right, Number):
        if last.span[1] == right.span[0]:
            return f"'{left_text}{right_text}' is not a number", "a number has at most one decimal point"
        hint = f"write {left_text}*{right_text}"
        groups = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\w)").match(source.text, last.span[0])
        if groups is not None:
            digits = groups.group().split()
            hint = f"write the number as {''.join(digits)} or {'_'.join(digits)}, a product as {'*'.join(digits)}"
        return "missing operator between two numbers", hint
    if isinstance(last, Name) and last.name in ("T", "⊤") and source.text[last.span[0] - 1] == "^":
        base = shorten(source.text[left.span[0] : last.span[0] - 1])
        return "missing operator", f"the transpose of {base} is {base}.T, and a matrix product {base}.T @ {right_text}"
    if isinstance(last, Name) and re.search(r"\bd\s*/\s*$", source.text[: last.span[0]]) and last.name[0] == "d":
        return "missing operator", DERIVATIVE
    line = source.text[source.text.rfind("\n", 0, tree.span[1]) + 1 : right.span[0]]
    if isinstance(last, Name) and re.search(r"\s%\s*(?:[^\W\d]+\s+)+$", line):
        return "missing operator", "a comment begins with #, and % is the remainder"
    left_text = re.sub(r"(?<=\w) (?=\w)", "*", left_text)
    return "missing operator", f"write {left_text}*{right_text}"


class Misread(NamedTuple):
    """A sign that means something else in another language or in prose."""

    message: str
    span: Span
    hint: str


def misread_sign(text: str, span: Span, before: str) -> Misread | None:
    """The problem of `y <- x`, R's assignment, and of `5% + x`; before is the terminal that begins the statement, if it
    alone stands before the sign."""
    sign, after = text[slice(*span)], text[span[1] : span[1] + 3]
    if sign == "<" and before == "NAME" and re.match(r"-\s", after):
        place = (span[0], span[1] + 1)
        return Misread("'<-' is not an operator", place, "write y = … to assign a value, y < -3 to compare")
    if sign == "%" and text[span[0] - 1 : span[0]].isdigit() and re.match(r"\s+[-+]\s", after):
        return Misread("a percent sign after a number", span, PERCENT)
    return None


def power_of_function(tree: Call, source: Source) -> tuple[str, str] | None:
    """The function's name and a hint, if an implicit product is a power of a function and its argument: `sin^2(x)`."""
    left, right = tree.arguments
    while isinstance(left, Call) and left.function == "*":
        left = left.arguments[1]
    base = left.arguments[0] if isinstance(left, Call) and left.function == "^" else None
    argument = source.text[right.span[0] : right.span[1]]
    if not isinstance(base, Name) or base.name not in FUNCTIONS or not argument.startswith("("):
        return None
    power = source.text[base.span[1] : tree.function_span[0]]
    if power.endswith(")"):
        return None
    call = f"{base.name}{shorten(argument)}"
    if power.endswith(("-1", "⁻¹")) and f"a{base.name}" in FUNCTIONS:
        return base.name, f"write a{call}, or 1/{call}"
    return base.name, f"write {call}{shorten(power)}"


def split_name(name: str, vocabulary: Collection[str]) -> list[str]:
    """Split a name into the fewest names of a vocabulary that it joins: x and y of xy; [] if it joins none."""
    if len(name) > LONGEST_NAME:
        return []
    splits: list[list[str] | None] = [[]]
    for end in range(1, len(name) + 1):
        candidates = [
            [*names, name[start:end]]
            for start in range(end)
            if (names := splits[start]) is not None and name[start:end] in vocabulary and end - start < len(name)
        ]
        splits.append(min(candidates, key=len) if candidates else None)
    return splits[-1] or []
