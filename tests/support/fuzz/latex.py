"""LaTeX made from choices: formulas of textbooks with a few things changed, or pieces in any order."""

from __future__ import annotations

from functools import lru_cache

from support.fuzz.choices import Choices, spoil
from support.latex_reading import read_latex_formulas

_PIECES = r"""
    x y z n i j k w W A \alpha \sigma \theta \Delta \pi e 1 2 10 0.5 + - = < \leq \neq \cdot \times / * ( ) [ ] { }
    ^ _ ^{ _{ } \frac \frac{ }{ \sqrt \sqrt[ \left( \right) \left| \right| | || \| \sin \cos \log \ln \exp \max \min
    \sum \prod \sum_{i=1}^{n} \sum_{i=1}^{3} \sum_j \prod_{k=1}^{4} \max_j \begin{cases} \end{cases} \begin{pmatrix}
    \end{pmatrix} & \\ , ; . ' ! \hat \bar \vec \mathbf \mathcal \underbrace \text{if} \text{loss} \mathrm{T} ^T
    ^\top \operatorname{softmax} ^{-1} \quad \, $ \[ \] \begin{align} \end{align} \partial \nabla \infty \int \lim
    \binom \over \ldots \circ \odot % \foo \not \{ \} \langle \rangle \lfloor \rfloor f(x)= f( : \mod é αβ 𝑥 \
"""
PIECES = [*_PIECES.split(), " ", "\n"]
RANKS = [{}, dict.fromkeys("xyzwWA", 0), {"x": 1, "y": 0, "w": 1, "W": 2, "A": 2}]
"""What is known of the inputs."""


@lru_cache(maxsize=1)
def formulas() -> list[str]:
    return [formula.latex for formula in read_latex_formulas()]


def text(choices: Choices) -> str:
    """A text that is mostly LaTeX."""
    if choices.number(3):
        return spoil(choices, spoil(choices, choices.one_of(formulas()), PIECES), PIECES)
    return "".join([choices.one_of(PIECES) for _ in range(choices.number(25))])
