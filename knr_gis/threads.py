"""Array functions run slice by slice in threads: GEOS and compiled code let go of Python's lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SLICE = 4_000


def core_count() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else (os.cpu_count() or 1)


def in_threads(work: Callable[..., NDArray[Any]], *arrays: NDArray[Any], size: int = _SLICE) -> NDArray[Any]:
    """
    Return ``work(*arrays)``, computed slice by slice in as many threads as there are cores.

    Parameters
    ----------
    work
        Takes arrays of one length and returns an array of that length, row by row. It must not touch
        what another slice touches: no search tree, no prepared geometry (GEOS fills both on first use).
    arrays
        Of one length.
    size
        Rows of a slice.
    """
    starts = range(0, len(arrays[0]), size)
    if len(starts) < 2:
        return work(*arrays)
    with ThreadPoolExecutor(core_count()) as pool:
        return np.concatenate(list(pool.map(lambda s: work(*(a[s : s + size] for a in arrays)), starts)))
