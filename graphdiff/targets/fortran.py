"""Instructions → Fortran 2008: a module with a pure subroutine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from textwrap import wrap
from typing import Any

from graphdiff.operations.shapes import Shape
from graphdiff.targets import missing_functions
from graphdiff.targets.fortran_program import WIDTH, break_line, declaration
from graphdiff.targets.fortran_program import program as program
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import ShortNames
from graphdiff.targets.one_based import OneBasedLanguage
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import arrays_of, describe_arrays
from graphdiff.targets.spelling import (
    ATOM,
    BOTH,
    COMPARISON,
    OPERATORS,
    POWER,
    PRODUCT,
    SUM,
    LoopText,
    Spelling,
    Template,
    Text,
    infix,
    number,
)
from graphdiff.targets.writer import Language, lines_of

MOST_DECLARED = 100
"""The most variables of a statement, which has at most 255 continuation lines."""
KEYWORDS = """
abstract allocatable allocate associate bind block call case class close common complex contains continue cycle data
deallocate deferred do double elemental else elseif elsewhere end enddo endif enum error exit extends external final
flush forall function generic go goto if implicit import in inquire integer intent interface intrinsic kind len logical
module none nullify only open operator out parameter pass pointer print private procedure program protected public pure
read real recursive result return rewind save select sequence stop submodule subroutine target then type use value
volatile wait where while write
"""
SAME = "abs exp log log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc"
"""The functions of one operand that are named and behave as in operations/ieee.py."""
CONSTANTS = "ieee_positive_inf ieee_quiet_nan ieee_value"
OTHERS = "aint anint atan2 hypot merge mod real64 iso_fortran_env ieee_arithmetic"
RESERVED = frozenset(f"{KEYWORDS} {SAME} {CONSTANTS} {OTHERS}".split()) - {"value"}

DEFINITIONS = {
    "maximum": """
! The larger number, and NaN if x or y is NaN.
pure function maximum(x, y) result(value)
    real(real64), intent(in) :: x, y
    real(real64) :: value
    value = merge(x, y, x >= y .or. x /= x)
end function""",
    "minimum": """
! The smaller number, and NaN if x or y is NaN.
pure function minimum(x, y) result(value)
    real(real64), intent(in) :: x, y
    real(real64) :: value
    value = merge(x, y, x <= y .or. x /= x)
end function""",
    "pow": """
! NaN for a negative x, unless y is a whole number.
pure function pow(x, y) result(value)
    real(real64), intent(in) :: x, y
    real(real64) :: value
    value = x**y
end function""",
    "sign": """
pure function sign(x) result(value)
    real(real64), intent(in) :: x
    real(real64) :: value
    value = x
    if (x > 0.0_real64) value = 1.0_real64
    if (x < 0.0_real64) value = -1.0_real64
end function""",
    "floor": """
! As a real number: the integers of the intrinsic function would overflow.
pure function floor(x) result(value)
    real(real64), intent(in) :: x
    real(real64) :: value
    value = aint(x)
    if (value > x) value = value - 1.0_real64
end function""",
    "ceil": """
pure function ceil(x) result(value)
    real(real64), intent(in) :: x
    real(real64) :: value
    value = aint(x)
    if (value < x) value = value + 1.0_real64
end function""",
    "round": """
! To the nearest whole number, ties to even.
pure function round(x) result(value)
    real(real64), intent(in) :: x
    real(real64) :: value
    value = anint(x)
    if (abs(x - value) == 0.5_real64) value = 2.0_real64*anint(0.5_real64*x)
end function""",
    "remainder": """
! The rest of x/y, with the sign of y.
pure function remainder(x, y) result(value)
    real(real64), intent(in) :: x, y
    real(real64) :: value
    value = mod(x, y)
    if (value > 0.0_real64 .and. y < 0.0_real64 .or. value < 0.0_real64 .and. y > 0.0_real64) value = value + y
end function""",
}
"""Functions that Fortran lacks, or has with other values than operations/ieee.py."""


def _condition(operand: Text) -> Text:
    """An operand as a condition; a constant is true where it is not 0."""
    if not operand.is_number:
        return operand
    return Text(".false." if operand.text == "0.0_real64" else ".true.")


def _where(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    condition, x, y = operands
    return Text(f"merge({x.text}, {y.text}, {_condition(condition).text})")


def _logical_and(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    return Text(" .and. ".join([_condition(operand).within(BOTH) for operand in operands]), BOTH)


class Fortran(OneBasedLanguage):
    """Fortran on numbers of kind real64.

    Attributes:
        declarations: The local variables of the procedure that is being written, by the declaration of their type.
        stacks: The arrays that its loops fill, and their sizes.
    """

    target = TARGETS["fortran"]
    missing: Mapping[str, Any] = {
        "expm1": missing_functions.expm1,
        "log1p": missing_functions.log1p,
        "log2": missing_functions.log2,
        "cbrt": missing_functions.cbrt,
    }
    line = "{} = {}"
    end = "end do"
    power = Template("{0}**{1}", POWER, (ATOM, ATOM))

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.declarations: dict[str, list[str]] = {}
        self.stacks: dict[str, int] = {}
        self.spellings: Mapping[str, Spelling] = {
            **OPERATORS,
            **{function: Template(f"{function}({{0}})") for function in SAME.split()},
            **{function: Template(f"{function}({{0}}, {{1}})") for function in ("atan2", "hypot")},
            "negative": Template("-{0}", SUM, (PRODUCT,)),
            "not_equal": infix("/=", COMPARISON),
            "logical_and": _logical_and,
            "where": _where,
            "float_of": Template("merge(1.0_real64, 0.0_real64, {0})"),
            "counter": Template("real({0}, real64)"),
            "entry": self.entry,
            "list": lambda operands, options: Text(f"[{', '.join([operand.text for operand in operands])}]"),
        }

    def own_definitions(self) -> Mapping[str, str]:
        return DEFINITIONS

    def inside_function(self, parameters: Sequence[str]) -> Language:
        self.declarations, self.stacks = {}, {}
        return self

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        arguments = ", ".join(parameters)
        self.declare("real(real64)", "value")
        body = [f"real(real64), intent(in) :: {arguments}", *self.declaration_lines(), *lines, f"value = {value}"]
        head = f"pure function {name}({arguments}) result(value)"
        return "\n".join([head, *(f"    {line}" for line in body), "end function"])

    def declare(self, kind: str, name: str) -> None:
        self.declarations.setdefault(kind, []).append(name)

    def declaration_lines(self) -> list[str]:
        """The lines that declare the local variables, and make the arrays that loops fill."""
        lines = [
            f"{kind} :: {', '.join(names[start : start + MOST_DECLARED])}"
            for kind, names in self.declarations.items()
            for start in range(0, len(names), MOST_DECLARED)
        ]
        return [*lines, *(f"allocate({name}({count}))" for name, count in self.stacks.items())]

    def constant(self, value: Any) -> Text:
        infinity, nan = (f"ieee_value(0.0_real64, {each})" for each in ("ieee_positive_inf", "ieee_quiet_nan"))
        text = number(value, infinity, nan)
        literal = text.text if text.text.endswith(")") else f"{text.text}_real64"
        return Text(literal, SUM if literal.startswith("-") else ATOM, is_number=True)

    def assign_carried(self, loop: LoopText) -> list[str]:
        lines = super().assign_carried(loop)
        for name in dict.fromkeys([line.partition(" = ")[0] for line in lines]):
            self.declare("real(real64)", name)
        return lines

    def loop_header(self, loop: LoopText) -> str:
        self.declare("integer", loop.place)
        steps = f"{loop.steps - 1}, 0, -1" if loop.is_backward else f"0, {loop.steps - 1}"
        return f"do {loop.place} = {steps}"

    def declare_stack(self, name: str, count: int) -> list[str]:
        self.declare("real(real64), allocatable", f"{name}(:)")
        self.stacks[name] = count
        return []

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        count = len(instruction.operands)
        self.declare(
            "logical" if instruction.is_condition else "real(real64)",
            f"{name}({count})" if instruction.function == "list" else name,
        )
        return super().assignment(name, text, instruction)


class FortranNames(ShortNames):
    """Names that differ in more than the case of letters."""

    @staticmethod
    def _key(name: str) -> str:
        return name.lower()


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a module with a subroutine of this name, and the subroutine's parameter for each input.

    After the inputs and the parts of a direction it has a parameter for the value, then for what is wanted of it: one
    vector or matrix if all parts are numbers, otherwise one for each part. An array has the shape of the formula.
    Raises GraphdiffError: "value" if Fortran lacks a function, "usage" if a function cannot have this name.
    """
    language = Fortran(name)
    own = {*language.names_of_definitions(), language.name_of("module")}
    names = FortranNames(RESERVED | set(map(str.lower, own)), name)
    parameters = parameters_of(code, names)
    outputs = [(names.new(each), leaf.shape) for result in code.results for each, leaf in arrays_of(result)]
    lines, entries = lines_of(code, language, names)
    places = [place for each, shape in outputs for place in _entries(language, each, shape)]
    lines += [f"{place} = {entry}" for place, entry in zip(places, entries, strict=True)]
    inputs = [*parameters.inputs.items(), *zip(code.parts, parameters.parts, strict=True)]
    known = [declaration(each, code.shapes.get(key, ())) for key, each in inputs]
    declarations = [f"real(real64), intent(in) :: {', '.join(known)}"] if known else []
    declarations.append(f"real(real64), intent(out) :: {', '.join([declaration(*each) for each in outputs])}")
    summary = f"Computes {' and '.join([describe_arrays(each, parameters.inputs) for each in code.results])}."
    arguments = ", ".join([*(each for _, each in inputs), *(each for each, _ in outputs)])
    procedures = [
        *wrap(summary, WIDTH - 8, initial_indent="! ", subsequent_indent="! "),
        f"pure subroutine {name}({arguments})",
        *(f"    {line}" for line in [*declarations, *language.declaration_lines(), *lines]),
        "end subroutine",
    ]
    for each in language.write_definitions():
        procedures += ["", *each.strip().splitlines()]
    ieee = [each for each in CONSTANTS.split() if any([each in line for line in procedures])]
    text = [
        f"module {language.name_of('module')}",
        "    use, intrinsic :: iso_fortran_env, only: real64",
        *([f"    use, intrinsic :: ieee_arithmetic, only: {', '.join(ieee)}"] if ieee else []),
        "    implicit none",
        "    private",
        f"    public :: {name}",
        "contains",
        *(part for line in procedures for part in break_line(f"    {line}" if line else "")),
        "end module",
        "",
    ]
    return "\n".join(text), parameters.inputs


def _entries(language: Fortran, name: str, shape: Shape) -> list[str]:
    """The entries of an output, row by row."""
    places = product(*[range(1, size + 1) for size in shape])
    return [language.entry_at(name, place) if shape else name for place in places]
