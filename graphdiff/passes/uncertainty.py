"""The standard uncertainty of an output, and where it comes from: data for all reports.

The terms are those of the GUM (JCGM 100:2008, Guide to the expression of uncertainty in measurement).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.passes.values import Value


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one input, or one entry of an array, contributes to the uncertainty of the output.

    Of an output that is an array, gradient, contribution and share are arrays in its shape.

    Attributes:
        input: The name of the input.
        index: The indices of the entry; () for a number.
        u: The standard uncertainty of the input.
        gradient: The derivative of the output by it.
        contribution: |gradient| · u.
        share: The square of the contribution as a fraction of the square of the output's uncertainty; NaN if that is 0.
    """

    input: str
    index: tuple[int, ...]
    u: float
    gradient: Value
    contribution: Value
    share: Value

    @property
    def label(self) -> str:
        """The input, or the entry: w[0, 1]."""
        return entry_label(self.input, self.index)


class CorrelationTerm(NamedTuple):
    """What the correlation of two inputs adds to the square of the output's uncertainty.

    Attributes:
        inputs: The names of the two inputs.
        indices: The indices of the entries of arrays; () for numbers.
        coefficient: Their correlation coefficient r.
        covariance: 2 · r · (∂f/∂x · u(x)) · (∂f/∂y · u(y)), which may be negative.
        share: That as a fraction of the square of the output's uncertainty. Those of all contributions and all terms
            add up to 1.
    """

    inputs: tuple[str, str]
    indices: tuple[tuple[int, ...], tuple[int, ...]]
    coefficient: float
    covariance: Value
    share: Value

    @property
    def labels(self) -> tuple[str, str]:
        """The two inputs or entries."""
        first, second = map(entry_label, self.inputs, self.indices)
        return first, second


class SecondOrder(NamedTuple):
    """What second derivatives say about an uncertainty, for inputs with normal distributions.

    Attributes:
        shift: By how much the mean of the output differs from its value: ½ Σ ∂²f/∂x∂y · u(x, y).
        standard: The standard uncertainty with all terms up to the fourth power of those of the inputs (JCGM 100:2008,
            5.1.2, note); NaN where these terms make its square negative.
        matters: Whether the terms ½ ∂²f/∂x² · u² are more than a tenth of the uncertainty that first derivatives give.
    """

    shift: float
    standard: float
    matters: bool


class Uncertainty(NamedTuple):
    """The standard uncertainty of an output.

    Attributes:
        standard: The standard uncertainty by the law of propagation, from first derivatives; for an array, one for each
            entry.
        contributions: What each input with an uncertainty contributes, in the order of the inputs.
        correlations: What each correlation adds.
        second_order: What second derivatives say; None where they are not examined: of an array, of a very large
            formula, and where there are kinks.
        kinks: The nodes that have a kink or a jump within about one standard uncertainty of the point, where the law of
            propagation does not hold.
    """

    standard: Value
    contributions: Sequence[Contribution]
    correlations: Sequence[CorrelationTerm]
    second_order: SecondOrder | None
    kinks: Sequence[str]


class UncertainInput(NamedTuple):
    """An input with its standard uncertainties, a NumPy array in its shape."""

    name: str
    u: Any


class ColumnUncertainty(NamedTuple):
    """The standard uncertainty of an input that is a column of a table: an amount, which is relative to the value if
    is_relative, or the numbers of another column."""

    amount: float
    is_relative: bool
    column: str | None

    @property
    def key(self) -> str:
        """What distinguishes the other column from an input of that name."""
        return f"±{self.column}"


class Correlation(NamedTuple):
    """The correlation coefficient of two entries, by their places among all entries of the uncertain inputs, in the
    order of the inputs."""

    first: int
    second: int
    coefficient: float


def entry_label(name: str, index: Sequence[int]) -> str:
    """An input, or an entry of one: w[0, 1]."""
    return shorten(name) + (str(list(index)) if index else "")
