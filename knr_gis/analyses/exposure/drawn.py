"""The results of an exposure run as layers for the map."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Ground
from knr_gis.analyses.exposure.gather import Found
from knr_gis.analyses.inputs import numbers, shapes_of
from knr_gis.analyses.inundation import NO_DATA, ZONE_COLUMNS, Inundation
from knr_gis.analyses.people import People, share_per_amount
from knr_gis.overlay import pieces


def features(
    found: Found, people: tuple[People, ...], inundation: Inundation, *,
    municipalities: gpd.GeoDataFrame, summary: pd.DataFrame,
) -> dict[str, gpd.GeoDataFrame]:  # fmt: skip
    """Return the drawable results: zones, municipalities with totals, what lies in the zone."""
    drawn = {kind: pd.concat(frames, ignore_index=True) for kind, frames in found.features.items() if frames}
    features = {"municipalities": totals(municipalities, inundation, summary)}
    features["inundation"] = inundation.frame.drop(columns=["muni", "depth_rank"])
    if people:
        parts = [_people_in_zone(part, inundation) for part in people]
        features["population_in_zone"] = pd.concat(parts, ignore_index=True)
    return features | drawn


def totals(municipalities: gpd.GeoDataFrame, inundation: Ground, summary: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return municipalities with the figures of the front table as columns."""
    whole = summary[(summary["group"] == "") & (summary["muni_code"] != "")]
    front = whole[whole["measure"].str.endswith("_in_zone") | (whole["measure"] == "inundated_area")]
    table = front.set_index(["muni_code", "measure"])["value"].unstack()
    percent = inundation.area_m2.sum(axis=1) / np.maximum(inundation.land_m2, 1e-9) * 100
    seen = np.array([state != NO_DATA for state in inundation.coverage])
    columns = {
        "muni_code": inundation.codes, "municipality": inundation.names, "coverage": inundation.coverage,
        "inundated_percent": np.where(seen, percent, np.nan),
    }  # fmt: skip
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes_of(municipalities)), crs=municipalities.crs)
    return frame.join(table, on="muni_code")


def _people_in_zone(people: People, inundation: Inundation) -> gpd.GeoDataFrame:
    """Return the parts of the cells in the zone with their persons (NaN where unknown)."""
    cut = pieces(shapes_of(people.frame), inundation.zones)
    cell = cut["feature"].to_numpy(int)
    density = np.where(
        np.isnan(numbers(people.frame, "persons")), np.nan, share_per_amount(people, "persons")
    )
    zone = inundation.frame.iloc[cut["zone"].to_numpy()]
    columns = {c: zone[c].to_numpy() for c in ZONE_COLUMNS}
    persons = density[cell] * cut["amount"].to_numpy()
    shapes = list(cut["geometry"])
    return gpd.GeoDataFrame({**columns, "persons": persons}, geometry=shapes, crs=people.frame.crs)
