"""The board of a plan: the places that count, what each is allowed, and the dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import geopandas as gpd
import numpy as np

from knr_gis.analyses.tourism.hours import Doors, make_doors
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.analyses.tourism.scores import score_of, theme_weight
from knr_gis.analyses.tourism.setting import Setting
from knr_gis.analyses.tourism.stops import find_places
from knr_gis.analyses.tourism.trains import with_stations
from knr_gis.analyses.tourism.wishes import Wishes
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats

LODGING: Literal["lodging"] = "lodging"
SPOT = "spot"


@dataclass(frozen=True, eq=False)
class Board:
    """
    What stays the same for all parties.

    Parameters
    ----------
    doors
        Places (rows are the nodes of the problem) and when they can be visited.
    start, end
        Rows; ``end`` -1: at any lodging.
    candidates
        Shape (N,): spots that may be visited: of a wanted theme and not on the never-list, and the musts.
    lodgings
        Shape (N,): lodgings that are allowed.
    outside, never
        Shape (N,): spots of other themes, and those on the never-list.
    must
        Rows; ``locked``: row to the day from 0.
    score
        Shape (N,).
    """

    setting: Setting
    wishes: Wishes
    doors: Doors
    dates: tuple[date, ...]
    start: int
    end: int
    candidates: Flags
    lodgings: Flags
    outside: Flags
    never: Flags
    must: tuple[int, ...]
    locked: dict[int, int]
    score: Floats

    @property
    def places(self) -> gpd.GeoDataFrame:
        """All that were considered, chosen or not."""
        return self.doors.places


def make_board(setting: Setting, wishes: Wishes) -> Board:
    """
    Return the board.

    Raises
    ------
    AnalysisError
        If there is no date, no spot, a name is not known, or a wish contradicts another.
    """
    known = _known_places(setting)
    named = _named_rows(known, wishes)
    kept = _kept(known, named)
    places = with_stations(setting, known.iloc[kept].reset_index(drop=True))
    at = {old: new for new, old in enumerate(kept)}
    rows = {key: [at[row] for row in found] for key, found in named.items()}
    n = wishes.numbers
    doors = make_doors(places, unknown_stay_min=n["unknown_stay_min"], by_sunset=wishes.outdoor_by_sunset)
    return _board(setting, wishes, doors, rows)


def _board(setting: Setting, wishes: Wishes, doors: Doors, rows: dict[str, list[int]]) -> Board:
    places = doors.places
    kind, must = places["kind"].to_numpy(), _mask(doors, rows["must"])
    never, spot = _mask(doors, rows["never"]), kind == SPOT
    wanted = np.array([theme_weight(theme, wishes) > 0 for theme in places["theme"]])
    candidates = (spot & wanted & ~never) | must
    allowed = _mask(doors, rows["lodgings"]) if wishes.lodgings else kind == LODGING
    _require_possible(places, rows, candidates)
    return Board(
        setting=setting, wishes=wishes, doors=doors,
        dates=_dates(setting, wishes),
        start=rows["start"][0], end=rows["end"][0] if rows["end"] else -1,
        candidates=candidates, lodgings=allowed & ~never, outside=spot & ~wanted & ~must, never=never & spot,
        must=tuple(rows["must"]),
        locked={row: day - 1 for row, day in zip(rows["locked"], wishes.locked.values(), strict=True)},
        score=score_of(places, doors.openings, candidates, wishes=wishes),
    )  # fmt: skip


def _dates(setting: Setting, wishes: Wishes) -> tuple[date, ...]:
    """Return the dates of the trip; without a first one nothing can be planned."""
    if setting.on is None:
        raise AnalysisError("itinerary.no_date")
    return tuple(setting.on + timedelta(days=k) for k in range(wishes.days))


def _known_places(setting: Setting) -> gpd.GeoDataFrame:
    """Return the places of the spot layers and the lodgings."""
    layers = dict(setting.layers.get("spots") or {})
    lodging = setting.layers.get(LODGING)
    return gather_places(layers if lodging is None else {**layers, LODGING: lodging})


def _named_rows(known: gpd.GeoDataFrame, wishes: Wishes) -> dict[str, list[int]]:
    """Return the rows of all places that the wishes name."""
    asked = {
        "start": [wishes.start], "end": [wishes.end] if wishes.end else [], "locked": list(wishes.locked),
        "must": list(dict.fromkeys([*wishes.must, *wishes.locked])), "never": list(wishes.never),
        "lodgings": list(wishes.lodgings),
    }  # fmt: skip
    return {key: find_places(known, names) for key, names in asked.items()}


def _kept(known: gpd.GeoDataFrame, named: dict[str, list[int]]) -> list[int]:
    """Return the rows that count: spots, lodgings, and what is named."""
    by_name = {row for rows in named.values() for row in rows}
    kinds = known["kind"].tolist()
    return [row for row in range(len(known)) if kinds[row] in (SPOT, LODGING) or row in by_name]


def _mask(doors: Doors, rows: list[int]) -> Flags:
    mask = np.zeros(len(doors.places), dtype=bool)
    mask[rows] = True
    return mask


def _require_possible(places: gpd.GeoDataFrame, rows: dict[str, list[int]], candidates: Flags) -> None:
    """Raise AnalysisError where nothing may be visited or one place is both a must and on the never-list."""
    if not candidates.any():
        raise AnalysisError("itinerary.no_candidates")
    both = set(rows["must"]) & set(rows["never"])
    if both:
        raise AnalysisError("itinerary.must_and_never", name=places["name"].iloc[min(both)])
    kinds = places["kind"].iloc[rows["lodgings"]]
    if (kinds != LODGING).any():
        raise AnalysisError(
            "itinerary.not_a_lodging",
            name=places["name"].iloc[rows["lodgings"][int((kinds != LODGING).to_numpy().argmax())]],
        )
