"""Loop nests → lines of source in a language with C's expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from graphdiff.targets.instructions import Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.nests.buffers import Buffer, Storage
from graphdiff.targets.nests.elimination import Calls
from graphdiff.targets.nests.indices import Index, Variable, variable_index
from graphdiff.targets.nests.lowering import Block, LoopOfSteps
from graphdiff.targets.nests.nest import Level, Nest, Statement
from graphdiff.targets.spelling import SUM, Text
from graphdiff.targets.writer import LONGEST_INLINE

if TYPE_CHECKING:
    from graphdiff.targets.c_like import CLikeLanguage

COUNTERS = "ijklmnpq"
IN_PLACE = {"add": "+=", "multiply": "*="}


class NestWriter:
    """Writes nests and loops of steps."""

    def __init__(self, language: CLikeLanguage, names: Names) -> None:
        self.language = language
        self.names = names
        self._counters: list[str] = []
        self._variables: dict[Variable, str] = {}
        self._declared: set[Buffer] = set()
        self._depth = 0

    def lines(self, parts: Sequence[Block]) -> list[str]:
        lines: list[str] = []
        for part in parts:
            if isinstance(part, Nest):
                lines += _NestLines(self, part).lines()
            else:
                lines += self._calls(part) if isinstance(part, Calls) else self._steps(part)
        return lines

    def _calls(self, calls: Calls) -> list[str]:
        variable, language = calls.variable, self.language
        counter, place = self.counter(variable, 0), variable_index(variable)
        operands = [Text(str(size)) for size in calls.sizes]
        for storage, size in calls.operands:
            start = storage.offset.plus(place.times(size)).text(self.variable, str)
            operands.append(Text(language.part(storage.buffer.name, start, size)))
        call = language.call(Instruction(calls.function), operands).text
        if calls.result is None:
            line = f"{call};"
        elif calls.result.is_variable:
            line = self.declare(calls.result.buffer, call)
        else:
            index = calls.result.offset.plus(place).text(self.variable, str)
            line = language.change(f"{calls.result.buffer.name}[{index}]", "=", call)
        if variable.count == 1:
            return [line]
        return language.write_counted_loop(counter, 0, variable.count, [line])

    def _steps(self, loop: LoopOfSteps) -> list[str]:
        variable = loop.variable
        with_name = self.counter(variable, 0)
        self._depth += 1
        body = self.lines(loop.parts)
        self._depth -= 1
        return self.language.write_counted_loop(with_name, variable.start, variable.stop, body, loop.is_backward)

    def counter(self, variable: Variable, depth: int) -> str:
        """The name of a variable of a loop, inside so many others."""
        depth += self._depth
        while len(self._counters) <= depth:
            letter = COUNTERS[len(self._counters)] if len(self._counters) < len(COUNTERS) else "i"
            self._counters.append(self.names.new(letter))
        self._variables[variable] = self._counters[depth]
        return self._counters[depth]

    def variable(self, variable: Variable) -> str:
        return self._variables[variable]

    def declare(self, buffer: Buffer, value: str) -> str:
        """The assignment of a number to a variable, which the first one declares."""
        if buffer in self._declared:
            return self.language.change(buffer.name, "=", value)
        if buffer.is_changed:
            self._declared.add(buffer)
            return self.language.variable.format(buffer.name, value)
        return self.language.constant_line.format(buffer.name, value)


class _NestLines:
    """The lines of a nest."""

    def __init__(self, writer: NestWriter, nest: Nest) -> None:
        self.writer = writer
        self.nest = nest
        self.language = writer.language
        self.uses, self.levels = nest.uses()
        self.chosen = nest.chosen_reads()
        self.texts: dict[int, Text] = {}
        self.values: dict[Level, list[str]] = {}
        self.accumulators: dict[str, str] = {}

    def lines(self) -> list[str]:
        nest, writer = self.nest, self.writer
        outer = [each for each in nest.loops if each.count > 1]
        for segment in [[], *nest.segments]:
            for depth, variable in enumerate([*outer, *[each for each in segment if each.count > 1]]):
                writer.counter(variable, depth)
        for statement in nest.statements:
            if isinstance(statement.target, str) and statement.target not in self.accumulators:
                self.accumulators[statement.target] = writer.names.new(statement.target)
        for number, instruction in enumerate(nest.code.instructions):
            if number in self.uses:
                self._value(number, instruction)
        inner = Level(len(nest.loops))
        body = [
            *self.values.get(inner, ()),
            *self._statements(inner, is_after=False),
            *[line for place in range(len(nest.segments)) for line in self._segment(place)],
            *self._statements(inner, is_after=True),
        ]
        for depth in range(len(nest.loops) - 1, -1, -1):
            body = [*self.values.get(Level(depth), ()), *self._loop(nest.loops[depth], body)]
        return body

    def _segment(self, place: int) -> list[str]:
        segment, outer = self.nest.segments[place], len(self.nest.loops)
        level = Level(outer + len(segment), place)
        body = [*(self.values.get(level, ()) if segment else ()), *self._statements(level, is_after=False)]
        for depth in range(len(segment) - 1, -1, -1):
            before = self.values.get(Level(outer + depth, place), ()) if depth else ()
            body = [*before, *self._loop(segment[depth], body)]
        return body

    def _loop(self, variable: Variable, body: list[str]) -> list[str]:
        if variable.count == 1:
            return body
        return self.language.write_counted_loop(self.writer.variable(variable), variable.start, variable.stop, body)

    def _value(self, number: int, instruction: Instruction) -> None:
        """The text of a value, which gets a name where it is used again or further inside."""
        text = self._text(instruction)
        level = self.nest.level(number)
        is_free = instruction.function in ("constant", "variable") or (
            instruction.function == "number" and not instruction.operands
        )
        is_inline = self.uses[number] == 1 and self.levels[number] == level and len(text.text) <= LONGEST_INLINE
        is_named = instruction.function == "position" or (number in self.chosen and not instruction.operands)
        is_variable = instruction.function == "read" and self._is_variable(instruction)
        if is_free or is_variable or (is_inline and not is_named):
            self.texts[number] = text
            return
        name = self.writer.names("")
        self.values.setdefault(level, []).append(self.language.assignment(name, text.text, instruction))
        self.texts[number] = Text(name, is_number=text.is_number)

    def _is_variable(self, instruction: Instruction) -> bool:
        storage = instruction.value[0]
        return isinstance(storage, Storage) and storage.is_variable

    def _text(self, instruction: Instruction) -> Text:
        function, language = instruction.function, self.language
        if function == "constant":
            return language.constant(instruction.value)
        if function == "number":
            return self._number(instruction.value)
        if function == "variable":
            name, _, count = instruction.value
            text = self.accumulators[name]
            return Text(language.sum_of_lanes(text, count), SUM) if count else Text(text)
        operands = [self.texts[each] for each in instruction.operands]
        if function == "read":
            storage, indices = instruction.value
            text = self._place(storage, indices)
            positions = dict.fromkeys(self._guards(instruction.operands))
            return language.guarded(text, list(positions)) if positions else Text(text)
        if function == "position":
            return language.call(instruction, [operands[0], language.constant(float(instruction.value))])
        return language.write(instruction, operands)

    def _guards(self, values: Iterable[int]) -> list[str]:
        """The texts of the values that are NaN where they are no index."""
        functions = self.nest.code.instructions
        return [self.texts[each].text for each in values if functions[each].function == "position"]

    def _number(self, index: Index) -> Text:
        values = list(index.values())
        if values:
            return self.texts[values[0]]
        return self.language.number_of_index(self._index(index))

    def _index(self, index: Index) -> str:
        return index.text(self.writer.variable, lambda number: self.language.as_index(self.texts[number].text))

    def _place(self, storage: Storage, indices: Sequence[Index]) -> str:
        """The text of an entry, from its indices in the buffer."""
        if storage.is_variable:
            return storage.buffer.name
        return storage.buffer.name + "".join([f"[{self._index(each)}]" for each in indices])

    def _statements(self, level: Level, is_after: bool) -> Iterator[str]:
        for statement in self.nest.statements:
            if statement.level == level and statement.is_after == is_after:
                yield from self._statement(statement)

    def _statement(self, statement: Statement) -> Iterator[str]:
        language, value = self.language, self.texts[statement.value]
        target = statement.target
        if isinstance(target, Storage):
            if target.is_variable and not statement.function:
                yield self.writer.declare(target.buffer, value.text)
                return
            name = self._place(target, target.places(statement.indices))
            guards = self._guards([number for index in statement.indices for number in index.values()])
        else:
            name, guards = self.accumulators[target], []
            if statement.is_start:
                yield (
                    language.start_lanes(name, statement.lanes)
                    if statement.lanes
                    else language.variable.format(name, value.text)
                )
                return
            name += "".join([f"[{self._index(each)}]" for each in statement.indices])
        if statement.function in IN_PLACE:
            line = language.change(name, IN_PLACE[statement.function], value.text)
        elif statement.function:
            combined = language.write(Instruction(statement.function), [Text(name), value])
            line = language.change(name, "=", combined.text)
        else:
            line = language.change(name, "=", value.text)
        yield language.guarded_line(line, guards) if guards else line
