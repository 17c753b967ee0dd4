"""The functions of LaTeX: most by the records of the operations, which say how each is written."""

from __future__ import annotations

import re
from functools import lru_cache

from graphdiff.language.hints import LOOPS
from graphdiff.language.program import prelude_program
from graphdiff.operations.registry import FUNCTIONS, PRIMITIVES

_OPERATOR_NAME = re.compile(r"\\operatorname\{(\w+)\}|\\([A-Za-z]+)")

_WRITTEN = {
    match[1] or match[2]: primitive.alone_as or primitive.name
    for primitive in PRIMITIVES.values()
    if primitive.latex is not None and primitive.operator is None
    if (match := _OPERATOR_NAME.fullmatch(primitive.latex.template)) is not None
}
"""The names that graphdiff writes in LaTeX: "arcsin" for asin, "sigma" for sigmoid."""
SYMBOLS = {
    **{name: function for name, function in _WRITTEN.items() if name in ("sigma", "psi", "Phi")},
    "Gamma": "gamma",
}
"""Greek letters that are functions before a bracket, unless they are values elsewhere."""
BESSEL = {"J": "besselj", "Y": "bessely", "I": "besseli", "K": "besselk"}
"""The letters of the functions whose subscript is an order; I of two arguments is betainc."""
OF_TWO_ARGUMENTS = {"P": "gammainc", "Q": "gammaincc"}
"""The letters that are functions before a bracket with two arguments, unless they are values elsewhere."""
_OTHER = {
    **BESSEL,
    **{"lg": "log10", "tg": "tan", "ctg": "cot", "cotg": "cot", "arctg": "atan", "sh": "sinh", "ch": "cosh"},
    **{"th": "tanh", "sgn": "sign", "Tr": "trace", "tr": "trace", "Var": "var", "cosec": "csc"},
    **{"logit": "logit", "expit": "sigmoid", "swish": "silu", "atan2": "atan2", "LSE": "logsumexp"},
}
_COMMANDS = r"""
    \exp \log \ln \lg \sin \cos \tan \sec \csc \cot \sinh \cosh \tanh \coth \arcsin \arccos \arctan \max \min \det
    \arg \gcd \deg \dim \hom \ker \Pr \sech \csch \sgn \tr \Tr \tg \ctg \cotg \arctg \sh \ch \th \erf \erfc \softmax
    \trace \relu \sigmoid \sign \arsinh \arcosh \artanh \arcsinh \arccosh \arctanh \asin \acos \atan \abs \norm \logit
    \rank \diag \mod \var"""
COMMANDS = frozenset(_COMMANDS.split())
"""Commands that are functions; some of them are none that graphdiff has."""
_PLAIN = "sin cos tan sec csc cot sinh cosh tanh arcsin arccos arctan exp log ln lg max min det sqrt"
PLAIN = frozenset(_PLAIN.split())
"""Functions whose backslash is often left out."""


INVERSES = {"erf": "erfinv", "normcdf": "norminv"}
"""The inverses that are not named by an a before the function."""


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset([*FUNCTIONS, *LOOPS, *prelude_program().definitions])


def function_of(name: str) -> str | None:
    """The function that a name in LaTeX stands for; None if there is none of this name."""
    written = _WRITTEN.get(name) if name not in SYMBOLS else None
    for candidate in (written, _OTHER.get(name), name, name.lower() if len(name) > 2 else None):
        if candidate is not None and candidate in _known():
            return candidate
    return None


def inverse_of(function: str) -> str | None:
    """The inverse of a function, which `^{-1}` stands for after it."""
    inverse = INVERSES.get(function, f"a{function}")
    return inverse if FUNCTIONS.get(inverse) is not None and function not in ("min", "max") else None


@lru_cache
def is_elementwise_in_prelude(name: str) -> bool:
    """Whether a function of the prelude is elementwise; of a function that graphdiff lacks, it is assumed."""
    program = prelude_program()
    definition = program.definitions.get(name)
    if definition is None or definition.options:
        return definition is None
    return program.function_of(definition, definition.target.span).graph.first_on_arrays is None
