"""Random formulas with uncertain inputs, which the package uncertainties propagates too."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from uncertainties import correlated_values, umath

NAMES = "xyz"
FUNCTIONS = {
    name: getattr(umath, name)
    for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "atan", "asinh", "expm1", "erf", "hypot")
}
PATTERNS = """{} + {}
{} - {}
({})*({})
({})/(2 + ({})^2)
sin({})
cos({})
tanh({})
atan({})
asinh({})
erf({})
sqrt(1 + ({})^2)
log(1.5 + ({})^2)
exp(-({})^2)
expm1(sin({}))
hypot({}, 1 + ({})^2)
-({})^3
(1.1 + ({})^2)^sin({})
2*({})
1/(1 + exp(-({})))""".splitlines()


class UncertainFormula(NamedTuple):
    """A formula, a point, standard uncertainties, and correlations by pairs."""

    text: str
    point: Mapping[str, float]
    uncertainty: Mapping[str, float]
    correlation: Mapping[tuple[str, str], float]

    def propagated(self) -> Any:
        """The value with its uncertainty, by the package uncertainties."""
        names = list(self.uncertainty)
        covariance = [
            [self.uncertainty[one] * self.uncertainty[other] * self._coefficient(one, other) for other in names]
            for one in names
        ]
        values = dict(zip(names, correlated_values([self.point[name] for name in names], covariance), strict=True))
        return eval(self.text.replace("^", "**"), {**FUNCTIONS, **self.point, **values})

    def _coefficient(self, one: str, other: str) -> float:
        return 1.0 if one == other else self.correlation.get((one, other), self.correlation.get((other, one), 0.0))


def random_formula(generator: random.Random) -> UncertainFormula:
    """A formula that is smooth, with a point and uncertainties of all its inputs or of some; sometimes correlated."""
    text = _expression(generator, 4)
    text = text if re.search(r"\b[xyz]\b", text) else f"{text} + x"
    used = [name for name in NAMES if re.search(rf"\b{name}\b", text)]
    point = {name: round(generator.uniform(-2, 2), 3) for name in used}
    uncertain = [name for name in used if generator.random() < 0.8] or used[:1]
    uncertainty = {name: round(math.exp(generator.uniform(-6, -1)), 4) for name in uncertain}
    correlation: dict[tuple[str, str], float] = {}
    if len(uncertain) > 1 and generator.random() < 0.5:
        correlation[uncertain[0], uncertain[1]] = round(generator.uniform(-1, 1), 2)
    return UncertainFormula(text, point, uncertainty, correlation)


def _expression(generator: random.Random, depth: int) -> str:
    if depth == 0 or generator.random() < 0.15:
        return str(generator.choice([*NAMES, "0.5", "3"]))
    pattern = generator.choice(PATTERNS)
    parts = [_expression(generator, depth - 1) for _ in range(pattern.count("{}"))]
    return str(pattern.format(*parts))
