"""What lies in several hazards, in how many at once, and what a new edition of the zones changes."""

from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.accounts import land_account
from knr_gis.analyses.exposure.breakdown import whole_lines
from knr_gis.analyses.exposure.gather import Found, add_layer, add_people
from knr_gis.analyses.exposure.layering import at_once, changes, drawn_classes
from knr_gis.analyses.inputs import layer_title
from knr_gis.analyses.inundation import Inundation
from knr_gis.texts import say


class Exposed(NamedTuple):
    """What is measured over one kind of zones after the other."""

    layers: dict[str, gpd.GeoDataFrame]
    population: gpd.GeoDataFrame | None
    municipalities: gpd.GeoDataFrame
    homes: gpd.GeoDataFrame | None = None


class Compared(NamedTuple):
    """Tables and drawable layers by id."""

    tables: dict[str, pd.DataFrame]
    features: dict[str, gpd.GeoDataFrame]


def compare_hazards(exposed: Exposed, hazards: dict[str, Inundation]) -> Compared:
    """Return what lies in each hazard by its classes, and by which hazards lie on it at once."""
    outside = say("exposure.hazard.outside")
    each = [_lines(exposed, zones, "hazard_class", outside) for zones in hazards.values()]
    for name, table in zip(hazards, each, strict=True):
        table.insert(0, "hazard", layer_title(name))
    none = say("exposure.hazard.none")
    together, counts = at_once(hazards, exposed.municipalities)
    stacked = _lines(exposed, together, "hazards_here", none)
    number = stacked["hazards_here"].map({**counts, none: 0}).astype("Int64")
    drawn = drawn_classes(together, "hazards_here")
    drawn = drawn.assign(hazards_number=drawn["hazards_here"].map(counts).astype(float))
    return Compared(
        {
            "hazards_region": _region(stacked, "hazards_here"),
            "hazards_at_once": stacked.assign(hazards_number=number),
            "hazards": pd.concat(each, ignore_index=True),
        },
        {"hazards_at_once": drawn.sort_values("hazards_number", ignore_index=True)},
    )


def compare_editions(exposed: Exposed, before: Inundation, after: Inundation) -> Compared:
    """Return the ground that a new edition takes in, lets go, makes deeper ..., and what lies there."""
    laid = changes(before, after, exposed.municipalities)
    table = _lines(exposed, laid, "edition_change", say("exposure.hazard.outside"))
    return Compared(
        {"editions_region": _region(table, "edition_change"), "editions": table},
        {"edition_change": drawn_classes(laid, "edition_change")},
    )


def _lines(exposed: Exposed, zones: Inundation, class_column: str, outside: str) -> pd.DataFrame:
    """Return the figures of all layers by municipality and class of these zones, with their share."""
    found = Found(detailed=False)
    for layer_id, frame in exposed.layers.items():
        add_layer(found, layer_id, frame, zones)
    add_people(found, exposed.population, zones, exposed.homes)
    table = whole_lines([("municipalities", land_account(zones)), *found.wholes], zones)
    words = {
        say("depth.outside"): outside,
        say("depth.not_evaluated"): say("exposure.hazard.not_evaluated"),
        say("exposure.kind.zone"): say("exposure.hazard.inside"),
    }
    return table.assign(depth_class=table["depth_class"].replace(words)).rename(
        columns={"depth_class": class_column}
    )


def _region(table: pd.DataFrame, class_column: str) -> pd.DataFrame:
    """Return the figures of the whole region, one line each, with a column for each class."""
    rows = table[table["municipality"] == say("export.whole_region")]
    classes = list(dict.fromkeys(rows[class_column]))
    lines = pd.MultiIndex.from_frame(rows[["figure", "value_unit"]].drop_duplicates())
    wide = rows.pivot(index=["figure", "value_unit"], columns=class_column, values="figure_value")
    return wide.reindex(index=lines, columns=classes).rename_axis(columns=None).reset_index()
