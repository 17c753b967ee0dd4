"""Instructions → lines of source: a value that is used once is written where it is used, any other gets a name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import ROWS, unsupported_error
from graphdiff.targets.instructions import LOOPS, Code, Entry, Instruction, Step
from graphdiff.targets.names import Names
from graphdiff.targets.recorder import record_definition
from graphdiff.targets.registry import Target
from graphdiff.targets.spelling import OPERATORS, LoopText, Spelling, Template, Text, index_text

LONGEST_INLINE = 60
"""The most characters of a text that is written where it is used; a longer one gets a name and a line."""

ON_ARRAYS: Mapping[str, str] = {
    row.name: "numpy, jax and torch support arrays"
    for row in ROWS.values()
    if row.in_code and not row.is_elementwise and row.name not in ("entry", "list", "counter")
}
"""The functions that a language without arrays lacks, each with a hint."""


OF_SCIPY: Mapping[str, str] = {
    row.name: "numpy supports it, with SciPy" for row in ROWS.values() if row.special and not hasattr(math, row.name)
}
"""The functions that only SciPy and some libraries like it have, each with a hint."""


class Language:
    """How one language writes functions, constants and assignments.

    For every function of operations/functions.py that code can call it has a spelling or a definition, or lists it in
    lacks. dependencies collects the functions that need a definition.
    """

    target: Target
    """The record of the language."""
    spellings: Mapping[str, Spelling] = OPERATORS
    lacks: Mapping[str, str] = {}
    """The functions that the language lacks, each with a hint or ""."""
    missing: Mapping[str, Any] = {}
    """Definitions in terms of others of functions that the language lacks and most have."""
    adds_in_place = True
    """Whether a loop adds to a variable in place."""
    passes_entries = False
    """Whether a loop passes the entries of arrays to each step; otherwise the step reads them."""

    def __init__(self) -> None:
        self.dependencies: set[str] = set()
        self._repeats: dict[tuple[str, int], Sequence[int]] = {}

    def write(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of an instruction; raises GraphdiffError("value") if the language lacks its function."""
        function = instruction.function
        spelling = self.spellings.get(function)
        if isinstance(spelling, Template):
            return spelling.fill(operands)
        if spelling is not None:
            return spelling(operands, dict(instruction.options))
        if function in self.lacks or not self.can_call(function):
            raise unsupported_error(f"the {self.target.title} target", function, self.lacks.get(function) or None)
        return self.call(instruction, operands)

    def can_call(self, function: str) -> bool:
        """Whether code can call a function that has no spelling."""
        return self.has_definition(function)

    def has_definition(self, function: str) -> bool:
        """Whether `write_definition` can define a function."""
        return function in self.missing or (function in ROWS and bool(ROWS[function].module))

    def call(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        """The text of a call of a function that has no spelling."""
        self.dependencies.add(instruction.function)
        return Text(f"{self.name_of(instruction.function)}({', '.join([operand.text for operand in operands])})")

    def name_of(self, function: str) -> str:
        """The name of a function that generated code defines."""
        return function

    def write_definition(self, function: str) -> str:
        """The text that defines a function, from its definition; its calls become dependencies."""
        code = record_definition(self.missing.get(function) or ROWS[function].definition)
        inside = self.inside_function(tuple(code.inputs))
        lines, (value,) = lines_of(code, inside, Names(()))
        self.dependencies |= inside.dependencies
        return self.write_function(self.name_of(function), tuple(code.inputs), lines, value)

    def inside_function(self, parameters: Sequence[str]) -> Language:
        """The language inside a function with these parameters."""
        return self

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        """The text of a function of numbers that returns a value."""
        raise NotImplementedError

    def write_definitions(self) -> list[str]:
        """The definitions of all dependencies, each after those that it calls, which become dependencies too."""
        texts: list[str] = []
        known: set[str] = set()

        def define(functions: set[str]) -> None:
            for function in sorted(functions):
                if function in known:
                    continue
                known.add(function)
                if self.has_definition(function):
                    self.dependencies = set()
                    try:
                        text = self.write_definition(function)
                    except GraphdiffError as error:  # it calls a function that the language lacks
                        raise unsupported_error(f"the {self.target.title} target", function, error.hint) from None
                    define(self.dependencies)
                    texts.append(text)

        define(self.dependencies)
        self.dependencies = known
        return texts

    def constant(self, value: Any) -> Text:
        """The text of a number, or of nested tuples of numbers."""
        raise NotImplementedError

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return f"{name} = {text}"

    def output(self, text: Text) -> str:
        """The text of a value that is returned."""
        return text.text

    def entry_in_loop(self, array: Text, place: str, entry: Entry) -> Text:
        """What a step of a loop reads of an array."""
        places = [index_text(place, entry.start, entry.stride), *map(str, entry.places)]
        return Text(array.text + "".join(f"[{each}]" for each in places))

    def write_loop(self, loop: LoopText) -> list[str]:
        """The lines of a loop."""
        raise NotImplementedError

    def stack_of(self, rows: str) -> Text:
        """The array of the values that a loop has stacked."""
        return Text(rows)

    def repeats(self, instruction: Instruction) -> Sequence[int]:
        """How often an instruction's text contains each operand."""
        if instruction.function == "loop":  # what every step reads has a name
            carried = len(instruction.value.carried)
            return [1] * carried + [2] * (len(instruction.operands) - carried)
        key = instruction.function, len(instruction.operands)
        counts = self._repeats.get(key)
        if counts is None:
            spelling = self.spellings.get(instruction.function)
            text = spelling.text if isinstance(spelling, Template) else ""
            counts = self._repeats[key] = [max(1, text.count(f"{{{place}}}")) for place in range(key[1])]
        return counts


def lines_of(code: Code, language: Language, names: Names) -> tuple[list[str], list[str]]:
    """The lines that assign values to names, and the texts of the outputs.

    names maps each name of the formula, and "" for an automatic name, to a unique identifier of the language.
    """
    (result,) = lines_in(code, [language], names)
    return result


def lines_in(code: Code, languages: Sequence[Language], names: Names) -> list[tuple[list[str], list[str]]]:
    """The same in several languages with the same structure: line by line they assign to the same names."""
    inputs = {number: [Text(names(name))] * len(languages) for name, number in code.inputs.items()}
    writer = _CodeWriter(code, languages, names, inputs)
    writer.write()
    outputs = [writer.texts[output] for output in code.outputs]
    return [
        (lines, [language.output(texts[place]) for texts in outputs])
        for place, (language, lines) in enumerate(zip(languages, writer.lines, strict=True))
    ]


class _CodeWriter:
    """Writes a code in some languages: the texts of its values, and the lines that assign values to names."""

    def __init__(
        self, code: Code, languages: Sequence[Language], names: Names, inputs: Mapping[int, Sequence[Text]]
    ) -> None:
        """inputs has the texts of the inputs, by number."""
        self._code = code
        self._languages = languages
        self._names = names
        self._uses = code.uses(languages[0].repeats)
        self.lines: list[list[str]] = [[] for _ in languages]
        self.texts: dict[int, Sequence[Text]] = dict(inputs)

    def write(self) -> None:
        """Write all values that are used, in their order."""
        for number, instruction in enumerate(self._code.instructions):
            if not self._uses[number] or number in self.texts:
                continue
            if instruction.function == "loop":
                self._write_loop(number, instruction)
            elif instruction.function not in LOOPS:
                self._write(number, instruction)

    def _write(self, number: int, instruction: Instruction) -> None:
        languages, texts = self._languages, self.texts
        spellings = languages[0].spellings
        if instruction.function == "constant":
            in_languages = [languages[0].constant(instruction.value)] * len(languages)
            is_plain = isinstance(instruction.value, float)
        else:
            operands = [texts[operand] for operand in instruction.operands]
            in_languages = []
            for place, language in enumerate(languages):
                spelling = language.spellings.get(instruction.function)
                is_same = place > 0 and spelling is not None and spelling is spellings.get(instruction.function)
                if is_same and all([operand[0] is operand[place] for operand in operands]):
                    in_languages.append(in_languages[0])
                else:
                    in_languages.append(language.write(instruction, [operand[place] for operand in operands]))
            is_plain = ROWS[instruction.function].is_lookup
        is_inline = self._uses[number] == 1 and len(in_languages[0].text) <= LONGEST_INLINE
        if is_plain or (is_inline and number not in self._code.names):
            texts[number] = in_languages
        else:
            self._assign(number, self._names(self._code.names.get(number, "")), in_languages)

    def _assign(self, number: int, name: str, in_languages: Sequence[Text]) -> None:
        """Assign a value to a name."""
        for language, lines, text in zip(self._languages, self.lines, in_languages, strict=True):
            lines.append(language.assignment(name, text.text, self._code.instructions[number]))
        self.texts[number] = [Text(name, is_number=in_languages[0].is_number)] * len(self._languages)

    def read_entries(self, step: Step, place: str) -> list[tuple[str, Sequence[Text]]]:
        """Write what this step of a loop reads of arrays, whose texts are the inputs. Where a language passes the
        entries to a step, return their names with the texts of the arrays instead."""
        named_arrays: list[tuple[str, Sequence[Text]]] = []
        for entry in step.entries:
            arrays, name = self.texts[entry.number], self._code.names[entry.number]
            if self._languages[0].passes_entries:
                named_arrays.append((self._names.new(name), arrays))
                self.texts[entry.number] = [Text(named_arrays[-1][0])] * len(self._languages)
                continue
            pairs = zip(self._languages, arrays, strict=True)
            self.texts[entry.number] = [language.entry_in_loop(array, place, entry) for language, array in pairs]
            if self._uses[entry.number] > 1:
                self._assign(entry.number, self._names.new(name), self.texts[entry.number])
        return named_arrays

    def _write_loop(self, number: int, instruction: Instruction) -> None:
        """Write a loop, and the texts of its results."""
        step: Step = instruction.value
        languages, names = self._languages, self._names
        operands = [self.texts[operand] for operand in instruction.operands]
        results = {
            (each.function, each.value): place
            for place, each in enumerate(self._code.instructions)
            if self._uses[place] and each.function in LOOPS and each.operands == (number,)
        }
        variables: list[str] = []
        for position, each in enumerate(step.carried):
            name = self._code.names.get(results.get(("loop_value", position), -1))
            variables.append(names(name) if name else names.new(step.code.names[each]))
        stacks = [
            names.new(self._code.names.get(results["loop_stack", position]) or step.code.names.get(row) or "steps")
            for position, row in enumerate(step.code.outputs[len(variables) :])
        ]
        loops = _write_step(step, languages, names, operands, variables, stacks)
        for language, lines, loop in zip(languages, self.lines, loops, strict=True):
            lines += language.write_loop(loop)
        for (function, position), result in results.items():
            if function == "loop_value":
                self.texts[result] = [Text(variables[position])] * len(languages)
            elif self._is_sequence(result):
                self.texts[result] = [Text(stacks[position])] * len(languages)
            else:
                in_languages = [language.stack_of(stacks[position]) for language in languages]
                if in_languages[0].text == stacks[position]:
                    self.texts[result] = in_languages
                else:
                    self._assign(result, names(self._code.names.get(result, "")), in_languages)

    def _is_sequence(self, number: int) -> bool:
        """Whether a value is only used as an array that loops run along."""
        return number not in self._code.outputs and not any(
            number in each.operands
            and (
                each.function != "loop" or each.operands.count(number) > each.value.arrays(each.operands).count(number)
            )
            for each in self._code.instructions
        )


def _write_step(
    step: Step,
    languages: Sequence[Language],
    names: Names,
    operands: Sequence[Sequence[Text]],
    variables: Sequence[str],
    stacks: Sequence[str],
) -> list[LoopText]:
    """A loop in each of the languages, given its operands and the variables of its carried values and its stacks."""
    code, carried = step.code, len(variables)
    place = names.new(code.names[step.place])
    inputs = dict(zip(step.inputs, operands, strict=True))
    for number, name in zip([step.place, *step.carried], [place, *variables], strict=True):
        inputs[number] = [Text(name)] * len(languages)
    sums = _sums(step, languages[0])
    nexts = [sums.get(position, output) for position, output in enumerate(code.outputs[:carried])]
    rows = code.outputs[carried:]
    writer = _CodeWriter(code._replace(outputs=(*nexts, *rows)), languages, names, inputs)
    named_arrays = writer.read_entries(step, place)
    writer.write()
    loops: list[LoopText] = []
    for slot, lines in enumerate(writer.lines):
        all_carried = [
            (name, start[slot], writer.texts[value][slot])
            for name, start, value in zip(variables, operands, nexts, strict=False)
        ]
        loops.append(
            LoopText(
                place,
                step.steps,
                step.is_backward,
                [each for position, each in enumerate(all_carried) if position not in sums],
                [all_carried[position] for position in sums],
                [(name, writer.texts[row][slot]) for name, row in zip(stacks, rows, strict=True)],
                [(name, array[slot]) for name, array in named_arrays],
                lines,
                bool(rows or step.entries or code.uses()[step.place]),
                names,
            )
        )
    return loops


def _sums(step: Step, language: Language) -> dict[int, int]:
    """The carried values to which a step only adds, by position, with the number of what it adds."""
    sums: dict[int, int] = {}
    uses = step.code.uses()
    for position, (number, output) in enumerate(zip(step.carried, step.code.outputs, strict=False)):
        instruction = step.code.instructions[output]
        others = [operand for operand in instruction.operands if operand != number]
        is_sum = instruction.function == "add" and len(others) == 1
        if is_sum and language.adds_in_place and uses[number] == uses[output] == 1:
            sums[position] = others[0]
    return sums
