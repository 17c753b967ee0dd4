"""The left sides of equations: names, functions with their parameters, derivatives; or formulas like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from graphdiff.language.tree import Name
from graphdiff.reading.latex import symbols
from graphdiff.reading.latex.factors import is_differential, parts
from graphdiff.reading.latex.indices import letter_of, script_items, shifted_letter, unwrap, whole_of
from graphdiff.reading.latex.names import typed_text
from graphdiff.reading.latex.tree import (
    Accent,
    Chain,
    Fraction,
    Group,
    Mark,
    Numeral,
    Postfix,
    Product,
    Scripted,
    Symbol,
    Tree,
    Word,
)

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader


class Assigned(NamedTuple):
    """A name; of `z_j` also the letters of its subscript, and the name without it.

    rule_of is the function f of `\\frac{\\partial f}{\\partial x}`, argument the z of `\\sigma(z)_i` as it is typed.
    """

    name: Name
    letters: tuple[str, ...] = ()
    base: Name = Name("", (0, 0))
    rule_of: str = ""
    argument: str = ""


class Defined(NamedTuple):
    """`f(x, y)`"""

    name: Name
    parameters: list[Name]


Target: TypeAlias = Assigned | Defined | Literal["rule"] | None


def target_of(reader: Reader, chain: Chain) -> Target:
    """What an equation defines; None if it defines nothing."""
    if chain.relations[:1] != ["="]:
        return None
    left = unwrap(chain.sides[0])
    if isinstance(left, Fraction):
        return derivative_target(reader, left) if is_differential(reader, left) else None
    if isinstance(left, Product):
        return function_target(reader, left)
    return name_target(reader, left)


def name_target(reader: Reader, tree: Tree) -> Assigned | None:
    """A name with its scripts."""
    if isinstance(tree, Postfix) and tree.sign != "!" and (base := symbols.letter_name(tree.base)) is not None:
        text = reader.text[slice(*tree.span)]
        return Assigned(Name(reader.names.find(f"{base.name}{tree.sign}", text, base.identity), tree.span))
    base_tree = unwrap(tree.base) if isinstance(tree, Scripted) else tree
    if symbols.letter_name(base_tree) is None:
        return None
    if not isinstance(tree, Scripted):
        name, _ = symbols.function_name(reader, tree)
        return Assigned(Name(name or "", tree.span))
    if reader.is_constant_e(base_tree) and tree.superscript is not None:
        return None
    whole_base = symbols.base_name(reader, base_tree, tree)
    if whole_base.power:
        return square_target(reader, whole_base.name, tree)
    if tree.subscript is None:
        return Assigned(Name(whole_base.name, tree.span))
    name = symbols.full_name(reader, whole_base, tree)
    items = [shifted_letter(item) for item in script_items(tree.subscript)]
    letters = tuple(item.letter for item in items if item is not None and item.shift == 0)
    whole = Name(name, tree.span)
    if len(letters) < len(items):
        return Assigned(whole)
    return Assigned(whole, letters, Name(whole_base.name, base_tree.span))


def square_target(reader: Reader, name: str, tree: Scripted) -> Assigned | None:
    """`s^2` as the name of a value, where the text and the point do not have s itself."""
    full = name if tree.subscript is None else symbols.full_name(reader, symbols.Base(name, name, "", False), tree)
    is_known = full in reader.ranks or name in reader.ranks or letter_of(tree.base) in reader.values
    if whole_of(tree.superscript) is None or is_known:
        return None
    text = typed_text(reader.text[slice(*tree.span)])
    reader.notes.add(f"'{text}' on the left side of an equation is read as a name")
    return Assigned(Name(reader.names.find(text, text), tree.span))


def function_target(reader: Reader, tree: Product) -> Target:
    """`f(x, y)`, `f'(x)`, `\\nabla f`, `\\Delta x`"""
    if len(tree.factors) != 2 or tree.factors[1].operator or tree.factors[0].sign:
        return None
    head, bracket = tree.factors[0].tree, tree.factors[1].tree
    first = letter_of(head)
    sign = letter_of(head.base) if isinstance(head, Scripted) and head.superscript is None else first
    if sign in ("Delta", "nabla", "partial") and (after := name_target(reader, bracket)) is not None:
        by = symbols.function_name(reader, head)[0]
        name = f"{by}_{after.name.name}"
        return Assigned(Name(reader.names.find(name, reader.text[slice(*tree.span)]), tree.span))
    if isinstance(bracket, Scripted):
        return entries_target(reader, head, bracket)
    if not isinstance(bracket, Group) or bracket.opening != "(":
        return None
    if isinstance(head, Postfix):
        return name_target(reader, head)
    if any(isinstance(item, Mark) for item in bracket.items) and not isinstance(head, Word):
        return name_target(reader, head)  # f(x_1, \ldots, x_n)
    parameters: list[Name] = []
    for item in bracket.items:
        item = unwrap(item)
        is_power = isinstance(item, Scripted) and whole_of(item.superscript) is not None
        if isinstance(item, Scripted) and is_power and letter_of(item.base) in reader.values:
            item = unwrap(item.base) if item.subscript is None else item  # f(x; \mu, \sigma^2)
        parameter = name_target(reader, item)
        if parameter is None or isinstance(item, Numeral):
            return None
        parameters.append(parameter.name)
    if isinstance(head, Word):
        text = reader.text[slice(*head.span)]
        is_index = len(parameters) == 1 and isinstance(bracket.items[0], Scripted)
        if is_index:
            return entries_target(reader, head, bracket.items[0])
        return Defined(Name(head.name, head.span), parameters) if "{" in text else None
    if not isinstance(head, (Symbol, Accent, Scripted)):
        return None
    name_of_head, power = symbols.function_name(reader, head)
    if name_of_head is None or power is not None or len({each.name for each in parameters}) < len(parameters):
        return None
    return Defined(Name(name_of_head, head.span), parameters)


def entries_target(reader: Reader, head: Tree, indexed: Tree) -> Assigned | None:
    """An array by its entries: `\\sigma(z)_i`, `\\operatorname{softmax}(z_i)`."""
    name = head.name if isinstance(head, Word) else symbols.function_name(reader, head)[0]
    if (
        name is None
        or not isinstance(indexed, Scripted)
        or indexed.subscript is None
        or indexed.superscript is not None
    ):
        return None
    items = [shifted_letter(item) for item in script_items(indexed.subscript)]
    letters = tuple(item.letter for item in items if item is not None and item.shift == 0)
    if len(letters) < len(items):
        return None
    argument = reader.text[slice(*indexed.base.span)]
    return Assigned(Name(name, head.span), letters, Name(name, head.span), argument=typed_text(argument))


def derivative_target(reader: Reader, tree: Fraction) -> Assigned:
    """The name of a derivative: df_dx, d2f_dx_dy."""
    names: list[str] = []
    whole = ""
    for place, side in enumerate((tree.numerator, tree.denominator)):
        factors = parts(side)
        sign = letter_of(factors[0].base if isinstance(factors[0], Scripted) else factors[0])
        for number, part in enumerate(factors):
            base = part.base if isinstance(part, Scripted) else part
            if (
                number == 0
                or (letter_of(base) == sign == "partial")
                or (sign == "d" == letter_of(base) and number % 2 == 0)
            ):
                continue
            label = symbols.function_name(reader, part)[0] if not isinstance(part, Word) else part.name
            count = whole_of(part.superscript) if isinstance(part, Scripted) else None
            if place == 0:
                whole = label or ""
            else:
                names += [label or ""] * max(1, min(count or 1, 20))
    order = str(len(names)) if len(names) > 1 else ""
    name = f"d{order}{whole}_" + "_".join(f"d{each}" for each in names)
    reader.notes.add(f"'{reader.label(tree.span)}' on the left side of an equation is read as the name '{name}'")
    return Assigned(Name(name, tree.span), rule_of=whole if len(names) == 1 else "")
