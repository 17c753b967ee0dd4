"""A value with a standard uncertainty, as people write it: 2±0.1, 2+/-0.1, 2±5%, (1.602±0.003)e-19, 2.00(10).

An array has them for its entries, [1±0.1, 2±0.2], or as a whole, [1, 2]±0.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from graphdiff.cli.constant import UncertainValue, read_value
from graphdiff.cli.pieces import bare, pieces
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape, nested_shape
from graphdiff.passes.uncertainty import ColumnUncertainty
from graphdiff.passes.values import to_list
from graphdiff.source import Source

SIGN = re.compile(r"±|\+/[-−]|\\pm(?![A-Za-z])")
NUMBER = r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
SCALE = r"[eE][+-]?\d+|[*/·×].+"
"""What may stand after a value with an uncertainty in parentheses."""
PLUS_MINUS = re.compile(rf"(?P<value>[^+±]+?)\s*\+[-−]\s*(?P<u>{NUMBER}\s*%?)")
PLUS_MINUS_GROUP = re.compile(rf"\((?P<value>[^()+±]+?)\s*\+[-−]\s*(?P<u>{NUMBER}\s*%?)\)\s*(?P<rest>{SCALE})")
"""+- is a sign of uncertainty only as the last operation of a whole value, before a number."""
DIGITS_IN_PARENTHESES = re.compile(
    r"(?P<value>[+-]?(?P<whole>\d+)(?:\.(?P<decimals>\d*))?)\((?P<u>\d+\.?\d*|\.\d+)\)(?P<exponent>(?:[eE][+-]?\d+)?)"
)
"""2.00(10) is 2.00 ± 0.10: the digits in parentheses stand at the end of the value (JCGM 100:2008, 7.2.2)."""
TWICE_IN_PARENTHESES = re.compile(r"[+-]?\d+\.?\d*(?:\(\d+\.?\d*\)){2,}(?:[eE][+-]?\d+)?")
"""1.234(5)(6), of statistics and of the method: two uncertainties."""
MARKS = r"±|\\pm|\+[/−-]"
"""What a text with an uncertainty has in it, unless its last digits stand in parentheses."""
COLUMNS = "the uncertainty of a column is written as x=±0.1, x=±5% or, from a column, x=±u_x"
COMBINE = "combine them to one, the square root of the sum of their squares: x=2±sqrt(0.1^2 + 0.2^2)"
EXAMPLE = "an uncertainty is written as x=2±0.1, x=2+/-0.1 or x=2±5%"


class _Part(NamedTuple):
    """A part of a text."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end].strip()


class _Reading(NamedTuple):
    """The text of a value, and its uncertainty: a number, nested lists, or None."""

    value: _Part
    u: Any


def is_uncertain(text: str) -> bool:
    """Whether a text may be a value with an uncertainty."""
    return re.search(MARKS, text) is not None or DIGITS_IN_PARENTHESES.search(text) is not None


def read_uncertain(source: Source, start: int, end: int, name: str, note: Callable[[str], None]) -> UncertainValue:
    """The value in a part of a text, with its uncertainty if it has one; of ±0.1, ±5% and ±u_x the value is None, and
    the uncertainty that of a column. note takes what could be read in another way.

    Raises GraphdiffError: as read_value does; "syntax" if an uncertainty is not written as one, "value" if it is
    negative.
    """
    whole = _Part(source, start, end)
    if (sign := SIGN.match(whole.text)) is not None:
        return UncertainValue(None, _of_column(whole, sign.end(), name))
    if not is_uncertain(whole.text):
        return UncertainValue(read_value(source, start, end, name), None)
    if TWICE_IN_PARENTHESES.fullmatch(whole.text):
        raise _several(whole, name)
    text = with_sign(whole.text, note)
    value, u = _read(whole if text == whole.text else _own_part(source, text), name, note)
    result = read_value(*value, name)
    return UncertainValue(result, None if u is None else _fill(u, _shape_of(result)))


def _of_column(whole: _Part, sign: int, name: str) -> ColumnUncertainty:
    """The uncertainty of a column, after a sign: a number, a number with %, or the name of another column."""
    start = whole.source.text.index(whole.text, whole.start) + sign
    part = _Part(whole.source, start, start + len(whole.text) - sign)
    if not part.text:
        raise GraphdiffError("syntax", f"no uncertainty given for '{shorten(name)}'", whole.source, whole[1:], EXAMPLE)
    is_relative = part.text.endswith("%")
    number = (
        part._replace(end=part.start + part.source.text[part.start : part.end].rindex("%")) if is_relative else part
    )
    column = bare(number.text)
    is_quoted = column != number.text
    if not is_relative and (is_quoted or (column.isidentifier() and column not in CONSTANTS)):
        return ColumnUncertainty(0.0, False, column)
    amount = _check_sign(_floats(number, name), number, name)
    if isinstance(amount, list):
        raise GraphdiffError("syntax", "expected a number, a number with % or a column", part.source, part[1:], COLUMNS)
    return ColumnUncertainty(amount / 100 if is_relative else amount, is_relative, None)


def with_sign(text: str, note: Callable[[str], None]) -> str:
    """A whole value with the sign ±, where it is written as 2.00(10), 2+-0.1 or (1.6+-0.2)e-19, which could be read in
    another way; note takes how it is read."""
    if (match := DIGITS_IN_PARENTHESES.fullmatch(text)) is not None:
        exponent, u = match["exponent"], match["u"]
        if "." not in u:
            u = str(Decimal(u).scaleb(-len(match["decimals"] or "")))
        own = f"({match['value']}±{u}){exponent}" if exponent else f"{match['value']}±{u}"
    elif (match := PLUS_MINUS.fullmatch(text)) is not None:
        own = f"{match['value']}±{match['u']}"
    elif (match := PLUS_MINUS_GROUP.fullmatch(text)) is not None:
        own = f"({match['value']}±{match['u']}){match['rest']}"
    else:
        return text
    note(f"'{shorten(text)}' is read as {shorten(own)}")
    return own


def _read(whole: _Part, name: str, note: Callable[[str], None]) -> _Reading:
    """A value with signs of uncertainty, an array of such values, or a value without one."""
    source, text = whole.source, whole.text
    start = source.text.index(text, whole.start) if text else whole.start
    end = start + len(text)
    if DIGITS_IN_PARENTHESES.fullmatch(text):  # an entry of an array
        return _read(_own_part(source, with_sign(text, note)), name, note)
    signs = list(SIGN.finditer(source.text, start, end))
    if not signs and DIGITS_IN_PARENTHESES.search(text) is None:
        return _Reading(whole, None)
    if text[0] == "[" and _closing(text) == len(text) - 1:
        places = pieces(source.text[start + 1 : end - 1])
        readings = [_read(_Part(source, start + 1 + first, start + 1 + last), name, note) for first, last in places]
        return _Reading(
            _own_part(source, f"[{', '.join(each.value.text for each in readings)}]"), [each.u for each in readings]
        )
    if not signs:
        return _Reading(whole, None)
    outer = [each for each in signs if _depth(source.text[start : each.start()]) == 0]
    if len(outer) > 1:
        raise _several(_Part(source, *outer[1].span()), name)
    if len(signs) == len(outer):
        before, after = outer[0].span()
        for what, part in (("value", source.text[start:before]), ("uncertainty", source.text[after:end])):
            if not part.strip():
                raise GraphdiffError(
                    "syntax", f"no {what} given for '{shorten(name)}'", source, (before, after), EXAMPLE
                )
        return _with_u(_Part(source, start, before), _Part(source, after, end), name)
    closing = _closing(text)
    if text[0] in "([" and not closing:
        hint = "the matching bracket is missing"
        raise GraphdiffError("syntax", f"'{text[0]}' was never closed", source, (start, start + 1), hint)
    inner = text[1:closing] if text[0] == "(" else ""
    if len(signs) > 1 or SIGN.search(inner) is None:
        hint = "put it last, as in x=6±0.3, or before a factor, as in x=(1.602±0.003)e-19"
        raise GraphdiffError("syntax", "an uncertainty cannot stand here", source, signs[0].span(), hint)
    value, u = SIGN.split(inner)
    return _scaled(source, value, u, text[closing + 1 :].strip(), name)


def _several(part: _Part, name: str) -> GraphdiffError:
    """The error of more than one uncertainty."""
    return GraphdiffError("syntax", f"'{shorten(name)}' has more than one uncertainty", part.source, part[1:], COMBINE)


def _own_part(source: Source, text: str) -> _Part:
    """A text that does not stand in the source."""
    text = text.strip()
    return _Part(source._replace(text=text), 0, len(text))


def _scaled(source: Source, value: str, u: str, scale: str, name: str) -> _Reading:
    """(value ± u), times what stands after it: e-19, *10^-19 or /3."""
    if scale and not re.fullmatch(SCALE, scale):
        hint = "after the parentheses stands a power of ten or a factor: (1.602±0.003)e-19, (2±0.1)*pi"
        raise GraphdiffError("syntax", f"unexpected '{shorten(scale)}' after an uncertainty", source, hint=hint)
    if not value.strip() or not u.strip():
        what = "uncertainty" if value.strip() else "value"
        raise GraphdiffError("syntax", f"no {what} given for '{shorten(name)}'", source, hint=EXAMPLE)
    is_relative = u.rstrip().endswith("%")
    parts = [_own_part(source, _times(each, scale)) for each in (value, "1" if is_relative else u)]
    if not is_relative:
        _check_sign(_floats(_own_part(source, u), name), _own_part(source, u), name)
    return _with_u(parts[0], _own_part(source, u) if is_relative else _own_part(source, f"abs({parts[1].text})"), name)


def _times(text: str, scale: str) -> str:
    """The text of a product; that of a decimal and a power of ten is one number, which has no rounding error."""
    if scale[:1] not in ("e", "E"):
        return f"({text}){scale}"
    is_decimal = re.fullmatch(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*", text) is not None
    return f"{text.strip()}{scale}" if is_decimal else f"({text})*1{scale}"


def _with_u(value: _Part, u: _Part, name: str) -> _Reading:
    """A value, and its uncertainty, which may be relative, in percent."""
    text = u.source.text[u.start : u.end].rstrip()
    if not text.endswith("%"):
        return _Reading(value, _check_sign(_floats(u, name), u, name))
    number = u._replace(end=u.start + len(text) - 1)
    if not number.text:
        raise GraphdiffError("syntax", "expected a number before '%'", u.source, (u.start, u.end), EXAMPLE)
    percent = _check_sign(_floats(number, name), number, name)
    if isinstance(percent, list):
        raise GraphdiffError("syntax", "expected a number before '%', not an array", u.source, (u.start, u.end))
    return _Reading(value, _map(lambda each: abs(each) * (percent / 100), _floats(value, name)))


def _check_sign(u: Any, part: _Part, name: str) -> Any:
    """An uncertainty, if no entry is negative."""
    if min(_flat(u)) < 0:
        message = f"the uncertainty of '{shorten(name)}' is negative"
        hint = "a standard uncertainty is a number from 0: x=2±0.1"
        raise GraphdiffError("value", message, part.source, (part.start, part.end), hint)
    return u


def _floats(part: _Part, name: str) -> Any:
    """A number or nested lists, in 64 bits."""
    value = read_value(part.source._replace(is_precise=False), part.start, part.end, name)
    return value if isinstance(value, list) else to_list(value)


def _map(function: Callable[[float], float], value: Any) -> Any:
    return [_map(function, each) for each in value] if isinstance(value, list) else function(float(value))


def _flat(value: Any) -> list[float]:
    return [number for each in value for number in _flat(each)] if isinstance(value, list) else [value]


def _fill(u: Any, shape: Shape) -> Any:
    """The uncertainties of all entries: 0 where there is none, the same for all entries of a row that has one."""
    if isinstance(u, list) and shape and len(u) == shape[0]:
        return [_fill(each, shape[1:]) for each in u]
    if isinstance(u, list) or not shape:
        return 0.0 if u is None else u
    return [_fill(u, shape[1:]) for _ in range(shape[0])]


def _shape_of(value: Any) -> Shape:
    return nested_shape(value) if isinstance(value, list) else tuple(getattr(value, "shape", ()))


def _depth(text: str) -> int:
    """How many brackets are open at the end of a text."""
    return sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")


def _closing(text: str) -> int:
    """The place of the bracket that closes the first character; 0 if there is none."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return place
    return 0
