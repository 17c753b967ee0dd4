"""The commands of LaTeX by what they are: spacing, letters, signs, brackets, environments."""

from __future__ import annotations

from graphdiff.writing.latex_names import GREEK

_SPACING = r"""
    \, \; \: \! \> \  \quad \qquad \enspace \thinspace \medspace \thickspace \negthinspace \hfill \hspace \vspace
    \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits \nonumber \notag \noindent \centering
    \big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \middle \mathopen \mathclose
    \mathrel \mathbin \mathord \allowbreak \strut \mathstrut \small \large \Large \normalsize \boldmath \it \bf \rm
    \tiny \footnotesize \left \right \null \par \relax \/ \- \substack \therefore
    \because"""
SPACING = frozenset(_SPACING.split())
"""Commands without a meaning of their own."""
SEPARATING = frozenset([r"\quad", r"\qquad", r"\\"])
"""What separates statements outside brackets."""
WITH_ARGUMENT = frozenset(
    [r"\label", r"\tag", r"\tag*", r"\hspace", r"\hspace*", r"\vspace", r"\vspace*", r"\color", r"\textcolor"]
)
"""Commands that are left out with their argument."""

LETTERS = {
    **{f"\\{word}": word for word in GREEK.values()},
    **{f"\\{word}": word for word in ("hbar", "ell", "imath", "jmath", "omicron")},
    **{r"\varkappa": "varkappa", r"\partial": "partial", r"\nabla": "nabla", r"\infty": "infinity", r"\top": "top"},
    **{r"\intercal": "top", r"\bot": "bot", r"\circ": "circ", r"\prime": "prime", r"\degree": "circ"},
    **{r"\dagger": "dagger", r"\dag": "dagger", r"\ddagger": "ddagger", r"\_": "_", r"\hslash": "hbar"},
}
"""Commands that are single symbols, by their name in a formula of graphdiff."""

RELATIONS = {
    **{"=": "=", ":=": "=", "==": "=", r"\equiv": "=", r"\coloneqq": "=", r"\triangleq": "=", r"\doteq": "="},
    **{r"\colonequals": "=", r"\coloneq": "=", r"\not=": "!="},
    **{"<": "<", ">": ">", r"\lt": "<", r"\gt": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">="},
    **{r"\le": "<=", r"\leq": "<=", r"\leqslant": "<=", r"\ge": ">=", r"\geq": ">=", r"\geqslant": ">="},
    **{"!=": "!=", "≠": "!=", r"\ne": "!=", r"\neq": "!=", r"\approx": "≈", r"\simeq": "≈", "≈": "≈", r"\cong": "≈"},
    **{r"\in": "∈", r"\to": "→", r"\rightarrow": "→", r"\longrightarrow": "→", r"\mapsto": "→", r"\propto": "∝"},
    **{r"\sim": "∼", r"\Rightarrow": "⇒", r"\implies": "⇒", r"\Leftrightarrow": "⇒", r"\iff": "⇒", r"\notin": "∉"},
    **{
        r"\leftarrow": "=",
        r"\gets": "=",
        r"\ll": "≪",
        r"\gg": "≫",
        r"\subset": "⊂",
        r"\subseteq": "⊂",
        r"\perp": "⊥",
        r"\parallel": "∥",
    },
}
"""Relations; only "=", comparisons and "≈" have a meaning here."""

TIMES, DOT, STAR, DIVIDE, ENTRYWISE, CIRCLE, OUTER, MATMUL = "times", "dot", "*", "/", "odot", "circ", "outer", "@"
OPERATORS = {
    **{"*": STAR, "∗": STAR, r"\ast": STAR, r"\star": STAR, "·": DOT, "⋅": DOT, r"\cdot": DOT, r"\bullet": DOT},
    **{"×": TIMES, r"\times": TIMES, "/": DIVIDE, "÷": DIVIDE, "∕": DIVIDE, r"\div": DIVIDE, r"\slash": DIVIDE},
    **{"⊙": ENTRYWISE, r"\odot": ENTRYWISE, r"\circ": CIRCLE, r"\otimes": OUTER, "@": MATMUL},
    **{r"\bmod": "mod", r"\mod": "mod"},
}
"""Operators between factors."""
SIGNS = {"+": "+", "-": "-", "−": "-", "–": "-", r"\pm": "±", r"\mp": "±", r"\oplus": "⊕", r"\ominus": "⊕"}

OPENING = {
    **{"(": "(", "[": "[", r"\{": "{", r"\lbrace": "{", r"\lbrack": "[", r"\langle": "⟨", r"\lfloor": "⌊"},
    **{r"\lceil": "⌈", r"\lvert": "|", r"\lVert": "‖", r"\lgroup": "("},
}
CLOSING = {
    **{")": "(", "]": "[", r"\}": "{", r"\rbrace": "{", r"\rbrack": "[", r"\rangle": "⟨", r"\rfloor": "⌊"},
    **{r"\rceil": "⌈", r"\rvert": "|", r"\rVert": "‖", r"\rgroup": "("},
}
"""Closing brackets, by what opens them."""
BARS = {"|": "|", r"\vert": "|", r"\|": "‖", r"\Vert": "‖", "||": "‖", "‖": "‖", "∥": "‖", r"\mid": "|"}
"""What opens and closes."""

FRACTIONS = frozenset([r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\nicefrac", r"\sfrac", r"\binom", r"\dbinom"])
UPRIGHT = r"\mathrm \mathit \mathsf \mathtt \text"
_PLAIN_STYLES = rf"\mathbf \boldsymbol \bm \vec \mathnormal \pmb \symbf \overrightarrow {UPRIGHT}"
PLAIN_STYLES = frozenset(_PLAIN_STYLES.split())
"""Styles that fall away: bold, arrows, upright type."""
BOLD = PLAIN_STYLES - set(UPRIGHT.split())
STYLES = PLAIN_STYLES | {r"\mathbb", r"\mathcal", r"\mathfrak", r"\mathscr"}
ACCENTS = {
    **{f"\\{name}": name for name in ("hat", "bar", "tilde", "dot", "ddot", "check", "breve", "acute", "grave")},
    **{r"\widehat": "hat", r"\widetilde": "tilde", r"\overline": "bar", r"\mathring": "ring", r"\underline": "under"},
}
"""Accents, by the suffix that stands for them in a name."""
GROUPING = frozenset([r"\boxed", r"\cancel", r"\ensuremath", r"\mathstrut", r"\smash", r"\operatorname"])
"""Commands that leave their argument as it is."""
BRACES = frozenset([r"\underbrace", r"\overbrace"])
BIG = {
    **{r"\sum": "sum", r"\prod": "prod", "∑": "sum", "∏": "prod", r"\int": "int", r"\iint": "int", r"\oint": "int"},
    **{r"\lim": "lim", r"\bigcup": "union", r"\bigcap": "intersection", r"\coprod": "coprod", r"\iiint": "int"},
    **{
        r"\limsup": "lim",
        r"\liminf": "lim",
        r"\sup": "sup",
        r"\inf": "inf",
        r"\argmax": "argmax",
        r"\argmin": "argmin",
    },
}
DOTS = frozenset([r"\ldots", r"\cdots", r"\dots", r"\vdots", r"\ddots", r"\dotsc", r"\dotsb", "…"])
CONNECTIVES = {r"\land": "and", r"\wedge": "and", r"\lor": "or", r"\vee": "or", r"\&": "and"}
_LINES = "aligned alignedat split gathered align align* gather gather* multline multline* eqnarray"
LINES = frozenset(_LINES.split())
"""Environments whose rows are statements."""
_MATRICES = "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases dcases rcases"
MATRICES = frozenset(_MATRICES.split())
DISPLAYS = r"equation\*?|align\*?|alignat\*?|gather\*?|multline\*?|flalign\*?|eqnarray\*?|displaymath|math|dmath\*?"
"""Environments that begin math in a text."""
HINTS = {
    "$": "the matching '$' is missing",
    "#": r"write \# for the sign",
    '"': "leave out the quotes",
    ".": "a number has digits on both sides of its decimal point",
    **dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹ⁱⁿ½¼¾₀₁₂₃₄₅₆₇₈₉", "write it as LaTeX: x^2, \\frac12, x_0"),
    "√": r"write \sqrt{x}",
    "∑": r"write \sum_{i=1}^{n}",
}
"""What to write for characters that are no part of LaTeX's formulas."""
