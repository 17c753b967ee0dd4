"""Python source → a program: the entry point."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import Shape
from graphdiff.reading.python.places import Places
from graphdiff.reading.python.reader import Facts
from graphdiff.reading.python.survey import Function
from graphdiff.reading.python.text import Text
from graphdiff.reading.reading import Reading
from graphdiff.source import LONGEST_TEXT, Source, Span

MOST_PASSES = 30
"""How often a text is read until nothing changes."""
_INDENTED = re.compile(r"(?:[^\S\n]*(?:#[^\n]*)?\n)*[ \t]+[^\s#]")
"""A text whose first line of code is indented, such as a function copied from a class."""


def read_python(
    source: Source, function: str | None = None, shapes: Mapping[str, Shape] = {}, point: Mapping[str, float] = {}
) -> Reading:
    """Read Python source as a program. Nothing in it is run or imported.

    Args:
        source: The text: a script, or functions, of which the last is read.
        function: The function to read instead; "__main__" for the statements outside functions.
        shapes: The shapes of inputs, where they are known: a text that cannot be read for any is read for these.
        point: The inputs whose values are whole numbers, on which the number of steps of a loop or a size may depend.

    Returns:
        The statements of the program, whose spans are places in the text; the defaults of the function's parameters and
        the numbers that a script assigns are values of inputs.

    Raises:
        GraphdiffError: "syntax", "name" or "value" for what cannot be read, at its place; "limit" if the text is too
            long or too deep, or if its loops have too many steps.
    """
    tree, places = parse_source(source)
    return read_tree(source, tree, places, function, shapes, point)


def read_tree(
    source: Source,
    tree: ast.Module,
    places: Places,
    function: str | Function | None,
    shapes: Mapping[str, Shape],
    point: Mapping[str, float],
) -> Reading:
    """Read a syntax tree; function may be the node of a function, whose globals are inputs then."""
    facts = Facts(point)
    arrays = {name: shape for name, shape in shapes.items() if shape}
    for _ in range(MOST_PASSES):
        facts.is_stale = False
        try:
            reading = Text(source, tree, places, facts).read(function)
        except GraphdiffError as error:
            if facts.is_stale:
                continue
            # A condition on a constant chooses between two values, unless the text needs to know which it is.
            if not facts.conditions <= facts.fixed:
                facts.fixed |= facts.conditions
            elif arrays and not facts.shapes and error.kind != "limit":
                facts.shapes = arrays
            else:
                raise
        else:
            if not facts.is_stale:
                return reading
    raise GraphdiffError("limit", "too many constants of this text depend on one another", source, (0, 0))


def parse_source(source: Source) -> tuple[ast.Module, Places]:
    """The syntax tree of a text.

    Raises GraphdiffError: "syntax" if it is not Python, "limit" if it is too long or too deep.
    """
    text = source.text
    if len(text) > LONGEST_TEXT:
        message = f"the text has {len(text):,} characters; the limit is {LONGEST_TEXT:,}"
        raise GraphdiffError("limit", message)
    is_indented = _INDENTED.match(text) is not None
    places = Places(text, 2 if is_indented else 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"if 1:\n{text}" if is_indented else text)
    except SyntaxError as error:
        raise _syntax_error(source, places, error) from None
    except (ValueError, UnicodeError):
        character = re.search("[\0\ud800-\udfff]", text)
        span = character.span() if character else (0, 0)
        raise GraphdiffError("syntax", "the text has a character that Python does not read", source, span) from None
    except (RecursionError, MemoryError):
        raise GraphdiffError(
            "limit", "the text is nested too deeply for Python's parser", source, (0, 0), "assign parts of it to names"
        ) from None
    if is_indented and isinstance(tree.body[0], ast.If):
        tree.body[:1] = tree.body[0].body
    if not text.isascii():
        _check_names(source, tree, places)
    return tree, places


def _check_names(source: Source, tree: ast.Module, places: Places) -> None:
    """Raise GraphdiffError("name") for a name of Python that is none in graphdiff's language: a·b."""
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else "_"
        if re.fullmatch(r"\w+", name) is None:
            message = f"'{shorten(name)}' is not a valid name"
            raise GraphdiffError("name", message, source, places.span(node), "use letters, digits and _")


def _syntax_error(source: Source, places: Places, error: SyntaxError) -> GraphdiffError:
    span: Span = (0, 0)
    if error.lineno is not None and error.lineno >= places.first_line:
        lines = len(places.starts)
        number = min(error.lineno - places.first_line, lines - 1)
        start = min(places.starts[number] + max((error.offset or 1) - 1, 0), len(source.text))
        end = start + 1
        if error.end_lineno == error.lineno and error.end_offset is not None and error.offset is not None:
            end = max(end, start + error.end_offset - error.offset)
        span = (start, min(end, len(source.text)))
    return GraphdiffError("syntax", f"this is not Python: {shorten(str(error.msg), 120)}", source, span)
