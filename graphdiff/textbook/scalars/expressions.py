"""The normal form of formulas: sums of products of powers, each of which exists once.

    sum      coefficient · product + …          exact rational coefficients
    product  base ^ (power · product) · …       rational powers: x^(2*n - 1) is (x^n)^2 · x^-1, exp(a + b) is e^a · e^b
    base     an input, a constant, a call, a named node, a sum that is not multiplied out, or the base of exp

So like terms, powers of one base and exponentials meet by adding numbers, and a common factor is a smallest power.
Sums, products and bases are interned: two of equal content are one object, so that they are compared by identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from typing import Any, TypeAlias

from graphdiff.graph.function import Operation
from graphdiff.graph.node import NO_PARAMETERS

Number: TypeAlias = int | Fraction
Power: TypeAlias = "tuple[Base, Product]"
"""base^product: what has a rational power in a product; the product is ONE for powers with numbers only."""
DEEPEST = 40
"""How many exponents may stand on one another."""


class TooLargeError(Exception):
    """A formula takes more than the effort that its form is worth, or leaves the range of floats."""


class Kind(Enum):
    """What a base is."""

    INPUT = "input"
    CONSTANT = "constant"
    NUMBER = "number"
    CALL = "call"
    NAMED = "named"
    SUM = "sum"
    EXP = "exp"


class Sum:
    """coefficient · product + …, in the order in which they are written; no terms for 0."""

    __slots__ = ("depth", "terms")

    def __init__(self, terms: Mapping[Product, Number]) -> None:
        self.terms = terms
        self.depth: int = max([product.depth for product in terms], default=0)

    @property
    def single(self) -> tuple[Number, Product] | None:
        """The term of a sum of one."""
        if len(self.terms) != 1:
            return None
        ((product, coefficient),) = self.terms.items()
        return coefficient, product

    @property
    def number(self) -> Number | None:
        """Its value if that is a number."""
        if not self.terms:
            return 0
        single = self.single
        return single[0] if single is not None and not single[1].powers else None


class Product:
    """base^(power · product) · …; no powers for 1. number is its place in the order in which products are made."""

    __slots__ = ("depth", "number", "powers")

    def __init__(self, powers: Mapping[Power, Number], number: int = 0) -> None:
        self.powers = powers
        self.number = number
        self.depth: int = 1 + max([exponent.depth for _, exponent in powers], default=0)
        if self.depth > DEEPEST:
            raise TooLargeError


ONE = Product({})
"""The empty product."""


class Base:
    """What has powers.

    Attributes:
        number: Its place in the order in which bases are made; those that it consists of come before it.
        kind: What it is.
        content: The name of an input, the value of a constant, the exact value of a number, or the sum that it is.
        name: That of a named node.
        operation, arguments, parameters: Those of a call.
        inputs: The names of the inputs that it depends on.
        has_kinks: Whether it has a function that may be constant between kinks, as max and relu are.
        is_plain: Whether it consists of names and numbers by sums, products and powers with numbers.
        is_canonical: Whether sums that are a multiple of its sum refer to it; others are bases by themselves.
    """

    __slots__ = (
        "arguments",
        "content",
        "has_kinks",
        "inputs",
        "is_canonical",
        "is_plain",
        "kind",
        "name",
        "number",
        "operation",
        "parameters",
    )

    def __init__(
        self,
        number: int,
        kind: Kind,
        content: Any = None,
        name: str = "",
        operation: Operation | None = None,
        arguments: tuple[Sum, ...] = (),
        parameters: Mapping[str, Any] = NO_PARAMETERS,
        is_canonical: bool = True,
    ) -> None:
        self.number = number
        self.kind = kind
        self.content = content
        self.name = name
        self.operation = operation
        self.arguments = arguments
        self.parameters = parameters
        self.is_canonical = is_canonical
        own = [content] if kind is Kind.INPUT else [name for part in self.parts for name in inputs_of(part)]
        self.inputs = frozenset(own)
        has_own_kinks = operation is not None and operation.has_kinks and operation.name != "abs"
        self.has_kinks: bool = has_own_kinks or any([has_kinks(part) for part in self.parts])
        self.is_plain = kind in (Kind.INPUT, Kind.NAMED) or (kind is Kind.SUM and is_plain(content))

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no input."""
        return not self.inputs

    @property
    def parts(self) -> tuple[Sum, ...]:
        """The sums that it consists of."""
        return (self.content,) if self.kind in (Kind.SUM, Kind.NAMED) else self.arguments


def has_kinks(expression: Sum) -> bool:
    """Whether a sum has a function that may be constant between kinks."""
    return any([_has_kinks(product) for product in expression.terms])


def _has_kinks(product: Product) -> bool:
    return any([base.has_kinks or _has_kinks(exponent) for base, exponent in product.powers])


def inputs_of(expression: Sum) -> set[str]:
    """The names of the inputs that a sum depends on."""
    return {name for product in expression.terms for name in inputs_of_product(product)}


def inputs_of_product(product: Product) -> set[str]:
    """The names of the inputs that a product depends on."""
    return {name for base, exponent in product.powers for name in (*base.inputs, *inputs_of_product(exponent))}


def is_plain(expression: Sum) -> bool:
    """Whether a sum consists of names and numbers by sums, products and powers with numbers."""
    return all([base.is_plain and power is ONE for product in expression.terms for base, power in product.powers])


def quotient(above: Number, below: Number) -> Number:
    """An exact quotient, whole if it can be."""
    if isinstance(above, int) and isinstance(below, int) and not above % below:
        return above // below
    return whole_if_possible(Fraction(above) / below)


def whole_if_possible(number: Number) -> Number:
    """A number as an int if it is whole."""
    return number if isinstance(number, int) or number.denominator != 1 else number.numerator
