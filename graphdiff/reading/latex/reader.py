"""LaTeX → the program that it means: the statements of its formulas, and what was decided on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphdiff.errors import GraphdiffError
from graphdiff.language.tree import Assignment, Definition, Expression, Name, Number, Result, Statement
from graphdiff.reading.latex import loops
from graphdiff.reading.latex.dots import Dots
from graphdiff.reading.latex.expressions import Reader
from graphdiff.reading.latex.indices import Along, letter_of, script_items, shifted_letter, unwrap, walk
from graphdiff.reading.latex.names import Names
from graphdiff.reading.latex.notes import Notes
from graphdiff.reading.latex.parser import parse
from graphdiff.reading.latex.places import with_formulas_outside
from graphdiff.reading.latex.steps import run
from graphdiff.reading.latex.survey import Survey
from graphdiff.reading.latex.symbols import base_name, function_name, letter_name
from graphdiff.reading.latex.targets import Assigned, Defined, Target, target_of
from graphdiff.reading.latex.tree import Accent, Chain, Group, Numeral, Scripted, Symbol, Tree
from graphdiff.reading.latex.values import Axis, Value
from graphdiff.reading.latex.words import Words
from graphdiff.reading.reading import Equality, Reading
from graphdiff.source import Source, Span

MOST_EQUALITIES = 20
"""The most equations of a text that must hold at the point: each is computed with all formulas before it."""
LONGEST_NAME = 100
"""The length in LaTeX up to which a symbol with scripts is looked for among the names that formulas define."""


def read_latex(source: Source, ranks: Mapping[str, int], point: Mapping[str, float] = {}) -> Reading:
    """Read the formulas of a LaTeX text as a program.

    Args:
        source: The text; in it, formulas may be marked by `$`, `\\[` or environments.
        ranks: How many axes inputs have, by name, where that is known; the others are taken as numbers.
        point: The inputs whose values are whole numbers, which bounds of sums may need.

    Raises:
        GraphdiffError: for what cannot be read, with its place in the text.
    """
    try:
        return _read(source._replace(text=with_formulas_outside(source.text)), ranks, point)
    except GraphdiffError as error:
        error.source = error.source and source
        raise


def _read(source: Source, ranks: Mapping[str, int], point: Mapping[str, float]) -> Reading:
    notes = Notes()
    trees, tokenizer = parse(source, lambda: Words(source.text, ranks, notes))
    if tokenizer.outside:
        notes.add("the text outside of the formulas is not read")
    names = Names(ranks, notes)
    trees = [unwrap(tree) for tree in trees]
    numbered: set[str] = set()
    if "dots" in source.text or "…" in source.text:
        numbered = Dots(trees, source.text, ranks, notes).numbered
    chains = [tree if isinstance(tree, Chain) else Chain([tree], [], tree.span) for tree in trees]
    lefts = [chain.sides[0] for chain in chains if chain.relations[:1] == ["="]]
    bodies = [side for chain in chains for side in (chain.sides[1:] if chain.relations[:1] == ["="] else chain.sides)]
    survey = Survey(trees, bodies, lefts, source.text, ranks)
    survey.literals |= numbered
    names.plain = frozenset(survey.plain)
    for name in survey.both:
        notes.add(f"'{name}' in bold and in plain type is read as one name")
    reader = Reader(source, ranks, survey, names, notes, point)
    return ProgramReader(reader, chains, in_text=tokenizer.is_marked).read()


def names_in(reader: Reader, chain: Chain) -> Iterator[str]:
    """The names on the right side of an equation, or in a formula without one."""
    sides = chain.sides[1:] if chain.relations[:1] == ["="] else chain.sides
    bases: set[Span] = set()  # of names with subscripts that are inputs
    own = {*loops.bound_parts(reader, sides)}
    for part in walk(*sides):
        if part.span in own:
            continue
        if isinstance(part, Symbol) and part.span not in bases:
            yield part.name
        elif isinstance(part, (Accent, Scripted)) and part.span[1] - part.span[0] <= LONGEST_NAME:
            name, _ = function_name(reader, part)
            if name is not None:
                yield name
            if name in reader.given and isinstance(part, Scripted):
                bases.add(unwrap(part.base).span)


def is_label(chain: Chain) -> bool:
    """Whether a formula is only a number in parentheses, as the numbers of formulas are typed."""
    side = unwrap(chain.sides[0])
    if chain.relations or not isinstance(side, Group) or side.opening != "(" or len(side.items) != 1:
        return False
    return isinstance(unwrap(side.items[0]), Numeral)


class ProgramReader:
    """Reads the formulas of a text one by one."""

    def __init__(self, reader: Reader, chains: list[Chain], in_text: bool) -> None:
        self.reader = reader
        self.notes = reader.notes
        self.chains = self.without_conditions(chains, in_text)
        self.statements: list[Statement] = []
        self.equalities: list[Equality] = []
        self.checked: set[str] = set()
        self.deferred: list[tuple[int, str, list[Tree]]] = []

    def without_conditions(self, chains: list[Chain], in_text: bool) -> list[Chain]:
        """The formulas without conditions on their inputs, such as x > 0 after f(x) = …, and without the names that a
        text only mentions."""
        for chain in filter(is_label, chains[1:]):
            self.notes.add(f"'{self.reader.label(chain.span)}' is read as the number of a formula")
        chains = [*chains[:1], *(chain for chain in chains[1:] if not is_label(chain))]
        kept = []
        for chain in chains:
            side = chain.sides[0]
            is_remark = isinstance(side, Symbol) and self.reader.text.startswith((r"\text", r"\mbox"), side.span[0])
            is_mention = (in_text or is_remark) and not chain.relations and letter_name(side) is not None
            is_condition = bool(chain.relations) and "=" not in chain.relations
            if not is_mention and not is_condition:
                kept.append(chain)
        if not kept or len(kept) == len(chains):
            return chains
        self.notes.add("conditions and names that stand alone are not formulas of the program")
        return kept

    def in_order(self) -> list[tuple[Chain, Target]]:
        """The formulas with what they define, each after those that it needs: `f = qz` after its `q = x + y`."""
        formulas = [(chain, target_of(self.reader, chain)) for chain in self.chains]
        places = {
            target.name.name: place
            for place, (_, target) in enumerate(formulas)
            if isinstance(target, (Assigned, Defined))
        }
        self.reader.targets = frozenset(places)
        needs: list[list[int]] = []
        for chain, target in formulas:
            own = [name.name for name in target.parameters] if isinstance(target, Defined) else []
            names = [name for name in names_in(self.reader, chain) if name.partition("_")[0] not in own]
            needs.append([places[name] for name in names if name in places])
        order: dict[int, None] = {}
        seen: set[int] = set()
        for first in range(len(formulas)):
            stack = [(first, iter(needs[first]))] if first not in seen else []
            seen.add(first)
            while stack:
                place, remaining = stack[-1]
                needed = next((each for each in remaining if each not in seen), None)
                if needed is None:
                    order[place] = None
                    stack.pop()
                else:
                    seen.add(needed)
                    stack.append((needed, iter(needs[needed])))
        if list(order) != sorted(order):
            self.notes.add("formulas are read after those that define what they need")
        return [formulas[place] for place in order]

    def read(self) -> Reading:
        reader = self.reader
        formulas = self.in_order()
        self.chains = [chain for chain, _ in formulas]
        targets: list[Target] = [target for _, target in formulas]
        rules: dict[str, list[Tree]] = {}
        defined = ""
        for place, (chain, target) in enumerate(zip(self.chains, targets, strict=True)):
            if isinstance(target, Defined):
                reader.definitions.add(target.name, target.parameters, chain.sides[1])
                defined = target.name.name
            elif isinstance(target, Assigned) and target.rule_of and target.rule_of == defined:
                rules.setdefault(defined, []).append(chain.sides[1])
                targets[place] = "rule"
            else:
                defined = ""
        last = max((place for place, target in enumerate(targets) if target != "rule"), default=0)
        for place, (chain, target) in enumerate(zip(self.chains, targets, strict=True)):
            reader.place = chain.span
            if target == "rule":
                continue
            if isinstance(target, Defined):
                self.definition(chain, target, place == last, rules.get(target.name.name, []))
            elif isinstance(target, Assigned):
                self.assignment(chain, target)
            else:
                self.result(chain, place == last)
        for number, (place, name, rules_of_name) in enumerate(self.deferred):
            statement = self.with_rules(run(reader.definitions.statement(name)), rules_of_name)
            self.statements.insert(place + number, statement)
        fixed = [Assignment(Name(name, value.span), value) for name, value in reader.fixed.items()]
        for name, value in reader.fixed.items():
            self.notes.add(f"the formula is read for {name} = {value.value:g}, the value at the point")
        equalities = [Equality([*fixed, *each.left], [*fixed, *each.right], each.span) for each in self.equalities]
        statements = [*fixed, *self.statements]
        return Reading(statements, reader.notes.sentences, {}, equalities, constants=reader.bounds)

    def result(self, chain: Chain, is_last: bool) -> None:
        r"""A formula without a name; if it is an equation, its left side; of `x \mapsto x^2`, its right side."""
        between = self.reader.text[chain.sides[0].span[1] : chain.sides[-1].span[0]]
        if chain.relations == ["→"] and r"\mapsto" in between:
            chain = Chain(chain.sides[1:], [], chain.span)
        is_equation = bool(chain.relations) and set(chain.relations) <= {"=", "≈"}
        tree: Tree = chain.sides[0] if is_equation or not chain.relations else chain
        value = self.value_of(tree)
        if not is_last:
            self.notes.add(f"only the last formula is the output, not '{self.reader.label(chain.span)}'")
        if is_equation:
            self.check_sides(chain, 0, value.tree)
        self.statements.append(Result(value.tree))

    def assignment(self, chain: Chain, target: Assigned) -> None:
        """`q = x + y`, also entry by entry: `z_j = …`"""
        value, name = self.entries(chain, target) or (self.value_of(chain.sides[1]), target.name)
        self.check_sides(chain, 1, value.tree)
        self.assign(name, value)

    def assign(self, name: Name, value: Value) -> None:
        self.statements.append(Assignment(name, value.tree))
        self.reader.ranks[name.name] = value.rank
        self.reader.assigned.add(name.name)
        if isinstance(value.tree, Number):
            self.reader.numbers[name.name] = value.tree.value

    def entries(self, chain: Chain, target: Assigned) -> tuple[Value, Name] | None:
        """The array that a formula for its entries defines; None if the left side has no index of the right side."""
        reader = self.reader
        letters = [letter for letter in target.letters if self.is_index(letter, chain.sides[1])]
        if not letters or len(letters) < len(target.letters):
            return None
        axes = []
        for letter in letters:
            reader.order += 1
            axes.append(Axis(letter, reader.order))
            reader.bindings[letter] = Along(axes[-1], None, None, reader.survey.base)
        value = self.value_of(chain.sides[1])
        reader.bindings.clear()
        if value.axes != tuple(axes):
            missing = next(axis.letter for axis in axes if axis not in value.axes)
            raise reader.error(f"the right side does not depend on '{missing}'", chain.span)
        if target.argument:
            reader.arguments[target.base.name] = target.argument
        return Value(value.tree, len(axes) + value.rank), target.base

    def is_index(self, letter: str, tree: Tree) -> bool:
        """Whether a letter is an index of an array in a formula, and not bound there."""
        reader = self.reader
        if letter in reader.ranks and reader.ranks[letter] == 0 and letter in reader.given:
            return False
        for part in walk(tree):
            if not isinstance(part, Scripted) or part.subscript is None or letter_name(part.base) is None:
                continue
            letters = [shifted.letter for each in script_items(part.subscript) if (shifted := shifted_letter(each))]
            is_array = reader.ranks.get(base_name(reader, unwrap(part.base), part).name, 0) > 0
            is_array = is_array or letter_of(part.base) in reader.survey.summed
            if letter in letters and (is_array or any(other in reader.survey.bound for other in letters)):
                return True
        return False

    def value_of(self, tree: Tree) -> Value:
        """Read a formula, and put first what it needs before it."""
        value = run(self.reader.read(tree))
        self.flush()
        return value

    def flush(self) -> None:
        reader = self.reader
        for name, length in reader.lengths.items():
            if name in reader.given and name not in self.checked:
                self.checked.add(name)
                if name in reader.point and name not in reader.values:
                    reader.fix(name)
                given = Result(Name(name, reader.place))
                self.add_equality(given, Result(length))
        self.statements += reader.before
        reader.before = []

    def check_sides(self, chain: Chain, first: int, tree: Expression) -> None:
        """Note that the other sides of a chain must agree with the first."""
        for place in range(first + 1, len(chain.sides)):
            if chain.relations[place - 1] == "≈":
                self.notes.add(f"what follows '≈' is not read: '{self.reader.label(chain.sides[place].span)}'")
                break
            if chain.relations[place - 1] != "=":
                raise self.reader.error("an equation and a comparison in one formula", chain.span)
            other = self.value_of(chain.sides[place])
            self.notes.add("all sides of an equation must agree at the point; the first is the graph")
            self.add_equality(Result(tree), Result(other.tree))

    def add_equality(self, left: Statement, right: Statement) -> None:
        span = self.reader.place
        if len(self.equalities) == MOST_EQUALITIES:
            raise self.reader.error(f"more than {MOST_EQUALITIES} equations that must hold", span, kind="limit")
        self.equalities.append(Equality([*self.statements, left], [*self.statements, right], span))

    def definition(self, chain: Chain, target: Defined, is_last: bool, rules: list[Tree]) -> None:
        """`f(x) = …`: a function, or the value of the program."""
        reader, name = self.reader, target.name.name
        is_called = name in reader.survey.called
        if rules or is_called or not (is_last or name in reader.survey.values):
            if len(chain.sides) > 2:
                self.notes.add(f"only the first formula of '{name}' is read")
            self.deferred.append((len(self.statements), name, rules))  # until calls have told the ranks
            return
        kept = [each for each in target.parameters if each.name not in reader.assigned]
        if len(kept) < len(target.parameters):
            self.notes.add(f"the parameters of '{name}' that have values are these values")
        families = [each for each in kept if self.is_family(each.name, chain.sides[1])]
        if families:
            names = ", ".join(f"'{each.name}'" for each in families)
            self.notes.add(f"{names} in '{name}(…)' stands for all names with this letter and a subscript")
        count = len(self.statements)
        kept = [each for each in kept if each not in families]
        reader.ranks = {**dict.fromkeys([each.name for each in kept], 0), **reader.ranks}
        value = self.value_of(chain.sides[1])
        self.check_sides(chain, 1, value.tree)
        if kept and is_last and len(self.statements) == count:
            self.statements.append(Definition(target.name, tuple(kept), value.tree))
        else:
            self.assign(target.name, value)

    def is_family(self, name: str, body: Tree) -> bool:
        """Whether a parameter stands only with subscripts in the body, which make other names of it."""
        reader = self.reader
        if reader.ranks.get(name, 0) > 0:
            return False
        with_subscript = 0
        for part in walk(body):
            if isinstance(part, Scripted) and part.subscript is not None and letter_of(part.base) == name:
                with_subscript += 1
        plain = sum(isinstance(part, Symbol) and part.name == name for part in walk(body))
        return with_subscript > 0 and plain == with_subscript

    def with_rules(self, statement: Definition, rules: list[Tree]) -> Definition:
        """A function with its own derivatives, one for each parameter."""
        if len(rules) != len(statement.parameters):
            if rules:
                self.notes.add(f"the derivatives of '{statement.target.name}' are not read")
            return statement
        definitions = self.reader.definitions
        definitions.rule_of = statement.target.name
        derivatives = tuple([run(self.reader.read(rule)).tree for rule in rules])
        definitions.rule_of = ""
        return statement._replace(derivatives=derivatives)
