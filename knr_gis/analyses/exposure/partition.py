"""Exposure one municipality at a time: what its figures need of the layers, and the parts put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Account, summary_rows
from knr_gis.analyses.divided import Division, Whole
from knr_gis.analyses.exposure.drawn import totals
from knr_gis.analyses.exposure.dwellings import PersonsBy, homes_of, in_homes, placed_accounts
from knr_gis.analyses.exposure.gather import Found, add_layer
from knr_gis.analyses.inputs import (
    Mask,
    Numbers,
    by_dimension,
    chosen_codes,
    municipality_names,
    numbers,
    planning_number,
    shapes_of,
    texts,
)
from knr_gis.analyses.inundation import COVERED, Inundation, Ranks, clip_classes, depth_ranks, overlay_layer
from knr_gis.analyses.people import AGE_COLUMNS, People, is_too_coarse, people_at
from knr_gis.crs import require_same_crs
from knr_gis.edges import Index, Shapes
from knr_gis.errors import AnalysisError
from knr_gis.overlay import dimension_of
from knr_gis.result import summary_frame

_LAND = "_land_m2"


@dataclass(frozen=True)
class Sought:
    """A whole layer, made ready for finding what of it a place touches."""

    frame: gpd.GeoDataFrame

    @cached_property
    def shapes(self) -> Shapes:
        """The geometries, shape ``(n,)``."""
        return shapes_of(self.frame)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)

    @cached_property
    def examples(self) -> Index:
        """
        One row for each state that decides which figures a layer has: kind of geometry, what is known.

        Every partition takes them along, so that each has the same figures as the whole.
        """
        states = {"dimension": dimension_of(self.shapes), "position": texts(self.frame, "position_quality")}
        known = {c: np.isnan(numbers(self.frame, c)) for c in ("persons", *AGE_COLUMNS)}
        return np.flatnonzero(~pd.DataFrame({**states, **known}).duplicated().to_numpy())

    def touching(self, places: Shapes) -> Index:
        """Return the rows that touch any of the places, in the order of the layer."""
        return np.unique(self._tree.query(places, predicate="intersects")[1])

    def astride(self, place: Shapes) -> Index:
        """Return the rows that touch one place, shape ``(1,)``, and may reach beyond it."""
        inside = self._tree.query(place, predicate="contains_properly")[1]
        return np.setdiff1d(self.touching(place), inside)


@dataclass(frozen=True)
class Study:
    """
    What an exposure run is of, with whatever only the whole layers can tell.

    Parameters
    ----------
    ranks
        Depth classes of the whole hazard.
    population
        Cells (or points); None where the layer is missing, too coarse or has no place.
    stated
        Codes of municipalities that the hazard is stated to cover.
    """

    hazard: Sought
    ranks: Ranks
    land: Sought
    exposed: dict[str, Sought]
    population: Sought | None
    stated: set[str]
    sliver_share: float
    homes: Sought | None = None


def make_study(  # noqa: PLR0913  the arguments of exposure
    *,
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    exposed: dict[str, gpd.GeoDataFrame],
    population: gpd.GeoDataFrame | None = None,
    persons_by: PersonsBy = "land",
    hazard_covers: list[str] | None = None,
    hazard_sliver_share: float | None = None,
) -> Study:
    """
    Return the study of an exposure run; the arguments are those of ``exposure``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality, or ``hazard_covers`` names an unknown one.
    """
    require_same_crs(hazard, municipalities, *exposed.values(), *([] if population is None else [population]))
    if municipalities.empty:
        raise AnalysisError("analyses.no_municipalities")
    homes = homes_of(exposed, persons_by)
    return Study(
        hazard=Sought(hazard),
        ranks=depth_ranks(hazard),
        land=Sought(municipalities),
        exposed={name: Sought(frame) for name, frame in exposed.items()},
        population=_usable(population),
        stated=chosen_codes(hazard_covers, municipalities),
        sliver_share=planning_number("hazard_sliver_share", hazard_sliver_share),
        homes=None if homes is None else Sought(homes),
    )


def _usable(population: gpd.GeoDataFrame | None) -> Sought | None:
    """Return the cells that ``people.place_people`` takes of the whole layer."""
    if population is None or population.empty or is_too_coarse(population):
        return None
    kinds = by_dimension(population)
    frame = kinds.get(2, kinds.get(0))
    return None if frame is None else Sought(frame.reset_index(drop=True))


def make_part(study: Study, position: int) -> pd.DataFrame:
    """
    Return the accounts of one municipality.

    Parameters
    ----------
    position
        Row of the municipality in its layer.

    Returns
    -------
    DataFrame
        One row per measure, the land in square metres first: ``measure``, ``unit``, ``coverage``,
        ``total`` and, for each depth class, what lies in it (column ``0``, ``1`` ...).

    Notes
    -----
    A feature that reaches beyond the municipality counts where most of it lies and in its deepest class,
    wherever that is: every municipality and hazard polygon that it touches is laid under it.
    """
    outline = study.land.shapes[position : position + 1]
    layers = [*study.exposed.values(), *([study.population] if study.population else [])]
    reach = np.concatenate([outline, *(layer.shapes[layer.astride(outline)] for layer in layers)])
    towns = np.union1d(study.land.touching(reach), [position])
    inundation = _clip(study, study.hazard.touching(reach), towns)
    found = _measure(study, outline, inundation)
    own = int(np.searchsorted(towns, position))
    land = Account(_LAND, "m2", inundation.area_m2, inundation.land.areas)
    rows = [
        (a.measure, a.unit, inundation.coverage[own], a.total[own], *a.inside[own]) for a in (land, *found)
    ]
    classes = [str(k) for k in range(len(inundation.classes))]
    return pd.DataFrame(rows, columns=["measure", "unit", "coverage", "total", *classes])


def _clip(study: Study, polygons: Index, towns: Index) -> Inundation:
    """Return some polygons of the hazard by some municipalities, in the classes of the whole hazard."""
    ranks = study.ranks._replace(rank=study.ranks.rank[polygons])
    hazard, municipalities = study.hazard.frame.iloc[polygons], study.land.frame.iloc[towns]
    return clip_classes(hazard, municipalities, ranks, stated=study.stated, sliver_share=study.sliver_share)


def _measure(study: Study, outline: Shapes, inundation: Inundation) -> list[Account]:
    """Return the accounts of what touches a municipality; only its own row of them is whole."""
    found = Found(detailed=False)
    for layer_id, layer in study.exposed.items():
        add_layer(found, layer_id, _near(layer, outline), inundation)
    if study.population is not None:
        cells = _near(study.population, outline)
        people = people_at(cells, overlay_layer(shapes_of(cells), inundation))
        placed: tuple[People, ...] = (people,)
        if study.homes is not None:
            homes = study.homes.frame.iloc[study.homes.touching(shapes_of(cells))]
            placed = in_homes(people, homes, inundation)
        for account in placed_accounts(people, placed, inundation):
            found.add(account, "population")
    return found.accounts


def _near(layer: Sought, outline: Shapes) -> gpd.GeoDataFrame:
    """Return what of a layer touches a municipality, with its examples, in the order of the layer."""
    rows = np.union1d(layer.examples, layer.touching(outline))
    return layer.frame.iloc[rows].reset_index(drop=True)


@dataclass(frozen=True)
class Merged:
    """Land and hazard of all municipalities as far as the summary tells of them (see ``accounts.Ground``)."""

    codes: list[str]
    names: list[str]
    classes: list[str]
    coverage: list[str]
    area_m2: Numbers
    land_m2: Numbers

    @property
    def covered(self) -> Mask:
        """Where land outside the zones is known to be dry; shape ``(municipalities,)``."""
        return np.array([state == COVERED for state in self.coverage], dtype=bool)


def merge_parts(study: Study, parts: Sequence[pd.DataFrame]) -> tuple[Merged, pd.DataFrame]:
    """
    Return the land and the summary that ``exposure`` gives, of the parts of all its municipalities.

    Parameters
    ----------
    parts
        What ``make_part`` returned for each municipality, in the order of the layer.

    Raises
    ------
    AnalysisError
        If a figure does not close.
    """
    classes = [str(k) for k in range(len(study.ranks.labels))]
    measures = parts[0]["measure"].tolist()
    rows = [part.set_index("measure").loc[measures] for part in parts]
    inside = _stack([row[classes].to_numpy(float) for row in rows])
    total = _stack([row["total"].to_numpy(float) for row in rows])
    municipalities = study.land.frame
    ground = Merged(
        codes=municipalities["muni_code"].astype(str).tolist(),
        names=municipality_names(municipalities),
        classes=study.ranks.labels,
        coverage=[str(row["coverage"].iloc[0]) for row in rows],
        area_m2=inside[0],
        land_m2=total[0],
    )
    units = rows[0]["unit"].tolist()
    accounts = [Account(m, u, i, t) for m, u, i, t in zip(measures, units, inside, total, strict=True)][1:]
    return ground, summary_frame(summary_rows(accounts, ground))


def merge(study: Study, parts: Sequence[pd.DataFrame]) -> Whole:
    """Return the summary and the municipalities that ``exposure`` gives."""
    ground, summary = merge_parts(study, parts)
    params = {
        "persons_by": "land" if study.homes is None else "homes",
        "hazard_covers": sorted(study.stated),
        "hazard_sliver_share": study.sliver_share,
    }
    municipalities = totals(study.land.frame, ground, summary)
    return Whole(summary, municipalities, params, ("hazard_sliver_share",))


def _stack(tables: list[Numbers]) -> NDArray[np.float64]:
    """Return tables of the municipalities as one, the measures first."""
    return np.stack(tables, axis=1)


EXPOSURE = Division(
    roles=("hazard", "municipalities", "exposed", "population"),
    unasked=("other_hazards_cover",),
    make_study=make_study,
    count=lambda study: len(study.land.frame),
    make_part=make_part,
    merge=merge,
)
