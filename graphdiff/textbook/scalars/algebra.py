"""Arithmetic on formulas in normal form: sums, products, powers and calls, with the identities that hold for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from graphdiff.graph.function import Operation
from graphdiff.graph.node import NO_PARAMETERS
from graphdiff.textbook.scalars import identities
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum, TooLargeError, quotient
from graphdiff.textbook.scalars.expressions import whole_if_possible as whole

MOST_WORK = 100_000
"""The most terms and powers that are visited: well below a second."""
MOST_BITS = 3000
"""Of a coefficient; floats end at 2^1024."""
LARGEST_EXPONENT = 1000
"""The largest power of a number that is computed."""


class Algebra:
    """All sums, products and bases of one set of formulas.

    With uses_decimals, numbers are written as decimals where these end, as the formulas have decimals themselves.
    """

    def __init__(self, uses_decimals: bool = False) -> None:
        self.uses_decimals = uses_decimals
        self.work = 0
        self._sums: dict[frozenset[tuple[Product, Number]], Sum] = {}
        self._products: dict[frozenset[tuple[Power, Number]], Product] = {frozenset(): ONE}
        self._multiplied: dict[tuple[Product, Product], Sum] = {}
        self._bases: dict[object, Base] = {}
        self._canonical: dict[object, tuple[Number, Base]] = {}
        self.zero = self.sum({})
        self.one = self.sum({ONE: 1})
        self.exponential = self._base("exp", Kind.EXP)

    def count(self, work: int) -> None:
        """Count work. Raises TooLargeError when there was too much."""
        self.work += work
        if self.work > MOST_WORK:
            raise TooLargeError

    def sum(self, terms: Mapping[Product, Number]) -> Sum:
        """The one sum of these terms, whose coefficients are not 0."""
        key = frozenset(terms.items())
        known = self._sums.get(key)
        if known is None:
            self.count(len(terms))
            known = self._sums[key] = Sum(terms)
        return known

    def product(self, powers: Mapping[Power, Number]) -> Product:
        """The one product of these powers, which are not 0."""
        key = frozenset(powers.items())
        known = self._products.get(key)
        if known is None:
            self.count(len(powers))
            known = self._products[key] = Product(powers, len(self._products))
        return known

    def _base(self, key: object, kind: Kind, content: Any = None, is_canonical: bool = True, **more: Any) -> Base:
        known = self._bases.get(key)
        if known is None:
            known = self._bases[key] = Base(len(self._bases), kind, content, is_canonical=is_canonical, **more)
        return known

    def as_ratio(self, number: Number) -> tuple[Number, int]:
        """A number as it is written: the number above the line, and the whole one below it."""
        below = number.denominator
        if self.uses_decimals:
            for prime in (2, 5):
                while not below % prime:
                    below //= prime
        return number * below, below

    def number(self, value: Number) -> Sum:
        return self.sum({ONE: value} if value else {})

    def input(self, name: str) -> Sum:
        return self.of_base(self.input_base(name))

    def input_base(self, name: str) -> Base:
        return self._base(("input", name), Kind.INPUT, name)

    def constant(self, value: Any) -> Sum:
        """A constant that keeps its name or text: pi, e, inf."""
        return self.of_base(self._base(("constant", repr(value)), Kind.CONSTANT, value))

    def named(self, name: str, content: Sum) -> Sum:
        """A node of the program that keeps its name, and a line of its own."""
        return self.of_base(self._base(("named", name, content), Kind.NAMED, content, name=name))

    def of_base(self, base: Base, power: Number = 1) -> Sum:
        return self.term(1, {(base, ONE): power})

    def term(self, coefficient: Number, powers: Mapping[Power, Number]) -> Sum:
        """A number times powers, to which the identities of products are applied."""
        self.count(len(powers))
        reduced = identities.reduce_product(self, powers)
        if reduced is not None:
            return self.multiply(self.number(coefficient), reduced)
        product = self.product({power: each for power, each in powers.items() if each})
        base = only_base(product) if coefficient == 1 else None
        return base.content if base is not None and base.kind is Kind.SUM else self.sum({product: coefficient})

    def add(self, parts: Iterable[tuple[Number, Sum]]) -> Sum:
        """The sum of numbers times sums."""
        total: dict[Product, Number] = {}
        for factor, part in parts:
            self.count(len(part.terms))
            for product, coefficient in part.terms.items():
                total[product] = whole(total.get(product, 0) + factor * coefficient)
        for coefficient in total.values():
            if max(abs(coefficient.numerator), coefficient.denominator).bit_length() > MOST_BITS:
                raise TooLargeError
        return self.sum({product: coefficient for product, coefficient in total.items() if coefficient})

    def scale(self, factor: Number, part: Sum) -> Sum:
        return part if factor == 1 else self.add([(factor, part)])

    def multiply(self, left: Sum, right: Sum) -> Sum:
        """The product of two sums, of which those of several terms are not multiplied out."""
        one, other = self.factor(left), self.factor(right)
        if one is None or other is None:
            return self.zero
        key = one[1], other[1]
        product = self._multiplied.get(key)
        if product is None:
            powers = dict(one[1].powers)
            for power, each in other[1].powers.items():
                powers[power] = whole(powers.get(power, 0) + each)
            product = self._multiplied[key] = self.term(1, powers)
        return self.scale(whole(one[0] * other[0]), product)

    def factor(self, part: Sum) -> tuple[Number, Product] | None:
        """A sum as a number times a product, in which it is one base if it has several terms; None for 0."""
        if not part.terms:
            return None
        single = part.single
        if single is not None:
            return single
        coefficient, base = self.base_of(part)
        return coefficient, self.product({(base, ONE): 1})

    def base_of(self, part: Sum) -> tuple[Number, Base]:
        """A sum as a number times a base: of sums that are multiples of each other, the first one is the base."""
        first = min(part.terms, key=lambda product: product.number)
        coefficient = leading = part.terms[first]
        key = frozenset([(product, quotient(each, leading)) for product, each in part.terms.items()])
        known = self._canonical.get(key)
        if known is None:
            if all([each < 0 for each in part.terms.values()]):
                part, leading = self.scale(-1, part), -leading
            base = self._base(("sum", part), Kind.SUM, part)
            if not base.is_canonical:
                base = self._base(("canonical", part), Kind.SUM, part)
            self._canonical[key] = leading, base
            return quotient(coefficient, leading), base
        return quotient(coefficient, known[0]), known[1]

    def whole_base(self, part: Sum) -> Base:
        """A sum, or a product, as a base that has powers which are not whole."""
        if len(part.terms) > 1:
            coefficient, base = self.base_of(part)
            if coefficient == 1:
                return base
        return self._base(("sum", part), Kind.SUM, part, is_canonical=False)

    def divide(self, above: Sum, below: Sum) -> Sum:
        """A quotient. Raises TooLargeError for a division by 0."""
        return self.multiply(above, self.power(below, -1))

    def power(self, part: Sum, exponent: Number) -> Sum:
        """A power with a rational number. Raises TooLargeError for 0 to a negative power."""
        exponent = whole(exponent)
        if exponent == 0:
            return self.one
        if exponent == 1:
            return part
        factor = self.factor(part)
        if factor is None:
            if exponent < 0:
                raise TooLargeError
            return self.zero
        coefficient, product = factor
        if isinstance(exponent, int):
            if coefficient not in (1, -1) and abs(exponent) > LARGEST_EXPONENT:
                raise TooLargeError
            scale = quotient(coefficient**exponent, 1) if exponent > 0 else quotient(1, coefficient**-exponent)
            return self.term(scale, {power: whole(each * exponent) for power, each in product.powers.items()})
        return self._fractional_power(part, exponent)

    def _fractional_power(self, part: Sum, exponent: Fraction) -> Sum:
        """A power with a number that is not whole: (c*x)^p is c^p*x^p where c^p is rational."""
        single = part.single
        if single is None:
            return self.of_base(self.whole_base(part), exponent)
        coefficient, product = single
        root = identities.exact_power(coefficient, exponent)
        if root is not None and not product.powers:
            return self.number(root)
        if root is not None and identities.keeps_powers(product):
            return self.term(root, {power: whole(each * exponent) for power, each in product.powers.items()})
        if root is not None:
            base = only_base(product) or self.whole_base(self.sum({product: 1}))
            return self.scale(root, self.of_base(base, exponent))
        if product.powers and all([identities.is_positive_constant(base) for base, _ in product.powers]):
            return self.multiply(
                self.power(self.number(coefficient), exponent), self.power(self.sum({product: 1}), exponent)
            )
        if not product.powers and coefficient > 0 and coefficient.numerator == 1:  # sqrt(1/2) is 1/sqrt(2)
            return self.of_base(self.number_base(coefficient.denominator), -exponent)
        if not product.powers and isinstance(coefficient, int) and coefficient > 0:
            return self.of_base(self.number_base(coefficient), exponent)
        return self.of_base(self.whole_base(part), exponent)

    def number_base(self, value: int) -> Base:
        """A whole number as a base, of powers that are not whole."""
        return self._base(("number", value), Kind.NUMBER, value)

    def symbolic_power(self, part: Sum, exponent: Sum) -> Sum:
        """A power with an exponent that is not a number: x^(a + b) is x^a*x^b."""
        single = part.single
        if part is self.one:
            return part
        base = None
        if single is not None and single[0] == 1 and len(single[1].powers) == 1:
            (((only, inner), each),) = single[1].powers.items()
            if only.kind is Kind.EXP:
                return self.exp(self.distribute(self.sum({inner: each}), exponent))
            base = only_base(single[1])
        elif single is not None and not single[1].powers and isinstance(single[0], int) and single[0] > 1:
            base = self.number_base(single[0])
        base = base or self.whole_base(part)
        powers = {(base, product): each for product, each in exponent.terms.items()}
        if base.kind is Kind.NUMBER and (whole_part := powers.get((base, ONE))) is not None:
            del powers[base, ONE]  # 2^(x + 1) is 2^x times a number
            return self.multiply(self.power(self.number(base.content), whole_part), self.term(1, powers))
        return self.term(1, powers)

    def distribute(self, factor: Sum, part: Sum) -> Sum:
        """A product with a sum, term by term."""
        terms = [
            (coefficient, self.multiply(factor, self.sum({product: 1}))) for product, coefficient in part.terms.items()
        ]
        return self.add(terms)

    def exp(self, exponent: Sum) -> Sum:
        """exp of a sum; exp(n*log(x)) is x^n."""
        result = self.one
        powers: dict[Power, Number] = {}
        for product, coefficient in exponent.terms.items():
            logarithm = identities.logarithm_in(product)
            if logarithm is None:
                powers[self.exponential, product] = coefficient
            else:
                argument, rest = logarithm
                remaining = self.sum({self.product(rest): coefficient})
                number = remaining.number
                power = self.symbolic_power(argument, remaining) if number is None else self.power(argument, number)
                result = self.multiply(result, power)
        return self.multiply(result, self.term(1, powers))

    def call(
        self, operation: Operation, arguments: Sequence[Sum], parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Sum:
        """A call of a function, to which the identities of functions are applied."""
        known = identities.reduce_call(self, operation, arguments, parameters)
        return self.plain_call(operation, arguments, parameters) if known is None else known

    def plain_call(
        self, operation: Operation, arguments: Sequence[Sum], parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Sum:
        """A call of a function as it is."""
        return self.of_base(self.call_base(operation, arguments, parameters))

    def call_base(
        self, operation: Operation, arguments: Sequence[Sum], parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Base:
        """A call of a function as a base."""
        key = _call_key(operation, arguments, parameters)
        return self._base(key, Kind.CALL, operation=operation, arguments=tuple(arguments), parameters=parameters)

    def known_call(self, operation: Operation, argument: Sum) -> Base | None:
        """The call of a function of one argument, if there is one."""
        return self._bases.get(_call_key(operation, [argument], NO_PARAMETERS))


def _call_key(operation: Operation, arguments: Sequence[Sum], parameters: Mapping[str, Any]) -> object:
    return operation, tuple(arguments), tuple(parameters.items())


def only_base(product: Product) -> Base | None:
    """The base of a product that is a base by itself."""
    power = identities.single_power(product)
    return None if power is None or power[1] is not ONE else power[0]
