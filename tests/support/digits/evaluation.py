"""One evaluation of a program in many bits, and its gradient by the chain rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpmath import libmp
from mpmath.libmp import from_int, mpf_neg

from support.digits.arithmetic import (
    HALF,
    LARGEST_ARGUMENT,
    NAN,
    ONE,
    UNKNOWN,
    ZERO,
    Arithmetic,
    Number,
    magnitude,
    special,
)
from support.digits.functions import UNARY, negative
from support.digits.program import Operation, Program

RELATIONS = {"lt": (-1,), "le": (-1, 0), "gt": (1,), "ge": (1, 0), "eq": (0,), "ne": (-1, 1)}
SELECTIONS = {"max2", "min2", "where"}
"""Operations whose result is one of their operands."""
MINUS_ONE = mpf_neg(ONE)


class Evaluation:
    """The values of a program's operations at a point.

    Attributes:
        value: The output's.
        kink: After `gradient`: whether there is a tie, a jump, or a point without a local derivative on the way.
        differences: Between the numbers of each comparison.
        decisions: The results of its comparisons.
        term_scales: After `gradient`: the power of two of the largest term of each derivative, by the input's index.
    """

    def __init__(
        self,
        program: Program,
        entries: Sequence[Number],
        of: Arithmetic,
        decisions: Sequence[int | None] | None = None,
        known: Mapping[int, Number] | None = None,
    ) -> None:
        """decisions are the results of the comparisons, and known values of operations, which are rounded anew, if
        given."""
        self.program, self.of = program, of
        self.kink = False
        self.decisions: list[int | None] = []
        self.differences: list[Number] = []
        self.term_scales: dict[int, int] = {}
        self._given = decisions
        self._ties: set[int] = set()
        self.values: list[Number] = []
        inputs = iter(entries)
        for index, operation in enumerate(program.operations):
            if operation.name == "input":
                result = next(inputs)
            elif operation.constant is not None:
                result = operation.constant
            else:
                result = self._result(index, operation)
                if known and index in known and operation.name not in SELECTIONS:
                    result = of.rounded(libmp.mpf_pos(known[index], of.bits, "n"))
            self.values.append(result)
        self.value = self.values[program.output]

    def _compare(self, a: Number, b: Number) -> int | None:
        place = len(self.decisions)
        if self._given is None or place >= len(self._given):  # the other evaluation had no numbers to compare
            decision = self.of.compare(a, b)
        else:
            decision = self._given[place]
        self.decisions.append(decision)
        self.differences.append(special(a, b) or libmp.mpf_sub(a, b, 40, "n"))
        return decision

    def _result(self, index: int, operation: Operation) -> Number:
        of, name = self.of, operation.name
        values = [self.values[operand] for operand in operation.operands]
        match name:
            case "add":
                return of.add(*values)
            case "sub":
                return of.subtract(*values)
            case "mul":
                return of.multiply(*values)
            case "div":
                return of.divide(*values)
            case "pow":
                return of.power(*values)
            case "max2" | "min2":
                return self._larger(index, values, 1 if name == "max2" else -1)
            case "where":
                condition, yes, no = values
                return special(condition) or (yes if condition[1] else no)
            case "abs":
                if self._compare(values[0], ZERO) == 0:
                    self._ties.add(index)
                return (0, *values[0][1:])
            case "atan2":
                return self._angle(index, *values)
            case "sign" | "floor" | "ceil" | "round":
                return self._step(index, name, values[0])
        if name in RELATIONS:
            return self._relation(index, name, values)
        return UNARY[name][0](of, values[0])

    def _larger(self, index: int, values: list[Number], sign: int) -> Number:
        either = special(*values)
        order = self._compare(*values)
        if order == 0:
            self._ties.add(index)
        return either or (values[1] if order == -sign else values[0])

    def _relation(self, index: int, name: str, values: list[Number]) -> Number:
        order = self._compare(*values)
        if order is None:
            return special(*values) or NAN
        if order == 0:
            self._ties.add(index)
        return ONE if order in RELATIONS[name] else ZERO

    def _angle(self, index: int, y: Number, x: Number) -> Number:
        either = special(y, x)
        if either:
            return either
        if not y[1]:
            if x[0] or not x[1]:
                self._ties.add(index)
            of_y = self.program.operations[self.program.operations[index].operands[0]]
            if x[0] and of_y.operands:  # the sign of a computed 0 is not known here
                return UNKNOWN
            return self.of.rounded(libmp.mpf_pi(self.of.bits)) if x[0] else ZERO
        return self.of.call(libmp.mpf_atan2, y, x)

    def _step(self, index: int, name: str, x: Number) -> Number:
        """A function that jumps at the integers, at 0 or between the integers."""
        if special(x):
            return x
        if magnitude(x) > LARGEST_ARGUMENT:
            return from_int(-1 if x[0] else 1) if name == "sign" else UNKNOWN
        if name == "sign":
            nearest = ZERO
        else:
            shift = HALF if name == "round" else ZERO
            nearest = libmp.mpf_add(libmp.mpf_nint(libmp.mpf_sub(x, shift, self.of.bits, "n")), shift)
        order = self._compare(x, nearest)
        if order == 0:
            self._ties.add(index)
        if name == "sign":
            sign: Number = from_int(order or 0)
            return sign
        if name == "round":
            rounded: Number = libmp.mpf_nint(x)
            return rounded
        below: Number = libmp.mpf_floor(nearest) if order != -1 else libmp.mpf_sub(nearest, ONE)
        above: Number = libmp.mpf_add(below, ONE)
        return below if name == "floor" or order == 0 else above

    def gradient(self) -> list[Number]:
        """The derivative by each of the inputs' entries; NaN where the chain rule has none."""
        of, operations = self.of, self.program.operations
        # A jump counts also where no derivative passes it, as in max(sign(x), 1).
        self.kink = any(operations[index].depends for index in self._ties)
        adjoints: dict[int, Number] = {self.program.output: ONE}
        for index in range(self.program.output, -1, -1):
            adjoint, operation = adjoints.get(index), operations[index]
            if adjoint is None or not operation.operands:
                continue
            for slot, operand in enumerate(operation.operands):
                if not operations[operand].depends:
                    continue
                partial = self._partial(index, operation, slot)
                if partial is None:
                    continue
                if partial in (NAN, UNKNOWN):
                    self.kink = True
                term = of.multiply(adjoint, partial) if adjoint != ONE else partial
                if term[1]:
                    self.term_scales[operand] = max(self.term_scales.get(operand, magnitude(term)), magnitude(term))
                adjoints[operand] = of.add(adjoints[operand], term) if operand in adjoints else term
        entries = range(sum(operation.name == "input" for operation in operations))
        return [adjoints.get(entry, ZERO) for entry in entries]

    def _partial(self, index: int, operation: Operation, slot: int) -> Number | None:
        """The local derivative; None for a branch that is not taken."""
        of, result = self.of, self.values[index]
        values = [self.values[operand] for operand in operation.operands]
        other = values[1 - slot] if len(values) == 2 else ZERO
        match operation.name:
            case "add":
                return ONE
            case "sub":
                return MINUS_ONE if slot else ONE
            case "mul":
                return other
            case "div":
                return of.divide(ONE, other) if slot == 0 else negative(of.divide(result, values[1]))
            case "pow":
                return self._power_partial(operation, slot, values, result)
            case "max2" | "min2":
                return ONE if result == values[slot] and (slot == 0 or result != values[0]) else None
            case "where":
                taken = 1 if values[0][1] else 2
                return ZERO if slot == 0 else ONE if slot == taken else None
            case "abs":
                return MINUS_ONE if values[0][0] else ONE
            case "atan2":
                squares = of.add(of.multiply(values[0], values[0]), of.multiply(values[1], values[1]))
                return of.divide(negative(other) if slot else other, squares)
            case "sign" | "floor" | "ceil" | "round":
                return ZERO
        if operation.name in RELATIONS:
            return ZERO
        return UNARY[operation.name][1](of, values[0], result)

    def _power_partial(self, operation: Operation, slot: int, values: list[Number], result: Number) -> Number:
        of = self.of
        base, exponent = values
        fixed = not self.program.operations[operation.operands[1]].depends
        if slot == 1:
            if base[0] or not base[1]:
                return ZERO if not base[1] and exponent[1] and not exponent[0] else NAN
            return of.multiply(result, of.log(base))
        if base[1]:
            return of.divide(of.multiply(exponent, result), base)
        if not fixed and not exponent[1]:
            return NAN
        return of.multiply(exponent, of.power(base, of.subtract(exponent, ONE))) if exponent[1] else ZERO
