"""The figures as summary, tables, map and charts."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import Numbers, shapes_of, texts
from knr_gis.analyses.profile.figures import NOT_ASKED, PARTIAL, Figure, Place, ranks, shares
from knr_gis.result import Blank, Chart, Note
from knr_gis.texts import say

_LEAST_YEARS = 2
_CHARTED = (
    "persons_in_zone", "inundated_area", "persons_in_time_percent", "origins_in_time_percent",
    "population_change_percent", "elderly_percent", "farmland_area_in_zone",
)  # fmt: skip


def summary_rows(figures: list[Figure], places: list[Place]) -> list[Row]:
    """
    Return every figure of every place, and the rank of the municipalities as a measure of its own.

    A figure that is not asked for, and a rank that there is none of, has no row.
    """
    rows: list[Row] = []
    for figure in figures:
        measure = f"{figure.key}_by_kind" if figure.group else figure.key
        for place in places:
            value, state = figure.of(place)
            if state != NOT_ASKED:
                rows.append((place.code, place.name, figure.group, measure, value, figure.unit))
    for figure in (f for f in figures if not f.group):
        rank = ranks(figure, places)
        rows += [
            (p.code, p.name, "", f"{figure.key}_rank", float(rank[p.code]), say("profile.rank_unit"))
            for p in places if p.code in rank
        ]  # fmt: skip
    return rows


def profile_table(figures: list[Figure], places: list[Place]) -> pd.DataFrame:
    """Return one row for each place, one column for each figure."""
    columns = {f.key: [_cell(*f.of(p)) for p in places] for f in figures if not f.group}
    return pd.DataFrame({"place": [p.label for p in places], **columns}, dtype=object)


def _cell(value: float, state: str) -> float | Blank:
    return Blank.NOT_ASKED if state == NOT_ASKED else value


def rank_table(figures: list[Figure], places: list[Place]) -> pd.DataFrame:
    """Return one row for each municipality, one column with the rank by each figure."""
    towns = [p for p in places if p.is_municipality]
    found = {f.key: ranks(f, places) for f in figures if not f.group}
    columns = {f"{key}_rank": [r.get(p.code, Blank.NOT_ASKED) for p in towns] for key, r in found.items()}
    return pd.DataFrame({"place": [p.label for p in towns], **columns}, dtype=object)


def figure_table(figures: list[Figure], places: list[Place]) -> pd.DataFrame:
    """Return one row for each place and figure: value, rank, share of the region, and what is known."""
    found = [(f, ranks(f, places), shares(f, places)) for f in figures]
    rows = [
        {
            "place": place.label,
            "figure": f.title or say(f"measures.{f.key}"),
            "figure_value": _cell(*f.of(place)),
            "value_unit": f.unit,
            "rank": rank.get(place.code, Blank.NOT_ASKED),
            "ranked_count": len(rank) if place.code in rank else Blank.NOT_ASKED,
            "region_share_percent": share[k] if place.name else Blank.NOT_ASKED,
            "figure_state": f.of(place)[1],
        }
        for k, place in enumerate(places)
        for f, rank, share in found
    ]
    return pd.DataFrame(rows)


def town_features(
    municipalities: gpd.GeoDataFrame, figures: list[Figure], places: list[Place]
) -> gpd.GeoDataFrame:
    """Return the municipalities with their figures as columns (NaN = unknown or not asked)."""
    towns = [p for p in places if p.is_municipality]
    columns = {f.key: np.array([f.of(p)[0] for p in towns]) for f in figures if not f.group}
    named = {
        "muni_code": [p.code for p in towns], "municipality": [p.name for p in towns],
        "bureau": texts(municipalities, "bureau"),
    }  # fmt: skip
    return gpd.GeoDataFrame(
        {**named, **columns}, geometry=list(shapes_of(municipalities)), crs=municipalities.crs
    )


def charts(figures: list[Figure], places: list[Place]) -> tuple[Chart, ...]:
    """Return the municipalities side by side, the largest first; a figure that nobody has is not drawn."""
    by_key = {f.key: f for f in figures}
    shown = [by_key[key] for key in _CHARTED if key in by_key]
    return tuple(_chart(figure, places) for figure in shown if not np.isnan(figure.part).all())


def _chart(figure: Figure, places: list[Place]) -> Chart:
    towns = [(p.label, *figure.of(p)) for p in places if p.is_municipality]
    ordered = sorted(towns, key=lambda t: (t[2] == NOT_ASKED, np.isnan(t[1]), -np.nan_to_num(t[1])))
    values = tuple(_cell(value, state) for _, value, state in ordered)
    return Chart(
        id=figure.key,
        title=Note("profile.chart_title", {"title": figure.title or say(f"measures.{figure.key}")}),
        kind="bar",
        labels=tuple(label for label, _, _ in ordered),
        series={say(f"measures.{figure.key}"): values},
        unit=figure.unit,
        note=_partly(figure, places),
    )


def trend_charts(years: list[int], people: dict[str, Numbers], places: list[Place]) -> tuple[Chart, ...]:
    """Return how the population of each place is projected to go on; a sum lacking a member is unknown."""
    if len(years) < _LEAST_YEARS:
        return ()
    return tuple(
        Chart(
            id=f"trend_{number}",
            title=Note("profile.trend_title", {"place": place.label}),
            kind="line",
            labels=tuple(str(year) for year in years),
            series={
                say(f"measures.{column}"): tuple(table[:, place.members].sum(axis=1).tolist())
                for column, table in people.items()
            },
            unit="人",
            page=place.label,
        )
        for number, place in enumerate(places)
    )


def _partly(figure: Figure, places: list[Place]) -> Note | None:
    """Return whose figure holds only what is known."""
    names = [p.label for p in places if p.is_municipality and figure.of(p)[1] == PARTIAL]
    return Note("profile.chart_partial", {"names": "、".join(names)}) if names else None
