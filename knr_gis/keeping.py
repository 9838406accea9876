"""What is cut once and kept: the key of a set of zones, and where its parts are kept during a run."""

import contextlib
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import NamedTuple, Protocol

import numpy as np
import shapely

from knr_gis.edges import Index, Shapes

# To be raised whenever the same polygons would be cut into other parts.
SPLITTER = "2"


class Split(NamedTuple):
    """
    Zones cut into small parts.

    Parameters
    ----------
    parts
        Shape ``(m,)``, valid polygons that do not overlap.
    owner
        Shape ``(m,)``: position of the polygon that each part is of.
    overlap_m2
        Area that was taken off because an earlier zone holds it.
    """

    parts: Shapes
    owner: Index
    overlap_m2: float


class Keeper(Protocol):
    """Keeps splits under a key; what cannot be read again is as if it had never been kept."""

    def load(self, key: str) -> Split | None:
        """Return what is kept under the key, None if nothing sound is."""

    def save(self, key: str, split: Split) -> None:
        """Keep a split; a keeper that cannot write keeps nothing and says nothing."""


_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextlib.contextmanager
def kept_in(keeper: Keeper | None) -> Iterator[None]:
    """Let zones that are made within the block be kept; results are the same with and without."""
    token = _KEEPER.set(keeper)
    try:
        yield
    finally:
        _KEEPER.reset(token)


def current_keeper() -> Keeper | None:
    """Return the keeper of the block we are in."""
    return _KEEPER.get()


def key_of(polygons: Shapes, rank: Index) -> str:
    """Return the key of polygons and their order: their content, the splitter and the version of GEOS."""
    digest = hashlib.sha256(f"{SPLITTER} {shapely.geos_version_string}".encode())
    for wkb in shapely.to_wkb(polygons, include_srid=False):
        digest.update(b"-" if wkb is None else len(wkb).to_bytes(8, "little") + wkb)
    digest.update(np.ascontiguousarray(rank, dtype=np.int64).tobytes())
    return digest.hexdigest()
