"""What a reader might have meant: the hints of messages about names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graphdiff.errors import Hint, shortened
from graphdiff.language.tree import Array, Call, Name, Number
from graphdiff.operations.registry import CONSTANTS, FUNCTIONS
from graphdiff.source import Source

LONGEST_NAME = 40
"""Longer names are not compared: nobody mistyped them by a letter."""

OTHERWISE = {
    "Σ": "a sum is sum(x), or sum(w[k]*x[k] for k in range(3))",
    "Π": "a product is prod(x), or prod(x[k] for k in range(3))",
    "sigma": "the logistic function is sigmoid(x); to define another, sigma(u) = …",
    "σ": "the logistic function is sigmoid(x); to define another, σ(u) = …",
    "logistic": "the logistic function is sigmoid(x)",
    "expit": "the logistic function is sigmoid(x)",
    "swish": "did you mean 'silu'?",
    "lg": "the logarithms are log (natural), log2 and log10",
    "log₂": "did you mean 'log2'?",
    "square_root": "did you mean 'sqrt'?",
    "root": "the square root is sqrt(x), another x^(1/n)",
    "tg": "did you mean 'tan'?",
    "ctg": "did you mean 'cot'?",
    "cosec": "did you mean 'csc'?",
    "heaviside": "a step is x > 0",
    "arg": "the angle of a point is atan2(y, x)",
    "mod": "the remainder is x - y*floor(x/y)",
    "IF": "a condition is where(x > 0, a, b)",
    "frac": "a fraction is a/b",
    "sgn": "the sign is sign(x)",
    "int": "to the integer below is floor(x)",
    "range": "range counts in a comprehension, sum(x[k] for k in range(3)); an array is arange(3)",
    "array": "an array is written [1, 2]",
    "len": "sizes are constants: write the number, or count(x)",
    "size": "sizes are constants: write the number, or count(x)",
    "shape": "shapes are constants: write the numbers",
    "linspace": "arange(11)/10 is 0, 0.1, … 1",
    "cross": "write the three entries out: [a[1]*b[2] - a[2]*b[1], …]",
    "mse": "mean((x - y)^2)",
    "hstack": "did you mean 'concat'?",
    "vstack": "concat(a, b) joins rows, stack(a, b) makes rows of vectors",
    "identity": "did you mean 'eye'?",
    "cholesky": "there are solve, inv, det and logdet",
    "average": "did you mean 'mean'?",
    "argmax": "an index is not differentiable; the largest entry is max(x)",
    "average_pool2d": "mean(windows(x, ones(2, 2), stride=2), axis=(-2, -1))",
    "diag": "the diagonal of a matrix x of 3 rows is sum(x*eye(3), axis=0), the matrix of a vector x*eye(3)",
    "flatten": "reshape(x, -1)",
    "einsum": "tensordot(a, b, axes=((1,), (0,))) sums over axes; or multiply and sum",
}
"""Functions of other languages."""

OTHER_NUMBERS = {
    ("log", 2): "log(x)/log(b) is the logarithm to base b; there are log2(x) and log10(x)",
    ("atan", 2): "the angle of a point is atan2(y, x)",
    ("round", 2): "round(x*10)/10 keeps one decimal",
    ("sum", 2): "terms are added: x + y; the entries of an array: sum([x, y])",
    ("sum", 3): "terms are added: x + y + z; the entries of an array: sum([x, y, z])",
    ("prod", 2): "factors are multiplied: x*y; the entries of an array: prod([x, y])",
    ("mean", 2): "the mean of the entries of an array is mean([x, y])",
    ("norm", 2): "the length of (x, y) is hypot(x, y), or norm([x, y]); along an axis: norm(x, axis=0)",
    ("norm", 3): "the length of (x, y, z) is norm([x, y, z])",
    ("softmax", 2): "softmax([x, y])",
    ("logsumexp", 2): "logaddexp(x, y), or logsumexp([x, y])",
    ("transpose", 0): "transpose(x), or x.T",
    ("where", 1): "a condition is where(x > 0, a, b)",
    ("arange", 0): "arange(3) is [0, 1, 2]",
}
"""Calls with a number of arguments that other languages know."""

VALUE = Hint("values are passed by name: x=3", "point")
WORDS = {
    "and": "and is a product of comparisons: (a < b)*(b < c)",
    "or": "or is max(a < b, b < c)",
    "not": "not is 1 - (a < b)",
    "if": "a condition is where(x > 0, a, b)",
    "where": VALUE,
    "at": VALUE,
    "with": "a gate's own derivative stands behind its definition, outside brackets: f(x) = x^2 with 2*x",
    "gate": "a gate is a definition: gate f(x) = …",
}
"""Words between expressions."""


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """`did you mean 'exp'?`, if there is a name like it."""
    if len(name) > LONGEST_NAME:
        return None
    from difflib import get_close_matches

    names = [candidate for candidate in candidates if len(candidate) <= LONGEST_NAME]
    found = [candidate for candidate in names if candidate.lower() == name.lower()]
    found = found or get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{shortened(found[0])}'?" if found else None


def unknown_function(
    name: str, functions: Iterable[str], is_value: bool, count: int, arguments: str
) -> tuple[str, str | None]:
    """The message and the hint for a call of what is no function; count arguments have the text from "(" to ")"."""
    shown = shortened(name)
    product = f"to multiply, write {shown}*{shortened(arguments)}" if count == 1 else None
    if is_value or name in CONSTANTS:
        return f"'{shown}' is a value, not a function", product or f"write {shown}"
    define = f"to define it, {shown}(u) = …"
    hint = OTHERWISE.get(name) or nearest(name, functions) or (f"{product}; {define}" if product else define)
    return f"unknown function '{shown}'", hint


def juxtaposition_hint(tree: Call, source: Source) -> tuple[str, str]:
    """The message and the hint for two factors side by side that are no product."""
    left, right = tree.arguments
    left_text = shortened(source.text[left.span[0] : left.span[1]])
    right_text = shortened(source.text[right.span[0] : right.span[1]])
    if isinstance(right, Array):
        return "an operator is missing here", f"an entry is {left_text}{right_text}, without a space"
    last = left
    while isinstance(last, Call) and last.arguments:
        last = last.arguments[-1]
    word = next((side.name for side in (last, right) if isinstance(side, Name) and side.name in WORDS), None)
    if word is not None:
        return f"'{word}' is no operator", WORDS[word]
    if isinstance(last, Name) and last.name in FUNCTIONS:
        more = "…" if isinstance(right, Number) else ""
        return f"'{last.name}' is a function and wants brackets", f"write {last.name}({right_text}{more})"
    before = source.text[: tree.span[0]]
    if before.count("[") > before.count("]"):
        return "a ',' is missing here", f"entries are separated by ',': {left_text}, {right_text}"
    if isinstance(last, Number) and isinstance(right, Number):
        if last.span[1] == right.span[0]:
            return f"'{left_text}{right_text}' is not a number", "a number has one decimal point"
        return "two numbers side by side", f"write {left_text}*{right_text}"
    return "an operator is missing here", f"write {left_text}*{right_text}"


def power_of_function(tree: Call, source: Source) -> tuple[str, str] | None:
    """The function's name and the hint where a product without a sign is the power of a function before an argument,
    as in `sin^2(x)`."""
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
    called = f"{base.name}{shortened(argument)}"
    if power.endswith(("-1", "⁻¹")) and f"a{base.name}" in FUNCTIONS:
        return base.name, f"write a{called}, or 1/{called}"
    return base.name, f"write {called}{shortened(power)}"


def split_name(name: str, known: Collection[str]) -> list[str]:
    """The shorter known names that a joined name consists of, the fewest: x and y of xy; none if it joins none."""
    if len(name) > LONGEST_NAME:
        return []
    best: list[list[str] | None] = [[]]
    for end in range(1, len(name) + 1):
        ways = [
            [*way, name[start:end]]
            for start in range(end)
            if (way := best[start]) is not None and name[start:end] in known and end - start < len(name)
        ]
        best.append(min(ways, key=len) if ways else None)
    return best[-1] or []
