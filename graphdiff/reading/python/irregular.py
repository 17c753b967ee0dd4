"""All functions of libraries that are read by code: importing this module registers them."""

from __future__ import annotations

from graphdiff.reading.python import array_functions, builtin_functions, network_functions, shape_functions
from graphdiff.reading.python.registration import IRREGULAR as IRREGULAR

MODULES = (array_functions, builtin_functions, network_functions, shape_functions)
