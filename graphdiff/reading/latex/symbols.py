"""Symbols: what they are called, with the scripts that are a part of their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.reading.latex import commands
from graphdiff.reading.latex.indices import letter_of, shifted_letter, unwrap, walk
from graphdiff.reading.latex.names import label_of, typed_text
from graphdiff.reading.latex.tree import Accent, Group, Mark, Product, Scripted, Symbol, Tree

if TYPE_CHECKING:
    from graphdiff.reading.latex.scope import Scope

MARKS = frozenset(["dagger", "prime", "circ"])
"""Signs in a superscript that are a part of a name."""


class LetterName(NamedTuple):
    """The base of a name, as formulas of graphdiff write it; identity tells it from others written the same."""

    name: str
    identity: str = ""


def letter_name(tree: Tree) -> LetterName | None:
    """The name of a letter, with or without an accent; None of any other tree."""
    suffix = identity = ""
    tree = unwrap(tree)
    while isinstance(tree, Accent):
        if tree.command in commands.ACCENTS:
            suffix = f"_{commands.ACCENTS[tree.command]}{suffix}"
            identity += tree.command
        elif tree.command not in commands.STYLES:
            return None
        elif tree.command not in commands.PLAIN_STYLES:
            identity += tree.command
        tree = unwrap(tree.body)
    return LetterName(f"{tree.name}{suffix}", identity) if isinstance(tree, Symbol) else None


class Base(NamedTuple):
    """The name before a subscript, how it is typed, and whether a superscript is a power."""

    name: str
    text: str
    identity: str
    power: bool


def base_name(reader: Scope, base_tree: Tree, tree: Scripted) -> Base:
    """The name of a base with the superscript that is a part of it, as in `a^{l-1}_k`."""
    base = letter_name(base_tree)
    assert base is not None
    text = typed_text(reader.text[slice(*base_tree.span)])
    script = tree.superscript
    if primes := primes_of(script):
        text = f"{text}{primes}"
        return Base(reader.names.find(f"{base.name}{primes}", text, base.identity), text, base.identity, False)
    if script is None or not is_label(reader, base.name, base_tree, script, tree):
        return Base(reader.names.find(base.name, text, base.identity), text, base.identity, script is not None)
    label = typed_text(reader.text[slice(*script.span)])
    whole = f"{text}^{label}"
    reader.notes.add(f"'{whole}' is read as one name, not as a power")
    return Base(reader.names.find(f"{base.name}^{label}", whole, base.identity), whole, base.identity, False)


def primes_of(script: Tree | None) -> str:
    """The primes that a superscript consists of: `^{\\prime\\prime}`; empty for any other."""
    inner = unwrap(script) if script is not None else None
    factors = [factor.tree for factor in inner.factors] if isinstance(inner, Product) else [inner]
    are_primes = all(isinstance(each, Symbol) and each.name == "prime" for each in factors)
    return "'" * len(factors) if are_primes else ""


def is_label(reader: Scope, name: str, base: Tree, script: Tree, tree: Scripted) -> bool:
    """Whether a superscript is a part of the name: a mark, a number in brackets, a layer's index."""
    inner = unwrap(script)
    if isinstance(inner, Mark):
        return True
    letter = letter_of(inner)
    known = reader.ranks.keys() | reader.targets
    if letter in MARKS or (isinstance(inner, Group) and inner.opening in ("(", "[") and len(inner.items) == 1):
        return name not in reader.bindings
    if letter is not None and len(letter) > 1 and reader.text[inner.span[0]] == "\\" and letter not in known:
        return (
            reader.text.startswith((r"\text", r"\mathrm", r"\mathit", r"\operatorname"), inner.span[0])
            and letter != "top"
        )
    shifted = shifted_letter(inner)
    if shifted is None or shifted.letter not in reader.survey.labels or shifted.letter in reader.bindings:
        return False
    labelled = f"{name}^{typed_text(reader.text[slice(*script.span)])}"
    return labelled in reader.ranks or name not in reader.ranks


def full_name(reader: Scope, base: Base, tree: Scripted) -> str:
    """The name with its subscript: w_ij, x_max; as it is typed where that is no word."""
    assert tree.subscript is not None
    script = reader.text[slice(*tree.subscript.span)]
    label = label_of(script)
    plain = re_typed = f"{base.text}_{typed_text(script)}"
    if label is not None and base.name.replace("_", "").isalnum():
        plain = f"{base.name}_{label}"
    return reader.names.find(plain, re_typed, base.identity)


def term_name(reader: Scope, base: str, items: Sequence[Tree], numbers: Mapping[str, int]) -> str:
    """The name at one term of a sum that is written out: x_3 for x_i, where numbers has i = 3."""
    labels: list[str] = []
    for item in items:
        shifted = shifted_letter(item)
        if shifted is not None and shifted.letter in numbers:
            labels.append(str(numbers[shifted.letter] + shifted.shift))
        else:
            labels.append(label_of(reader.text[slice(*item.span)]) or "")
    joined = "_".join(labels)
    together = "".join(labels)
    name = (
        f"{base}_{joined}" if max(map(len, labels)) > 1 or f"{base}_{joined}" in reader.ranks else f"{base}_{together}"
    )
    return reader.names.find(name, name)


def uses_names(reader: Scope, tree: Tree, names: Collection[str]) -> bool:
    """Whether one of these names stands in a tree."""
    parts = (part for part in walk(tree) if isinstance(part, (Symbol, Accent, Scripted))) if names else ()
    return any(function_name(reader, part)[0] in names for part in parts)


def function_name(reader: Scope, tree: Tree) -> tuple[str | None, Tree | None]:
    """The name before a bracket, with its subscript, and the superscript that is not a part of it."""
    if not isinstance(tree, Scripted):
        base = letter_name(tree)
        if base is None:
            return None, None
        return reader.names.find(base.name, reader.text[slice(*tree.span)], base.identity), None
    base_tree = unwrap(tree.base)
    if letter_name(base_tree) is None:
        return None, None
    whole = base_name(reader, base_tree, tree)
    name = whole.name if tree.subscript is None else full_name(reader, whole, tree)
    return name, tree.superscript if whole.power else None
