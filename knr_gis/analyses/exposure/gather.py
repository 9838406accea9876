"""Every layer measured over the hazard, and what could not be measured."""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import Account, amount_account, count_account
from knr_gis.analyses.inputs import by_dimension, layer_title, numbers, shapes_of, texts
from knr_gis.analyses.inundation import ZONE_COLUMNS, Inundation, Overlaid, overlay_layer
from knr_gis.analyses.people import People, is_too_coarse, people_accounts, people_at, place_people
from knr_gis.overlay import pieces
from knr_gis.texts import say

_KINDS = {0: "points", 1: "lines", 2: "areas"}
_HA, _KM = 1e-4, 1e-3


@dataclass
class Found:
    """What has been gathered so far: accounts by measure, drawable features by kind, and gaps."""

    by_measure: dict[str, Account] = field(default_factory=dict)
    features: dict[str, list[gpd.GeoDataFrame]] = field(default_factory=dict)
    gaps: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def accounts(self) -> list[Account]:
        """The accounts in the order in which they came."""
        return list(self.by_measure.values())

    def add(self, account: Account) -> None:
        """Take an account in; one of the same measure (points and areas of one layer) is added to."""
        known = self.by_measure.get(account.measure)
        self.by_measure[account.measure] = account if known is None else known.plus(account)


def add_layer(found: Found, layer_id: str, frame: gpd.GeoDataFrame, inundation: Inundation) -> None:
    """Measure one layer, kind by kind; a layer without features is a gap, not a zero."""
    sure = _with_own_place(found, layer_id, frame)
    kinds = by_dimension(sure)
    missing = len(sure) - sum(len(part) for part in kinds.values())
    if missing or frame.empty:
        reason = "exposure.gap.empty_layer" if frame.empty else "exposure.gap.no_geometry"
        found.gaps.append((layer_title(layer_id), say(reason), missing))
    for dimension, part in kinds.items():
        _add_kind(found, layer_id, dimension, part.reset_index(drop=True), inundation)


def _with_own_place(found: Found, layer_id: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features whose own place is known; one at the town's centre is neither in nor out."""
    weak = np.array(
        [t == say("exposure.weak_position", language="ja") for t in texts(frame, "position_quality")]
    )
    if not weak.any():
        return frame
    found.gaps.append((layer_title(layer_id), say("exposure.gap.weak_position"), int(weak.sum())))
    return frame[~weak]


def _add_kind(
    found: Found, layer_id: str, dimension: int, part: gpd.GeoDataFrame, inundation: Inundation
) -> None:
    overlaid = overlay_layer(shapes_of(part), inundation)
    for account in _sizes(layer_id, dimension, overlaid, inundation):
        found.add(account)
    outside = len(part) - overlaid.land["feature"].nunique()
    if outside:
        found.gaps.append((layer_title(layer_id), say("exposure.gap.outside_region"), outside))
    if dimension == 0 and not np.isnan(numbers(part, "persons")).all():
        for account in people_accounts(people_at(part, overlaid), inundation, f"{layer_id}_"):
            found.add(account)
    drawn = _drawable(layer_id, dimension, part, inundation)
    found.features.setdefault(f"exposed_{_KINDS[dimension]}", []).append(drawn)


def _sizes(layer_id: str, dimension: int, overlaid: Overlaid, inundation: Inundation) -> list[Account]:
    """Return hectares and number of areas, kilometres of lines, or the number of points."""
    ones = np.ones(overlaid.count)
    count = count_account(overlaid, inundation, ones, measure=f"{layer_id}_count", unit="件")
    if dimension == 0:
        return [count]
    name, unit, factor = ("length", "km", _KM) if dimension == 1 else ("area", "ha", _HA)
    size = amount_account(overlaid, inundation, ones * factor, measure=f"{layer_id}_{name}", unit=unit)
    return [size] if dimension == 1 else [size, count]


def _drawable(
    layer_id: str, dimension: int, part: gpd.GeoDataFrame, inundation: Inundation
) -> gpd.GeoDataFrame:
    """Return what of a layer lies in the zone: points and areas whole or cut, with their depth."""
    cut = pieces(shapes_of(part), inundation.zones)
    source, zone = part.iloc[cut["feature"].to_numpy()], inundation.frame.iloc[cut["zone"].to_numpy()]
    size = {0: {}, 1: {"length_km": cut["amount"] * _KM}, 2: {"area_ha": cut["amount"] * _HA}}[dimension]
    columns = {
        "layer": layer_id, "name": texts(source, "name"),
        **{c: zone[c].to_numpy() for c in ZONE_COLUMNS}, **{k: v.to_numpy() for k, v in size.items()},
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=list(cut["geometry"]), crs=part.crs)


def add_people(found: Found, population: gpd.GeoDataFrame | None, inundation: Inundation) -> People | None:
    """Add the persons of the population layer, or say why there are none."""
    title = layer_title("population")
    if population is None or population.empty:
        found.gaps.append((title, say("exposure.gap.no_population"), 0))
        return None
    people = place_people(population, inundation)
    if people is None:
        coarse = "population_too_coarse" if is_too_coarse(population) else "no_geometry"
        found.gaps.append((title, say(f"exposure.gap.{coarse}"), len(population)))
        return None
    for account in people_accounts(people, inundation):
        found.add(account)
    unplaced = int((~people.placed).sum())
    if unplaced:
        found.gaps.append((title, say("exposure.gap.outside_region"), unplaced))
    return people
