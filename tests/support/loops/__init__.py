"""Programs with loops, and the same written by hand with JAX's scan."""

from support.loops import language, recurrences
from support.loops.program import LoopProgram

PROGRAMS = [*recurrences.PROGRAMS, *language.PROGRAMS]
__all__ = ["PROGRAMS", "LoopProgram"]
