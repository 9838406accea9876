"""
The search over a terrain grid, compiled: cells leave a ring of narrow buckets in the order of their cost.

Dial's algorithm with buckets no wider than the cheapest step: every cell of a bucket is final when the
bucket's turn comes, so the answer is Dijkstra's, without a heap. Costs beyond the ring (cliffs, sources that
open late) wait in a list until the ring has come near.

Source of the method: Dial (1969), CACM 12(11); buckets for real costs: Denardo and Fox (1979), Operations
Research 27(1) [both recalled]. Compiled functions of one file call only each other: numba's cache looks at
the file of the function alone, and would not see a change elsewhere.
"""

# One tight loop, and plain arrays as arguments: a tuple of arrays costs reference counts at every call.
# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knr_gis.network import Floats, Ints

START, UNSEEN = 16, 31  # instead of a step: a source is here; no way was found
_STEP, _DONE = 31, 32  # bits of a cell's state: the step it was come by; final
_N_NEAR = 8  # steps from here on are knight's moves
_RING = 1024
_BLOCK = 128
_NOW, _WAITING, _FREE, _FAR, _FAR_NEXT = range(5)  # places in Buckets.meta
_NEVER = np.int64(2**62)
_MOST_S = 1e9  # what takes longer (cliffs) is out of reach: 32 years


class Buckets(NamedTuple):
    """
    A ring of buckets, each a chain of blocks of cells.

    Parameters
    ----------
    heads, fill
        Shape (ring,): newest block of each bucket (-1 none) and how many cells it holds.
    blocks, links, free
        Cells by block; the next older block; stack of blocks that are not in use.
    far
        Cells beyond the ring.
    meta
        Bucket whose turn it is, cells in the ring, free blocks, cells in ``far`` and their lowest bucket.
    """

    heads: NDArray[np.int32]
    fill: NDArray[np.int32]
    blocks: NDArray[np.int32]
    links: NDArray[np.int32]
    free: NDArray[np.int32]
    far: NDArray[np.int32]
    meta: NDArray[np.int64]


class Found(NamedTuple):
    """Seconds, state (step, whether final) and source of each cell."""

    cost: NDArray[np.float64]
    state: NDArray[np.uint8]
    source: NDArray[np.int32]


class Pace(NamedTuple):
    """
    What the steps cost.

    Parameters
    ----------
    height, slow
        Shape (cells,), or (0,) where there is none: metres; factor on the time.
    level_s, length_m, least_s
        Shape (16,): seconds on level ground, metres, seconds below which the step never is.
    rate, shift
        Of Tobler's function, see ``_exponent``.
    per_s
        Buckets per second; a bucket must be narrower than the cheapest step.
    """

    height: NDArray[np.float32]
    slow: NDArray[np.float32]
    level_s: NDArray[np.float64]
    length_m: NDArray[np.float64]
    least_s: NDArray[np.float64]
    rate: float
    shift: float
    per_s: float


@njit(cache=True)
def march(
    steps: NDArray[np.uint16], starts: Ints, start_s: Floats, pace: Pace, moves: Ints
) -> tuple[Floats, NDArray[np.uint8], NDArray[np.int32]]:
    """
    Return seconds, step back toward the source (or START, UNSEEN) and number of the source of each cell.

    Parameters
    ----------
    steps
        Shape (cells,), bits: which of the 16 steps are open.
    starts, start_s
        Shape (K,): cells of the sources and what their use costs.
    pace
        A ``Pace``.
    moves
        Shape (16, 3): what to add to a cell's number for the step, and for the two cells beside it.
    """
    n = len(steps)
    found = Found(np.full(n, _MOST_S), np.full(n, UNSEEN, dtype=np.uint8), np.full(n, -1, dtype=np.int32))
    queue = _sources(found, starts, start_s, pace.per_s)
    meta = queue.meta
    while meta[_WAITING] + meta[_FAR] > 0:
        if meta[_WAITING] == 0:
            meta[_NOW] = meta[_FAR_NEXT]
        if meta[_FAR_NEXT] <= meta[_NOW]:
            queue = _bring_near(queue, found, pace.per_s)
        slot = meta[_NOW] & (_RING - 1)
        block, held = queue.heads[slot], queue.fill[slot]
        queue.heads[slot], queue.fill[slot] = -1, _BLOCK
        while block >= 0:
            queue = _with_room(queue, _BLOCK * len(moves), _BLOCK * len(moves))
            _spread(queue, found, pace, steps, moves, block, held)
            meta[_WAITING] -= held
            queue.free[meta[_FREE]] = block
            meta[_FREE] += 1
            block, held = queue.links[block], _BLOCK
        meta[_NOW] += 1
    return found.cost, found.state & np.uint8(_STEP), found.source


@njit(cache=True)
def _sources(found: Found, starts: Ints, start_s: Floats, per_s: float) -> Buckets:
    """Put the sources into new buckets; where several share a cell the cheapest (then the first) counts."""
    for k in range(len(starts)):
        cell = starts[k]
        if start_s[k] < found.cost[cell]:
            found.cost[cell], found.state[cell], found.source[cell] = start_s[k], START, k
    return _enter(_new_buckets(), found, starts, per_s)


@njit(cache=True)
def _spread(
    queue: Buckets, found: Found, pace: Pace, steps: NDArray[np.uint16], moves: Ints, block: int, held: int
) -> None:
    """Make the cells of a block final, and offer the way over them to all cells that can step there."""
    cost, state, source = found
    height, slow, level_s, length_m, least_s, rate, shift, per_s = pace
    heads, fill, blocks, links, free, far, meta = queue
    for k in range(held):
        here = blocks[block, k]
        came, is_open, here_s = state[here], steps[here], cost[here]
        if came & _DONE:
            continue
        state[here] = came | _DONE
        if came != START:
            source[here] = source[here + moves[came, 0]]
        for step in range(len(moves)):
            there = here + moves[step, 0]
            if not (is_open >> step) & 1:
                continue
            old_s = cost[there]
            if here_s + least_s[step] >= old_s:
                continue
            one, other = here + moves[step, 1], here + moves[step, 2]
            step_s = level_s[step]
            if len(slow):
                step_s *= _slows(slow, here, there, one, other, step)
            if len(height):
                first, second = _slopes(height, here, there, one, other, step, length_m[step])
                first, second = _exponent(first, rate, shift), _exponent(second, rate, shift)
                # most offers are in vain: the cubic is never above exp, and ten times as quick
                if here_s + step_s * 0.5 * (_cubic(first) + _cubic(second)) >= old_s:
                    continue
                step_s *= np.exp(first) if step < _N_NEAR else 0.5 * (np.exp(first) + np.exp(second))
            new_s = here_s + step_s
            if new_s < old_s:
                is_new = state[there] == UNSEEN
                cost[there], state[there] = new_s, step ^ 1
                bucket = np.int64(new_s * per_s)
                if is_new or bucket != np.int64(old_s * per_s):
                    _push(heads, fill, blocks, links, free, far, meta, there, bucket)


@njit(cache=True)
def _slopes(
    height: NDArray[np.float32], here: int, there: int, one: int, other: int, step: int, metres: float
) -> tuple[float, float]:
    """Return the slopes of both halves of the step to ``here``; a knight passes between two cells."""
    top, foot = np.float64(height[here]), np.float64(height[there])
    if step < _N_NEAR:
        slope = (top - foot) / metres
        return slope, slope
    middle, half_m = 0.5 * (np.float64(height[one]) + height[other]), 0.5 * metres
    return (middle - foot) / half_m, (top - middle) / half_m


@njit(cache=True)
def _slows(slow: NDArray[np.float32], here: int, there: int, one: int, other: int, step: int) -> float:
    """Return the mean factor of the cells that the step leads over, each for its share of the way."""
    ends: float = 0.5 * (slow[here] + slow[there])
    return ends if step < _N_NEAR else 0.5 * ends + 0.25 * (slow[one] + slow[other])


@njit(cache=True)
def _exponent(slope: float, rate: float, shift: float) -> float:
    """
    Return the logarithm of the time on a slope over the time on level ground; unknown (NaN) counts as level.

    Tobler (1993): speed = 6 exp(-3.5 |slope + 0.05|) km/h, slope in the direction of travel.
    """
    return rate * (abs(slope + shift) - shift) if np.isfinite(slope) else 0.0


@njit(cache=True)
def _cubic(x: float) -> float:
    """Return 1 + x + x^2/2 + x^3/6, which is at most exp(x) (the remainder of an odd order is positive)."""
    return 1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0)))


@njit(cache=True)
def _new_buckets() -> Buckets:
    none = np.empty(0, dtype=np.int32)
    heads, fill = np.full(_RING, -1, dtype=np.int32), np.full(_RING, _BLOCK, dtype=np.int32)
    blocks, meta = np.empty((0, _BLOCK), dtype=np.int32), np.array([0, 0, 0, 0, _NEVER])
    return Buckets(heads, fill, blocks, none, none, none, meta)


@njit(cache=True)
def _push(
    heads: NDArray[np.int32],
    fill: NDArray[np.int32],
    blocks: NDArray[np.int32],
    links: NDArray[np.int32],
    free: NDArray[np.int32],
    far: NDArray[np.int32],
    meta: Ints,
    cell: int,
    bucket: int | np.int64,
) -> None:
    """Put a cell into its bucket; there must be room."""
    if bucket - meta[_NOW] >= _RING:
        far[meta[_FAR]] = cell
        meta[_FAR] += 1
        meta[_FAR_NEXT] = min(meta[_FAR_NEXT], bucket)
        return
    slot = bucket & (_RING - 1)
    if fill[slot] == _BLOCK:
        meta[_FREE] -= 1
        block = free[meta[_FREE]]
        links[block], heads[slot], fill[slot] = heads[slot], block, 0
    blocks[heads[slot], fill[slot]] = cell
    fill[slot] += 1
    meta[_WAITING] += 1


@njit(cache=True)
def _with_room(queue: Buckets, n_blocks: int, n_far: int) -> Buckets:
    """Return the buckets with so many free blocks and places in the far list, or more."""
    if queue.meta[_FREE] >= n_blocks and queue.meta[_FAR] + n_far <= len(queue.far):
        return queue
    return _grown(queue, n_blocks, n_far)


@njit(cache=True)
def _grown(queue: Buckets, n_blocks: int, n_far: int) -> Buckets:
    n, n_free = len(queue.links), queue.meta[_FREE]
    size = 2 * n + n_blocks
    far = np.empty(2 * len(queue.far) + n_far, dtype=np.int32)
    far[: len(queue.far)] = queue.far
    blocks, links = np.empty((size, _BLOCK), dtype=np.int32), np.empty(size, dtype=np.int32)
    blocks[:n], links[:n] = queue.blocks, queue.links
    free = np.empty(size, dtype=np.int32)
    free[:n_free] = queue.free[:n_free]
    free[n_free : n_free + size - n] = np.arange(n, size)
    queue.meta[_FREE] = n_free + size - n
    return Buckets(queue.heads, queue.fill, blocks, links, free, far, queue.meta)


@njit(cache=True)
def _bring_near(queue: Buckets, found: Found, per_s: float) -> Buckets:
    """Return the buckets with those far cells in the ring that now fit."""
    waiting = queue.far[: queue.meta[_FAR]].copy()
    queue.meta[_FAR], queue.meta[_FAR_NEXT] = 0, _NEVER
    return _enter(queue, found, waiting, per_s)


@njit(cache=True)
def _enter(queue: Buckets, found: Found, cells: Ints | NDArray[np.int32], per_s: float) -> Buckets:
    """Return the buckets with these cells in them, those that are final left out."""
    queue = _with_room(queue, len(cells) // _BLOCK + _RING, len(cells))
    heads, fill, blocks, links, free, far, meta = queue
    for cell in cells:
        if not found.state[cell] & _DONE:
            bucket = np.int64(found.cost[cell] * per_s)
            _push(heads, fill, blocks, links, free, far, meta, cell, bucket)
    return queue


@njit(cache=True)
def lengths_of(step: NDArray[np.uint8], cells: Ints, offsets: Ints, length_m: Floats) -> Floats:
    """Return the metres from each cell along its way to the source; NaN where there is no way."""
    metres = np.zeros(len(cells))
    for k in range(len(cells)):
        cell = cells[k]
        if cell < 0 or step[cell] == UNSEEN:
            metres[k] = np.nan
            continue
        while step[cell] != START:
            metres[k] += length_m[step[cell]]
            cell += offsets[step[cell]]
    return metres


@njit(cache=True)
def trace(step: NDArray[np.uint8], cell: int, offsets: Ints) -> Ints:
    """Return the cells from one cell to its source, both included."""
    way = [cell]
    while step[cell] < START:
        cell += offsets[step[cell]]
        way.append(cell)
    return np.array(way)
