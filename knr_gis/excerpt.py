"""The part of a product that is one municipality's: its figures, its lists, its map; all else is the same."""

import math
from dataclasses import replace
from string import Formatter

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.errors import SettingsError
from knr_gis.fonts import plain
from knr_gis.front import chosen_measures, paged_tables
from knr_gis.product import Excerpt, Product, ProductLayer, ReportPlan
from knr_gis.readable import cell_text, decimals_of, group_title, measure_title, unit_title
from knr_gis.region import Municipality, Region
from knr_gis.result import Chart
from knr_gis.style import Style
from knr_gis.texts import in_words, say

_SAID = 4  # figures of the answer; the others stand in the table below it
_EDGE = Style("#111111", opacity=0.0, weight=1.8, dash="dash", order=1000)


def find_municipality(region: Region, text: str) -> Municipality:
    """Return a municipality by name or code, or raise SettingsError that lists them."""
    wanted = text.strip()
    for town in region.municipalities:
        if wanted in (town.code, town.name_ja) or wanted.casefold() == town.name_en.casefold():
            return town
    names = say("excerpt.comma").join(town.name_ja for town in region.municipalities)
    raise SettingsError("excerpt.unknown", name=text, names=names)


def excerpt_of(product: Product, town: Municipality, *, land: gpd.GeoDataFrame | None, book: str) -> Product:
    """
    Return the product as one municipality reads it.

    The summary keeps its rows and those of the whole region; tables with a municipality keep its rows,
    others stay whole; the map shows its surroundings. No figure is computed anew.

    Parameters
    ----------
    land
        The municipalities in the working CRS, with ``muni_code``.
    book
        Name of the workbook of the whole region.
    """
    name = in_words(town.name_ja, town.name_en)
    area = _area(land, town.code)
    summary = product.result.summary
    part = summary[summary["muni_code"].isin([town.code, ""])].reset_index(drop=True)
    tables = {key: _own_rows(frame, town.code, name) for key, frame in product.result.tables.items()}
    result = replace(product.result, summary=part, tables=tables)
    cut = replace(
        product,
        id=f"{product.id}_{town.code}_{town.name_ja}",
        title_ja=say("excerpt.title", title=product.title_ja, name=town.name_ja, language="ja"),
        title_en=say("excerpt.title", title=product.title_en, name=town.name_en, language="en"),
        result=result,
        layers=(*product.layers, *_edge(product, town, area)),
        missing=_own_missing(product.missing, name, _names(land, product)),
        notes=(say("excerpt.notes"), *product.notes),
        findings=_own_findings(product.findings, town.code),
        excerpt=Excerpt(town.code, name, area, book),
    )
    pages = {title for title, _ in paged_tables(product)} - {title for title, _ in paged_tables(cut)}
    cut = replace(cut, result=replace(result, charts=_own_charts(product, pages)))
    return replace(cut, headline=_headline(cut, product.headline))


def _area(land: gpd.GeoDataFrame | None, code: str) -> BaseGeometry | None:
    if land is None or "muni_code" not in land.columns:
        return None
    shapes = land.loc[land["muni_code"].astype(str) == code].geometry.dropna()
    return shapely.union_all(shapes.values) if len(shapes) else None


def _own_rows(frame: pd.DataFrame, code: str, name: str) -> pd.DataFrame:
    """Return the rows of a table that are the municipality's; a table that has no such column stays."""
    if "muni_code" in frame.columns:
        return frame[frame["muni_code"].astype(str) == code].reset_index(drop=True)
    if "municipality" in frame.columns:
        own = frame["municipality"].map(lambda text: name in str(text).split("・"))
        return frame[own].reset_index(drop=True)
    return frame


def _names(land: gpd.GeoDataFrame | None, product: Product) -> set[str]:
    """Return the names of all municipalities."""
    named = set(product.result.summary["municipality"])
    for column in ("municipality", "name"):
        named |= set() if land is None or column not in land.columns else set(land[column].astype(str))
    return named - {""}


def _own_missing(missing: pd.DataFrame, name: str, names: set[str]) -> pd.DataFrame:
    """Return what was not evaluated, but for what names another municipality."""
    if missing.empty:
        return missing
    own = missing["what"].map(lambda what: what == name or what not in names)
    return missing[own].reset_index(drop=True)


def _own_findings(findings: pd.DataFrame, code: str) -> pd.DataFrame:
    if findings.empty or "muni_code" not in findings.columns:
        return findings
    codes = findings["muni_code"].fillna("").astype(str)
    return findings[codes.isin([code, ""])].reset_index(drop=True)


def _own_charts(product: Product, others: set[str]) -> tuple[Chart, ...]:
    """Return the charts but for those on pages of other municipalities."""
    return tuple(chart for chart in product.result.charts if plain(chart.page) not in others)


def _edge(product: Product, town: Municipality, area: BaseGeometry | None) -> tuple[ProductLayer, ...]:
    """Return the outline of the municipality as a layer on top, credited as the municipalities are."""
    credit = next((s.attribution for s in product.sources if s.layer_id == "municipalities"), "")
    crs = next((layer.frame.crs for layer in product.layers if layer.frame.crs is not None), None)
    if area is None or crs is None or not credit:
        return ()
    frame = gpd.GeoDataFrame({"name": [town.name_ja]}, geometry=[area.boundary], crs=crs)
    title = {lang: say("excerpt.edge", name=n, language=lang) for lang, n in _both(town).items()}
    return (ProductLayer("excerpt", title["ja"], title["en"], "boundary", frame, _EDGE, ("name",), credit),)


def _both(town: Municipality) -> dict[str, str]:
    return {"ja": town.name_ja, "en": town.name_en}


def _headline(cut: Product, whole: str) -> str:
    """Return the answer for the municipality in one sentence, with its figures and the region's."""
    if cut.excerpt is None:
        return whole
    name = cut.excerpt.name
    if (cut.result.summary["muni_code"] != "").any():
        told = _figures(cut)
        return _sentence(cut) or say("excerpt.headline", name=name, figures=say("excerpt.comma").join(told))
    reasons = cut.missing.loc[cut.missing["what"] == name, "reason"] if len(cut.missing) else ()
    if len(reasons):
        return say("excerpt.not_evaluated", name=name, reason=plain(next(iter(reasons))), whole=whole)
    return say("excerpt.only_whole", name=name, whole=whole)


def _sentence(cut: Product) -> str:
    """Return the sentence of the report plan filled in; nothing where there is none, or no figure for it."""
    plan, summary = cut.report or ReportPlan(), cut.result.summary
    text = in_words(plan.town_ja, plan.town_en)
    own = summary[(summary["muni_code"] != "") & (summary["group"] == "")]
    told = {row.measure: _with_unit(row.value, row.unit) for row in own.itertuples()}
    names = {name for _, name, _, _ in Formatter().parse(text) if name} - {"name"}
    found = {name: [told[m] for m in name.split("|") if m in told] for name in names}
    if not any(found.values()) or cut.excerpt is None:
        return ""
    blank = say("excerpt.not_asked")  # a share of nobody
    filled = {name: (values or [blank])[0] for name, values in found.items()}
    return text.format_map({"name": cut.excerpt.name, **filled})


def _figures(cut: Product) -> list[str]:
    """Return the first key figures of the municipality, each beside that of the region."""
    rows = chosen_measures(cut)
    rows = rows if (rows["muni_code"] != "").any() else cut.result.summary
    own = rows[rows["muni_code"] != ""].head(_SAID)
    region = rows[rows["muni_code"] == ""].set_index(["measure", "group"])["value"].to_dict()
    told = []
    for row in own.itertuples():
        beside = region.get((row.measure, row.group))
        title = measure_title(row.measure) + (f" {group_title(row.group)}" if row.group else "")
        told.append(
            say(
                "excerpt.figure" if beside is None else "excerpt.figure_of",
                title=title, value=_with_unit(row.value, row.unit), whole=_with_unit(beside, row.unit),
            )
        )  # fmt: skip
    return told


def _with_unit(value: float | None, unit: str) -> str:
    """Return a figure with its unit as it is printed; an unknown one without."""
    text = cell_text(value, decimals_of((value,), unit))
    if value is None or math.isnan(value):
        return text
    return say("excerpt.amount", value=text, unit=unit_title(unit))
