"""Functions as people type them, in the spelling that the language has for them."""

from __future__ import annotations

import re

from graphdiff.language.tree import Call, Expression, Number

ALIASES = {
    **{"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "GELU": "gelu", "SiLU": "silu", "swish": "silu"},
    **{"Mish": "mish"},
    **{"norm_logpdf": "normal_logpdf", "binom_logpmf": "binomial_logpmf", "nbinom_logpmf": "negative_binomial_logpmf"},
    **{"t_logpdf": "student_t_logpdf"},
    **{f"{name}_lpdf": f"{name}_logpdf" for name in ("normal", "gamma", "beta", "student_t", "exponential", "weibull")},
    **{f"{name}_lpmf": f"{name}_logpmf" for name in ("poisson", "binomial")},  # as in Stan
}
"""Other names of functions of the prelude; those of primitives are in their records."""
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LOGARITHM = re.compile(r"log(?:_(\d+)|([₀-₉]+))")


def respell(tree: Call) -> Call:
    """A call of a logarithm to some base, log(x, b) or log_2(x), by the functions of the language; any other call as it
    is."""
    arguments = tree.arguments
    match = _LOGARITHM.fullmatch(tree.function)
    if tree.keywords or (not (len(arguments) == 1 and match) and not (len(arguments) == 2 and tree.function == "log")):
        return tree
    base: Expression = arguments[-1]
    if match:
        base = Number(float((match[1] or match[2]).translate(SUBSCRIPTS)), tree.function_span)
    if isinstance(base, Number) and base.value in (2, 10):
        return tree._replace(function=f"log{base.value:.0f}", arguments=arguments[:1])
    logarithms = tuple([tree._replace(function="log", arguments=(each,)) for each in (arguments[0], base)])
    return tree._replace(function="/", arguments=logarithms)
