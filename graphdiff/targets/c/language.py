"""Instructions → C99 that needs only <math.h> and is also valid C++.

A function that <math.h> has, such as erf, is spelled by MATH; one that it lacks is written out in DEFINITIONS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphdiff.targets.c.elimination import ELIMINATION
from graphdiff.targets.c.header import header
from graphdiff.targets.c.library_names import is_library_function
from graphdiff.targets.c.nests import WORKSPACE, nested_body
from graphdiff.targets.c.parameters import Output, declaration, outputs_of, pointer, sizes_text
from graphdiff.targets.c.pattern import names_of, pattern_text
from graphdiff.targets.c_like import CLikeLanguage
from graphdiff.targets.float32 import definitions_for, in_c
from graphdiff.targets.instructions import Code, Instruction, Source
from graphdiff.targets.names import Names
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import Leaf, describe, leaves
from graphdiff.targets.spelling import ATOM, CHOICE, SIGN, Spelling, Template, Text, break_line, number
from graphdiff.targets.writer import lines_of

AFTER_KEYWORD = "(?<=double) |(?<=const) |(?<=__restrict) "
"""The spaces within a parameter, at which a declaration is not broken."""
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
    "position": """
/* An index into an axis, counted from 0; negative ones count from the end. NAN where there is none. */
static double position(double index, double size)
{
    const double place = index < 0.0 ? index + size : index;
    return place >= 0.0 && place < size && floor(place) == place ? place : NAN;
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
        return {**DEFINITIONS, **ELIMINATION}

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        declarations = ", ".join(f"double {parameter}" for parameter in parameters)
        body = "".join(f"    {line}\n" for line in [*lines, f"return {value};"])
        return f"static double {name}({declarations})\n{{\n{body}}}"

    def constant(self, value: Any) -> Text:
        return number(value, "INFINITY", "NAN")

    def counter_header(self, place: str, start: int, stop: int, is_backward: bool) -> str:
        if is_backward:
            return f"for (int {place} = {stop - 1}; {place} >= {start}; {place}--) {{"
        return f"for (int {place} = {start}; {place} < {stop}; {place}++) {{"

    def number_of_index(self, index: str) -> Text:
        return Text(f"(double){index if index.isidentifier() else f'({index})'}", SIGN)

    def as_index(self, position: str) -> str:
        return f"(int){position}"

    def guarded(self, entry: str, positions: Sequence[str]) -> Text:
        return Text(f"{' && '.join(f'{each} >= 0.0' for each in positions)} ? {entry} : NAN", CHOICE)

    def guarded_line(self, line: str, positions: Sequence[str]) -> str:
        return f"if ({' && '.join(f'{each} >= 0.0' for each in positions)}) {line}"

    def part(self, name: str, start: str, size: int) -> str:
        return name if start == "0" else f"{name} + {start}"

    def start_lanes(self, name: str, count: int) -> str:
        return f"double {name}[{count}] = {{0.0}};"

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


def source(code: Code, name: str, float32: bool = False) -> Source:
    """The source of a function with this name, after the functions that it calls, its parameter for each input, and
    its header. With float32 its numbers are floats, otherwise doubles.

    The function returns a value that is a number, and writes other results to arrays. After the inputs it takes the
    parts of the direction, then these arrays, and for code with loop nests a workspace.
    Raises GraphdiffError: "value" if C lacks a function, "usage" if a function cannot have this name.
    """
    language = C(name)
    arrays = outputs_of(code.results)
    own = [each + suffix for each in language.names_of_definitions() for suffix in ("", "f")]
    reserved = {*RESERVED, *own, *names_of(name), *(each.name for each in arrays)}
    if code.has_nests:
        reserved |= {WORKSPACE, f"{name}_WORKSPACE"}
    if is_library_function(name, (MATH + OTHER_FUNCTIONS).split()):
        reserved.add(name)  # a parameter may be called like a function of the library
    names = CNames(reserved, name)
    parameters = parameters_of(code, names)
    declarations = [declaration(names(each), code.shapes.get(each, ())) for each in code.inputs]
    macros: list[str] = []
    if code.has_nests:
        lines, returned, size = nested_body(code, language, names)
        macros.append(f"#define {name}_WORKSPACE {size}")
        declarations += [pointer(each.name, each.shape) for each in arrays] + [pointer(WORKSPACE, (size,))]
        body = [*lines, *(f"return {value};" for value in returned)]
    else:
        body, returned = _body_of_numbers(code, language, names, arrays)
        declarations += [f"double {each.name}{sizes_text(each.shape)}" for each in arrays]
    signature = f"{'double' if returned else 'void'} {name}({', '.join(declarations) or 'void'})"
    by = {each: parameter + sizes_text(code.shapes.get(each, ())) for each, parameter in parameters.inputs.items()}
    pattern = pattern_text(name, code.results, by)
    macros += pattern.macros
    summary = _summary(code, by) + pattern.summary
    if code.has_nests:
        summary += f" {WORKSPACE} is memory for {name}_WORKSPACE numbers."
    comment = break_line(f"/* {summary}", "   ", AFTER_KEYWORD)
    text = "\n".join(
        [
            *comment,
            *break_line(f"   {signature}; */", "       ", AFTER_KEYWORD),
            *break_line(signature, "    ", AFTER_KEYWORD),
            "{",
            *(f"    {line}" for line in body),
            "}",
            "",
        ]
    )
    definitions = language.write_definitions()
    if float32:
        text, definitions = _in_floats(text, definitions, language)
        signature = in_c(signature, ())
    head = ["#include <math.h>", *[""] * bool(macros), *macros, *pattern.definitions, ""]
    prototype = [
        *break_line(f"/* {summary} */", "   ", AFTER_KEYWORD),
        *break_line(f"{signature};", "    ", AFTER_KEYWORD),
    ]
    return Source(
        "\n".join([*head, *(f"{each.strip()}\n" for each in definitions), text]),
        parameters.inputs,
        header(name, macros, pattern.constants, prototype),
    )


def _in_floats(text: str, definitions: Sequence[str], language: C) -> tuple[str, list[str]]:
    """The text of a function on floats, and the definitions that it calls: for floats where they are C's own."""
    own = {language.name_of(function) for function in language.own_definitions()}
    functions = {*MATH.split(), "fabs", "nearbyint", "floor", "fmod", "copysign", *own}
    return in_c(text, functions), definitions_for(text, definitions, own, lambda each: in_c(each, functions))


def _body_of_numbers(code: Code, language: C, names: Names, arrays: Sequence[Output]) -> tuple[list[str], list[str]]:
    """The lines of a body on numbers, and the value that it returns if it does."""
    lines, entries = lines_of(code, language, names)
    returned = [] if outputs_of(code.results[:1]) else entries[:1]
    places = [place for each in arrays for place in each.entries]
    uses = code.uses()
    body = [
        *(f"(void){names(each)};" for each, number in code.inputs.items() if not uses[number]),
        *lines,
        *(f"{place} = {entry};" for place, entry in zip(places, entries[len(returned) :], strict=True)),
    ]
    stacks = [f"double {each}[{count}];" for each, count in language.stacks.items()]
    return [*stacks, *body, *(f"return {value};" for value in returned)], returned


def _summary(code: Code, by: Mapping[str, str]) -> str:
    """The sentence on what a function returns and writes to arrays; by has what inputs are called."""
    sentences = [] if outputs_of(code.results[:1]) else ["Returns the value"]
    for result in code.results:
        parts = [] if isinstance(result.tree, Leaf) else leaves(result.tree)
        has_arrays = any(each.shape for each in parts)
        outputs = ", for each value" if result.of and result.name == "jacobian" else ""
        order = f"{outputs}, in this order{', arrays row by row' * has_arrays}" if parts[1:] else ""
        for output in outputs_of([result]):
            sentences.append(f"{output.name} receives {describe(result, by)}{order}")
    return f"{'; '.join(sentences)}."
