"""An independent reference: the value and the gradient of a program at 50 digits, by mpmath and Python's parser.

It shares no code with graphdiff. A program is rewritten as Python, parsed by ast, evaluated with many more digits than
needed, and differentiated by central differences. Numbers are the float64 nearest to their decimals, as in graphdiff,
or the decimals as typed; everything after that is exact. A result that is not real and finite is NaN.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping

from mpmath import mp, mpf

DIGITS = 120
"""Central differences lose a part of them, what cancels in a formula another: 50 stay right."""
STEP = "1e-30"
"""Of a central difference, relative to the input; its error is about the square."""

PASTED = str.maketrans("−·×⋅∗÷∕;", "-****//\n")
LONGER = str.maketrans({"^": "**", "≤": "<=", "≥": ">=", "≠": "!="})
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
TOKEN = re.compile(
    r"(?P<number>([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)|(?P<callee>[^\W\d]\w*(?=[ \t]*\())"
    r"|(?P<name>[^\W\d]\w*)|(?P<superscript>\[-?[0-9]+\])|\*\*|[<>=!]=|\S|\n"
)


def encoded(name: str) -> str:
    """The name in letters that Python takes: it reserves lambda, and does not know x₀."""
    return f"n{name.encode().hex()}"


def python_source(text: str) -> str:
    """The program as lines of Python expressions, which Python's own grammar then gives their meaning.

    A superscript becomes a subscript x[2], which like it binds tighter than **, and a statement left = right
    the tuple "left, right".
    """
    text = unicodedata.normalize("NFC", re.sub(r"#.*", "", text)).translate(PASTED).translate(LONGER)
    text = re.sub("⁻?[⁰¹²³⁴-⁹]+", lambda match: f"[{match[0].translate(SUPERSCRIPTS)}]", text)
    pieces: list[str] = []
    brackets: list[int] = []  # for each open one, how many roots end where it is closed
    roots = 0  # that wait for their operand
    after_factor = False
    for match in TOKEN.finditer(text):
        token, kind = match.group(), match.lastgroup
        if after_factor and (kind in ("name", "callee") or token in "(√"):
            pieces.append("*")
        after_factor = kind in ("number", "name", "superscript") or token == ")"
        if kind == "callee":  # and not a factor: the bracket is its own
            pieces.append(encoded(token))
        elif kind in ("number", "name"):
            pieces.append((token if kind == "number" else encoded(token)) + ")" * roots)
            roots = 0
        elif token == "√":
            pieces.append(encoded("sqrt") + "(")
            roots += 1
        elif token == "(":
            pieces.append(token)
            brackets.append(roots)
            roots = 0
        elif token == ")":
            pieces.append(")" + ")" * brackets.pop())
        elif token != "\n" or not brackets:
            pieces.append("," if token == "=" else token)
    return "".join(pieces)


OPERATORS: dict[type, Callable[..., mpf]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv},
    **{ast.Pow: mp.power, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Lt: operator.lt},
    **{ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq},
    **{ast.NotEq: operator.ne, ast.Mod: operator.mod},
}
LONGEST_SHAPE = 1e5
"""The largest shape for which lower_gamma sums its series."""


def lower_gamma(a: mpf, x: mpf) -> mpf:
    """The regularized lower incomplete gamma function (DLMF 8.5.1): mp.gammainc recurses without end at some points."""
    if not (0 < a < LONGEST_SHAPE and x >= 0):
        return mp.nan
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * mp.hyp1f1(1, a + 1, x) if x else x


INVERSES = "sin cos tan tan2 sinh cosh tanh"
OTHERS = "exp log ln log10 sqrt sin cos tan sinh cosh tanh sech sec csc cot erf erfc floor ceil sign"
FUNCTIONS: dict[str, Callable[..., mpf]] = {
    **{a + name: getattr(mp, f"a{name}") for name in INVERSES.split() for a in ("a", "arc")},
    **{name: getattr(mp, name) for name in OTHERS.split()},
    **{"abs": abs, "pow": mp.power, "min": min, "max": max, "round": mp.nint},
    "expm1": lambda x: mp.exp(x) - 1,
    "log1p": lambda x: mp.log(1 + x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "exp2": lambda x: mp.power(2, x),
    "cbrt": lambda x: mp.sign(x) * mp.power(abs(x), mpf(1) / 3),
    "hypot": lambda *xs: mp.sqrt(sum(x * x for x in xs)),
    "square": lambda x: x * x,
    "clip": lambda x, low, high: low if x < low else high if x > high else x,
    "where": lambda condition, x, y: x if condition else y,
    "relu": lambda x: x if x > 0 else mpf(0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, a: x if x > 0 else a * (mp.exp(x) - 1),
    **dict.fromkeys(("sigmoid", "sigma", "σ", "logistic", "expit"), lambda x: 1 / (1 + mp.exp(-x))),
    **{"maximum": max, "minimum": min, "mod": lambda x, y: x - y * mp.floor(x / y)},
    **{"gamma": mp.gamma, "factorial": lambda x: mp.gamma(x + 1)},
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "mish": lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
    "log_sigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "logit": lambda p: mp.log(p / (1 - p)),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "logcosh": lambda x: mp.log(mp.cosh(x)),
    "log1mexp": lambda x: mp.log(1 - mp.exp(x)),
    **dict.fromkeys(
        ("weighted_logaddexp2", "weighted_logaddexp3", "weighted_logaddexp4"),
        lambda *pairs: mp.log(sum(p * mp.exp(a) for p, a in zip(pairs[::2], pairs[1::2], strict=True))),
    ),
    "difference_of_squares": lambda x, y: x * x - y * y,
    "exprel": lambda x: (mp.exp(x) - 1) / x if x else mpf(1),
    **dict.fromkeys(("lgamma", "gammaln"), lambda x: mp.loggamma(x).real),
    **dict.fromkeys(("digamma", "psi"), mp.digamma),
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "digamma_difference": lambda a, b: mp.digamma(a) - mp.digamma(a + b),
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "unnormalized_sinc": mp.sinc,
    "sinc": mp.sincpi,
    "trigamma": lambda x: mp.psi(1, x),
    "xlogy": lambda x, y: x * mp.log(y) if x else x,
    "xlog1py": lambda x, y: x * mp.log(1 + y) if x else x,
    **{"coth": mp.coth, "csch": mp.csch},
    "normal_logpdf": lambda x, m, s: -(((x - m) / s) ** 2) / 2 - mp.log(s) - mp.log(2 * mp.pi) / 2,
    "poisson_logpmf": lambda k, rate: k * mp.log(rate) - rate - mp.loggamma(k + 1),
    "binomial_logpmf": lambda k, n, p: mp.log(mp.binomial(n, k)) + k * mp.log(p) + (n - k) * mp.log(1 - p),
    "negative_binomial_logpmf": lambda k, n, p: mp.log(mp.binomial(n + k - 1, k)) + n * mp.log(p) + k * mp.log(1 - p),
    "gamma_logpdf": lambda x, a, r: a * mp.log(r) + (a - 1) * mp.log(x) - r * x - mp.loggamma(a),
    "beta_logpdf": lambda x, a, b: (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - mp.log(mp.beta(a, b)),
    "student_t_logpdf": lambda x, v, m, s: (
        mp.loggamma((v + 1) / 2)
        - mp.loggamma(v / 2)
        - mp.log(v * mp.pi) / 2
        - mp.log(s)
        - (v + 1) / 2 * mp.log(1 + ((x - m) / s) ** 2 / v)
    ),
    "exponential_logpdf": lambda x, r: mp.log(r) - r * x,
    "weibull_logpdf": lambda x, k, s: mp.log(k / s) + (k - 1) * mp.log(x / s) - (x / s) ** k,
    "von_mises_logpdf": lambda x, m, k: k * mp.cos(x - m) - mp.log(2 * mp.pi * mp.besseli(0, k)),
    **{name: getattr(mp, name) for name in ("besselj", "bessely", "besseli", "besselk")},
    "gammainc": lower_gamma,
    "gammaincc": lambda a, x: 1 - lower_gamma(a, x),
    "betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "scaled_besseli0": lambda x: mp.exp(-x) * mp.besseli(0, x),
    "lambertw": lambda x: mp.lambertw(x).real,
    "beta": mp.beta,
    **dict.fromkeys(("lbeta", "betaln"), lambda a, b: mp.log(abs(mp.beta(a, b)))),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfinv": mp.erfinv,
    **dict.fromkeys(("normcdf", "ndtr", "pnorm", "Phi"), lambda x: mp.erfc(-x / mp.sqrt(2)) / 2),
    **dict.fromkeys(("lognormcdf", "log_ndtr"), lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)),
    "inverse_mills_ratio": lambda x: 2 * mp.npdf(x) / mp.erfc(-x / mp.sqrt(2)),
    **dict.fromkeys(("norminv", "ndtri", "qnorm", "probit"), lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1)),
}
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "true": 1, "True": 1, "false": 0, "False": 0}

Rounding = Callable[[mpf], mpf]


def as_typed(number: float) -> mpf:
    """The shortest decimal of a float."""
    return mpf(repr(number))


class Program:
    """A program that can be evaluated at many points, where read converts its numbers."""

    def __init__(self, text: str, read: Callable[[float], mpf] = mpf) -> None:
        self.read = read
        self.statements: list[tuple[ast.expr | None, ast.expr]] = []
        self.functions: dict[str, tuple[list[str], ast.expr]] = {}
        for statement in ast.parse(python_source(text)).body:
            assert isinstance(statement, ast.Expr)
            tree = statement.value
            left, body = tree.elts if isinstance(tree, ast.Tuple) else (None, tree)
            self.statements.append((left, body))
            if isinstance(left, ast.Call):
                self.functions[ast.unparse(left.func)] = ([ast.unparse(name) for name in left.args], body)

    def value(self, point: Mapping[str, mpf], rounded: Rounding) -> mpf:
        """The last statement's value; rounded is applied to each use of a name and to each result."""
        self.rounded = rounded
        self.names = {encoded(name): value for name, value in {**self.constants(), **point}.items()}
        for target, body in self.statements:
            if not isinstance(target, ast.Call) or body is self.statements[-1][1]:
                result = self.expression(body, {})
            if isinstance(target, ast.Name):
                self.names[target.id] = result
        return result

    def constants(self) -> dict[str, mpf]:
        irrational = {math.pi: +mp.pi, math.e: +mp.e} if self.read is as_typed else {}
        return {name: irrational.get(value, mpf(value)) for name, value in CONSTANTS.items()}

    def expression(self, tree: ast.AST, parameters: Mapping[str, mpf]) -> mpf:
        """An expression's value, where a function's parameters hide the program's names."""
        try:
            result = mpf(self._unrounded(tree, parameters))
        except (ZeroDivisionError, ValueError, OverflowError, TypeError):  # TypeError: it is complex
            result = mp.nan
        result = result if mp.isfinite(result) else mp.nan
        return result if isinstance(tree, ast.Constant | ast.UnaryOp) else self.rounded(result)

    def _unrounded(self, tree: ast.AST, parameters: Mapping[str, mpf]) -> mpf:
        match tree:
            case ast.Constant(value=int() | float() as number):
                return self.read(float(number))
            case ast.Name(name):
                return parameters[name] if name in parameters else self.names[name]
            case ast.UnaryOp(sign, right):
                operation, operands = OPERATORS[type(sign)], [right]
            case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
                operation, operands = OPERATORS[type(sign)], [left, right]
            case ast.Subscript(left, right):
                operation, operands = mp.power, [left, right]
            case ast.Call(ast.Name(name), operands) if name in self.functions:
                names, body = self.functions[name]
                values = (self.expression(operand, parameters) for operand in operands)
                return self.expression(body, dict(zip(names, values, strict=True)))
            case ast.Call(ast.Name(name), operands):
                operation = FUNCTIONS[bytes.fromhex(name[1:]).decode()]
            case _:
                raise NotImplementedError(ast.dump(tree))
        return operation(*(self.expression(operand, parameters) for operand in operands))


def value_and_gradient(
    text: str,
    point: Mapping[str, float],
    rounding: Callable[[], Rounding] = lambda: lambda x: x,
    read: Callable[[float], mpf] = mpf,
) -> tuple[mpf, dict[str, mpf]]:
    """The value of a program at a point, and its derivative by each name of the point, to 50 digits.

    rounding makes for each evaluation what rounds in it; nothing does unless it is given. read converts the numbers of
    the text and the point: mpf, or as_typed.
    """
    program = Program(text, read)
    with mp.workdps(DIGITS):
        exact = {name: read(value) for name, value in point.items()}
        value = program.value(exact, rounding())
        gradient = {}
        for name, at in exact.items():
            step = mpf(STEP) * (abs(at) or 1)
            above, below = (program.value({**exact, name: x}, rounding()) for x in (at + step, at - step))
            gradient[name] = (above - below) / (2 * step)
        return value, gradient
