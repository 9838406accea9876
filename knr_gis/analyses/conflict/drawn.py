"""What a conflict run shows: zones with their rules, pieces in them and near them, the tables."""

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import shapely

from knr_gis.analyses.conflict.account import SIZES, Places, Subject
from knr_gis.analyses.conflict.layered import Layered
from knr_gis.analyses.conflict.rules import NEAR, NO_RULE
from knr_gis.analyses.inputs import layer_title
from knr_gis.result import Blank, Chart, Note
from knr_gis.texts import say

_KINDS = {0: "points", 1: "lines", 2: "areas"}
_COLUMNS = {"count": "features_count", "length": "length_km", "area": "area_ha"}
_M2_PER_HA = 10_000
_MOST_CHARTS = 3


def zone_features(parts: list[Layered], crs: object) -> gpd.GeoDataFrame:
    """Return every zone polygon as published, with its rule."""
    rows = [(part, k) for part in parts for k in range(len(part.polygons))]
    columns = {name: [value(part, k) for part, k in rows] for name, value in _ZONE.items()}
    area = [part.polygons[k].area / _M2_PER_HA for part, k in rows]
    shapes = [part.polygons[k] for part, k in rows]
    return gpd.GeoDataFrame({**columns, "area_ha": area}, geometry=shapes, crs=crs)


_ZONE: dict[str, Callable[[Layered, int], str]] = {
    "zone_layer": lambda part, k: layer_title(part.layers[k]),
    "zone_name": lambda part, k: part.names[k],
    "zone_group": lambda part, k: part.labels[k],
    "rule_duty": lambda part, k: part.rules[k].duty,
    "rule_authority": lambda part, k: part.rules[k].authority,
    "rule_law": lambda part, k: part.rules[k].law,
    "rule_what": lambda part, k: part.rules[k].what,
}


def ring_feature(parts: list[Layered], crs: object) -> dict[str, gpd.GeoDataFrame]:
    """Return what lies near any zone and in none, by the key of the result layer; nothing without a ring."""
    if not parts or not parts[0].within_m:
        return {}
    whole = shapely.union_all([shape for part in parts for shape in part.polygons])
    ring = shapely.difference(shapely.union_all([part.ring for part in parts]), whole)
    columns = {"rule_duty": [NEAR], "area_ha": [ring.area / _M2_PER_HA]}
    return {"ring": gpd.GeoDataFrame(columns, geometry=[ring], crs=crs)}


def drawable(subject: Subject, over: Layered, found: pd.DataFrame, places: Places) -> gpd.GeoDataFrame:
    """Return the pieces of a layer in the strictest zone of each place and in the ring, with the rule."""
    zone, feature = found["zone"].to_numpy(int), found["feature"].to_numpy(int)
    name, _, factor = SIZES[subject.dimension]
    columns: dict[str, object] = {"layer": subject.layer, "name": [subject.labels[k] for k in feature]}
    columns |= {"municipality": [places.names[k] for k in found["muni"]]}
    columns |= {key: [value(over, k) for k in zone] for key, value in _ZONE.items()}
    columns["rule_duty"] = _duties(over, found)
    columns["zone_distance_m"] = found["distance"].to_numpy()
    if subject.dimension:
        whole = subject.land.groupby("feature")["amount"].sum()
        columns[_COLUMNS[name]] = found["amount"].to_numpy() * factor
        columns["part_percent"] = found["amount"].to_numpy() / whole.loc[feature].to_numpy() * 100
    return gpd.GeoDataFrame(columns, geometry=list(found["geometry"]), crs=subject.crs)


def kind_of(subject: Subject) -> str:
    """Return the result layer that a layer is drawn in: areas, lines or points."""
    return f"subject_{_KINDS[subject.dimension]}"


def _duties(over: Layered, found: pd.DataFrame) -> list[str]:
    pairs = zip(found["zone"], found["near"], strict=True)
    return [NEAR if near else over.rules[zone].duty for zone, near in pairs]


def feature_table(subject: Subject, over: Layered, found: pd.DataFrame, places: Places) -> pd.DataFrame:
    """
    Return what of each named feature lies in or near each zone of one layer.

    Pieces of one name (the links of a road) in one municipality and zone stand in one row;
    ``part_percent`` is of everything of that name on land.
    """
    name, _, factor = SIZES[subject.dimension]
    rows = pd.DataFrame({
        "name": [subject.labels[k] for k in found["feature"]],
        "municipality": [places.names[k] for k in found["muni"]],
        "zone_layer": layer_title(over.id), "zone_name": [over.names[k] for k in found["zone"]],
        "zone_group": [over.labels[k] for k in found["zone"]], "rule_duty": _duties(over, found),
        "rank": [over.rules[k].rank for k in found["zone"]], "near": found["near"].to_numpy(),
        "amount": found["amount"].to_numpy() * factor, "zone_distance_m": found["distance"].to_numpy(),
    })  # fmt: skip
    keys = [c for c in rows.columns if c not in ("amount", "zone_distance_m")]
    table = rows.groupby(keys, sort=False, dropna=False).agg(
        amount=("amount", "sum"), zone_distance_m=("zone_distance_m", "min")
    )
    table = table.reset_index()
    whole = pd.Series(subject.land["amount"].to_numpy(float) * factor).groupby(
        [subject.labels[k] for k in subject.land["feature"]]
    )
    share = table["amount"] / table["name"].map(whole.sum()) * 100
    asked = (table["name"] != "") & (subject.dimension > 0)
    share = share.astype(object).where(asked, Blank.NOT_ASKED)
    table = table.assign(layer=subject.layer, part_percent=share)
    for size, column in _COLUMNS.items():
        table[column] = table["amount"] if size == name else Blank.NOT_ASKED
    table["zone_distance_m"] = table["zone_distance_m"].astype(object).where(table["near"], Blank.NOT_ASKED)
    return table


def joined_table(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all layers in one: strictest first, near last, with the strictest of each."""
    columns = [
        "layer", "name", "municipality", "zone_layer", "zone_group", "zone_name",
        "rule_duty", "strictest_duty",
        *_COLUMNS.values(), "part_percent", "zone_distance_m",
    ]  # fmt: skip
    full = [table for table in tables if len(table)]
    if not full:
        return pd.DataFrame(columns=columns)
    table = pd.concat(full, ignore_index=True)
    order = table["rank"] + table["near"] * 1000
    first = (
        table.assign(order=order)
        .sort_values("order", kind="stable")
        .drop_duplicates(["layer", "name", "municipality"])
    )
    strictest = first.set_index(["layer", "name", "municipality"])["rule_duty"]
    keys = pd.MultiIndex.from_frame(table[["layer", "name", "municipality"]])
    table = table.assign(strictest_duty=strictest.loc[keys].to_numpy(), order=order)
    return table.sort_values(["order", "layer", "amount"], ascending=[True, True, False], kind="stable")[
        columns
    ]


def rule_table(parts: list[Layered]) -> pd.DataFrame:
    """Return the rule of each group of zones: who is asked, under which law, what for, and whether read."""
    seen: dict[tuple[str, str], dict[str, object]] = {}
    for part in parts:
        for rule, label in zip(part.rules, part.labels, strict=True):
            seen.setdefault((part.id, label), {
                "zone_layer": layer_title(part.id), "zone_group": label, "rule_duty": rule.duty,
                "rule_authority": rule.authority or Blank.NOT_ASKED, "rule_law": rule.law or Blank.NOT_ASKED,
                "rule_what": rule.what or Blank.NOT_ASKED, "rule_source": rule.source or Blank.NOT_ASKED,
                "rule_verified": Blank.NOT_ASKED if rule.duty == NO_RULE
                else say("difficult.confirmed" if rule.verified else "difficult.needs_confirming"),
            })  # fmt: skip
    return pd.DataFrame(seen.values())


def zone_charts(
    subjects: list[Subject], parts: list[Layered], summary: pd.DataFrame, places: Places
) -> tuple[Chart, ...]:
    """Return a chart for each layer over the first zone layer: groups and near, by municipality."""
    pairs = [(subject, part) for part in parts[:1] for subject in subjects[:_MOST_CHARTS]]
    return tuple(chart for s, p in pairs if (chart := _chart(s, p, summary, places)).series)


def _chart(subject: Subject, part: Layered, summary: pd.DataFrame, places: Places) -> Chart:
    measure = f"{subject.measure}_by_{part.id}"
    rest = ["", say("conflict.outside"), say("conflict.not_evaluated")]
    rows = summary[
        (summary["measure"] == measure) & (summary["muni_code"] != "") & ~summary["group"].isin(rest)
    ]
    series = {
        group: tuple(values.set_index("muni_code")["value"].reindex(places.codes))
        for group, values in rows.groupby("group", sort=False)
        if values["value"].sum() > 0
    }
    title = Note("conflict.chart", {"layer": layer_title(subject.layer), "zone": layer_title(part.id)})
    unit = SIZES[subject.dimension][1]
    return Chart(f"con_{subject.measure}", title, "stacked_bar", tuple(places.names), series, unit)
