"""Instructions → C99 that needs only <math.h> and is also valid C++.

A function that <math.h> has, such as erf, is spelled by MATH; one that it lacks is written out in DEFINITIONS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from textwrap import wrap
from typing import Any, NamedTuple

from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets.c_library import is_library_function
from graphdiff.targets.c_like import CLikeLanguage
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.python import WIDTH, number
from graphdiff.targets.registry import TARGETS, Signature
from graphdiff.targets.results import Leaf, Result, common_shape, describe, leaves
from graphdiff.targets.spelling import ATOM, SIGN, Spelling, Template, Text
from graphdiff.targets.writer import lines_of

LARGEST_STACKS = 8192
"""The most numbers that loops may keep in local arrays: 64 KB. More are in allocated memory."""
KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
alignas alignof asm bool complex constexpr false imaginary nullptr thread_local true typeof typeof_unqual
and and_eq bitand bitor catch char8_t char16_t char32_t class co_await co_return co_yield compl concept const_cast
consteval constinit decltype delete dynamic_cast explicit export friend mutable namespace new noexcept not not_eq
operator or or_eq private protected public reinterpret_cast requires static_assert static_cast template this throw try
typeid typename using virtual wchar_t xor xor_eq
"""
"""The keywords of C and of C++."""
MATH = """
acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp expm1 floor ceil hypot log log10 log1p log2 pow sin
sinh sqrt tan tanh lgamma
"""
"""The functions of <math.h> that are named as in operations/functions.py."""
OTHER_FUNCTIONS = """
abs copysign drem exp10 exp2 fabs fdim fma fmax fmin fmod free frexp gamma ilogb j0 j1 jn ldexp llrint llround logb
lrint lround malloc modf nan nearbyint nextafter nexttoward pow10 remainder remquo rint round scalb scalbln scalbn
significand sincos tgamma trunc y0 y1 yn
"""
MACROS = """
BIG_ENDIAN BYTE_ORDER EXIT_FAILURE EXIT_SUCCESS FLT_EVAL_METHOD FP_FAST_FMA FP_ILOGB0 FP_ILOGBNAN FP_INFINITE
FP_INT_DOWNWARD FP_INT_TONEAREST FP_INT_TONEARESTFROMZERO FP_INT_TOWARDZERO FP_INT_UPWARD FP_LLOGB0 FP_LLOGBNAN FP_NAN
FP_NORMAL FP_SUBNORMAL FP_ZERO HUGE HUGE_VAL HUGE_VALF HUGE_VALL I INFINITY LITTLE_ENDIAN MATH_ERREXCEPT MATH_ERRNO
MAXFLOAT MB_CUR_MAX M_1_PI M_2_PI M_2_SQRTPI M_E M_LN10 M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2 NAN
NULL PDP_ENDIAN RAND_MAX SNAN double_t finite float_t fpclassify iscanonical iseqsig isfinite isgreater isgreaterequal
isinf isless islessequal islessgreater isnan isnormal issignaling issubnormal isunordered iszero linux main
math_errhandling signbit signgam std unix
"""
"""Other names that headers and compilers may define."""
RESERVED = frozenset(
    [
        *(KEYWORDS + MACROS).split(),
        *(name + suffix for name in (MATH + OTHER_FUNCTIONS).split() for suffix in ("", "f", "l")),
    ]
)

DEFINITIONS = {
    "maximum": """
static double maximum(double x, double y)
{
    return x >= y || x != x ? x : y;
}
""",
    "minimum": """
static double minimum(double x, double y)
{
    return x <= y || x != x ? x : y;
}
""",
    "remainder": """
/* x - y*floor(x/y), with the sign of y. */
static double remainder(double x, double y)
{
    const double rest = fmod(x, y);
    return rest == 0.0 ? copysign(0.0, y) : (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}
""",
    "sign": """
static double sign(double x)
{
    return x == 0.0 || x != x ? x : copysign(1.0, x);
}
""",
}
"""Functions that <math.h> lacks, as in operations/ieee.py; fmax and fmin would lose NaN."""


class C(CLikeLanguage):
    """C on doubles; definitions have the generated function's name before their own."""

    target = TARGETS["c"]
    spellings: Mapping[str, Spelling] = {
        **CLikeLanguage.spellings,
        **{function: Template(f"{function}({{0}})") for function in MATH.split()},
        **{function: Template(f"{function}({{0}}, {{1}})") for function in ("atan2", "hypot", "pow")},
        "abs": Template("fabs({0})"),
        "round": Template("nearbyint({0})"),
        "float_of": Template("(double){0}", SIGN, (ATOM,)),
        "counter": Template("(double){0}", SIGN, (ATOM,)),
        "list": lambda operands, options: Text(f"{{{', '.join(operand.text for operand in operands)}}}"),
    }
    counter = "int"
    variable = "double {} = {};"
    constant_line = "const double {} = {};"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stacks: dict[str, int] = {}
        """The arrays that loops fill, and their sizes."""

    def own_definitions(self) -> Mapping[str, str]:
        return DEFINITIONS

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        declarations = ", ".join(f"double {parameter}" for parameter in parameters)
        body = "".join(f"    {line}\n" for line in [*lines, f"return {value};"])
        return f"static double {name}({declarations})\n{{\n{body}}}"

    def constant(self, value: Any) -> Text:
        return number(value, "INFINITY", "NAN")

    def declare_stack(self, name: str, count: int) -> list[str]:
        self.stacks[name] = count
        return []

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        if instruction.function == "list":
            name += f"[{len(instruction.operands)}]"
        return f"const {'int' if instruction.is_condition else 'double'} {name} = {text};"


class CNames(Names):
    """Names that C and C++ do not reserve: without a leading underscore, and without two underscores in a row."""

    def _take(self, candidates: Iterable[str]) -> str:
        return super()._take(re.sub("^_", "U_", re.sub("_+", "_", name)) for name in candidates)


class Output(NamedTuple):
    """An array that a function writes a result to: a parameter after the inputs. It has the shape of the result where
    its parts are numbers or arrays of the same shape, otherwise the entries of all parts, one after the other.
    The gradient always has one axis."""

    name: str
    shape: Shape

    @property
    def entries(self) -> list[str]:
        """The places of its entries, row by row."""
        return [self.name + "".join([f"[{each}]" for each in place]) for place in product(*map(range, self.shape))]


def outputs_of(results: Sequence[Result]) -> list[Output]:
    """The arrays that a function writes results to: all but a value that is a number, which it returns."""
    outputs: list[Output] = []
    for result in results:
        count = sum([size_of(leaf.shape) for leaf in leaves(result.tree)])
        if count and not (result.name == "value" and result.tree == Leaf()):
            shape = None if result.name == "gradient" else common_shape(result.tree)
            outputs.append(Output(result.name, shape or (count,)))
    return outputs


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a function with this name, after the functions that it calls, and its parameter for each input.

    The function returns a value that is a number, and writes other results to arrays. After the inputs it takes the
    parts of the direction, then these arrays.
    Raises GraphdiffError: "value" if C lacks a function, "usage" if a function cannot have this name.
    """
    language = C(name)
    arrays = outputs_of(code.results)
    reserved = {
        *RESERVED,
        *map(language.name_of, filter(language.has_definition, ROWS)),
        *(each.name for each in arrays),
    }
    if is_library_function(name, (MATH + OTHER_FUNCTIONS).split()):
        reserved.add(name)  # a parameter may be called like a function of the library
    names = CNames(reserved, name)
    parameters = parameters_of(code, names)
    lines, entries = lines_of(code, language, names)
    returned = [] if outputs_of(code.results[:1]) else entries[:1]
    places = [place for each in arrays for place in each.entries]
    uses = code.uses()
    declarations = [_declaration(names(each), code.shapes.get(each, ())) for each in code.inputs]
    declarations += [f"double {each.name}{_sizes(each.shape)}" for each in arrays]
    signature = f"{'double' if returned else 'void'} {name}({', '.join(declarations) or 'void'})"
    body = [
        *(f"(void){names(each)};" for each, number in code.inputs.items() if not uses[number]),
        *lines,
        *(f"{place} = {entry};" for place, entry in zip(places, entries[len(returned) :], strict=True)),
    ]
    is_large = sum(language.stacks.values()) > LARGEST_STACKS
    body = (
        _with_memory(body, returned, arrays, language.stacks, names)
        if is_large
        else [
            *(f"double {each}[{count}];" for each, count in language.stacks.items()),
            *body,
            *(f"return {value};" for value in returned),
        ]
    )
    text = [
        "#include <math.h>",
        *["#include <stdlib.h>"] * is_large,
        "",
        *(f"{text.strip()}\n" for text in language.write_definitions()),
        *wrap_line(f"/* {_summary(code, parameters.inputs)}", "   "),
        *wrap_line(f"   {signature}; */", "       "),
        *wrap_line(signature, "    "),
        "{",
        *(f"    {line}" for line in body),
        "}",
        "",
    ]
    return "\n".join(text), parameters.inputs


def _with_memory(
    body: Sequence[str], returned: Sequence[str], arrays: Sequence[Output], stacks: Mapping[str, int], names: Names
) -> list[str]:
    """The body of a function whose stacks are in allocated memory; if they cannot be allocated the value is NAN."""
    memory, result = names.new("memory"), names.new("value")
    if returned:
        last = [f"const double {result} = {returned[0]};", f"free({memory});", f"return {result};"]
        without_memory = ["    return NAN;"]
    else:
        last = [f"free({memory});"]
        without_memory = [*(f"    {place} = NAN;" for place in arrays[0].entries), "    return;"]
    lines = [
        f"double *const {memory} = (double *)malloc({sum(stacks.values())} * sizeof(double));",
        f"if (!{memory}) {{",
        *without_memory,
        "}",
    ]
    first = 0
    for name, count in stacks.items():
        lines.append(f"double *const {name} = {memory} + {first};")
        first += count
    return [*lines, *body, *last]


def _summary(code: Code, parameters: Mapping[str, str]) -> str:
    """The sentence on what a function returns and writes to arrays."""
    by = {each: parameter + _sizes(code.shapes.get(each, ())) for each, parameter in parameters.items()}
    sentences = [] if outputs_of(code.results[:1]) else ["Returns the value"]
    for result in code.results:
        parts = [] if isinstance(result.tree, Leaf) else leaves(result.tree)
        has_arrays = any(each.shape for each in parts)
        outputs = ", for each value" if result.of and result.name == "jacobian" else ""
        order = f"{outputs}, in this order{', arrays row by row' * has_arrays}" if parts[1:] else ""
        for output in outputs_of([result]):
            sentences.append(f"{output.name} receives {describe(result, by)}{order}")
    return f"{'; '.join(sentences)}."


def _declaration(parameter: str, shape: Shape) -> str:
    return f"{'const ' if shape else ''}double {parameter}{_sizes(shape)}"


def _sizes(shape: Shape) -> str:
    return "".join(f"[{size}]" for size in shape)


def wrap_line(line: str, indent: str) -> list[str]:
    """The line, or several if it is long, broken between parameters."""
    whole = line.replace("double ", "double\0").replace("const ", "const\0")
    parts = wrap(whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [part.replace("\0", " ") for part in parts]


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
    return "\n".join([*lines, "        }", "    return 0;", "}", ""])


def _call(signature: Signature) -> list[str]:
    """The statements that read the operands, call the function and print its results."""
    lines: list[str] = []
    operands: list[str] = []
    for place, (shape,) in enumerate([leaf for tree in signature.parameters for leaf in leaves(tree)]):
        lines += [f"double x{place}{_sizes(shape)};", f"read_numbers((double *)&x{place}, {size_of(shape)});"]
        is_matrix = len(shape) > 1  # before C23, a pointer to rows needs a cast to become a pointer to constant rows
        operands.append(f"{f'(const double (*){_sizes(shape[1:])})' if is_matrix else ''}x{place}")
    arrays = outputs_of(signature.results)
    lines += [f"double {each.name}{_sizes(each.shape)};" for each in arrays]
    call = f"{signature.name}({', '.join([*operands, *(each.name for each in arrays)])})"
    if outputs_of(signature.results[:1]):
        lines.append(f"{call};")
    else:
        lines += [f"const double value = {call};", "print_numbers(&value, 1);"]
    lines += [f"print_numbers((const double *){each.name}, {size_of(each.shape)});" for each in arrays]
    return [*lines, "putchar('\\n');", "break;"]
