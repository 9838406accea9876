"""Every layer measured over the hazard, and what could not be measured."""

from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import Account, amount_account, count_account
from knr_gis.analyses.exposure.divisions import Division, Kind, divisions_of, kinds_of
from knr_gis.analyses.exposure.dwellings import in_homes, placed_accounts
from knr_gis.analyses.exposure.once import ONCE, WORTH_TELLING, Shared, shared_of
from knr_gis.analyses.inputs import Numbers, by_dimension, layer_title, listed, numbers, shapes_of, texts
from knr_gis.analyses.inundation import ZONE_COLUMNS, Inundation, Overlaid, overlay_layer
from knr_gis.analyses.people import People, is_too_coarse, people_accounts, people_at, place_people
from knr_gis.overlay import pieces
from knr_gis.schema import column_title
from knr_gis.texts import say

_KINDS = {0: "points", 1: "lines", 2: "areas"}
_HA, _KM = 1e-4, 1e-3


class Part(NamedTuple):
    """One kind of the features of a layer: the figure, the column it is divided by, and the kind."""

    layer: str
    measure: str
    column: str
    kind: Kind


@dataclass
class Found:
    """
    What has been gathered so far.

    Parameters
    ----------
    detailed
        Whether layers are broken down and drawn.
    by_measure, layers
        Account of each measure, and the layer that it is of.
    parts
        Accounts of the kinds of features that the layers are broken down by.
    features
        Drawable features by kind of geometry.
    gaps
        What could not be measured, why, and how many.
    shared
        What the features of a layer share with each other.
    """

    detailed: bool = True
    by_measure: dict[str, Account] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    parts: dict[Part, Account] = field(default_factory=dict)
    features: dict[str, list[gpd.GeoDataFrame]] = field(default_factory=dict)
    gaps: list[tuple[str, str, int]] = field(default_factory=list)
    shared: list[Shared] = field(default_factory=list)

    @property
    def accounts(self) -> list[Account]:
        """The accounts in the order in which they came."""
        return list(self.by_measure.values())

    @property
    def wholes(self) -> list[tuple[str, Account]]:
        """The accounts with the layer that each is of."""
        return [(self.layers[measure], account) for measure, account in self.by_measure.items()]

    def add(self, account: Account, layer_id: str) -> None:
        """Take an account in; one of the same measure (points and areas of one layer) is added to."""
        known = self.by_measure.get(account.measure)
        self.by_measure[account.measure] = account if known is None else known.plus(account)
        self.layers[account.measure] = layer_id

    def add_part(self, part: Part, account: Account) -> None:
        """Take in the account of one kind of features; points and areas of one kind are added up."""
        known = self.parts.get(part)
        self.parts[part] = account if known is None else known.plus(account)


class Measured(NamedTuple):
    """The features of one dimension of a layer, and how they are broken down."""

    id: str
    dimension: int
    frame: gpd.GeoDataFrame
    divisions: list[Division]


class Laid(NamedTuple):
    """A layer laid over the hazard: its features, and they without what earlier ones hold already."""

    features: Overlaid
    once: Overlaid


def add_layer(found: Found, layer_id: str, frame: gpd.GeoDataFrame, inundation: Inundation) -> None:
    """Measure one layer, kind by kind; a layer without features is a gap, not a zero."""
    sure = _with_own_place(found, layer_id, frame)
    kinds = by_dimension(sure)
    missing = len(sure) - sum(len(part) for part in kinds.values())
    if missing or frame.empty:
        reason = "exposure.gap.empty_layer" if frame.empty else "exposure.gap.no_geometry"
        found.gaps.append((layer_title(layer_id), say(reason), missing))
    divisions, silent = divisions_of(layer_id, sure) if found.detailed else ([], [])
    if silent and len(sure):
        reason = say("exposure.gap.no_kind", columns=listed([column_title(c) for c in silent]))
        found.gaps.append((layer_title(layer_id), reason, 0))
    for dimension, part in kinds.items():
        layer = Measured(layer_id, dimension, part.reset_index(drop=True), divisions)
        _add_kind(found, layer, inundation)


def _with_own_place(found: Found, layer_id: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features whose own place is known; one at the town's centre is neither in nor out."""
    weak = np.array(
        [t == say("exposure.weak_position", language="ja") for t in texts(frame, "position_quality")]
    )
    if not weak.any():
        return frame
    found.gaps.append((layer_title(layer_id), say("exposure.gap.weak_position"), int(weak.sum())))
    return frame[~weak]


def _add_kind(found: Found, layer: Measured, inundation: Inundation) -> None:
    laid = _lay(found, layer, inundation)
    _add_sizes(found, layer, laid, inundation)
    outside = len(layer.frame) - laid.features.land["feature"].nunique()
    if outside:
        found.gaps.append((layer_title(layer.id), say("exposure.gap.outside_region"), outside))
    if layer.dimension == 0 and not np.isnan(numbers(layer.frame, "persons")).all():
        people = people_at(layer.frame, laid.features)
        for account in people_accounts(people, inundation, f"{layer.id}_"):
            found.add(account, layer.id)
    if found.detailed:
        drawn = _drawable(layer.id, layer.dimension, layer.frame, inundation)
        found.features.setdefault(f"exposed_{_KINDS[layer.dimension]}", []).append(drawn)


def _add_sizes(found: Found, layer: Measured, laid: Laid, inundation: Inundation) -> None:
    """Take in the sizes of all features, and of each kind of them."""
    for account in _sizes(layer, laid, inundation, np.ones(len(layer.frame))):
        found.add(account, layer.id)
    for division in layer.divisions:
        for kind, chosen in kinds_of(layer.frame, division):
            for account in _sizes(layer, laid, inundation, chosen):
                found.add_part(Part(layer.id, account.measure, division.column, kind), account)


def _lay(found: Found, layer: Measured, inundation: Inundation) -> Laid:
    """Return a layer laid over the hazard; what its features share is told, and is counted once."""
    shapes = shapes_of(layer.frame)
    once = ONCE[layer.dimension](shapes)
    whole = overlay_layer(shapes, inundation)
    if once.shapes is shapes:
        return Laid(whole, whole)
    if once.lost >= WORTH_TELLING:
        found.shared.append(shared_of(layer.id, layer.dimension, layer.frame, once))
    return Laid(whole, overlay_layer(once.shapes, inundation))


def _sizes(layer: Measured, laid: Laid, inundation: Inundation, chosen: Numbers) -> list[Account]:
    """Return hectares and number of areas, kilometres of lines, or the number of points, of those chosen."""
    count = count_account(laid.features, inundation, chosen, measure=f"{layer.id}_count", unit="件")
    if layer.dimension == 0:
        return [count]
    name, unit, factor = ("length", "km", _KM) if layer.dimension == 1 else ("area", "ha", _HA)
    size = amount_account(laid.once, inundation, chosen * factor, measure=f"{layer.id}_{name}", unit=unit)
    return [size] if layer.dimension == 1 else [size, count]


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


def add_people(
    found: Found,
    population: gpd.GeoDataFrame | None,
    inundation: Inundation,
    buildings: gpd.GeoDataFrame | None = None,
) -> tuple[People, ...]:
    """Add the persons of the population layer, in their homes where buildings are given, or say why not."""
    title = layer_title("population")
    if population is None or population.empty:
        found.gaps.append((title, say("exposure.gap.no_population"), 0))
        return ()
    people = place_people(population, inundation)
    if people is None:
        coarse = "population_too_coarse" if is_too_coarse(population) else "no_geometry"
        found.gaps.append((title, say(f"exposure.gap.{coarse}"), len(population)))
        return ()
    placed = (people,) if buildings is None else in_homes(people, buildings, inundation)
    for account in placed_accounts(people, placed, inundation):
        found.add(account, "population")
    unplaced = int((~people.placed).sum())
    if unplaced:
        found.gaps.append((title, say("exposure.gap.outside_region"), unplaced))
    return placed
