"""Programs in C that call generated functions."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.operations.shapes import size_of
from graphdiff.targets.c.parameters import outputs_of, sizes_text
from graphdiff.targets.registry import Signature
from graphdiff.targets.results import leaves

CALLER = """
#include <stdio.h>

static void read_numbers(double *numbers, int count)
{
    for (int place = 0; place < count; place++)
        if (scanf("%lf", numbers + place) != 1)
            *numbers = NAN;
}

static void print_numbers(const double *numbers, int count)
{
    for (int place = 0; place < count; place++)
        printf("%.17g ", numbers[place]);
}
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program that calls them."""
    lines = [CALLER, "int main(void)", "{", "    int position;", '    while (scanf("%d", &position) == 1)']
    lines += ["        switch (position) {"]
    for position, signature in enumerate(signatures):
        lines += [f"        case {position}: {{", *(f"            {line}" for line in _call(signature)), "        }"]
    text = "\n".join([*lines, "        }", "    return 0;", "}", ""])
    if any([signature.float32 for signature in signatures]):
        text = text.replace("double", "float").replace("%lf", "%f")
    return text


def _call(signature: Signature) -> list[str]:
    """The statements that read the operands, call the function and print its results."""
    lines: list[str] = []
    operands: list[str] = []
    for place, (shape,) in enumerate([leaf for tree in signature.parameters for leaf in leaves(tree)]):
        lines += [
            f"static double x{place}{sizes_text(shape)};",
            f"read_numbers((double *)&x{place}, {size_of(shape)});",
        ]
        is_matrix = len(shape) > 1  # before C23, a pointer to rows needs a cast to become a pointer to constant rows
        operands.append(f"{f'(const double (*){sizes_text(shape[1:])})' if is_matrix else ''}x{place}")
    arrays = outputs_of(signature.results)
    lines += [f"static double {each.name}{sizes_text(each.shape)};" for each in arrays]
    operands += [each.name for each in arrays]
    if signature.has_workspace:
        lines.append(f"static double workspace[{signature.name}_WORKSPACE];")
        operands.append("workspace")
    call = f"{signature.name}({', '.join(operands)})"
    if outputs_of(signature.results[:1]):
        lines.append(f"{call};")
    else:
        lines += [f"const double value = {call};", "print_numbers(&value, 1);"]
    lines += [f"print_numbers((const double *){each.name}, {size_of(each.shape)});" for each in arrays]
    return [*lines, "putchar('\\n');", "break;"]
