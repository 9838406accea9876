"""The results of a run as layers for the map and as tables."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.difficult.figures import M2_PER_HA
from knr_gis.analyses.difficult.study import Study, dissolved
from knr_gis.analyses.evacuation.drawn import site_table
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.segments import street_layers, street_steps
from knr_gis.result import Blank

_AREA_COLUMNS = (
    "rank", "name", "muni_code", "municipality", "near_name", "area_ha", "persons", "age_0_14_persons",
    "age_15_64_persons", "age_65_plus_persons", "age_75_plus_persons", "unknown_ha", "difficult_cause",
    "worst_total_min", "latest_start_median_min", "speed_needed_p90_mps", "goal_kind", "site_name",
)  # fmt: skip
_WAY_COLUMNS = ("worst_total_min", "latest_start_median_min", "goal_kind", "site_name")


def features(
    study: Study, areas: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, run: Run, *, focus: str
) -> dict[str, gpd.GeoDataFrame]:
    """
    Return the ground by state, the difficult areas, streets by band, sites and the zone.

    Parameters
    ----------
    focus
        Code of the municipality whose areas are shown as points too: the print map shows their surroundings.
    """
    told = areas[[*area_columns(areas), "label", "geometry"]]
    shown = told[(areas["muni_code"] == focus) & ~areas["crumbs"]]
    return {
        "ground": ground,
        "areas": told,
        "shown_areas": shown.set_geometry(shown.geometry.representative_point()),
        **street_layers(run, street_steps(run)),
        "sites": run.sites[[*site_table(run).columns, "geometry"]],
        "inundation": study.inundation.frame.drop(columns=["muni", "depth_rank"]),
    }


def area_columns(areas: gpd.GeoDataFrame) -> list[str]:
    """Return the columns of the areas in the order of the table."""
    return [c for c in _AREA_COLUMNS if c in areas]


def ground_frame(study: Study) -> gpd.GeoDataFrame:
    """Return the ground of each municipality by state, with hectares and known persons."""
    table = dissolved(study.judged, ["muni", "state"])
    persons = study.judged.groupby(["muni", "state"], sort=True)["persons"].sum(min_count=1)
    columns = {
        "muni_code": np.array(study.inundation.codes)[table["muni"]],
        "municipality": np.array(study.inundation.names)[table["muni"]],
        "ground_state": table["state"],
        "area_ha": table["area_m2"] / M2_PER_HA,
        "persons": persons.to_numpy(float),
    }
    return gpd.GeoDataFrame(columns, geometry=list(table["geometry"]), crs=study.inundation.frame.crs)


def area_table(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Return the areas as a table.

    Blank is the rank of crumbs, times and goal where there is no way, the speed where none is enough.
    """
    table = pd.DataFrame(areas[area_columns(areas)])
    told = {c: areas["worst_total_min"].notna() for c in _WAY_COLUMNS}
    told |= {c: areas[c].notna() for c in ("rank", "speed_needed_p90_mps")}
    return table.assign(
        **{c: table[c].astype(object).where(where, Blank.NOT_ASKED) for c, where in told.items()}
    )


def tables(areas: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, run: Run) -> dict[str, pd.DataFrame]:
    """Return the detail tables: the areas by rank, the ground by state, the sites."""
    figures = pd.DataFrame(ground.drop(columns="geometry"))
    return {"difficult_areas": area_table(areas), "ground": figures, "sites": site_table(run)}
