"""Layout → a LaTeX document with one TikZ picture, which pdflatex compiles and which can be pasted into others.

It looks like the SVG. Text is monospaced, so that it has the layout's widths; characters that the font lacks are set in
math mode in a box of that width. Nothing in the user's text is read as a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.drawing.circuit import Circuit
from graphdiff.drawing.layout import Box, Layout, Metrics, PlacedGate, PlacedLabel, PlacedWire, layout
from graphdiff.drawing.picture import Picture
from graphdiff.drawing.svg import number, page_size
from graphdiff.errors import GraphdiffError, Hint
from graphdiff.writing.latex_names import escape

METRICS = Metrics(
    character=4.25, line=9.5, gate=19.0, port=6.5, pad=3.5, row=5.5, bend=0.4, least_gap=12.0, most_gap=38.0
)
"""Sizes in points, for 8 pt text."""
MARGIN = 6.0
LARGEST = 16000.0
"""Points; TeX's lengths are limited to 16383.99."""
DOCUMENT = r"""\documentclass{article}
\usepackage[paperwidth=%spt, paperheight=%spt, margin=0pt]{geometry}
\usepackage{tikz}
\pagestyle{empty}
\setlength{\parindent}{0pt}
\setlength{\topskip}{0pt}
\begin{document}%%"""
PICTURE = r"""\begin{tikzpicture}[x=1pt, y=-1pt, line width=0.9pt, font=\ttfamily\fontsize{8}{9.5}\selectfont,
  text node/.style={anchor=base, inner sep=0pt, outer sep=0pt}]
\def\sign#1{\makebox[%spt]{$#1$}}
\useasboundingbox (0, 0) rectangle (%s, %s);"""
SIGNS = {
    **{"·": r"\cdot", "×": r"\times", "−": "-", "∂": r"\partial", "∇": r"\nabla", "∞": r"\infty", "√": r"\surd"},
    **{
        "…": r"..",
        "ᵀ": r"{}^{T}",
        "²": "{}^{2}",
        "³": "{}^{3}",
        "⁻": "{}^{-}",
        "¹": "{}^{1}",
        "≤": r"\le",
        "≥": r"\ge",
    },
    **{"≠": r"\ne", "→": r"\to", "←": r"\gets", "÷": r"\div", "⊙": r"\odot", "∑": r"\Sigma"},
}


def tex(picture: Picture) -> str:
    """A picture as a LaTeX document in ASCII.

    Raises GraphdiffError("limit") where the picture is too large for TeX.
    """
    lines, (width, height) = tikz_picture(picture)
    head = DOCUMENT % (number(width), number(height))
    return "\n".join([head, *lines[:-1], f"{lines[-1]}%", r"\end{document}"]) + "\n"


def tikz_picture(picture: Picture) -> tuple[list[str], tuple[float, float]]:
    """The lines of a picture for a document that loads TikZ, and its width and height in points.

    Raises GraphdiffError("limit") where the picture is too large for TeX.
    """
    picture = picture._replace(circuit=_spell_circuit(picture.circuit))
    arrangement = layout(picture.circuit, METRICS, picture.patterns, picture.leads_down)
    size = page_size(arrangement, picture, METRICS, MARGIN)
    return list(_picture(picture, arrangement, *size)), size


def _picture(picture: Picture, arrangement: Layout, width: float, height: float) -> Iterator[str]:
    if max(width, height) > LARGEST:
        size = f"{width:,.0f} × {height:,.0f} points"
        hint = Hint("collapse it, or use another format", "tikz_size")
        raise GraphdiffError("limit", f"the picture has {size}, TeX counts to {LARGEST:,.0f}", hint=hint)
    yield PICTURE % tuple(number(size) for size in (METRICS.character, width, height))
    theme = picture.theme
    colors = {**theme.colors, "ink": theme.ink, "active": theme.active}
    if theme.background is not None:
        colors["background"] = theme.background
    for name, color in colors.items():
        yield f"\\definecolor{{{name}}}{{HTML}}{{{color[1:].upper()}}}"
    if theme.background is not None:
        yield f"\\fill[background] (0, 0) rectangle {_point(width, height)};"
    yield f"\\begin{{scope}}[shift={{{_point(MARGIN, MARGIN)}}}]"
    for wire in arrangement.wires:
        yield from _wire(wire, picture)
    active_sources = picture.active_sources
    for gate in arrangement.gates:
        yield from _gate(gate, picture, gate.gate.node in active_sources)
    for place, line in enumerate(picture.caption):
        y = arrangement.height + MARGIN + (place + 0.7) * METRICS.line
        yield f"\\node[text node, anchor=base west, text=ink] at {_point(0.0, y)} {{{_text(line)}}};"
    yield "\\end{scope}"
    yield r"\end{tikzpicture}"


def _wire(wire: PlacedWire, picture: Picture) -> Iterator[str]:
    parts = [_point(*wire.pieces[0][0])]
    for _, *points in wire.pieces:
        end = _point(*points[-1])
        if len(points) == 1:
            parts.append(f"-- {end}")
        else:
            parts.append(f".. controls {_point(*points[0])} and {_point(*points[1])} .. {end}")
    yield f"\\draw[{_stroke(picture.is_active(wire.wire.target))}] {' '.join(parts)};"
    yield from _labels(wire.labels, picture.until)


def _gate(gate: PlacedGate, picture: Picture, is_output_active: bool) -> Iterator[str]:
    """A gate and its output wire."""
    body = gate.body
    if gate.gate.kind == "operation":
        yield f"\\draw[{_stroke(picture.is_active(gate.gate.node))}] {_outline(body, gate.is_round)};"
    yield f"\\draw[{_stroke(is_output_active)}] {_point(*gate.output[0])} -- {_point(*gate.output[1])};"
    if gate.fans:
        yield f"\\fill[ink] {_point(*gate.output[1])} circle[radius=2pt];"
    yield from _labels(gate.labels, picture.until)


def _outline(body: Box, is_round: bool) -> str:
    radius = (body.bottom - body.top) / 2
    if is_round:
        return f"{_point((body.left + body.right) / 2, body.top + radius)} circle[radius={number(radius)}pt]"
    corners = number(min(radius, METRICS.gate / 2))
    return f"[rounded corners={corners}pt] {_point(body.left, body.top)} rectangle {_point(body.right, body.bottom)}"


def _labels(labels: Sequence[PlacedLabel], until: int) -> Iterator[str]:
    for label in labels:
        if label.since > until:
            continue
        box = label.box
        if label.is_blank:
            corners = f"{_point(box.left, box.top + 0.5)} rectangle {_point(box.right, box.bottom - 0.5)}"
            yield f"\\draw[{label.kind}, line width=0.6pt] {corners};"
            continue
        middle = (box.left + box.right) / 2
        shape = ", font=\\ttfamily\\fontsize{8}{9.5}\\itshape" if label.kind == "name" else ""
        for place, line in enumerate(label.lines):
            at = _point(middle, box.top + (place + 0.76) * METRICS.line)
            yield f"\\node[text node, text={label.kind}{shape}] at {at} {{{_text(line)}}};"


def _stroke(is_active: bool) -> str:
    return "active, line width=1.6pt" if is_active else "ink"


def _spell_circuit(circuit: Circuit) -> Circuit:
    """Spell out the characters that pdflatex lacks, so that the layout has room for them."""

    gates = {
        index: gate._replace(symbol=_spell(gate.symbol), name=_spell(gate.name))
        for index, gate in circuit.gates.items()
    }
    captions = [[_spell(line) for line in lines] for lines in circuit.captions]
    return circuit._replace(gates=gates, captions=captions)


def _spell(text: str) -> str:
    return "".join(each if _sign(each) is not None else f"U+{ord(each):04X}" for each in text)


def _text(text: str) -> str:
    return "".join(_sign(each) or "" for each in text)


def _sign(letter: str) -> str | None:
    """A character in LaTeX; None where pdflatex lacks it."""
    if letter == " ":
        return "~"
    if letter == "\u0304":  # a macron over the letter before it
        return "\\llap{\\sign{\\bar{}}}"
    if letter.isascii():
        return letter if letter.isalnum() or letter in ".,:;=+*/()[]|<>@-" else f"\\char{ord(letter)} "
    math = SIGNS.get(letter) or escape(letter)
    return None if "U{+}" in math else f"\\sign{{{math}}}"


def _point(x: float, y: float) -> str:
    return f"({number(x)}, {number(y)})"
