"""Layers over zones one municipality at a time: what its figures need, and the parts put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.conflict import conflict
from knr_gis.analyses.conflict.gather import Frames, width_of
from knr_gis.analyses.divided import Division, Whole
from knr_gis.analyses.exposure.partition import Sought
from knr_gis.analyses.inputs import municipality_names, planning_number, shapes_of
from knr_gis.crs import require_same_crs
from knr_gis.edges import Index, Shapes
from knr_gis.errors import AnalysisError
from knr_gis.overlay import dimension_of
from knr_gis.result import summary_frame

# What decides the groups of a zone layer: an example of each goes into every part.
_GROUPING = ("park_kind", "grade", "depth_min_m", "depth_max_m")
_SPARE_M = 1.0


@dataclass(frozen=True)
class Study:
    """A run of ``conflict``: its layers ready for finding what a place touches, and its conditions."""

    land: Sought
    zones: dict[str, Sought]
    subjects: dict[str, Sought]
    conditions: dict[str, Any]

    @property
    def width_m(self) -> float:
        """Distance that counts as near."""
        return width_of(self.conditions.get("within_m"))


def make_study(
    *, municipalities: gpd.GeoDataFrame, zones: Frames, subjects: Frames, **conditions: Any
) -> Study:
    """
    Return the study; the arguments are those of ``conflict``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality, or the distance is none.
    """
    require_same_crs(municipalities, *zones.values(), *subjects.values())
    if municipalities.empty:
        raise AnalysisError("analyses.no_municipalities")
    width_of(conditions.get("within_m"))
    ready = {name: Sought(frame) for name, frame in zones.items()}
    laid = {name: Sought(frame) for name, frame in subjects.items()}
    return Study(Sought(municipalities), ready, laid, conditions)


def make_part(study: Study, position: int) -> pd.DataFrame:
    """
    Return the rows of the summary of one municipality.

    Notes
    -----
    A feature that reaches beyond the municipality counts where most of it lies and in the strictest group
    that it touches: every municipality and zone that such a feature meets is laid under it.
    """
    outline = study.land.shapes[position : position + 1]
    astride = [layer.shapes[layer.astride(outline)] for layer in study.subjects.values()]
    reach = np.concatenate([outline, *astride])
    towns = np.union1d(study.land.touching(reach), [position])
    around = shapely.buffer(reach, study.width_m + _SPARE_M) if study.width_m else reach
    result = conflict(
        municipalities=_rows(study.land, towns),
        zones={k: _rows(z, _zones(study, k, around)) for k, z in study.zones.items()},
        subjects={
            k: _rows(s, _union(s.touching(outline), _first_of_kind(s))) for k, s in study.subjects.items()
        },
        **study.conditions,
    )
    code = str(study.land.frame["muni_code"].iloc[position])
    return result.summary[result.summary["muni_code"] == code].reset_index(drop=True)


def _zones(study: Study, layer_id: str, around: Shapes) -> Index:
    """Return the zones that anything of a part meets or is near to, and one of each group."""
    layer = study.zones[layer_id]
    column = (study.conditions.get("zone_columns") or {}).get(layer_id, "")
    known = [c for c in (*_GROUPING, column) if c in layer.frame]
    states = layer.frame[known].astype(str).assign(_dimension=dimension_of(layer.shapes))
    return _union(layer.touching(around), np.flatnonzero(~states.duplicated().to_numpy()))


def _first_of_kind(layer: Sought) -> Index:
    """Return a feature of each dimension, so that each part has the same figures."""
    return np.flatnonzero(~pd.Series(dimension_of(layer.shapes)).duplicated().to_numpy())


def _union(some: Index, others: Index) -> Index:
    return np.union1d(some, others).astype(np.intp)


def _rows(layer: Sought, rows: Index) -> gpd.GeoDataFrame:
    return layer.frame.iloc[rows].reset_index(drop=True)


def merge(study: Study, parts: Sequence[pd.DataFrame]) -> Whole:
    """Return the summary that ``conflict`` gives, of the parts of all municipalities in their order."""
    frame = study.land.frame
    codes, names = frame["muni_code"].astype(str).tolist(), municipality_names(frame)
    rows = []
    for line, first in enumerate(parts[0].itertuples()):
        values = np.array([part["value"].iloc[line] for part in parts], dtype=float)
        whole = np.nan if np.isnan(values).all() else float(np.nansum(values))
        figures = zip([*codes, ""], [*names, ""], [*values, whole], strict=True)
        rows += [
            (c, n, str(first.group), str(first.measure), float(v), str(first.unit)) for c, n, v in figures
        ]
    summary = summary_frame(rows)
    share = {"hazard_sliver_share": planning_number("hazard_sliver_share", None)}
    hazard = any("depth_min_m" in zone.frame for zone in study.zones.values())
    params = {k: v for k, v in study.conditions.items() if v} | (share if hazard else {})
    assumed = tuple(key for key in ("within_m", "hazard_sliver_share") if key in params)
    return Whole(summary, _figures_of(frame, summary), params, assumed)


def _figures_of(municipalities: gpd.GeoDataFrame, summary: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the municipalities with the measures that have no groups as columns."""
    single = summary[(summary["group"] == "") & (summary["muni_code"] != "")]
    table = single.set_index(["muni_code", "measure"])["value"].unstack()
    columns = {
        "muni_code": municipalities["muni_code"].astype(str),
        "municipality": municipality_names(municipalities),
    }
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes_of(municipalities)), crs=municipalities.crs)
    return frame.join(table, on="muni_code")


CONFLICT = Division(
    roles=("municipalities", "zones", "subjects"),
    unasked=(),
    make_study=make_study,
    count=lambda study: len(study.land.frame),
    make_part=make_part,
    merge=merge,
)
