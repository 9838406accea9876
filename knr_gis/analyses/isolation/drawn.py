"""The results of an isolation run as layers for the map and as tables."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from knr_gis.analyses.inputs import Mask, is_false, is_true, listed, shapes_of, texts
from knr_gis.analyses.inundation import first_zone
from knr_gis.analyses.isolation.failing import CAUSES
from knr_gis.analyses.isolation.placing import flags
from knr_gis.analyses.isolation.reach import FAR, NONE, WITHDRAWN
from knr_gis.analyses.isolation.study import Study
from knr_gis.analyses.isolation.verdict import STATUSES
from knr_gis.network import Ints
from knr_gis.overlay import Shapes
from knr_gis.result import Blank

_HOME_COLUMNS = (
    "name", "muni_code", "municipality", "iso_status", "flooded", "isolated", "depth_class", "persons",
    "in_zone_persons", "persons_unknown_cells", "snap_m",
)  # fmt: skip
_GOAL_COLUMNS = ("status", "name", "min", "km", "before_status", "before_name", "before_min", "before_km")
_SEGMENT_ORDER = ["cut_persons", "cut_settlements", "reopened_persons", "reopened_settlements"]
_NAMED_HOMES = 5
_METRES = 1000.0


def features(study: Study, segments: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return settlements, segments, failed streets, parts cut off, hospitals and shelters, the zone."""
    homes = study.judged[[*_home_columns(study), "geometry"]]
    drawn = {
        "settlements": homes.sort_values("iso_status", key=_gravity, ascending=False, ignore_index=True),
        "segments": segments.sort_values("rank", ascending=False, ignore_index=True),
        "failed_streets": _failed_streets(study),
        "cut_off": _cut_off(study),
        "inundation": study.inundation.frame.drop(columns=["muni", "depth_rank"]),
    }
    if study.goals:
        goals = pd.concat([*study.goals.values()], ignore_index=True)
        there = goals[goals["facility_role"] != WITHDRAWN].reset_index(drop=True)
        drawn["facilities"] = gpd.GeoDataFrame(there, crs=study.judged.crs)
    return drawn


def _home_columns(study: Study) -> list[str]:
    columns = [c for c in _HOME_COLUMNS if c in study.judged]
    return [*columns, *(f"{kind}_{c}" for kind in study.goals for c in _GOAL_COLUMNS)]


def _gravity(status: pd.Series) -> pd.Series:
    return status.map({name: place for place, name in enumerate(STATUSES)})


def settlement_table(study: Study) -> pd.DataFrame:
    """Return the settlements as a table, the cut off first, those of most persons on top."""
    table = pd.DataFrame(study.judged[_home_columns(study)])
    rank = table["iso_status"].map([*STATUSES].index)
    table = table.assign(_rank=rank).sort_values(["_rank", "persons"], ascending=[True, False], kind="stable")
    for kind in study.goals:
        for when in (kind, f"{kind}_before"):
            reached = ~table[f"{when}_status"].isin([NONE, FAR])
            columns = [f"{when}_{c}" for c in ("name", "min", "km")]
            table = table.assign(
                **{c: table[c].astype(object).where(reached, Blank.NOT_ASKED) for c in columns}
            )
    return table.drop(columns="_rank").reset_index(drop=True)


def segment_frame(study: Study) -> gpd.GeoDataFrame:
    """Return the elements that cut off or would reconnect anybody, ranked, the gravest first."""
    verdict = study.verdicts.table
    chosen = np.flatnonzero((verdict["cut_settlements"] > 0) | (verdict["reopened_settlements"] > 0))
    frame = _element_frame(study, chosen)
    figures = verdict.iloc[chosen].reset_index(drop=True)
    homes = study.judged["part"].to_numpy(int)
    names = study.judged["name"].to_numpy(object)
    cut = [listed(list(names[study.verdicts.cut_homes(int(k), homes)]), _NAMED_HOMES) for k in chosen]
    frame = frame.join(figures).assign(cut_names=np.array(cut, dtype=object))
    keys = frame[_SEGMENT_ORDER].fillna(0.0).assign(length=frame["length_km"])
    order = keys.sort_values([*_SEGMENT_ORDER, "length"], ascending=False, kind="stable").index
    ranked = frame.loc[order].reset_index(drop=True)
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    return ranked


def segment_table(segments: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the segments as a table; one that cuts nobody off alone names nobody."""
    table = pd.DataFrame(segments.drop(columns="geometry"))
    names = table["cut_names"].astype(object).where(table["cut_settlements"] > 0, Blank.NOT_ASKED)
    return table.assign(cut_names=names)


def _element_frame(study: Study, chosen: Ints) -> gpd.GeoDataFrame:
    """Return elements as lines with their road, what makes them fail, and where they are."""
    piece, of, count = study.elements.piece, study.elements.of, len(study.elements)
    network, roads = study.broken.network, study.roads
    lines = _lines(study, piece, of, count)[chosen]
    first = np.zeros(count, dtype=np.int64)
    first[of] = piece
    row = network.road[first[chosen]]
    cause = np.zeros(count, dtype=np.int64)
    np.maximum.at(cause, of, study.broken.cause[piece])
    middle = shapely.point_on_surface(lines)
    muni = first_zone(middle, study.inundation.land)
    columns = {
        "road_name": np.array(texts(roads, "road_name"), dtype=object)[row],
        "road_class": np.array(texts(roads, "road_class"), dtype=object)[row],
        "bridge": flags(is_true(roads, "bridge"), _known_bridges(roads))[row],
        "fail_cause": np.array(CAUSES, dtype=object)[cause[chosen]],
        "muni_code": np.append(study.inundation.codes, "")[muni],
        "municipality": np.append(study.inundation.names, "")[muni],
        "near_name": _near_names(study, middle),
        "length_km": study.length_m[chosen] / _METRES,
    }
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs=study.judged.crs)


def _known_bridges(roads: gpd.GeoDataFrame) -> Mask:
    return np.asarray(is_true(roads, "bridge") | is_false(roads, "bridge"))


def _near_names(study: Study, points: Shapes) -> NDArray[np.object_]:
    """Return the settlement nearest to each point."""
    if not len(points):
        return np.empty(0, dtype=object)
    tree = cKDTree(shapely.get_coordinates(shapes_of(study.judged)))
    names = study.judged["name"].to_numpy(object)
    return np.asarray(names[tree.query(shapely.get_coordinates(points))[1]], dtype=object)


def _lines(study: Study, piece: Ints, of: Ints, count: int) -> Shapes:
    """Return pieces of street joined to one line for each number that they are of, shape (count,)."""
    network, order = study.broken.network, np.argsort(of, kind="stable")
    ends = np.column_stack([network.u[piece[order]], network.v[piece[order]]])
    joined = np.empty(count, dtype=object)
    if len(piece):
        shapely.multilinestrings(shapely.linestrings(network.nodes[ends]), indices=of[order], out=joined)
    return np.asarray(shapely.line_merge(joined), dtype=object)


def _failed_streets(study: Study) -> gpd.GeoDataFrame:
    frame = _element_frame(study, np.arange(len(study.elements)))
    return frame.drop(columns="near_name").sort_values("fail_cause", ascending=False, ignore_index=True)


def _cut_off(study: Study) -> gpd.GeoDataFrame:
    """Return the standing streets that are cut off, one row for each part that hangs together."""
    network, parts = study.broken.network, study.parts
    piece = np.flatnonzero(study.broken.stands & parts.cut_off[network.u])
    labels, of = np.unique(parts.after[network.u[piece]], return_inverse=True)
    homes = study.judged[study.judged["part"].isin(labels)].groupby("part")
    own = homes.agg(part_settlements=("name", "size"), persons=("persons", lambda p: p.sum(min_count=1)))
    named = homes["name"].agg(lambda names: listed(list(names), _NAMED_HOMES))
    table = own.join(named.rename("settlement_names")).reindex(labels).reset_index(drop=True)
    empty = table["part_settlements"].isna()
    table["part_settlements"] = table["part_settlements"].fillna(0).astype(int)
    table["persons"] = table["persons"].astype(float).mask(empty, 0.0)
    table["settlement_names"] = table["settlement_names"].fillna("").astype(object)
    table["length_km"] = parts.length_m[labels] / _METRES
    lines = _lines(study, piece, of, len(labels))
    return gpd.GeoDataFrame(table, geometry=list(lines), crs=study.judged.crs)
