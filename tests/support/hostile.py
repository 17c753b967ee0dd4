"""Programs whose comments and names mean something in other languages, and must remain text and names."""

from __future__ import annotations

COMMENT = (
    r"""# <script>alert(1)</script> & &amp; ]]> --> % \input{x} $x$ "quotes" 'single' [bold]x[/bold] \\ {} ~ ^ _ `"""
)
PROGRAM = rf"""{COMMENT}
script = α_1*β + x₀^2  # <b>
input = script*loss_max + v_1*v1
Δt = input/ħ + max(script, script) + é
gate bold(u) = u^2*v_1 with 2*y/u  # <i>
bold(sin(Δt)) + 1e-7*w_1 + ū*where(script > input, style, title)"""
POINT = {
    **{"α_1": 1.0, "β": 2.0, "x₀": 3.0, "loss_max": -1e-9, "v_1": 2.0, "v1": 3.0, "ħ": 1.0, "é": 0.5},
    **{"w_1": 1e10, "ū": -2.0, "style": 4.0, "title": 5.0},
}

CLASHES = """
double + 2*int + 3*gradient + 5*y1 + 7*lambda + 11*σ + 13*x₀ + 17*x0 + 19*_x + 23*a__b + 29*f + 31*M_PI + 37*I
+ 41*f0_maximum*max(NAN, _) + 43*__ + 47*class + 53*main + 59*exp*exp(exp/100) + 61*x_ + 67*sigma + 71*a_b + 73*U_x
+ 79*é + 83*f0 + 89*v1*v1
"""
"""A program of which every name is a word of C or JavaScript, or of the code that is made."""
