"""Common constant factors of sums, taken out: c*x + c*y = c*(x + y), one operation less."""

from __future__ import annotations

from graphdiff.algebra.simplify import LARGEST_MOVED
from graphdiff.targets.instructions import Code, Instruction

SUMS = ("add", "subtract")


def factor_sums(code: Code) -> Code:
    """The code in which sums and differences of two products with the same constant are products with it.

    The products must have no other use and no name, and the constant must be at least 1: otherwise x + y could overflow
    where the sum does not. The bodies of loops are changed too.
    """
    instructions = list(code.instructions)
    uses = code.uses()
    for number, instruction in enumerate(instructions):
        if instruction.function == "loop":
            step = instruction.value
            options = ((instruction.options[0][0], step._replace(code=factor_sums(step.code))),)
            instructions[number] = instruction._replace(options=options)
        if instruction.function not in SUMS:
            continue
        first, second = instruction.operands
        if first == second or any([uses[each] != 1 or each in code.names for each in (first, second)]):
            continue
        factor, left = _factored(instructions, first)
        other, right = _factored(instructions, second)
        if factor is not None and factor == other:
            later = max(first, second)
            instructions[later] = Instruction(instruction.function, (left, right))
            instructions[number] = Instruction("multiply", (factor, later))
    return code._replace(instructions=instructions)


def _factored(instructions: list[Instruction], number: int) -> tuple[int | None, int]:
    """The numbers of the constant and of the rest of a product with a constant; no constant for anything else."""
    function, operands, _ = instructions[number]
    if function == "multiply":
        for factor, rest in (operands, operands[::-1]):
            value = instructions[factor].value if instructions[factor].is_constant else None
            if isinstance(value, float) and 1 <= abs(value) <= LARGEST_MOVED:
                return factor, rest
    return None, number
