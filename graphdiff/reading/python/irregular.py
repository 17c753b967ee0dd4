"""All functions of libraries that are read by code: importing this module registers them."""

from __future__ import annotations

import graphdiff.reading.python.array_functions
import graphdiff.reading.python.builtin_functions
import graphdiff.reading.python.network_functions
import graphdiff.reading.python.shape_functions  # noqa: F401
from graphdiff.reading.python.registration import IRREGULAR as IRREGULAR
