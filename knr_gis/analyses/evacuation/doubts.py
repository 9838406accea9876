"""What is not known of the streets and the arrival, and how far the answer rests on it."""

import numpy as np
import shapely

from knr_gis.analyses.evacuation.arrival import FIGURE, ZONE
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.segments import Steps
from knr_gis.analyses.evacuation.ways import site_doors
from knr_gis.analyses.inputs import Mask, Numbers, listed, numbers, texts
from knr_gis.grid import Grid
from knr_gis.result import Note
from knr_gis.slopes import smooth_height

_M_PER_KM = 1000.0


def doubts(run: Run, steps: Steps | None) -> list[Note]:
    """Return what had to be taken as it is not known, with how much of it there is."""
    notes = _arrival_doubts(run) + _height_doubts(run, steps)
    return notes + (_winter_doubts(run, steps) if run.plan.scenario.winter else [])


def _arrival_doubts(run: Run) -> list[Note]:
    """Return where the planning number stands for the arrival, and where 30 cm are not told."""
    scenario, judged = run.plan.scenario, run.judged
    figure = judged["arrival_source"] == FIGURE
    notes = []
    if figure.any() and scenario.arrival_from == "data":
        values = {"count": int(figure.sum()), "all": len(judged), "minutes": f"{scenario.arrival_min:g}"}
        notes.append(Note("evacuation.note_arrival_figure", values))
    told = (judged["arrival_source"] == ZONE) & judged["arrival_30cm_min"].notna()
    if scenario.deadline == "30cm" and not told.all():
        notes.append(Note("evacuation.note_no_30cm", {"count": int((~told).sum()), "all": len(judged)}))
    return notes


def _height_doubts(run: Run, steps: Steps | None) -> list[Note]:
    """Return where the slope is asked for but the height is not known."""
    grid = run.plan.layers.get("elevation")
    if not run.plan.scenario.slope:
        return []
    if grid is None:
        return [Note("evacuation.note_no_elevation")]
    return _kilometres("evacuation.note_elevation_gaps", steps, None if steps is None else _flat(steps, grid))


def _flat(steps: Steps, grid: Grid) -> Mask:
    """Tell which steps count as level because a height at one of their ends is not known."""
    heights = smooth_height(grid, steps.ends.reshape(-1, 2)).reshape(-1, 2)
    return np.asarray(np.isnan(heights).any(axis=1))


def _winter_doubts(run: Run, steps: Steps | None) -> list[Note]:
    """Return streets of which no width is known, and sites that snow cuts off."""
    roads = run.plan.layers.get("roads")
    if steps is None or roads is None:
        return []
    unknown = np.isnan(numbers(roads, "width_m")) & np.array([not t for t in texts(roads, "width_class")])
    notes = _kilometres("evacuation.note_width_unknown", steps, unknown[steps.frame["road"].to_numpy(int)])
    names = snowed_sites(run)
    said = {"count": len(names), "names": listed(names, 5)}
    return [*notes, Note("evacuation.note_snowed_sites", said)] if names else notes


def snowed_sites(run: Run) -> list[str]:
    """Return the usable sites on streets closed by snow: people wade the last stretch to them."""
    streets = run.plan.streets
    if streets is None or not streets.closed.any() or not len(run.goals):
        return []
    places = shapely.get_coordinates(run.goals.geometry.to_numpy())
    cut = site_doors(streets, places, run.plan.scenario.snap_limit_m)[1][len(places) :]
    return [str(name) for name in run.goals["name"].to_numpy()[cut]]


def _kilometres(key: str, steps: Steps | None, mask: Mask | None) -> list[Note]:
    """Return how many kilometres of the streets in danger a mask holds, if any."""
    if steps is None or mask is None or not mask.any():
        return []
    length: Numbers = steps.frame["length_m"].to_numpy(float)
    part, whole = length[mask].sum(), length.sum()
    return [Note(key, {"km": f"{part / _M_PER_KM:,.1f}", "whole": f"{whole / _M_PER_KM:,.1f}"})]
