"""Programs with loops, and the same written by hand with JAX's scan."""

from support.loops import examples, language, recurrences
from support.loops.program import LoopProgram

PROGRAMS = [*recurrences.PROGRAMS, *language.PROGRAMS, *examples.PROGRAMS]
__all__ = ["PROGRAMS", "LoopProgram"]
