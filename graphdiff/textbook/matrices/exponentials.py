"""exp(-x)/(1 + exp(-x)) = 1/(1 + exp(x)), in index notation."""

from __future__ import annotations

from graphdiff.algebra.readable import MINUS, ratio
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.matrices.atoms import Atoms
from graphdiff.textbook.matrices.index_notation import Factor, Term, Value, collect_factors, rename

EXP = PRIMITIVES["exp"]


def without_negative_exponents(atoms: Atoms, term: Term, rank: int) -> Term | None:
    """A term with 1/(a*exp(x) + b) for exp(-x)/(a + b*exp(-x)); None if there is no such quotient in it."""
    for power in term.factors:
        if atoms.table[power.atom].operation is not EXP or power.exponent != 1:
            continue
        (exponent,) = atoms.table[power.atom].operands
        if not all(each.coefficient.above < 0 for each in exponent.terms):
            continue
        for divisor in term.factors:
            opposite = _times_opposite(atoms, divisor, power, exponent)
            if opposite is not None:
                others = [each for each in term.factors if each is not power and each is not divisor]
                content, (base,) = opposite
                coefficient = term.coefficient.times(ratio(content.below, content.above))
                factors = [*others, base._replace(exponent=-1.0)]
                return collect_factors(coefficient, factors, rank, {}, atoms.shapes)
    return None


def _times_opposite(atoms: Atoms, divisor: Factor, power: Factor, exponent: Value) -> Term | None:
    """The sum a + b*exp(-x) of a factor, times exp(x); None if the factor is no quotient by such a sum."""
    atom = atoms.table[divisor.atom]
    if not atom.is_sum or divisor.exponent != -1 or len(atom.operands[0].terms) != 2:
        return None
    (inner,) = atom.operands
    first, second = sorted(inner.terms, key=lambda term: len(term.factors))
    if first.factors or len(second.factors) != 1 or second.factors[0].atom != power.atom:
        return None
    names = dict(enumerate(divisor.indices))
    own = second.factors[0]
    if second.factors[0].exponent != 1 or rename([own], names) != [power]:
        return None
    (opposite,) = atoms.apply(EXP, [atoms.scale(exponent, MINUS)], {}, exponent.shape).terms[0].factors
    (placed,) = rename([opposite], dict(enumerate(own.indices)))
    whole = Value(inner.shape, (Term(second.coefficient), Term(first.coefficient, (placed,))))
    base = atoms.base_of(whole)
    return base._replace(factors=tuple(rename(base.factors, names)))
