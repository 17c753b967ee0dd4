"""Instructions → MATLAB that GNU Octave runs too: a function file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from textwrap import wrap
from typing import Any

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets import missing_functions
from graphdiff.targets.instructions import Code
from graphdiff.targets.names import ShortNames
from graphdiff.targets.one_based import OneBasedLanguage
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.registry import TARGETS, Signature
from graphdiff.targets.results import arrays_of, describe_arrays, leaves
from graphdiff.targets.spelling import (
    ATOM,
    BOTH,
    COMPARISON,
    OPERATORS,
    POWER,
    WIDTH,
    LoopText,
    Spelling,
    Template,
    Text,
    break_line,
    infix,
    number,
)
from graphdiff.targets.writer import lines_of

KEYWORDS = """
arguments break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endclassdef
endenumeration endevents endfor endfunction endif endmethods endparfor endproperties endswitch endwhile enumeration
events for function global if methods otherwise parfor persistent properties return spmd switch try until
unwind_protect unwind_protect_cleanup while ans nargin nargout varargin varargout
"""
"""Those of MATLAB and of Octave, and the variables that every function has."""
SAME = "abs sign floor ceil exp expm1 sin cos tan atan sinh cosh tanh asinh erf erfc"
"""The functions that are named and behave as in operations/ieee.py."""
COMPLEX = "sqrt log log1p log2 log10 asin acos acosh atanh"
"""The functions that have complex values outside of their real domains."""
OTHERS = "Inf NaN atan2 double fix hypot isinf isnan isreal mod permute pow2 reshape zeros"
RESERVED = frozenset(f"{KEYWORDS} {SAME} {COMPLEX} {OTHERS}".split())

DEFINITIONS = {
    "real": """
function y = real(z)
% NaN in place of a complex number.
    y = z;
    if ~isreal(z)
        y = NaN;
    end
end""",
    "where": """
function z = where(condition, x, y)
    if condition
        z = x;
    else
        z = y;
    end
end""",
    "maximum": """
function z = maximum(x, y)
% The larger number, and NaN if x or y is NaN.
    if x >= y || x ~= x
        z = x;
    else
        z = y;
    end
end""",
    "minimum": """
function z = minimum(x, y)
% The smaller number, and NaN if x or y is NaN.
    if x <= y || x ~= x
        z = x;
    else
        z = y;
    end
end""",
    "pow": """
function z = pow(x, y)
% x^y as in IEEE 754: NaN where it is complex.
    if x == 1 || y == 0 || (x == -1 && abs(y) == Inf)
        z = 1;
    elseif x >= 0
        z = x^y;
    elseif x > -Inf && y ~= floor(y)
        z = NaN;
    elseif mod(y, 2) == 1
        z = -abs(x)^y;
    else
        z = abs(x)^y;
    end
end""",
    "round": """
function y = round(x)
% To the nearest whole number, ties to even.
    y = fix(x);
    rest = abs(x - y);
    if rest > 0.5 || (rest == 0.5 && mod(y, 2) == 1)
        y = y + sign(x);
    end
end""",
    "remainder": """
function rest = remainder(x, y)
% x - y*floor(x/y) without rounding errors of the quotient, with the sign of y.
    if isnan(x) || isnan(y) || isinf(x) || y == 0
        rest = NaN;
        return
    end
    rest = abs(x);
    [~, exponent] = log2(y);
    while rest >= abs(y)
        [~, own] = log2(rest);
        part = pow2(pow2(abs(y), floor((own - exponent)/2)), ceil((own - exponent)/2));
        if part > rest
            part = part/2;
        end
        rest = rest - part;
    end
    if rest ~= 0 && (x < 0) ~= (y < 0)
        rest = abs(y) - rest;
    end
    if y < 0
        rest = -rest;
    end
end""",
}
"""Functions that MATLAB lacks, or has with other values than operations/ieee.py."""


class Matlab(OneBasedLanguage):
    """MATLAB on doubles."""

    target = TARGETS["matlab"]
    missing: Mapping[str, Any] = {"cbrt": missing_functions.cbrt}
    line = "{} = {};"
    end = "end"
    power = Template("{0}^{1}", POWER, (ATOM, ATOM))

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.spellings: Mapping[str, Spelling] = {
            **OPERATORS,
            **{function: Template(f"{function}({{0}})") for function in SAME.split()},
            **{function: Template(f"{function}({{0}}, {{1}})") for function in ("atan2", "hypot")},
            **{function: self._guarded(function) for function in COMPLEX.split()},
            "not_equal": infix("~=", COMPARISON),
            "logical_and": Template("{0} && {1}", BOTH, (BOTH, BOTH)),
            "float_of": Template("double({0})"),
            "counter": Template("{0}"),
            "entry": self.entry,
            "list": lambda operands, options: Text(f"[{', '.join([operand.text for operand in operands])}]"),
        }

    def _guarded(self, function: str) -> Spelling:
        """A call of a function that is NaN where its value is complex."""

        def spell(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
            self.dependencies.add("real")
            return Text(f"{self.name_of('real')}({function}({operands[0].text}))", is_number=operands[0].is_number)

        return spell

    def own_definitions(self) -> Mapping[str, str]:
        return DEFINITIONS

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        body = "".join(f"    {line}\n" for line in [*lines, f"result = {value};"])
        return f"function result = {name}({', '.join(parameters)})\n{body}end"

    def constant(self, value: Any) -> Text:
        return number(value, "Inf", "NaN")

    def loop_header(self, loop: LoopText) -> str:
        steps = f"{loop.steps - 1}:-1:0" if loop.is_backward else f"0:{loop.steps - 1}"
        return f"for {loop.place} = {steps}"

    def declare_stack(self, name: str, count: int) -> list[str]:
        return [f"{name} = zeros({count}, 1);"]


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a function file, and the function's parameter for each input.

    The function returns the value, then what is wanted of it: as one vector or matrix if all parts are numbers,
    otherwise with an output for each part. Vectors are columns; arrays have the shapes of the formula. The parts of a
    direction are parameters of their own.
    Raises GraphdiffError: "value" if MATLAB lacks a function, "usage" if a function cannot have this name.
    """
    language = Matlab(name)
    names = ShortNames(RESERVED | language.names_of_definitions(), name)
    parameters = parameters_of(code, names)
    outputs = [(names.new(each), leaf.shape) for result in code.results for each, leaf in arrays_of(result)]
    lines, entries = lines_of(code, language, names)
    rest = iter(entries)
    lines += [f"{each} = {_array(rest, shape)};" for each, shape in outputs]
    returned = ", ".join([each for each, _ in outputs])
    arguments = ", ".join([*parameters.inputs.values(), *parameters.parts])
    summary = f"Returns {' and '.join([describe_arrays(each, parameters.inputs) for each in code.results])}."
    text = [
        *_continued(f"function {f'[{returned}]' if outputs[1:] else returned} = {name}({arguments})"),
        *wrap(summary, WIDTH, initial_indent="% ", subsequent_indent="% "),
        *(f"    {part}" for line in lines for part in _continued(line)),
        "end",
        *(f"\n{each.strip()}" for each in language.write_definitions()),
        "",
    ]
    return "\n".join(text), parameters.inputs


def _continued(line: str) -> list[str]:
    """The line, continued on others after commas and semicolons if it is long."""
    *lines, last = break_line(line, "    ", "(?<![,;]) ")
    return [*(f"{each} ..." for each in lines), last]


def _array(entries: Iterator[str], shape: Shape) -> str:
    """The next entries as an array."""
    if size_of(shape) == 1:
        return next(entries)
    if not size_of(shape):
        return f"zeros({', '.join(map(str, [*shape, *[1] * (len(shape) == 1)]))})"
    if len(shape) > 2:
        row = ", ".join([next(entries) for _ in range(size_of(shape))])
        return f"permute(reshape([{row}], {[*reversed(shape)]}), {[*range(len(shape), 0, -1)]})"
    rows = [", ".join([next(entries) for _ in range(size_of(shape[1:]))]) for _ in range(shape[0])]
    return f"[{'; '.join(rows)}]"


CALLER = """
function x = array_of(entries, shape)
    x = permute(reshape(entries, [fliplr(shape), 1]), [numel(shape):-1:1, numel(shape) + 1]);
end

function row = entries_of(x, rank)
    row = reshape(permute(x, [rank:-1:1, rank + 1:max(rank, 2)]), 1, []);
end

numbers = sscanf(strrep(fread(stdin, Inf, 'uint8=>char')', 'Infinity', 'Inf'), '%%f');
next = 1;
while next <= numel(numbers)
    switch numbers(next)
%s
    end
    fprintf('%%.17g ', results);
    fprintf('\\n');
end
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program for Octave that calls them."""
    lines = []
    for position, signature in enumerate(signatures):
        lines += [f"    case {position}", *(f"        {line}" for line in _call(signature))]
    return CALLER % "\n".join(f"    {line}" for line in lines)


def _call(signature: Signature) -> Iterator[str]:
    """The statements that read the operands, call the function and collect its results."""
    operands, start = [], 1
    for (shape,) in chain.from_iterable(map(leaves, signature.parameters)):
        size = size_of(shape)
        entries = f"numbers(next + {start}:next + {start + size - 1})"
        operands.append(f"array_of({entries}, {[*shape]})" if shape else f"numbers(next + {start})")
        start += size
    outputs = [leaf for result in signature.results for _, leaf in arrays_of(result)]
    yield f"[{', '.join([f'y{place}' for place in range(len(outputs))])}] = {signature.name}({', '.join(operands)});"
    entries = ", ".join([f"entries_of(y{place}, {len(shape)})" for place, (shape,) in enumerate(outputs)])
    yield f"results = [{entries}];"
    yield f"next = next + {start};"
