"""The benches: one file each, a function that returns rows; Row and timed serve them all."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One contender: its time (median of the repeats) and what is said about it."""

    name: str
    seconds: float
    note: str


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the median time of some runs, and the last answer."""
    times, answer = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), answer


def markdown(rows: list[Row]) -> str:
    """Return the rows as a table; the ratio is to the first row, the whole of our work."""
    ours = rows[0].seconds
    lines = ["| contender | s | ratio | note |", "|---|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {r.name} | {r.seconds:.3f} | {r.seconds / ours:.1f} | {r.note} |" for r in rows)]
    )
