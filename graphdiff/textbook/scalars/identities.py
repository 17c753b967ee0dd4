"""The identities of functions and products that the textbook form uses; a comment states each and where it holds.

Each holds wherever its left side is finite, and none makes a formula longer. Those of powers are in algebra.py, those
of sums in relations.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from graphdiff.graph.function import Function, Operation
from graphdiff.operations import comparisons
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum

if TYPE_CHECKING:
    from graphdiff.textbook.scalars.algebra import Algebra


def _named(names: str) -> list[Primitive]:
    return [PRIMITIVES[name] for name in names.split()]


ABS, CBRT, COS, COSH, EXP, HYPOT, LOG = _named("abs cbrt cos cosh exp hypot log")
SECH, SIGMOID, SIGN, SIN, SINH, SQRT, TAN, TANH = _named("sech sigmoid sign sin sinh sqrt tan tanh")
GE, GT, LE, LT, MAX = _named("ge gt le lt max")
DIGAMMA, DIGAMMA_DIFFERENCE, POLYGAMMA = _named("digamma digamma_difference polygamma")
COMPARISONS = frozenset(comparisons.PRIMITIVES)
RATIOS: Mapping[Operation, tuple[Primitive, Primitive]] = {TAN: (SIN, COS), TANH: (SINH, COSH)}
"""f(x) is g(x)/h(x): a product that has f(x) and g(x) or h(x) has g(x) and h(x) only."""
WRITTEN_OUT = frozenset(["sec", "csc", "cot", "square", "exp2"])
"""The functions of the prelude that are read as their bodies."""
WITH_IDENTITIES = frozenset([ABS, SIGN, CBRT, *RATIOS, SECH, *COMPARISONS])
"""The functions whose powers in a product are looked at."""


def reduce_call(
    algebra: Algebra, operation: Operation, arguments: Sequence[Sum], parameters: Mapping[str, Any]
) -> Sum | None:
    """What a call is in other terms, or None."""
    if operation is DIGAMMA_DIFFERENCE:  # f(a) - f(a + b), unless that loses digits
        a, b = arguments
        order = [algebra.number(parameters["order"])] if parameters.get("order") else []
        f = POLYGAMMA if order else DIGAMMA
        total = algebra.add([(1, a), (1, b)])
        return algebra.add([(1, algebra.call(f, [*order, a])), (-1, algebra.call(f, [*order, total]))])
    if operation is HYPOT:  # hypot(x, y) is sqrt(x^2 + y^2), unless that overflows
        return algebra.power(algebra.add([(1, algebra.power(each, 2)) for each in arguments]), Fraction(1, 2))
    if len(arguments) != 1:
        return None
    argument = arguments[0]
    if operation is EXP:
        return algebra.exp(argument)
    if operation is SQRT:
        return algebra.power(argument, Fraction(1, 2))
    if operation is LOG:  # log(exp(x)) is x, log(1) is 0
        return algebra.zero if argument is algebra.one else _logarithm_of_exponential(algebra, argument)
    if operation.parity:
        return _of_opposite(algebra, operation, argument)
    if operation is SIGMOID:  # sigmoid(-x) is 1 - sigmoid(x), where sigmoid(x) stands beside it
        opposite = algebra.scale(-1, argument)
        if algebra.known_call(SIGMOID, opposite):
            return algebra.add([(1, algebra.one), (-1, algebra.plain_call(SIGMOID, [opposite]))])
    return None


def reduce_choice(condition: Sum, chosen: Sum, other: Sum) -> Sum | None:
    """where(x > 0, y*max(x, 0), 0) is y*max(x, 0), and so with relu(x), if y is finite everywhere; None for other
    choices."""
    single, factors = condition.single, chosen.single
    if single is None or factors is None or other.terms or single[0] != 1 or len(single[1].powers) != 1:
        return None
    if not is_finite(chosen):
        return None
    (comparison, _) = next(iter(single[1].powers))
    if comparison.operation in (GT, GE):
        larger, smaller = comparison.arguments
    elif comparison.operation in (LT, LE):
        smaller, larger = comparison.arguments
    else:
        return None
    for (base, exponent), power in factors[1].powers.items():
        is_relu = isinstance(base.operation, Function) and base.operation.is_prelude and base.operation.name == "relu"
        is_maximum = base.operation is MAX and set(base.arguments) == {larger, smaller}
        is_zero_otherwise = not smaller.terms and (is_maximum or (is_relu and base.arguments == (larger,)))
        if is_zero_otherwise and exponent is ONE and power > 0:
            return chosen
    return None


def is_finite(total: Sum) -> bool:
    """Whether a sum is known to be finite wherever its inputs are, overflow apart."""
    return all([_is_finite_power(*power) for product in total.terms for power in product.powers.items()])


def _is_finite_power(key: Power, power: Number) -> bool:
    base, exponent = key
    if base.kind is Kind.EXP:
        return all([_is_finite_power(*each) for each in exponent.powers.items()])
    if is_positive_constant(base) and exponent is ONE:
        return True
    is_whole = exponent is ONE and isinstance(power, int) and power > 0
    is_known = base.operation is None or base.operation.is_total
    is_number = base.kind is not Kind.CONSTANT or math.isfinite(base.content)
    return is_whole and is_known and is_number and all(map(is_finite, base.parts))


def _of_opposite(algebra: Algebra, operation: Operation, argument: Sum) -> Sum | None:
    """f(-x) in terms of f(x), for odd and even functions."""
    is_negative = bool(argument.terms) and all([coefficient < 0 for coefficient in argument.terms.values()])
    opposite = algebra.scale(-1, argument)
    if not is_negative and (algebra.known_call(operation, argument) or not algebra.known_call(operation, opposite)):
        return None
    call = algebra.call(operation, [opposite]) if is_negative else algebra.plain_call(operation, [opposite])
    return algebra.scale(operation.parity, call)


def _logarithm_of_exponential(algebra: Algebra, argument: Sum) -> Sum | None:
    single = argument.single
    if single is None or single[0] != 1 or not single[1].powers:
        return None
    if any([base.kind is not Kind.EXP for base, _ in single[1].powers]):
        return algebra.one if _is_e(single[1]) else None  # log(e) is 1
    return algebra.sum({exponent: power for (_, exponent), power in single[1].powers.items()})


def _is_e(product: Product) -> bool:
    ((base, exponent), power), *others = product.powers.items()
    return not others and base.kind is Kind.CONSTANT and base.content == math.e and exponent is ONE and power == 1


def logarithm_in(product: Product) -> tuple[Sum, dict[Power, Number]] | None:
    """The argument of a logarithm that is a factor of a product, and the rest of the product."""
    for (base, exponent), power in product.powers.items():
        if base.operation is LOG and exponent is ONE and power == 1:
            return base.arguments[0], {key: each for key, each in product.powers.items() if key != (base, exponent)}
    return None


def exact_power(number: Number, exponent: Fraction) -> Number | None:
    """number^exponent if that is rational and number is positive."""
    if number <= 0:
        return None
    roots = [_whole_root(part, exponent.denominator) for part in (number.numerator, number.denominator)]
    if roots[0] is None or roots[1] is None:
        return None
    power = Fraction(roots[0], roots[1]) ** exponent.numerator
    return power.numerator if power.denominator == 1 else power


def _whole_root(number: int, degree: int) -> int | None:
    if number == 1:
        return 1
    if number.bit_length() > 1000 or degree > 64:
        return None
    root = round(number ** (1 / degree))
    return root if root**degree == number else None


def keeps_powers(product: Product) -> bool:
    """Whether (b^q·…)^p is b^(q·p)·… where it is finite: of b that are positive, and of b where q is not whole."""
    return all(
        [
            base.kind is Kind.EXP or is_positive_constant(base) or _is_root(exponent, power)
            for (base, exponent), power in product.powers.items()
        ]
    )


def is_positive_constant(base: Base) -> bool:
    """Whether a base is a whole number, or pi or e."""
    is_named = base.kind is Kind.CONSTANT and isinstance(base.content, float) and base.content > 0
    return base.kind is Kind.NUMBER or is_named


def single_power(product: Product) -> Power | None:
    """The power that a product is, if that is 1."""
    if len(product.powers) != 1:
        return None
    ((power, exponent),) = product.powers.items()
    return power if exponent == 1 else None


def _is_root(exponent: Product, power: Number) -> bool:
    return exponent is ONE and not isinstance(power, int)


def reduce_product(algebra: Algebra, powers: Mapping[Power, Number]) -> Sum | None:
    """What a product is in other terms, or None. Takes time in proportion to its powers."""
    roots: dict[Number, Base] = {}
    for (base, exponent), power in powers.items():
        if exponent is not ONE or not power:
            continue
        if base.kind is Kind.SUM and len(base.content.terms) > 1 and (power < 0 or not isinstance(power, int)):
            other = roots.setdefault(power, base)
            joined = None if other is base else _join_roots(algebra, other, base, power)
            if joined is not None:
                rest = {key: each for key, each in powers.items() if key not in ((base, ONE), (other, ONE))}
                return algebra.multiply(algebra.term(1, rest), joined)
        if base.kind in (Kind.SUM, Kind.NUMBER):
            replaced = _reduce_base(algebra, base, power)
        elif base.operation in WITH_IDENTITIES:
            replaced = _reduce_functions(algebra, base, power, powers)
        else:
            continue
        if replaced is not None:
            part, changed = replaced
            rest = {key: each for key, each in powers.items() if key not in changed}
            rest.update({key: each for key, each in changed.items() if each})
            return algebra.multiply(algebra.term(1, rest), part)
    return None


def _join_roots(algebra: Algebra, one: Base, other: Base, power: Number) -> Sum | None:
    """sqrt(x - 1)*sqrt(x + 1) is sqrt(x^2 - 1): where it is finite, neither is negative; 1/((1 - x)*(1 + x)) is
    1/(1 - x^2)."""
    product = algebra.add(
        [
            (coefficient, algebra.distribute(algebra.sum({term: 1}), other.content))
            for term, coefficient in one.content.terms.items()
        ]
    )
    is_shorter = len(product.terms) <= min(len(one.content.terms), len(other.content.terms))
    return algebra.power(product, power) if is_shorter else None


def _reduce_base(algebra: Algebra, base: Base, power: Number) -> tuple[Sum, dict[Power, Number]] | None:
    """sqrt(x)^2 is x, 2^(3/2) is 2*sqrt(2): whole powers are those of the content."""
    if base.kind is Kind.NUMBER:
        if -1 < power < 1:
            return None
        return algebra.power(algebra.number(base.content), math.trunc(power)), {(base, ONE): power - math.trunc(power)}
    if base.is_canonical or not isinstance(power, int):
        return None
    return algebra.power(base.content, power), {(base, ONE): 0}


def _reduce_functions(
    algebra: Algebra, base: Base, power: Number, powers: Mapping[Power, Number]
) -> tuple[Sum, dict[Power, Number]] | None:
    operation, key = base.operation, (base, ONE)
    argument = base.arguments[0]
    assert operation is not None
    if operation in COMPARISONS:  # 1 or 0, so its powers are itself
        return (algebra.of_base(base), {key: 0}) if power > 1 else None
    if operation is ABS:
        sign = _call_in(algebra, SIGN, argument, powers)
        if sign is not None and isinstance(power, int) and power * powers[sign] > 0 and abs(powers[sign]) == 1:
            return algebra.power(argument, powers[sign]), {key: power - powers[sign], sign: 0}  # abs(x)*sign(x) is x
        if isinstance(power, int) and power % 2 == 0:  # abs(x)^2 is x^2
            return algebra.power(argument, power), {key: 0}
        return None
    if operation is SIGN:  # x*sign(x) is abs(x)
        beside = _argument_in(algebra, argument, powers)
        if beside is None or power != 1 or powers[beside] < 1:
            return None
        return algebra.call(ABS, [argument]), {key: 0, beside: powers[beside] - 1}
    if operation is CBRT:  # cbrt(x)^3 is x, x/cbrt(x) is cbrt(x)^2
        changed: dict[Power, Number] = {}
        beside = _argument_in(algebra, argument, powers)
        if beside is not None and isinstance(powers[beside], int) and powers[beside] * power < 0:
            power += 3 * powers[beside]
            changed[beside] = 0
        thirds = math.trunc(Fraction(power) / 3)
        changed[key] = power - 3 * thirds
        return (algebra.power(argument, thirds), changed) if thirds or len(changed) > 1 else None
    if any([_call_in(algebra, part, argument, powers) for part in RATIOS.get(operation, ())]):
        above, below = [algebra.plain_call(each, [argument]) for each in RATIOS[operation]]
        return algebra.power(algebra.multiply(above, algebra.power(below, -1)), power), {key: 0}
    if operation is SECH and any([_call_in(algebra, part, argument, powers) for part in RATIOS[TANH]]):
        return algebra.power(algebra.plain_call(COSH, [argument]), -power), {key: 0}  # sech(x) is 1/cosh(x)
    return None


def _argument_in(algebra: Algebra, argument: Sum, powers: Mapping[Power, Number]) -> Power | None:
    """The power of the argument of a function, if a product has it."""
    factor = algebra.factor(argument)
    power = None if factor is None or factor[0] != 1 else single_power(factor[1])
    return power if power is not None and powers.get(power) else None


def _call_in(algebra: Algebra, operation: Operation, argument: Sum, powers: Mapping[Power, Number]) -> Power | None:
    """The power of a call with this argument, if a product has it."""
    base = algebra.known_call(operation, argument)
    return (base, ONE) if base is not None and powers.get((base, ONE)) else None
