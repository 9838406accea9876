"""Everything that a run finds out about the ground of the zone, before it is put into words and tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.difficult.anchors import Anchors, allot, square_anchors, street_anchors
from knr_gis.analyses.difficult.ground import NOBODY, Ground, Homes, lived_in_m2, make_ground
from knr_gis.analyses.difficult.verdict import VERDICT_OF, anchor_ways, judge_ground
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.ways import Ways
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.inundation import Inundation
from knr_gis.overlay import Shapes


@dataclass(frozen=True)
class Study:
    """
    The ground of the zone under one scenario.

    Parameters
    ----------
    allotted
        The walked ground by anchor: the same under every scenario.
    judged
        The ground with its verdict, see ``judge_ground``; beside it ``verdict``, ``persons`` and the
        ages (NaN = unknown).
    homes
        What buildings tell of where people live.
    """

    plan: Plan
    ground: Ground
    anchors: Anchors
    ways: Ways
    allotted: pd.DataFrame
    judged: pd.DataFrame
    homes: Homes

    @property
    def inundation(self) -> Inundation:
        """The zone by municipality."""
        return self.plan.inundation

    @property
    def people(self) -> list[str]:
        """Return the columns of persons: all, then the age groups."""
        return ["persons", *self.ground.ages]


def make_study(plan: Plan, homes: Homes) -> Study:
    """Return the ground of the zone, allotted and judged."""
    ground = make_ground(plan, homes)
    if plan.streets is None:
        anchors = square_anchors(ground, plan.scenario.grid_cell_m)
    else:
        streets, limit_m = plan.streets, plan.scenario.snap_limit_m
        anchors = street_anchors(streets.base, streets.fallen, ground, limit_m)
    return _judged(plan, ground, anchors, allot(anchors, ground), homes)


def under(study: Study, plan: Plan) -> Study:
    """Return the same ground judged under another scenario."""
    return _judged(plan, study.ground, study.anchors, study.allotted, study.homes)


def _judged(plan: Plan, ground: Ground, anchors: Anchors, allotted: pd.DataFrame, homes: Homes) -> Study:
    ways = anchor_ways(anchors, plan)
    judged = judge_ground(plan, anchors, ways, allotted, ground)
    judged = judged.assign(verdict=judged["state"].map(VERDICT_OF))
    shared = {c: _shared(judged, ground, c) for c in ("persons", *ground.ages)}
    return Study(plan, ground, anchors, ways, allotted, judged.assign(**shared), homes)


def _shared(judged: pd.DataFrame, ground: Ground, column: str) -> Numbers:
    """Return the persons of each polygon: those of its piece by area, none where nobody lives."""
    area, piece = lived_in_m2(ground), judged["piece"].to_numpy(int)
    persons = ground.pieces[column].to_numpy(float)
    density = np.divide(persons, area, out=np.full(len(area), np.nan), where=area > 0)
    shared = np.append(density, 0.0)[piece] * judged["area_m2"].to_numpy(float)
    return np.asarray(np.where(piece == NOBODY, 0.0, shared))


def dissolved(judged: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the polygons of each group as one, ``geometry``, with ``area_m2``: the sum of its polygons."""
    grouped = judged.groupby(keys, sort=True)
    shapes = np.asarray(judged["geometry"], dtype=object)
    whole = [joined(shapes[rows]) for rows in grouped.indices.values()]
    return grouped.agg(area_m2=("area_m2", "sum")).reset_index().assign(geometry=whole)


def joined(shapes: Shapes) -> shapely.Geometry:
    """Return polygons as one, drawn to the millimetre: else hairlines stay where they meet."""
    return shapely.set_precision(shapely.union_all(shapes), 0.001)
