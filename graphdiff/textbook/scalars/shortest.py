"""The shortest of a few forms of a sum: as it is, with common factors, over one denominator, multiplied out."""

from __future__ import annotations

from collections.abc import Iterator

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expansion import Expansion, is_expandable, over_one, smallest_powers
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum, TooLargeError, quotient
from graphdiff.textbook.scalars.quotient import HALF, Factor, Quotient, as_quotient
from graphdiff.textbook.scalars.relations import reduce_squares

MOST_COLLECTED = 24
"""The most terms of a sum of which some are collected."""
LONGEST_COMPARED = 150
"""The most operations of a sum of which several forms are compared; of longer ones common factors are taken out."""
DEEPEST_FORMS = 60
"""How many forms may be looked for within one another."""
OPERATION, FURTHER_FRACTION, INNER_FRACTION = 10, 4, 21
"""The costs of an operation, of a further fraction in a sum, and of fractions above a line by the same."""


class Shortest:
    """Finds the shortest forms of sums.

    The cost of a form is the number of operations in its text, in tenths, and a little for each fraction of a sum after
    the first: (x*cos(x) - sin(x))/x^2 is as long as cos(x)/x - sin(x)/x^2 and easier to read, as it is than
    (cos(x) - sin(x)/x)/x.
    """

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.expansion = Expansion(algebra)
        self._forms: dict[Sum, Sum] = {}
        self._costs: dict[Sum, int] = {}
        self._depth = 0

    def form(self, total: Sum) -> Sum:
        """The form with the fewest operations; of equal ones the first, which is the sum as it is. Raises TooLargeError
        where forms lead to further forms without end."""
        known = self._forms.get(total)
        if known is None:
            if self._depth == DEEPEST_FORMS:
                raise TooLargeError
            self._depth += 1
            self._forms[total] = total  # where a form leads back to this sum, this sum is shorter
            known = total
            for candidate in self._candidates(total):
                if self.cost(candidate) < self.cost(known):
                    known = candidate
            self._forms[total] = self._forms[known] = known
            self._depth -= 1
        return known

    def whole_form(self, total: Sum) -> Sum:
        """The form of a formula by itself: a polynomial stays multiplied out, as in 3*x^2 - 8*x, unless common factors
        save more than one operation."""
        form = self.form(total)
        is_near = self.cost(total) <= self.cost(form) + OPERATION
        return total if is_near and is_polynomial(total) else form

    def _candidates(self, total: Sum) -> Iterator[Sum]:
        if self.cost(total) > LONGEST_COMPARED * OPERATION:
            factor, rest = self.expansion.split(total, smallest_powers(total))
            yield self.algebra.multiply(factor, rest)
            return
        reduced = reduce_squares(self.algebra, total)
        if reduced is not total:
            yield self.form(reduced)
        cancelled = self._with_reduced_squares(total)
        if cancelled is not total:
            yield self.form(cancelled)
        expanded = self.expansion.expand(total)
        if expanded is not None and expanded is not total:
            yield self.form(expanded)
        cleared = self._without_inner_fractions(total)
        if cleared is not total:
            yield self.form(cleared)
        if len(total.terms) > 1:
            yield from self._factored(total)
        if 2 < len(total.terms) <= MOST_COLLECTED:
            yield self._collected(total)
            yield from map(self.form, self._regrouped(total))

    def cost(self, total: Sum) -> int:
        """The cost of its text."""
        known = self._costs.get(total)
        if known is None:
            self.algebra.count(len(total.terms))
            quotients = [as_quotient(self.algebra, each, product) for product, each in total.terms.items()]
            is_negative = bool(quotients) and all([term.coefficient < 0 for term in quotients])
            operations = max(len(quotients) - 1, 0) + is_negative
            fractions = sum([bool(term.below) for term in quotients])
            own = operations * OPERATION + max(fractions - 1, 0) * FURTHER_FRACTION
            own += INNER_FRACTION * sum(map(_has_inner_fraction, total.terms))
            known = self._costs[total] = own + sum(map(self._term_cost, quotients))
        return known

    def _term_cost(self, term: Quotient) -> int:
        coefficient, above, below = term
        number, divisor = self.algebra.as_ratio(coefficient)
        over = len(above) + (abs(number) != 1)
        under = len(below) + (divisor != 1)
        return (max(over - 1, 0) + under) * OPERATION + sum([self._factor_cost(factor) for factor in (*above, *below)])

    def _factor_cost(self, factor: Factor) -> int:
        base, exponent = factor
        if base.kind is Kind.EXP:
            assert isinstance(exponent, Sum)
            return OPERATION + self.cost(self.form(exponent))
        cost = 0
        if base.kind is Kind.SUM:
            cost = self.cost(base.content)
        elif base.kind is Kind.CALL:
            cost = OPERATION + sum([self.cost(argument) for argument in base.arguments])
        if isinstance(exponent, Sum):
            return cost + OPERATION + self.cost(self.form(exponent))
        return cost + OPERATION * (0 if exponent == 1 else 1 if exponent == HALF or isinstance(exponent, int) else 2)

    def _factored(self, total: Sum) -> Iterator[Sum]:
        """A common factor of smallest or largest powers, with all denominators or without, times the rest."""
        everywhere = smallest_powers(total)
        largest = {key: self._largest_power(total, key, power) for key, power in everywhere.items()}
        choices = [everywhere, *[each for each in (over_one(total), largest) if each != everywhere]]
        for common in choices:
            factor, rest = self.expansion.split(total, common)
            if rest is not total:
                yield self.algebra.multiply(factor, self.form(rest))
                yield self.algebra.multiply(factor, rest)  # whose form may have fractions, above those of the factor

    def _largest_power(self, total: Sum, key: Power, smallest: Number) -> Number:
        """The largest power of a common base that divides by nothing that the sum does not divide by: sin(x)^3 is not
        taken out of sin(x)*cos(x)^2 - sin(x)^3, which is finite at 0."""
        largest = max([product.powers[key] for product in total.terms])
        return largest if largest <= 0 or key[0].kind is Kind.EXP else smallest

    def _with_reduced_squares(self, total: Sum) -> Sum:
        """A sum in which the sums that are factors have as few terms as they can: cos(x)/(1 - sin(x)^2) is 1/cos(x)."""
        algebra = self.algebra
        parts: list[tuple[Number, Sum]] = []
        for product, coefficient in total.terms.items():
            part = algebra.sum({product: 1})
            for (base, exponent), power in product.powers.items():
                if base.kind is Kind.SUM and exponent is ONE and isinstance(power, int):
                    reduced = reduce_squares(algebra, base.content)
                    if reduced is not base.content:
                        rest = algebra.multiply(part, algebra.of_base(base, -power))
                        part = algebra.multiply(rest, algebra.power(reduced, power))
            parts.append((coefficient, part))
        return algebra.add(parts)

    def _without_inner_fractions(self, total: Sum) -> Sum:
        """A sum in which the sums of quotients that are factors are quotients: x/(1 + a/b) is b*x/(b + a), and
        exp(-x)/(1 + exp(-x)) is 1/(exp(x) + 1)."""
        algebra = self.algebra
        parts: list[tuple[Number, Sum]] = []
        for product, coefficient in total.terms.items():
            part = algebra.sum({product: 1})
            for (base, exponent), power in product.powers.items():
                if base.kind is not Kind.SUM or exponent is not ONE or not isinstance(power, int):
                    continue
                denominators = algebra.term(1, _denominators(base.content, product, power))
                content = self.expansion.content_of(base.content)
                if content != 1 or denominators is not algebra.one:
                    clear = algebra.scale(quotient(1, content), algebra.distribute(denominators, base.content))
                    outer = algebra.scale(content, algebra.power(denominators, -1))
                    cleared = algebra.power(algebra.multiply(outer, self.form(clear)), power)
                    part = algebra.multiply(algebra.multiply(part, algebra.of_base(base, -power)), cleared)
            parts.append((coefficient, part))
        return algebra.add(parts)

    def _collected(self, total: Sum) -> Sum:
        """A sum in which terms that share a power are collected, those first where it saves most: a*x + b*x + c is
        (a + b)*x + c."""
        algebra = self.algebra
        while True:
            sharing: dict[tuple[Power, Number], list[Product]] = {}
            for product in total.terms:
                for shared in product.powers.items():
                    sharing.setdefault(shared, []).append(product)
            best, most_saved = None, 0
            for products in sharing.values():
                if 1 < len(products) < len(total.terms):
                    part = algebra.sum({product: total.terms[product] for product in products})
                    factor, rest = self.expansion.split(part, smallest_powers(part))
                    saved = self.cost(part) - self.cost(algebra.multiply(factor, rest))
                    if saved > most_saved:
                        best, most_saved = (part, factor, rest), saved
            if best is None:
                return total
            part, factor, rest = best
            others = algebra.sum({key: each for key, each in total.terms.items() if key not in part.terms})
            collected = algebra.multiply(factor, self.form(rest))
            is_first = next(iter(total.terms)) in part.terms
            total = algebra.add([(1, each) for each in ((collected, others) if is_first else (others, collected))])

    def _regrouped(self, total: Sum) -> Iterator[Sum]:
        """Forms in which terms that are a multiple of a factor of other terms are one term: 1 + a + a*(1 + a) is
        (1 + a) + a*(1 + a)."""
        algebra = self.algebra
        factors = {
            key: None for product in total.terms for key, power in product.powers.items() if is_expandable(key, power)
        }
        for key in factors:
            content = key[0].content.terms
            multiples = {quotient(total.terms.get(product, 0), each) for product, each in content.items()}
            if len(multiples) == 1 and 0 not in multiples:
                rest = {product: each for product, each in total.terms.items() if product not in content}
                group = algebra.sum({algebra.product({key: 1}): multiples.pop()})
                yield algebra.add([(1, group), (1, algebra.sum(rest))])


def _has_inner_fraction(product: Product) -> bool:
    """Whether a product divides a sum by what terms of that divide by too."""
    below = _divisors(product)
    return any(
        [
            base.kind is Kind.SUM and exponent is ONE and power == 1 and below & _divisors(*base.content.terms)
            for (base, exponent), power in product.powers.items()
        ]
        if below
        else ()
    )


def _divisors(*products: Product) -> set[Base]:
    """What products divide by."""
    powers = [each for product in products for each in product.powers.items()]
    return {base for (base, _), power in powers if power < 0 and base.kind is not Kind.EXP}


def is_polynomial(total: Sum) -> bool:
    """Whether a sum consists of whole powers of inputs, times numbers."""
    powers = [each for product in total.terms for each in product.powers.items()]
    return all(
        [
            (base.kind is Kind.INPUT or base.is_constant) and exponent is ONE and isinstance(power, int) and power > 0
            for (base, exponent), power in powers
        ]
    )


def _denominators(total: Sum, product: Product, outer: int) -> dict[Power, Number]:
    """The powers by which a sum, which is a power of a product, is multiplied to have no denominators; by exponentials
    only where these are cancelled from the product."""
    powers: dict[Power, Number] = {}
    for term in total.terms:
        for key, power in term.powers.items():
            if power < 0:
                powers[key] = max(powers.get(key, 0), -power)
    return {
        key: power
        for key, power in powers.items()
        if key[0].kind is not Kind.EXP or product.powers.get(key, 0) == power * outer
    }
