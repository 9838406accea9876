"""The data-quality list: what an officer must correct, with names and reasons."""

from collections.abc import Callable, Iterable
from itertools import chain

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.check_trips import check_trips
from knr_gis.crs import JGD2011, TOKYO
from knr_gis.derive import municipality_at
from knr_gis.fetch_plan import file_name
from knr_gis.findings import Finding, Severity
from knr_gis.layers import Layer
from knr_gis.provenance import Provenance
from knr_gis.region import Region
from knr_gis.values import normal_text

DISASTERS = (
    "flood", "landslide", "storm_surge", "earthquake", "tsunami", "fire", "inland_flood", "volcano",
)  # fmt: skip
PLACES = ("evacuation_sites", "shelters", "evacuation_buildings")
SAME_PLACE_M = 30.0
_MANY, _MANY_SHARE = 10, 0.05  # so many misplaced sites are no slips of the pen
Frames = dict[str, gpd.GeoDataFrame]


def check_layers(
    frames: Frames, provenance: Provenance, layers: dict[str, Layer], region: Region
) -> list[Finding]:
    """
    Return every finding of a workspace, those noticed on building included.

    Parameters
    ----------
    frames
        Built vector layers by id, in the working CRS.
    """
    noticed = [f for record in provenance.values() if record.built for f in record.built.findings]
    checks: Iterable[list[Finding]] = (
        check_absent(provenance, layers),
        check_complete(provenance, layers),
        check_editions(frames, layers),
        *(check(frames[i], i, region) for i in PLACES if i in frames for check in _PLACE_CHECKS),
        *(check_shift(frames, i) for i in PLACES if i in frames),
        check_in_zone(frames),
        check_trips(frames),
    )
    return [*noticed, *chain.from_iterable(checks)]


def check_absent(provenance: Provenance, layers: dict[str, Layer]) -> list[Finding]:
    """Return the layers that were never imported, and those whose built rows are none."""
    empty = [i for i, record in provenance.items() if record.built is not None and record.built.rows == 0]
    absent = [i for i in layers if i not in provenance or not provenance[i].raw]
    found = [Finding("layer_empty", i, "error", layers[i].title_ja) for i in empty]
    return [*found, *(Finding("layer_absent", i, "info", layers[i].title_ja) for i in absent)]


def check_complete(provenance: Provenance, layers: dict[str, Layer]) -> list[Finding]:
    """Return the layers of which some official files are here and others are not (sheets of N13, say)."""
    found = []
    for layer_id in (i for i in layers if i in provenance):
        official = {file_name(url) for url in layers[layer_id].source.downloads}
        here = {raw.file for raw in provenance[layer_id].raw}
        missing = sorted(official - here)
        if missing and official & here:
            values = {"count": len(official), "missing": len(missing), "names": "、".join(missing)}
            title = layers[layer_id].title_ja
            found.append(Finding("layer_incomplete", layer_id, feature=title, values=dict(values)))
    return found


def check_editions(frames: Frames, layers: dict[str, Layer]) -> list[Finding]:
    """
    Return the layers of lines or areas that several editions were joined in: what they share counts twice.

    Inundation is left out: there the newest edition was given way to on building.
    """
    found = []
    for layer_id, frame in frames.items():
        is_drawn = layer_id in layers and layers[layer_id].geometry in ("line", "polygon")
        editions = sorted(frame.edition.dropna().unique()) if is_drawn and "edition" in frame else []
        if len(editions) > 1 and layer_id != "tsunami_inundation":
            values = {"editions": "、".join(map(str, editions))}
            title = layers[layer_id].title_ja
            found.append(Finding("editions_mixed", layer_id, feature=title, values=dict(values)))
    return found


def check_municipality(sites: gpd.GeoDataFrame, layer_id: str, region: Region) -> list[Finding]:
    """Return sites that lie in another municipality than they say."""
    if "stated_muni_code" not in sites or "lies_in" not in sites:
        return []
    both = sites.stated_muni_code.notna() & sites.lies_in.notna()
    wrong = _true(both & (sites.stated_muni_code != sites.lies_in))
    return [
        _site_finding("outside_municipality", layer_id, row, "error",
                      stated=region.name_of(row.stated_muni_code), actual=region.name_of(row.lies_in))
        for row in _rows(sites, wrong)
    ]  # fmt: skip


def check_at_sea(sites: gpd.GeoDataFrame, layer_id: str, region: Region) -> list[Finding]:
    """Return sites that lie in no municipality of the region: at sea, on a pier, or beyond."""
    if "lies_in" not in sites:
        return []
    rows = _rows(sites, _true(sites.lies_in.isna()))
    return [
        _site_finding("in_no_municipality", layer_id, row, "error", region=region.title_ja) for row in rows
    ]


def check_shift(frames: Frames, layer_id: str) -> list[Finding]:
    """
    Return one finding when so many places stand wrong that the whole file must be.

    Coordinates of the old Tokyo datum, read as today's, lie about 400 m off: that is tried, and said
    where it would put most of the places right.
    """
    sites, towns = frames[layer_id], frames.get("municipalities")
    if towns is None or "lies_in" not in sites:
        return []
    wrong = _misplaced(sites, sites.lies_in)
    if wrong < max(_MANY, _MANY_SHARE * len(sites)):
        return []
    old = sites.geometry.to_crs(JGD2011).set_crs(TOKYO, allow_override=True)
    left = _misplaced(sites, municipality_at(old.to_crs(sites.crs), towns))
    code = "positions_shifted" if left <= wrong / 2 else "positions_suspect"
    return [Finding(code, layer_id, "error", values={"count": wrong, "total": len(sites), "left": left})]


def _misplaced(sites: gpd.GeoDataFrame, lies_in: pd.Series) -> int:
    """Return how many sites lie in no municipality, or in another than they say."""
    if "stated_muni_code" not in sites:
        return int(lies_in.isna().sum())
    elsewhere = _true(sites.stated_muni_code.notna() & (sites.stated_muni_code != lies_in))
    return int((elsewhere | lies_in.isna().to_numpy()).sum())


def check_duplicates(sites: gpd.GeoDataFrame, layer_id: str, _region: Region) -> list[Finding]:
    """Return pairs of one name within SAME_PLACE_M, and rows that share a site number."""
    names = sites.name.map(normal_text).to_numpy() if "name" in sites else np.full(len(sites), "")
    tree = shapely.STRtree(sites.geometry.to_numpy())
    first, second = tree.query(sites.geometry.to_numpy(), predicate="dwithin", distance=SAME_PLACE_M)
    same = (first < second) & (names[first] == names[second]) & (names[first] != "")
    repeated = np.isin(np.arange(len(sites)), second[same])
    found = [_site_finding("duplicate_site", layer_id, row) for row in _rows(sites, repeated)]
    if "site_id" not in sites:
        return found
    again = sites.site_id.notna() & sites.site_id.duplicated()
    return [
        *found,
        *(_site_finding("duplicate_id", layer_id, r, id=r.site_id) for r in _rows(sites, _true(again))),
    ]


def check_types(sites: gpd.GeoDataFrame, layer_id: str, _region: Region) -> list[Finding]:
    """Return evacuation sites that are eligible for no kind of disaster that the file knows."""
    known = [name for name in DISASTERS if name in sites]
    if layer_id != "evacuation_sites" or not known:
        return []
    none = ~sites[known].fillna(value=False).astype(bool).any(axis=1)
    return [_site_finding("unknown_type", layer_id, row) for row in _rows(sites, none.to_numpy())]


def check_capacity(sites: gpd.GeoDataFrame, layer_id: str, _region: Region) -> list[Finding]:
    """Return one finding for each municipality whose sites have no known capacity."""
    unknown = sites.capacity_persons.isna() if "capacity_persons" in sites else sites.geometry.notna()
    groups = sites[unknown].groupby("municipality", dropna=False) if "municipality" in sites else []
    return [
        Finding("capacity_unknown", layer_id, "warning", "" if pd.isna(name) else str(name),
                values={"count": len(group)})
        for name, group in groups
    ]  # fmt: skip


def check_in_zone(frames: Frames) -> list[Finding]:
    """Return sites eligible for tsunami that lie inside the inundation zone."""
    sites, zone = frames.get("evacuation_sites"), frames.get("tsunami_inundation")
    if sites is None or zone is None or "tsunami" not in sites:
        return []
    eligible = sites[sites.tsunami.fillna(value=False).astype(bool)]
    tree = shapely.STRtree(zone.geometry.to_numpy())
    at, _ = tree.query(eligible.geometry.to_numpy(), predicate="intersects")
    inside = np.isin(np.arange(len(eligible)), at)
    has_floor = eligible.floor_height_m.notna() if "floor_height_m" in eligible else _none(eligible)
    codes = np.where(has_floor, "site_in_zone_floor_known", "site_in_zone")
    return [_site_finding(str(codes[i]), "evacuation_sites", row) for i, row in _numbered(eligible, inside)]


_PLACE_CHECKS: tuple[Callable[[gpd.GeoDataFrame, str, Region], list[Finding]], ...] = (
    check_municipality, check_at_sea, check_duplicates, check_types, check_capacity,
)  # fmt: skip


def _site_finding(
    code: str, layer_id: str, row: pd.Series, severity: Severity = "warning", **values: object
) -> Finding:
    """Return a finding about one site, with its position in degrees."""
    muni = row.get("muni_code")
    return Finding(
        code, layer_id, severity, feature=normal_text(row.get("name")),
        muni_code="" if pd.isna(muni) else str(muni), values=dict(values),
        x=round(float(row.longitude), 6), y=round(float(row.latitude), 6),
    )  # fmt: skip


def _rows(sites: gpd.GeoDataFrame, wanted: NDArray[np.bool_]) -> list[pd.Series]:
    return [row for _, row in _numbered(sites, wanted)]


def _numbered(sites: gpd.GeoDataFrame, wanted: NDArray[np.bool_]) -> list[tuple[int, pd.Series]]:
    """Return the wanted rows with their place in the frame, and their position in degrees."""
    numbers = np.flatnonzero(wanted)
    chosen = sites.iloc[numbers]
    lonlat = chosen.geometry.to_crs(JGD2011)
    placed = chosen.assign(longitude=lonlat.x, latitude=lonlat.y)
    return [(int(n), row) for n, (_, row) in zip(numbers, placed.iterrows(), strict=True)]


def _true(flags: pd.Series) -> NDArray[np.bool_]:
    """Return flags as an array; unknown is not true."""
    return np.asarray(flags.fillna(value=False), dtype=bool)


def _none(sites: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    return np.zeros(len(sites), dtype=bool)
