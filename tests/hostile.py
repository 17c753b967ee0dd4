"""Programs whose comments and names are markup in other languages, and must remain text."""

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
