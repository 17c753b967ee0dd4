"""A recurrent network: one step for each row of x."""

import numpy as np


def last_state(x, h, u, v):
    for row in x:
        h = np.tanh(u @ h + v @ row)
    return h @ h
