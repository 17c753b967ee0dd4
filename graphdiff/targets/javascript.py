"""Instructions → JavaScript that needs only Math, in a browser or not: a plain function, not a module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from textwrap import wrap
from typing import Any

from graphdiff.passes.trace_graph import TraceGraph
from graphdiff.targets.c_like import CLikeLanguage
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.registry import TARGETS, Signature
from graphdiff.targets.results import Leaf, Tree, describe, join_entries
from graphdiff.targets.spelling import (
    ATOM,
    COMPARISON,
    SIGN,
    WIDTH,
    Spelling,
    Template,
    Text,
    break_line,
    infix,
    number,
)
from graphdiff.targets.vectorize import instructions_of
from graphdiff.targets.writer import lines_of

MOST_OF_TRACE = 10_000
"""The most entries and operations of the function that a page with arrays calls, which has every number of a trace."""
KEYWORDS = """
await break case catch class const continue debugger default delete do else enum export extends false finally for
function if import in instanceof new null return super switch this throw true try typeof var void while with
arguments eval implements interface let package private protected public static yield
"""
"""Those of strict mode and of modules too."""
GLOBALS = """
AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array
Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect
RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array
Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly console decodeURI decodeURIComponent
encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt undefined unescape
document location self top window
"""
"""The globals of the language, and those of a page that no script can define."""
MATH = """
abs acos acosh asin asinh atan atanh cbrt ceil cos cosh exp expm1 floor log log10 log1p log2 sign sin sinh sqrt tan tanh
"""
"""The functions of Math with one operand that are named and behave as in operations/ieee.py."""
RESERVED = frozenset((KEYWORDS + GLOBALS).split())


class JavaScript(CLikeLanguage):
    """JavaScript on numbers; definitions of what Math lacks have the generated function's name before their own."""

    target = TARGETS["javascript"]
    spellings: Mapping[str, Spelling] = {
        **CLikeLanguage.spellings,
        **{function: Template(f"Math.{function}({{0}})") for function in MATH.split()},
        **{function: Template(f"Math.{function}({{0}}, {{1}})") for function in ("atan2", "hypot")},
        "equal": infix("===", COMPARISON),
        "not_equal": infix("!==", COMPARISON),
        "float_of": Template("+{0}", SIGN, (ATOM,)),
        "counter": Template("{0}"),
    }
    counter = "let"
    variable = "let {} = {};"
    constant_line = "const {} = {};"

    def own_definitions(self) -> Mapping[str, str]:
        return _definitions()

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        body = "".join(f"    {line}\n" for line in [*lines, f"return {value};"])
        return f"function {name}({', '.join(parameters)}) {{\n{body}}}"

    def constant(self, value: Any) -> Text:
        return number(value, "Infinity", "NaN")

    def declare_stack(self, name: str, count: int) -> list[str]:
        return [f"const {name} = new Float64Array({count});"]

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return f"const {name} = {text};"


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    """The functions of javascript_definitions.js by name, each with the comment before it."""
    text = files("graphdiff.targets").joinpath("javascript_definitions.js").read_text("utf-8")
    parts = [part.strip() for part in text.split("\n\n")]
    return {match[1]: part for part in parts if (match := re.search(r"^function (\w+)", part, re.M))}


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a function with this name, after the functions that it calls, and its parameter for each input.

    The function returns the result of the code, or the array of its results; arrays and tuples are nested arrays.
    Raises GraphdiffError("usage") if a function cannot have this name.
    """
    trees = [result.tree for result in code.results]

    def summary(parameters: Mapping[str, str]) -> str:
        results = ", ".join([describe(result, parameters, "the array of ") for result in code.results])
        return f"Returns {f'[{results}]' if trees[1:] else results}."

    return _function(code, name, trees, summary, lambda *results: results[0] if not results[1:] else _list(results))


def trace_source(trace: TraceGraph, name: str) -> tuple[str, dict[str, str]]:
    """The source of a function of the inputs of a trace's graph, and its parameter for each of them.

    The function returns an array of the graph's outputs: trace.numbers has what each of them is, and its shape.
    Raises GraphdiffError: "value" if an operation cannot be written entry by entry, "limit" if there are too many
    entries or operations, "usage" if a function cannot have this name.
    """
    graph = trace.graph
    has_arrays = any(trace.shapes.get(index) for index, is_needed in enumerate(graph.needed) if is_needed)
    if has_arrays or not graph.is_elementwise:  # the sum of a number is an operation on arrays
        from graphdiff.targets.entries import all_entries_of

        code = all_entries_of(graph, trace.shapes, JavaScript.target.title, MOST_OF_TRACE)
    else:
        code = instructions_of(graph, trace.shapes)
    by_output = {number.output: number.shape for number in trace.numbers}
    leaves = [Leaf(by_output[output]) for output in range(len(graph.outputs))]
    summary = "Returns every number of the trace."
    return _function(code, name, leaves, lambda parameters: summary, lambda *results: _list(results))


def _function(
    code: Code,
    name: str,
    trees: Sequence[Tree],
    summary: Callable[[Mapping[str, str]], str],
    returned: Callable[..., str],
) -> tuple[str, dict[str, str]]:
    """The source of a function with this name, and its parameter for each input.

    summary makes the comment before it from the parameters, returned what it returns from the results in these trees.
    """
    language = JavaScript(name)
    names = Names(RESERVED | language.names_of_definitions(), name)
    parameters = parameters_of(code, names)
    lines, entries = lines_of(code, language, names)
    rest = iter(entries)
    result = returned(*[join_entries(tree, rest, _list) for tree in trees])
    unpacking = [f"const {_list(parts)} = {whole};" for whole, parts in parameters.unpacked.items()]
    text = [
        *(f"{each}\n" for each in language.write_definitions()),
        *wrap(summary(parameters.inputs), WIDTH, initial_indent="// ", subsequent_indent="// "),
        *wrap(f"function {name}({', '.join(parameters.all)}) {{", WIDTH, subsequent_indent="    "),
        *(f"    {line}" for line in [*unpacking, *lines, *break_line(f"return {result};", "    ", "(?<=^return) ")]),
        "}",
        "",
    ]
    return "\n".join(text), parameters.inputs


def _list(elements: Sequence[str]) -> str:
    return f"[{', '.join(elements)}]"


CALLER = """
const numbers = require("fs").readFileSync(0, "utf8").split(/\\s+/).filter(Boolean).map(Number);
let next = 0;
const read = (shape) => shape.length ? Array.from({length: shape[0]}, () => read(shape.slice(1))) : numbers[next++];
while (next < numbers.length) {
    const [call, operands] = functions[numbers[next++]];
    console.log([call(...operands())].flat(Infinity).join(" "));
}
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program for Node.js that calls them."""
    functions = [f"    [{each.name}, () => {_list([_read(tree) for tree in each.parameters])}]," for each in signatures]
    return "\n".join(["const functions = [", *functions, "];", CALLER.strip(), ""])


def _read(tree: Tree) -> str:
    """The text that reads the entries of a parameter."""
    return f"read({[*tree.shape]})" if isinstance(tree, Leaf) else _list([_read(part) for part in tree])
