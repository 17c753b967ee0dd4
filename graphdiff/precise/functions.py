"""The elementary functions of operations/ieee on multiprecision numbers, by mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations import ieee
from graphdiff.operations.functions import row_of, unsupported_error
from graphdiff.operations.literal import Irrational
from graphdiff.precise import error_functions, special_functions
from graphdiff.precise.arithmetic import Arithmetic
from graphdiff.precise.context import context_of

FUNCTIONS = {**error_functions.FUNCTIONS, **special_functions.FUNCTIONS}
"""The functions of other modules by name."""
LARGE_WHOLE_BITS = 200
"""Bits of a whole number whose exponential is computed as that of a number with a fraction, which is faster."""
LARGEST_MAGNITUDE = 10_000
"""Bits of the largest exponent, and of the largest number whose exponential or sine is computed: it is below 10^3011.
Beyond it mpmath would need memory and time without end."""
MOST_GAMMA_DIGITS = 1000
"""Digits to which the functions around gamma are computed: with twice as many they take ten times as long."""
HIGHEST_ORDER = 150
"""The highest order of polygamma."""
LARGEST_QUOTIENT = 1_000_000
"""Bits of the largest quotient whose remainder is computed."""
FARTHEST_POLE = 1000
"""polygamma sums this many terms to the left of 0 at most."""
GROWING = ("sinh", "cosh", "sin", "cos", "tan")
"""Functions whose work grows with their operand."""
LEVEL = ("tanh", "erf")
"""Functions that approach 1 and -1."""
FAR_FROM_0 = 1e40
"""Beyond it the asymptotic series of erfc has as many digits as anyone asks for."""
LARGEST_REPEATED = 64
"""Bits of the largest whole exponent that is reached by repeated multiplication."""
FEW_BITS = 53
"""Bits that are enough to tell how large a number is."""
SPARE_BITS = 20
"""How many bits of a result random rounding errors change."""


class Precise(Arithmetic):
    """A namespace for kernels: mpmath's functions by its names, but for those here and in FUNCTIONS. A result
    that is not real is NaN; a comparison is 1 or 0.

    Exponents have no limit but LARGEST_MAGNITUDE, beyond which functions raise GraphdiffError("limit").
    """

    inf = math.inf
    nan = math.nan

    def __init__(self, digits: int, rounding: str = "n", reported: int | None = None) -> None:
        self.mp = context_of(digits, rounding, reported)
        self.constant = self.mp.mpf
        self._random = Random(digits)
        self.magnitudes: list[int] = []
        """The powers of 2 near the numbers of a computation, in order."""
        self.is_uncertain = False
        """Whether a function was computed at a jump, where rounding errors decide."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        row = row_of(name)
        if name in FUNCTIONS:
            function = self._real(partial(FUNCTIONS[name], self))
        elif row.is_elementwise and hasattr(self.mp, name):
            function = self._real(getattr(self.mp, name))
        else:
            raise unsupported_error("mpmath", name, "fewer digits do without it")
        if name in GROWING:
            function = self._within_range(name, function)
        elif name in LEVEL:
            function = self._leveled(function)
        setattr(self, name, function)
        return function

    def number(self, value: float) -> Any:
        """The number that a float holds, or π where that of a derivative rule is meant."""
        return self.irrational(value) if isinstance(value, Irrational) else self.constant(value)

    def irrational(self, value: float) -> Any:
        """pi or e with all digits, or minus one of them, for the float nearest to it; None for any other float."""
        for constant, number in ((math.pi, self.mp.pi), (math.e, self.mp.e)):
            if abs(value) == constant:
                return +number if value > 0 else -number
        return None

    @property
    def digits(self) -> int:
        """The digits that series must be right to."""
        return int(self.mp.dps)

    def _real(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def real(*operands: Any) -> Any:
            if any(map(self.mp.isnan, operands)):
                return self.mp.nan
            try:
                result = function(*operands)
            except (ValueError, ZeroDivisionError, OverflowError):
                return self.mp.nan
            return result if isinstance(result, self.mp.mpf) else self.mp.nan

        return real

    def _within_range(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def compute(x: Any) -> Any:
            self._check_magnitude(name, x)
            return function(x)

        return compute

    def _leveled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        largest = self.mp.ldexp(1, 2 * self.mp.prec.bit_length() + 64)
        return lambda x: function(x if self.mp.isnan(x) else min(max(x, -largest), largest))

    def _check_magnitude(self, name: str, x: Any) -> None:
        """Raise GraphdiffError("limit") for a finite number beyond LARGEST_MAGNITUDE."""
        if self.mp.isfinite(x) and x and self.mp.mag(x) > LARGEST_MAGNITUDE:
            power = int(LARGEST_MAGNITUDE * math.log10(2)) + 1
            raise GraphdiffError("limit", f"{name} of a number beyond 10^{power} is not computed")

    def check_exponent(self, x: Any) -> None:
        """Raise GraphdiffError("limit") for a number whose exponent is beyond LARGEST_MAGNITUDE."""
        if self.mp.isfinite(x) and x and x.exp.bit_length() > LARGEST_MAGNITUDE:
            raise GraphdiffError("limit", "the exponent of a number is too large")

    def round_result(self, result: Any, read: Callable[[Any], Any], is_exact: bool) -> Any:
        """The result of an operation, with a random rounding error unless it is exact; read converts a float.

        Raises GraphdiffError("limit") for a number whose exponent is too large.
        """
        number = result if isinstance(result, self.mp.mpf) else read(result)
        self.check_exponent(number)
        self.record(number)
        return number if is_exact else self.disturb(number)

    def record(self, x: Any) -> None:
        """Note the magnitude of a number of a computation."""
        self.magnitudes.append(int(self.mp.mag(x)) if x and self.mp.isfinite(x) else 0)

    def is_short(self, x: Any) -> bool:
        """Whether a number has so few bits that no rounding made it."""
        return not self.mp.isfinite(x) or x.bc < self.mp.prec - SPARE_BITS

    def is_undecided(self, function: Callable[..., Any], *operands: Any) -> bool:
        """Whether rounding errors of the operands may make a function jump, such as a comparison or floor."""
        if all(map(self.is_short, operands)) or (len(operands) == 2 and operands[0] == operands[1]):
            return False
        error = self.mp.ldexp(1, 2 * SPARE_BITS - self.mp.prec)
        signs = (error, -error)
        sides = [[x + x * side for x, side in zip(operands, pair, strict=False)] for pair in (signs, signs[::-1])]
        if len(operands) == 2:  # a comparison
            return bool((sides[0][0] < sides[0][1]) != (sides[1][0] < sides[1][1]))
        return bool(function(self, *sides[0]) != function(self, *sides[1]))

    def disturb(self, x: Any) -> Any:
        """A result with a random rounding error, unless it has so few bits that it is exact."""
        if self.is_short(x):
            return x
        error = self._random.randrange(1, 1 << SPARE_BITS) * self._random.choice((-1, 1))
        return x + self.mp.ldexp(x, -self.mp.prec) * error

    def exp(self, x: Any) -> Any:
        if self.mp.isinf(x):
            return self.mp.inf if x > 0 else self.mp.zero
        self._check_magnitude("exp", x)
        mp, magnitude = self.mp, self.mp.mag(x)
        if magnitude < LARGE_WHOLE_BITS or not mp.isint(x):
            return mp.exp(x)
        with mp.workprec(mp.prec + magnitude):  # of whole numbers mpmath takes powers of e, one bit after the other
            power = mp.exp(x + mp.mpf(0.5))
        return power / mp.exp(mp.mpf(0.5))

    def expm1(self, x: Any) -> Any:
        return self.mp.expm1(x) if abs(x) < 1 else self.exp(x) - 1

    def log(self, x: Any) -> Any:
        return self._logarithm(self.mp.log, x, 0)

    def log2(self, x: Any) -> Any:
        return self._logarithm(lambda x: self.mp.log(x, 2), x, 0)

    def log10(self, x: Any) -> Any:
        return self._logarithm(self.mp.log10, x, 0)

    def log1p(self, x: Any) -> Any:
        return self._logarithm(self.mp.log1p, x, -1)

    def _logarithm(self, function: Callable[..., Any], x: Any, pole: int) -> Any:
        if self.mp.isinf(x):
            return self.mp.inf if x > 0 else self.mp.nan
        if x <= pole or x != x:
            return self.mp.ninf if x == pole else self.mp.nan
        return function(x)

    def erfc(self, x: Any) -> Any:
        self._check_magnitude("erfc", x * x)
        if not FAR_FROM_0 < x < self.mp.inf:
            return self._real(self.mp.erfc)(x)
        inverse = -1 / (2 * x * x)  # DLMF 7.12.1; mpmath takes floats of x*x, which overflow
        total = term = self.mp.one
        for odd in range(1, self.mp.prec, 2):
            term *= odd * inverse
            total += term
        with self.mp.workprec(self.mp.prec + max(0, 2 * self.mp.mag(x))):  # the square needs all its digits
            power = self.mp.exp(-x * x)
        return power / (x * self.mp.sqrt(self.mp.pi)) * total

    def acosh(self, x: Any) -> Any:
        above = x - 1
        return self.log1p(above + self.mp.sqrt(above * (above + 2))) if above >= 0 else self.mp.nan

    def atanh(self, x: Any) -> Any:
        return self.mp.inf * x if abs(x) == 1 else self.mp.nan if not abs(x) < 1 else self.mp.atanh(x)

    def cbrt(self, x: Any) -> Any:
        return x if self.mp.isinf(x) else self.mp.sign(x) * self.mp.cbrt(abs(x))

    def atan2(self, y: Any, x: Any) -> Any:
        if self.mp.isinf(y) and self.mp.isinf(x):  # mpmath 1.3 gives NaN
            y, x = self.mp.sign(y), self.mp.sign(x)
        return self._real(self.mp.atan2)(y, x)

    def hypot(self, x: Any, y: Any) -> Any:
        is_infinite = self.mp.isinf(x) or self.mp.isinf(y)
        return self.mp.inf if is_infinite else self.mp.hypot(x, y)

    def pow(self, x: Any, y: Any) -> Any:
        x, y = self.mp.mpf(x), self.mp.mpf(y)
        is_special = not (x and self.mp.isfinite(x) and self.mp.isfinite(y)) or abs(x) == 1
        if is_special:
            return self.mp.mpf(ieee.pow(self._like(x), self._like(y)))
        self._check_magnitude("a power", y)
        size = abs(x)
        with self.mp.workprec(FEW_BITS):
            exponent = y * self.mp.log(size)
        self._check_magnitude("a power", exponent)
        extra = max(0, int(self.mp.mag(exponent))) if exponent else 0
        with self.mp.workprec(self.mp.prec + extra):  # the exponent needs all its digits
            if self.mp.mag(y) <= LARGEST_REPEATED or (x < 0 and y.exp < 0):
                power = self._real(self.mp.power)(x, y)
            else:  # mpmath would multiply as often as the exponent has bits
                power = self.mp.exp(y * self.mp.log(size)) * (-1 if x < 0 and y.exp == 0 else 1)
        return +power

    def _like(self, x: Any) -> float:
        """A float of which a power of 0, 1, an infinity or NaN, or to one of these, is the same."""
        if not x or not self.mp.isfinite(x) or abs(x) == 1:
            return float(x)
        if x.exp < 0:  # not whole
            return float(self.mp.sign(x)) * (0.5 if abs(x) < 1 else 2.5)
        return float(self.mp.sign(x)) * (3.0 if x.exp == 0 else 2.0)

    def divide(self, x: Any, y: Any) -> Any:
        if y:
            return x / y
        return self.mp.nan if not x or self.mp.isnan(x) else self.mp.inf * self.mp.sign(x)

    def whole_order(self, n: Any) -> Any:
        is_whole = 0 <= n < self.mp.inf and n == self.mp.floor(n)
        return n if is_whole else self.mp.mpf(ieee.whole_order(float(n) if not 0 <= n < self.mp.inf else 0.5))

    def remainder(self, x: Any, y: Any) -> Any:
        if not self.mp.isfinite(x) or self.mp.isnan(y) or not y:
            return self.mp.nan
        if self.mp.isinf(y):
            return x if not x or (x > 0) == (y > 0) else y
        if x and self.mp.mag(x) - self.mp.mag(y) > LARGEST_QUOTIENT:
            raise GraphdiffError("limit", "the quotient of mod is too large")
        return x % y

    def gamma(self, x: Any) -> Any:
        self._check_gamma("gamma", x)
        if not x:
            return self.divide(self.mp.one, x)
        return self.mp.inf if x == self.mp.inf else self._real(self.mp.gamma)(x)

    def lgamma(self, x: Any) -> Any:
        self._check_gamma("lgamma", x)
        if self.mp.isnan(x):
            return x
        is_pole = x <= 0 and x == self.floor(x)
        return self.mp.inf if is_pole or self.mp.isinf(x) else self.mp.loggamma(x).real

    def digamma(self, x: Any) -> Any:
        self._check_gamma("digamma", x)
        if x == 0 or self.mp.isinf(x):
            return self.mp.inf if x > 0 else self.mp.ninf if x == 0 else self.mp.nan
        return self._real(self.mp.digamma)(x)

    def polygamma(self, n: Any, x: Any) -> Any:
        """As in operations/gamma, with its values at poles and infinities."""
        if n == 0:
            return self.digamma(x)
        self._check_gamma("polygamma", x)
        if self.mp.isnan(x) or not n > 0:
            return self.mp.nan
        if self.mp.isinf(x):
            return self.mp.zero if x > 0 else self.mp.nan
        if x <= 0 and x == self.floor(x):
            return self.mp.inf if n % 2 == 1 else self.mp.ninf if x == 0 else self.mp.nan
        if n > HIGHEST_ORDER or x < -FARTHEST_POLE:
            raise GraphdiffError("limit", f"polygamma is computed to order {HIGHEST_ORDER}, from x = -{FARTHEST_POLE}")
        return self._real(self.mp.psi)(int(n), x)

    def factorial_zeta(self, n: Any, q: Any) -> Any:
        """n! ζ(n + 1, q), which is the polygamma function but for its sign."""
        return self.mp.fabs(self.polygamma(n, q))

    def _check_gamma(self, name: str, x: Any) -> None:
        self._check_magnitude(name, x)
        if self.mp.dps > MOST_GAMMA_DIGITS:
            message = f"{name} is computed with {MOST_GAMMA_DIGITS} digits at most, of which half are shown"
            raise GraphdiffError("limit", message, hint="use a lower precision")
