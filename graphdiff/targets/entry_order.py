"""Sorting where every entry is a separate value: what goes to a place is chosen by the ranks of the keys."""

from __future__ import annotations

from typing import Any


def sort_by(xp: Any, values: Any, keys: Any, axis: int = -1) -> Any:
    """The values in the order that sorts the keys."""
    return _move(xp, values, keys, axis, to_ranks=True)


def unsort_by(xp: Any, values: Any, keys: Any, axis: int = -1) -> Any:
    """The values, which are in the order of the sorted keys, in the order of the keys."""
    return _move(xp, values, keys, axis, to_ranks=False)


def _move(xp: Any, values: Any, keys: Any, axis: int, to_ranks: bool) -> Any:
    """Move each value from its place to the rank of its key, or back. The rank is how many keys are smaller, or equal
    and before."""
    values, keys = xp.moveaxis(values, axis, -1), xp.moveaxis(keys, axis, -1)
    places = xp.arange(keys.shape[-1])
    own, other = xp.expand_dims(keys, axis=-1), xp.expand_dims(keys, axis=-2)
    is_before = xp.less(places, xp.expand_dims(places, axis=-1))
    precedes = xp.where(is_before, xp.less_equal(other, own), xp.less(other, own))
    ranks = xp.expand_dims(xp.sum(precedes, axis=-1), axis=-1)
    chosen = xp.where(xp.equal(ranks, places), xp.expand_dims(values, axis=-1 if to_ranks else -2), 0.0)
    return xp.moveaxis(xp.sum(chosen, axis=-2 if to_ranks else -1), -1, axis)
