"""C: the source of functions, programs that call them, and libraries of functions of Python."""

from graphdiff.targets.c.language import source as source
from graphdiff.targets.c.program import program as program
