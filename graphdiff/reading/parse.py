"""Text in any of the languages → graph: the entry point of everything that takes a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.assigned import assign, for_shapes, with_inputs, with_unused_inputs
from graphdiff.graph.graph import Graph
from graphdiff.language.build import build
from graphdiff.language.statics import LARGEST_WHOLE
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.reading.languages import LANGUAGES, OWN, language_of_mark, reader_of, without_fence
from graphdiff.source import Source, by_input, check_list_of_names, normalize_text

if TYPE_CHECKING:
    from graphdiff.reading.reading import Reading

T = TypeVar("T")


class SymPyExpression(Protocol):
    """What SymPy's expressions and matrices have."""

    @property
    def free_symbols(self) -> Any: ...


def parse(
    source: str | Source | Graph | Callable[..., object] | SymPyExpression,
    /,
    *,
    language: str | None = None,
    function: str | None = None,
    shapes: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
) -> Graph:
    """Read a formula or a program as a graph.

    Args:
        source: The text, alone or with a name that errors show; a Python function, of which the source is read; or a
            SymPy expression. A graph is returned as it is.
        language: "graphdiff", "latex" or "python". By default, a text that is valid in graphdiff's own language is
            read in it, and any other by its marks, such as a backslash or `def`.
        function: The function of a text in Python to read; by default the last one.
        shapes: The shapes of inputs that are arrays, by name, which decide what some products in LaTeX mean.
        names: Names of inputs that the text has shorter names for, by these: {"P": "Pressure (kPa)"}.

    Returns:
        The computational graph. Converted to text it is a program in graphdiff's own language. What was decided where
        the text is ambiguous is in its `notes`.

    Raises:
        GraphdiffError: "syntax", "name" or "value" if the text is not a program; "limit" if it is too long, too deep or
            has too many operations; "usage" if the language is unknown.
    """
    return read(source, language=language, function=function, shapes=lambda: shapes or {}, names=names or {})


def read(
    source: object,
    point: Mapping[str, Any] | None = None,
    wrt: str | Iterable[str] | None = None,
    *,
    language: str | None = None,
    function: str | None = None,
    shapes: Callable[[], Mapping[str, Any] | None] = dict,
    names: Mapping[str, str] = {},
) -> Graph:
    """The graph of a formula at a point: names of the point and of wrt to which the program assigns a plain value are
    inputs. shapes returns the shapes of inputs that the point does not have, and is called only if the language of the
    text depends on them. The point, wrt and shapes have the names that those of the text stand for.

    Raises GraphdiffError as parse does.
    """
    if wrt is not None:
        check_list_of_names("wrt", wrt, source)
    inputs = [normalize_text(name) for name in (*(point or ()), *([wrt] if isinstance(wrt, str) else wrt or ()))]
    if isinstance(source, Graph):
        return with_inputs(source, inputs)
    names = names or (source.names if isinstance(source, Source) else names)
    if names:
        from graphdiff.language.renaming import check_inputs, normalize_pairs  # lazy: few formulas have them

        names = normalize_pairs(names)
    if isinstance(source, (str, Source)):
        text = source if isinstance(source, Source) else Source(source)
        text = text._replace(
            text=normalize_text(text.text),
            language=language or text.language,
            function=function or text.function,
            names=names,
        )
        text = without_fence(text) if "```" in text.text or "~~~" in text.text else text
        graph = _graph_of(text, point or {}, shapes, inputs)
    else:
        from graphdiff.reading.objects import read_object  # lazy: most formulas are text

        known = _known_shapes(point or {}, shapes)
        text, reading = read_object(source, _as_typed(known, names), _whole_numbers(point or {}, names))
        graph = _graph_of_reading(text._replace(names=names), reading, inputs, lambda: known)
    if names:
        check_inputs(graph, names)
    if text.function is not None and text.language != "python" and graph.source and graph.source.language != "python":
        hint = Hint("function chooses one of a text in Python", "function")
        raise GraphdiffError("usage", f"there is no function '{shorten(text.function)}' to choose", hint=hint)
    return with_inputs(graph, inputs)


def _graph_of(
    source: Source, point: Mapping[str, Any], shapes: Callable[[], Mapping[str, Any] | None], names: Iterable[str]
) -> Graph:
    """The graph of a text, in the language that it is in."""
    language = source.language
    if language not in (None, *LANGUAGES):
        hint = f"the languages are {', '.join(LANGUAGES)}"
        raise GraphdiffError("usage", f"unknown language '{shorten(str(language))}'", hint=hint)
    if language in (None, OWN):
        try:
            return build(source, shapes=partial(_known_shapes, point, shapes))
        except GraphdiffError as error:
            language = language_of_mark(source.text) if language is None and error.kind == "syntax" else None
            if language is None:
                raise
    assert language is not None
    source = source._replace(language=language)
    known = _known_shapes(point, shapes)
    reading = _read_by(source, known, point)
    return _graph_of_reading(source, reading, names, lambda: known)


def _graph_of_reading(
    source: Source, reading: Reading, names: Iterable[str], shapes: Callable[[], Mapping[str, Shape]]
) -> Graph:
    """The graph of a program in another language."""
    values, fixed = by_input(reading.values, source.names), by_input(reading.shapes, source.names)
    constants = [source.names.get(name, name) for name in reading.constants]
    graph = for_shapes(build(source, reading.statements, reading.notes, shapes, constants), fixed)
    graph = _with_values(graph, values, names)
    equalities = []
    for left, right, span in reading.equalities:
        sides = [_with_values(build(source, side, shapes=shapes), values, names) for side in (left, right)]
        equalities.append((sides[0], sides[1], span))
    others = (side.nodes[index] for left, right, _ in equalities for side in (left, right) for index in side.inputs)
    graph = with_unused_inputs(graph, others) if equalities else graph
    graph.equalities = tuple(equalities)
    return graph


def _read_by(source: Source, shapes: Mapping[str, Shape], point: Mapping[str, Any]) -> Reading:
    """What the reader of the source's language makes of it."""
    assert source.language is not None
    read_text = reader_of(source.language)
    shapes = _as_typed(shapes, source.names)
    whole_numbers = _whole_numbers(point, source.names)
    typed = source._replace(names={})
    if source.language == "python":
        reading: Reading = read_text(typed, source.function, shapes, whole_numbers)
    else:
        ranks = {name: len(shape) for name, shape in shapes.items()}
        reading = read_text(typed, {**dict.fromkeys(source.names, 0), **ranks}, whole_numbers)
    return reading


def _whole_numbers(point: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, float]:
    """The whole numbers of a point, below LARGEST_WHOLE, by the names that the text has for them."""
    from numbers import Real  # lazy: few formulas are in another language

    names_of_numbers = [name for name, value in point.items() if isinstance(value, Real)]
    small = {normalize_text(name): float(point[name]) for name in names_of_numbers if abs(point[name]) < LARGEST_WHOLE}
    return _as_typed({name: value for name, value in small.items() if value.is_integer()}, names)


def _as_typed(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """What is known of inputs, by the names that the text has for them."""
    typed = {name: short for short, name in names.items()}
    return {typed.get(name, name): value for name, value in values.items()}


def _with_values(graph: Graph, values: Mapping[str, Any], names: Iterable[str]) -> Graph:
    """A graph with the values that a text gives to its inputs: defaults where no other input is without a value, else
    constants, but for those of these names."""
    values = {name: _constant_of(value) for name, value in values.items() if name in graph.input_indices}
    others = graph.input_indices.keys() - values.keys() - CONSTANTS.keys()
    is_input = values if not others else {*names}
    return assign(graph, values, is_input) if values else graph


def _known_shapes(point: Mapping[str, Any], shapes: Callable[[], Mapping[str, Any] | None]) -> dict[str, Shape]:
    """The shapes of the values of a point, and of other inputs."""
    known = {normalize_text(name): tuple(shape) for name, shape in (shapes() or {}).items()}
    return {**known, **{normalize_text(name): _shape_of(value) for name, value in point.items()}}


def _constant_of(value: Any) -> Any:
    """A number as a float, an array as nested tuples of floats."""
    if isinstance(value, (list, tuple)):
        return tuple([_constant_of(each) for each in value])
    return value if isinstance(value, float) else float(value)


def _shape_of(value: Any) -> Shape:
    """The shape of a value of a point: a number, nested lists or an array."""
    shape: list[int] = []
    while isinstance(value, (list, tuple)) and value:
        shape.append(len(value))
        value = value[0]
    return (*shape, *getattr(value, "shape", ()))


class Origin(NamedTuple):
    """The text of a formula, and how it was read.

    Attributes:
        source: The text as it was typed.
        language: The language that it is in.
        read_as: The program that it means, in our own language; None for a text that is in it and has the names of the
            inputs.
        notes: What was decided where the text is ambiguous, one sentence each.
    """

    source: str
    language: str
    read_as: str | None
    notes: Sequence[str]

    @property
    def expression(self) -> str:
        """The text in our own language: as it was typed, or as it was read."""
        return self.source if self.read_as is None else self.read_as

    def document(self) -> dict[str, Any]:
        """Its fields in JSON, which every document has."""
        return {
            "expression": self.expression,
            "language": self.language,
            "source": self.source,
            "read_as": self.read_as,
            "notes": list(self.notes),
        }


def origin_of(graph: Graph) -> Origin:
    """The origin of a graph that was read from a text."""
    source = graph.source
    assert source is not None
    language = source.language or OWN
    is_as_typed = language == OWN and not source.names
    return Origin(source.text, language, None if is_as_typed else str(graph), graph.notes)
