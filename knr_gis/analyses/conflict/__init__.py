"""Which rule applies where: any layers laid over zones that set rules, inside, near and outside."""

from functools import partial

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.conflict.account import Places
from knr_gis.analyses.conflict.drawn import joined_table, ring_feature, rule_table, zone_charts, zone_features
from knr_gis.analyses.conflict.gather import (
    Found,
    Frames,
    add_subjects,
    add_zones,
    coverage_of,
    lay_all,
    width_of,
)
from knr_gis.analyses.conflict.wording import gap_table, headline, notes
from knr_gis.analyses.inputs import layer_title, municipality_names, planning_number, shapes_of
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.overlay import make_zones
from knr_gis.result import Result, summary_frame
from knr_gis.schema import column_title

__all__ = ["conflict"]


def conflict(
    *,
    municipalities: gpd.GeoDataFrame,
    zones: Frames,
    subjects: Frames,
    within_m: float | None = None,
    zone_columns: dict[str, str] | None = None,
    hazard_covers: list[str] | None = None,
) -> Result:
    """
    Return what of each layer lies in which zone, near it and outside, and which rule applies there.

    Parameters
    ----------
    municipalities
        Polygons with ``muni_code`` and ``name``, in metres.
    zones
        Polygon layers by id. Parks (``park_kind``, ``grade``) and Ramsar wetlands have rules
        (``rules.toml``); layers with ``depth_min_m`` are hazards and grouped by depth.
    subjects
        Points (counted), lines (kilometres) and polygons (hectares, and counted) by layer id.
    within_m
        What lies outside a zone within this distance of it (straight, from its edge) is near.
    zone_columns
        Column whose values are the groups of a zone layer, by layer id.
    hazard_covers
        Codes or names of municipalities that hazard layers cover although they hardly touch them; elsewhere
        what lies outside such a layer is not known to be safe.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality, a distance or column is wrong, or a figure does not close.
    """
    require_same_crs(municipalities, *zones.values(), *subjects.values())
    if municipalities.empty:
        raise AnalysisError("analyses.no_municipalities")
    width, share = width_of(within_m), planning_number("hazard_sliver_share", None)
    codes, names = municipalities["muni_code"].astype(str).tolist(), municipality_names(municipalities)
    places, found = Places(make_zones(shapes_of(municipalities)), codes, names), Found()
    covered = partial(coverage_of, municipalities=municipalities, covers=hazard_covers, share=share)
    add_zones(found, zones, covered, width=width, columns=zone_columns or {})
    add_subjects(found, subjects, places)
    lay_all(found, places, width)
    params: dict[str, object] = {"within_m": width} if width else {}
    if zone_columns:
        params["zone_columns"] = {layer_title(i): column_title(c) for i, c in zone_columns.items()}
    if any("depth_min_m" in frame for frame in zones.values()):
        params |= {"hazard_covers": list(hazard_covers or []), "hazard_sliver_share": share}
    return _result(found, places, params, municipalities.crs)


def _result(found: Found, places: Places, params: dict[str, object], crs: object) -> Result:
    summary = summary_frame(found.rows)
    drawn = {kind: pd.concat(frames, ignore_index=True) for kind, frames in found.drawn.items()}
    return Result(
        name="conflict",
        headline=headline(found.subjects, found.parts, summary),
        features={"zones": zone_features(found.parts, crs), **ring_feature(found.parts, crs), **drawn},
        summary=summary,
        tables={
            "con_features": joined_table(found.tables),
            "con_rules": rule_table(found.parts),
            "not_evaluated": gap_table(found.gaps, found.parts, places),
        },
        params=params,
        assumptions=tuple(key for key in ("within_m", "hazard_sliver_share") if key in params),
        notes=notes(found.parts, places),
        charts=zone_charts(found.subjects, found.parts, summary, places),
    )
