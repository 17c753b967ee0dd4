"""Lines and declarations in Fortran, and programs that call generated subroutines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from graphdiff.operations.shapes import Shape
from graphdiff.targets.registry import Signature
from graphdiff.targets.results import arrays_of, leaves

WIDTH = 100
"""The most characters of a line that can be broken at a space."""
LONGEST = 131
"""The most characters of any line but the &; the standard allows 132."""


def declaration(name: str, shape: Shape) -> str:
    return f"{name}({', '.join(map(str, shape))})" if shape else name


def break_line(line: str) -> list[str]:
    """The line, continued on others if it is long."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    parts = wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
    lines: list[str] = []
    for part in [*(f"{part} &" for part in parts[:-1]), parts[-1]]:
        rest = part
        while len(rest) > LONGEST:  # & at both sides continues a line at any place
            lines.append(f"{rest[:WIDTH]}&")
            rest = f"{indent}&{rest[WIDTH:]}"
        lines.append(rest)
    return lines


CALLER = """
program caller
    use, intrinsic :: iso_fortran_env, only: real64
%s
    implicit none
    integer :: position, status
    do
        read (*, *, iostat=status) position
        if (status /= 0) exit
        select case (position)
%s
        end select
    end do
end program
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program that calls them."""
    uses = [f"use {each.name}_module, only: {each.name}" for each in signatures]
    cases = []
    for position, signature in enumerate(signatures):
        cases += [f"case ({position})", "    block", *(f"        {line}" for line in _call(signature)), "    end block"]
    lines = [
        "\n".join([part for line in each for part in break_line(f"{indent}{line}")])
        for each, indent in ((uses, " " * 4), (cases, " " * 8))
    ]
    return CALLER % tuple(lines)


def _call(signature: Signature) -> Iterator[str]:
    """The statements that read the operands, call the subroutine and write its results."""
    shapes = [shape for tree in signature.parameters for (shape,) in leaves(tree)]
    results = [shape for result in signature.results for _, (shape,) in arrays_of(result)]
    operands = [(f"x{place}", shape) for place, shape in enumerate(shapes)]
    outputs = [(f"y{place}", shape) for place, shape in enumerate(results)]
    for each in [*operands, *outputs]:
        yield f"real(real64) :: {declaration(*each)}"
    for axis in range(max([len(shape) for _, shape in [*operands, *outputs]])):
        yield f"integer :: i{axis + 1}"
    for each in operands:
        yield f"read (*, *) {_row_by_row(*each)}"
    yield f"call {signature.name}({', '.join([name for name, _ in [*operands, *outputs]])})"
    yield f"write (*, '(*(es25.16e3))') {', '.join([_row_by_row(*each) for each in outputs])}"


def _row_by_row(name: str, shape: Shape) -> str:
    """An array in a statement that reads or writes it; by its name alone the first place would change fastest."""
    counters = [f"i{axis}" for axis in range(1, len(shape) + 1)]
    text = f"{name}({', '.join(counters)})" if shape else name
    for counter, size in reversed([*zip(counters, shape, strict=True)]):
        text = f"({text}, {counter} = 1, {size})"
    return text
