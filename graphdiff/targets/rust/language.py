"""Instructions → Rust that needs only std, in any edition, without unsafe code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from graphdiff.targets.c_like import CLikeLanguage
from graphdiff.targets.float32 import defined_name, definitions_for, in_rust, wrapper_in_rust
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.nests.buffers import LARGEST_LOCAL, Buffer, Storage
from graphdiff.targets.parameters import Parameters, parameters_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import describe, describe_pattern, join_entries, leaves
from graphdiff.targets.rust.elimination import ELIMINATION
from graphdiff.targets.rust.type_text import (
    alone_or_tuple,
    array_text,
    list_text,
    name_leaves,
    reference_text,
    tuple_text,
    type_text,
)
from graphdiff.targets.spelling import BOTH, CHOICE, WIDTH, LoopText, Spelling, Template, Text, break_line, number
from graphdiff.targets.writer import lines_of

KEYWORDS = """
abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in
let loop macro match mod move mut override priv pub ref return self Self static struct super trait true try type typeof
union unsafe unsized use virtual where while yield _
"""
"""The keywords of all editions, and those reserved for later ones."""
OTHERS = """
bool char f16 f32 f64 f128 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize Err None Ok Some main
"""
"""Types, constants that a pattern would match instead of binding the name, and the main function."""
RESERVED = frozenset((KEYWORDS + OTHERS).split())
SAME = "abs acos asin atan atan2 cbrt ceil cos cosh floor hypot log10 log2 sin sinh sqrt tan tanh exp"
METHODS = {**{name: name for name in SAME.split()}, "expm1": "exp_m1", "log": "ln", "log1p": "ln_1p", "pow": "powf"}
"""The methods of f64 that are as accurate as the C library's, by the names in operations/ieee.py."""

DEFINITIONS = {
    "maximum": """
fn maximum(x: f64, y: f64) -> f64 {
    if x >= y || x.is_nan() { x } else { y }
}""",
    "minimum": """
fn minimum(x: f64, y: f64) -> f64 {
    if x <= y || x.is_nan() { x } else { y }
}""",
    "remainder": """
// x - y*floor(x/y), with the sign of y.
fn remainder(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 { 0.0_f64.copysign(y) } else if (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
}""",
    "position": """
// An index into an axis, counted from 0; negative ones count from the end. NaN where there is none.
fn position(index: f64, size: f64) -> f64 {
    let place = if index < 0.0 { index + size } else { index };
    if place >= 0.0 && place < size && place.floor() == place { place } else { f64::NAN }
}""",
    "sign": """
fn sign(x: f64) -> f64 {
    if x == 0.0 { x } else { x.signum() }
}""",
    "round": """
// To the nearest integer, ties to even. f64::round takes the one farther from 0.
fn round(x: f64) -> f64 {
    let nearest = x.round();
    if (x - nearest).abs() == 0.5 { 2.0*(0.5*x).round() } else { nearest }
}""",
    "asinh": """
// Without cancellation near 0 and without overflow of the square, unlike std before 1.80.
fn asinh(x: f64) -> f64 {
    let size = x.abs();
    if size > 1e150 {
        return (size.ln() + std::f64::consts::LN_2).copysign(x);
    }
    (size + size*size/(1.0 + size.hypot(1.0))).ln_1p().copysign(x)
}""",
    "acosh": """
// Without cancellation near 1 and without overflow of the square.
fn acosh(x: f64) -> f64 {
    if x > 1e150 {
        return x.ln() + std::f64::consts::LN_2;
    }
    let above = x - 1.0;
    if x < 1.0 { f64::NAN } else { (above + (above*(above + 2.0)).sqrt()).ln_1p() }
}""",
    "atanh": """
// Without cancellation near -1.
fn atanh(x: f64) -> f64 {
    let size = x.abs();
    (0.5*(2.0*size/(1.0 - size)).ln_1p()).copysign(x)
}""",
    "erf": """
// 2/sqrt(pi)*exp(-x^2) times the sum of x*(2*x^2)^n/(1*3*...*(2*n + 1)), whose terms have one sign: DLMF 7.6.2.
fn erf(x: f64) -> f64 {
    if x.abs() > 1.25 {
        return if x < 0.0 { erfc(-x) - 1.0 } else { 1.0 - erfc(x) };
    }
    let mut term = std::f64::consts::FRAC_2_SQRT_PI*x*(-x*x).exp();
    let mut sum = term;
    for n in 1..=30 {
        term *= 2.0*x*x/f64::from(2*n + 1);
        sum += term;
    }
    sum
}""",
    "erfc": """
// exp(-x^2)/sqrt(pi)/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))): DLMF 7.9.1.
fn erfc(x: f64) -> f64 {
    if x.is_nan() || x <= 1.25 {
        return 1.0 - erf(x);
    }
    if x > 28.0 {
        return 0.0;
    }
    let mut below = x;
    for n in (1..=150).rev() {
        below = x + 0.5*f64::from(n)/below;
    }
    let z = f64::from(x as f32); // has so few digits that its square is exact
    (-z*z).exp()*((z - x)*(z + x)).exp()/(std::f64::consts::PI.sqrt()*below)
}""",
}
"""Functions that f64 lacks or, in Rust 1.63, has with fewer digits, as in operations/ieee.py.

erf and erfc are written out, as in JavaScript: calling those of the C library would be unsafe code, which many crates
forbid, and some platforms have no C library.
"""


ON_FLOAT32 = ("maximum", "minimum", "remainder", "sign", "round", "position", *ELIMINATION)
"""The definitions that are as accurate on f32 as on f64."""


def _condition(operand: Text) -> Text:
    """An operand as a condition: a constant is true where it is not 0."""
    return Text("false" if operand.text == "0.0" else "true") if operand.is_number else operand


def _where(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    condition, x, y = operands
    return Text(f"if {_condition(condition).text} {{ {x.text} }} else {{ {y.text} }}", CHOICE)


def _logical_and(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
    return Text(" && ".join(_condition(operand).within(BOTH) for operand in operands), BOTH)


class Rust(CLikeLanguage):
    """Rust on f64; definitions have the generated function's name before their own."""

    target = TARGETS["rust"]
    spellings: Mapping[str, Spelling] = {
        **CLikeLanguage.spellings,
        **{function: Template(f"f64::{name}({{0}})") for function, name in METHODS.items()},
        **{function: Template(f"f64::{METHODS[function]}({{0}}, {{1}})") for function in ("atan2", "hypot", "pow")},
        "logical_and": _logical_and,
        "where": _where,
        "float_of": Template("if {0} {{ 1.0 }} else {{ 0.0 }}", CHOICE),
        "counter": Template("{0} as f64", CHOICE),
    }
    variable = "let mut {}: f64 = {};"
    constant_line = "let {} = {};"

    def own_definitions(self) -> Mapping[str, str]:
        return {**DEFINITIONS, **ELIMINATION}

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        declarations = ", ".join(f"{parameter}: f64" for parameter in parameters)
        body = "".join(f"    {line}\n" for line in [*lines, value])
        return f"fn {name}({declarations}) -> f64 {{\n{body}}}"

    def constant(self, value: Any) -> Text:
        return number(value, "f64::INFINITY", "f64::NAN")

    def loop_header(self, loop: LoopText) -> str:
        steps = f"(0..{loop.steps}_usize).rev()" if loop.is_backward else f"0..{loop.steps}_usize"
        return f"for {loop.place if loop.has_place else '_'} in {steps} {{"

    def write_counted_loop(
        self, place: str, start: int, stop: int, body: Sequence[str], is_backward: bool = False
    ) -> list[str]:
        is_used = any([re.search(rf"\b{place}\b", line) for line in body])
        return super().write_counted_loop(place if is_used else "_", start, stop, body, is_backward)

    def counter_header(self, place: str, start: int, stop: int, is_backward: bool) -> str:
        steps = f"{start}..{stop}_usize"
        return f"for {place} in {f'({steps}).rev()' if is_backward else steps} {{"

    def number_of_index(self, index: str) -> Text:
        return Text(f"{index if index.isidentifier() else f'({index})'} as f64", CHOICE)

    def as_index(self, position: str) -> str:
        return f"{position} as usize"

    def guarded(self, entry: str, positions: Sequence[str]) -> Text:
        condition = " && ".join([f"{each} >= 0.0" for each in positions])
        return Text(f"if {condition} {{ {entry} }} else {{ f64::NAN }}", CHOICE)

    def guarded_line(self, line: str, positions: Sequence[str]) -> str:
        condition = " && ".join([f"{each} >= 0.0" for each in positions])
        return f"if {condition} {{ {line} }}"

    def part(self, name: str, start: str, size: int) -> str:
        return f"&mut {name}[{start}..{size if start == '0' else f'{start} + {size}'}]"

    def start_lanes(self, name: str, count: int) -> str:
        return f"let mut {name} = [0.0_f64; {count}];"

    def declare_stack(self, name: str, count: int) -> list[str]:
        return [f"let mut {name} = vec![0.0_f64; {count}];"]

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return f"let {name} = {text};"


def source(code: Code, name: str, float32: bool = False) -> tuple[str, dict[str, str]]:
    """The source of a function with this name, after the functions that it calls, and its parameter for each input.
    With float32 its numbers are of f32, otherwise of f64.

    The function takes numbers and references to arrays. It returns the result of the code, or the tuple of its results.
    Raises GraphdiffError("usage") if a function cannot have this name.
    """
    language = Rust(name)
    own = [each + suffix for each in language.names_of_definitions() for suffix in ("", "f")]
    constants = [f"{name.upper()}_{each}" for each in ("ROWS", "COLUMNS")]
    names = Names(RESERVED.union(own, constants), name)
    parameters = parameters_of(code, names)
    lines, results = _nested_body(code, language, names) if code.has_nests else _body_of_numbers(code, language, names)
    types = alone_or_tuple([type_text(result.tree) for result in code.results])
    signature = f"pub fn {name}({_declarations(code, parameters)}) -> {types} {{"
    identifiers = re.findall(r"(?:let|for) (?:mut )?(\w+)", "\n".join(lines))
    attribute = _allow_attribute([name, *parameters.all, *parameters.parts, *identifiers], lines)
    summary = f"Returns {' and '.join([describe(result, parameters.inputs) for result in code.results])}."
    pattern = code.results[-1].pattern
    arrays: list[str] = []
    if pattern is not None and pattern.rows:
        summary += describe_pattern(code.results[-1], parameters.inputs, *constants)
        arrays = [
            _constant_array(each, numbers)
            for each, numbers in zip(constants, (pattern.rows, pattern.columns), strict=True)
        ]
    definitions = [f"{_allow_attribute([name], ())}{each.strip()}\n" for each in language.write_definitions()]
    text = [
        *wrap(summary, WIDTH, initial_indent="/// ", subsequent_indent="/// "),
        attribute + "\n".join(break_line(signature, " " * 8)),
        *(f"    {line}" for line in lines),
        "    " + "\n".join(break_line(results, " " * 8)),
        "}",
        "",
    ]
    function = "\n".join(text)
    if float32:
        function, definitions = _on_float32(function, definitions, language)
    return "\n".join([*arrays, *definitions, function]), parameters.inputs


def _constant_array(name: str, numbers: Sequence[int]) -> str:
    """An array of whole numbers that others can read."""
    values = "\n".join([f"    {line}" for line in wrap(", ".join(map(str, numbers)), WIDTH - 4)])
    return f"pub static {name}: [usize; {len(numbers)}] = [\n{values}\n];\n"


def _on_float32(function: str, definitions: Sequence[str], language: Rust) -> tuple[str, list[str]]:
    """A function on f32, and the definitions that it calls: on f32, or calls of those on f64."""
    own = {language.name_of(each) for each in ON_FLOAT32}
    names = [defined_name(each) for each in definitions]
    texts = definitions_for(
        function, definitions, own, lambda each: in_rust(each, {defined_name(each)}), wrapper_in_rust
    )
    return in_rust(function, names), texts


def _body_of_numbers(code: Code, language: Rust, names: Names) -> tuple[list[str], str]:
    """The lines of a body on numbers, and its results."""
    lines, entries = lines_of(code, language, names)
    uses = code.uses()
    unused = [f"let _ = {names(each)};" for each, number in code.inputs.items() if not uses[number]]
    rest = iter(entries)
    results = [join_entries(result.tree, rest, list_text, tuple_text) for result in code.results]
    return [*unused, *lines], alone_or_tuple(results)


def _nested_body(code: Code, language: Rust, names: Names) -> tuple[list[str], str]:
    """The lines of a body that computes arrays in loops, and its results."""
    from graphdiff.targets.nests.lower import lower  # lazy: code without loop nests does not need NumPy

    targets: list[Storage] = []
    lines: list[str] = []
    for result in code.results:
        for (shape,) in leaves(result.tree):
            buffer = Buffer(names.new(result.name), 0, is_nested=True)
            targets.append(Storage(buffer, shape, is_variable=not shape))
            if shape:
                lines.append(f"let mut {buffer.name} = {array_text(shape, '0.0_f64')};")
    body = lower(code, {each: names(each) for each in code.inputs}, targets, language, names)
    lines += [f"let _ = {names(each)};" for each in code.inputs if each not in body.used]
    for table in body.tables:
        numbers = ", ".join([language.constant(number).text for number in table.table])
        lines.append(f"let {table.name} = [{numbers}];")
    for each in body.buffers:
        is_small = each.size <= LARGEST_LOCAL
        lines.append(f"let mut {each.name} = {'' if is_small else 'vec!'}[0.0_f64; {each.size}];")
    rest = iter([target.buffer.name for target in targets])
    return [*lines, *body.lines], alone_or_tuple([name_leaves(result.tree, rest) for result in code.results])


def _declarations(code: Code, parameters: Parameters) -> str:
    """The parameters with their types; that of a direction of several parts is the pattern of these."""
    declarations = [f"{each}: {reference_text(code.shapes.get(key, ()))}" for key, each in parameters.inputs.items()]
    if code.direction is not None:
        types = [reference_text(code.shapes.get(each, ())) for each in code.direction.parts]
        is_alone = not parameters.unpacked
        declarations.append(
            f"{parameters.direction}: {types[0]}"
            if is_alone
            else f"{tuple_text(parameters.parts)}: {tuple_text(types)}"
        )
    return ", ".join(declarations)


def _allow_attribute(names: Sequence[str], lines: Sequence[str]) -> str:
    """The attribute that turns off rustc's warnings about what a formula contains; "" if there are none."""
    lints = ["non_snake_case"] if any(re.search("[A-Z]|__", name.strip("_")) for name in names) else []
    if any("f64::NAN" in line for line in lines):  # the code may compare with it; not all versions know this lint
        lints += ["unknown_lints", "invalid_nan_comparisons"]
    return f"#[allow({', '.join(lints)})]\n" if lints else ""
