"""Figures by municipality that can be added up, ranked and shared out, each with what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Mask, Numbers, municipality_names, texts
from knr_gis.errors import AnalysisError
from knr_gis.result import Blank
from knr_gis.texts import say

KNOWN, PARTIAL, UNKNOWN = "known", "partial", "unknown"
NO_HAZARD, EDGE_OF_HAZARD, NO_LAYER, NO_PROJECTION, NOT_ASKED = (
    "no_hazard", "edge_of_hazard", "no_layer", "no_projection", "not_asked",
)  # fmt: skip
_VALUED = (KNOWN, PARTIAL)
_CLOSE = 1e-9
_DIGITS = 9  # decimals beyond which two figures tie


@dataclass(frozen=True)
class Place:
    """
    A municipality, a bureau or the whole region.

    Parameters
    ----------
    code
        Of a municipality; empty for others.
    label
        As readers know it; ``name`` is empty for the whole region (as in every summary).
    members
        Shape ``(municipalities,)``.
    """

    code: str
    name: str
    label: str
    members: Mask

    @property
    def is_municipality(self) -> bool:
        """Whether it is one of those that are compared."""
        return bool(self.code)


def places_in(municipalities: gpd.GeoDataFrame) -> list[Place]:
    """Return the municipalities, then the bureaus that the layer names, then the whole region."""
    codes, names = municipalities["muni_code"].astype(str).tolist(), municipality_names(municipalities)
    each = np.eye(len(codes), dtype=bool)
    single = [
        Place(code, name, name, each[k]) for k, (code, name) in enumerate(zip(codes, names, strict=True))
    ]
    bureau = np.array(texts(municipalities, "bureau"), dtype=object)
    titles = {b: say("profile.bureau", name=b) for b in dict.fromkeys(bureau) if b}
    groups = [Place("", title, title, bureau == b) for b, title in titles.items()]
    return [*single, *groups, Place("", "", say("profile.region"), np.ones(len(codes), dtype=bool))]


@dataclass(frozen=True)
class Figure:
    """
    One figure of every municipality.

    Parameters
    ----------
    key
        Name of the measure.
    part
        Shape ``(municipalities,)``, NaN where there is no figure.
    states
        Why a figure is there or not, one for each municipality.
    whole
        Shape ``(municipalities,)``: the figure is then ``100 * part / whole``, in per cent, also of a sum
        of municipalities. None for amounts that add up.
    group
        Kind within the measure (of park, say).
    title
        How a page calls it; empty for the name of the measure.
    """

    key: str
    unit: str
    part: Numbers
    states: tuple[str, ...]
    whole: Numbers | None = None
    group: str = ""
    title: str = ""

    def of(self, place: Place) -> tuple[float, str]:
        """Return the figure of a place, over what is known of it, and its state."""
        known = place.members & ~np.isnan(self.part)
        known &= True if self.whole is None else ~np.isnan(self.whole)
        state = joined_state([s for s, m in zip(self.states, place.members, strict=True) if m])
        if not known.any():
            return float("nan"), state
        part = float(self.part[known].sum())
        if self.whole is None:
            return part, state
        whole = float(self.whole[known].sum())
        return (100 * part / whole, state) if whole > 0 else (float("nan"), NOT_ASKED)


def joined_state(states: Sequence[str]) -> str:
    """Return the state of a sum of figures."""
    kinds = set(states) - {NOT_ASKED}
    if not kinds:
        return NOT_ASKED
    if kinds & set(_VALUED):
        return KNOWN if kinds == {KNOWN} else PARTIAL
    return kinds.pop() if len(kinds) == 1 else UNKNOWN


def ranks(figure: Figure, places: list[Place]) -> dict[str, int]:
    """
    Return the rank of each municipality by code, 1 = the largest figure; equal figures share a rank.

    What is unknown, not evaluated, not asked or known in part only has none: it could be anywhere.
    """
    found = {p.code: figure.of(p) for p in places if p.is_municipality}
    known = pd.Series(
        {code: round(v, _DIGITS) for code, (v, state) in found.items() if state == KNOWN}, dtype=float
    )
    return {str(code): int(r) for code, r in known.rank(method="min", ascending=False).items()}


def shares(figure: Figure, places: list[Place]) -> list[float | Blank]:
    """
    Return the share of the whole region in per cent, one for each place.

    Only amounts have one; it is unknown unless the figures of all municipalities are known.
    """
    region, state = figure.of(places[-1])
    if figure.whole is not None or (state == KNOWN and region == 0):
        return [Blank.NOT_ASKED] * len(places)
    if state != KNOWN:
        return [float("nan")] * len(places)
    return [100 * figure.of(p)[0] / region for p in places]


def require_closed(figures: list[Figure], places: list[Place]) -> None:
    """
    Raise AnalysisError unless municipalities, and bureaus, add up to the region for every amount.

    Where not every municipality has a bureau, only the municipalities must.
    """
    bureaus = [p for p in places if not p.is_municipality and p.name]
    complete = bool(bureaus) and bool(np.sum([p.members for p in bureaus], axis=0).min() == 1)
    levels = [[p for p in places if p.is_municipality], *([bureaus] if complete else [])]
    for figure in (f for f in figures if f.whole is None):
        whole = figure.of(places[-1])[0]
        for level in levels:
            parts = float(np.nansum([figure.of(p)[0] for p in level]))
            if not np.isclose(parts, np.nan_to_num(whole), rtol=_CLOSE, atol=_CLOSE):
                raise AnalysisError(
                    "analyses.not_closed", measure=figure.key, municipality=places[-1].label,
                    parts=f"{parts:.6f}", total=f"{whole:.6f}",
                )  # fmt: skip
