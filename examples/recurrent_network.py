"""A recurrent network: one step for each row of x."""

from typing import Any

import numpy as np


def last_state(x: Any, h: Any, u: Any, v: Any) -> Any:
    for row in x:
        h = np.tanh(u @ h + v @ row)
    return h @ h
