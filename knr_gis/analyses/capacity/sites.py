"""The sites: who comes by themselves, who is placed there, what is free and who is turned away."""

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.capacity.placing import Placing
from knr_gis.analyses.capacity.rooms import SAME_PLACE
from knr_gis.analyses.evacuation.sites import FAR_FROM_ROAD
from knr_gis.analyses.inputs import Mask, Numbers, is_false, is_true
from knr_gis.result import Blank

LOW, HALF, HIGH, OVER, ROOM_UNKNOWN = "below_50", "from_50", "from_90", "over", "capacity_unknown"
_HALF, _HIGH, _ALL, _PERCENT = 50.0, 90.0, 100.0, 100.0
_ALMOST = 1e-6
_SITE_COLUMNS = (
    "name", "muni_code", "municipality", "source_kind", "site_role", "indoor", "depth_class",
    "capacity_source", "room_persons", "wish_persons", "wish_percent", "wish_state", "turned_away_persons",
    "load_persons", "load_percent", "load_state", "free_persons", "same_as_name", "capacity_persons",
    "refuge_area_m2", "floor_height_m", "storeys", "site_id", "address",
)  # fmt: skip
_FIGURES = ("room_persons", "wish_persons", "wish_percent", "turned_away_persons", "load_persons",
            "load_percent", "free_persons")  # fmt: skip


def site_frame(placing: Placing) -> gpd.GeoDataFrame:
    """
    Return the usable sites with their room and who comes.

    ``wish_persons``: who would come if all went to their nearest in time; ``load_persons``: who is placed.
    What is asked of a place with two entries stands at one of them.
    """
    run, rooms = placing.parties[0].run, placing.rooms
    of, twin = rooms.of, rooms.source == SAME_PLACE
    room, wish, load = rooms.persons, placing.wish_persons, placing.assignment.load_persons
    load = np.where(placing.assignment.full, room, load)  # to the millionth that the solver rounds
    figures = {
        "room_persons": room, "wish_persons": wish, "wish_percent": _percent(wish, room),
        "wish_state": wish_states(wish, room), "turned_away_persons": np.maximum(wish - room, 0.0),
        "load_persons": load, "load_percent": _percent(load, room), "load_state": load_states(load, room),
        "free_persons": room - load,
    }  # fmt: skip
    names = run.goals["name"].to_numpy(object)
    own = {key: values[of] for key, values in figures.items()}
    own |= {key: np.where(twin, np.nan, own[key]) for key in _FIGURES}
    own |= {key: np.where(twin, SAME_PLACE, own[key]) for key in ("wish_state", "load_state")}
    roles = run.sites.set_index("row")["site_role"].reindex(run.goals["row"]).to_numpy(object)
    same = np.where(twin, names[rooms.main[of]], "").astype(object)
    frame = run.goals.assign(**own, capacity_source=rooms.source, same_as_name=same, site_role=roles)
    return frame[[*_SITE_COLUMNS, "geometry"]]


def _percent(persons: Numbers, room: Numbers) -> Numbers:
    """Return persons per hundred of room; NaN where the room is unknown or none."""
    percent = np.divide(persons * _PERCENT, room, out=np.full(len(room), np.nan), where=room > 0)
    return np.asarray(percent, dtype=float)


def load_states(persons: Numbers, room: Numbers) -> NDArray[np.object_]:
    """Return how full each place is, in the classes of the map of Kushiro city: <50, 50-90, >=90 %."""
    taken = persons + _ALMOST
    states = [
        (np.isnan(room), ROOM_UNKNOWN),
        (taken < room * _HALF / _ALL, LOW),
        (taken < room * _HIGH / _ALL, HALF),
    ]
    return np.select([mask for mask, _ in states], [name for _, name in states], default=HIGH).astype(object)


def wish_states(persons: Numbers, room: Numbers) -> NDArray[np.object_]:
    """Return the same of those who would come by themselves, more than there is room for being ``over``."""
    over = persons > room + _ALMOST
    return np.asarray(np.where(over, OVER, load_states(persons, room)), dtype=object)


def site_table(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the sites as a table, those that would turn most people away first, then the fullest."""
    table = pd.DataFrame(sites.drop(columns="geometry"))
    order = ["turned_away_persons", "load_percent", "wish_persons"]
    table = table.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)
    twin = table["capacity_source"] == SAME_PLACE
    blank = {c: table[c].astype(object).mask(twin, Blank.NOT_ASKED) for c in _FIGURES}
    same = table["same_as_name"].astype(object).where(twin, Blank.NOT_ASKED)
    return table.assign(**blank, same_as_name=same)


def site_rows(placing: Placing, sites: gpd.GeoDataFrame) -> list[Row]:
    """Return sites and room by municipality of the site, and what nearest-by-itself would do."""
    own = sites[(sites["capacity_source"] != SAME_PLACE).to_numpy()]
    state, wish = own["load_state"], own["wish_state"]
    known = (state != ROOM_UNKNOWN).to_numpy()
    counted = {
        "cap_sites_used": np.ones(len(own), dtype=bool),
        "cap_sites_capacity_known": known,
        "cap_sites_capacity_unknown": ~known,
        "cap_sites_full": known & (own["free_persons"].to_numpy(float) < _ALMOST),
        "cap_sites_90_percent": (state == HIGH).to_numpy(),
        "cap_sites_over_if_nearest": (wish == OVER).to_numpy(),
        "cap_sites_far_from_road": (own["site_role"] == FAR_FROM_ROAD).to_numpy(),
    }
    rows = [row for name, mask in counted.items() for row in _rows(placing, own, mask * 1.0, name, "件")]
    sums = {
        "cap_room_persons": "room_persons", "cap_load_persons": "load_persons",
        "cap_free_persons": "free_persons",
        "cap_turned_away_if_nearest": "turned_away_persons",
    }  # fmt: skip
    for name, column in sums.items():
        rows += _rows(placing, own, np.where(known, own[column].to_numpy(float), np.nan), name, "人")
    return rows


def _rows(placing: Placing, sites: gpd.GeoDataFrame, amount: Numbers, measure: str, unit: str) -> list[Row]:
    """Return amounts by municipality; where there are sites but not one known amount, it is unknown."""
    inundation, code_of = placing.parties[0].run.inundation, sites["muni_code"].to_numpy(object)
    rows: list[Row] = []
    for code, name in [*zip(inundation.codes, inundation.names, strict=True), ("", "")]:
        here = (code_of == code) | (not code)
        known = amount[here & ~np.isnan(amount)]
        value = np.nan if here.any() and not len(known) else float(known.sum())
        rows.append((code, name, "", measure, value, unit))
    return rows


def roofs(placing: Placing) -> dict[str, Mask]:
    """Tell by room whether it is under a roof, in the open, or not known; shape (R,) each."""
    sites = placing.parties[0].run.goals.iloc[placing.rooms.main]
    indoor, outdoor = is_true(sites, "indoor"), is_false(sites, "indoor")
    return {"indoor": indoor, "outdoor": outdoor, "outdoor_unknown": ~indoor & ~outdoor}
