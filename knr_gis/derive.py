"""What a layer needs beyond its own file: municipality codes, merged editions, joined outlines."""

from collections.abc import Callable
from functools import partial

import geopandas as gpd
import pandas as pd
import shapely

from knr_gis.depth import depth_label
from knr_gis.errors import SchemaError, StoreError
from knr_gis.findings import Finding
from knr_gis.hazard import normalise_hazard, resolve_overlaps
from knr_gis.layers import Layer
from knr_gis.readers.mesh import drop_repeated_mesh
from knr_gis.region import Region
from knr_gis.values import normal_text

Derived = tuple[gpd.GeoDataFrame, list[Finding]]
_CODE_LENGTH = 5
_LISTED_LABELS = 5
_FIGURES = (
    "persons", "age_0_14_persons", "age_15_64_persons", "age_65_plus_persons", "age_75_plus_persons",
)  # fmt: skip


def derive_layer(
    gdf: gpd.GeoDataFrame, layer_id: str, region: Region, municipalities: gpd.GeoDataFrame | None
) -> Derived:
    """Return the joined files of a layer in the form that analyses rely on."""
    if layer_id == "municipalities":
        return derive_municipalities(gdf, region)
    if layer_id == "municipal_population":
        return derive_municipal(gdf, region, municipalities)
    if layer_id == "population_projection":
        return derive_projection(gdf, region)
    step = _STEPS.get(layer_id)
    return step(gdf) if step is not None else (gdf, [])


def derive_municipalities(gdf: gpd.GeoDataFrame, region: Region) -> Derived:
    """
    Return one row for each municipality of the region, named as the region file names it.

    Raises
    ------
    SchemaError
        If no row belongs to the region.
    """
    codes = stated_codes(gdf, region)
    known = gdf.assign(muni_code=codes)[codes.isin(region.codes).to_numpy()]
    if known.empty:
        raise SchemaError("derive.no_municipality", region=region.title_ja)
    merged = known[["muni_code", "geometry"]].dissolve(by="muni_code").reset_index()
    order = {m.code: m for m in region.municipalities}
    merged = merged.sort_values("muni_code", key=lambda s: s.map(list(order).index)).reset_index(drop=True)
    for column, field in (("name", "name_ja"), ("name_en", "name_en"), ("bureau", "bureau")):
        merged[column] = merged.muni_code.map(lambda c, f=field: getattr(order[c], f)).astype("string")
    missing = [m for m in region.municipalities if m.code not in set(merged.muni_code)]
    findings = [
        Finding("municipality_missing", "municipalities", "error", m.name_ja, m.code) for m in missing
    ]
    return merged.astype({"muni_code": "string"}), findings


def stated_codes(gdf: gpd.GeoDataFrame, region: Region) -> pd.Series:
    """
    Return the municipality code that each row states, as 5 digits; NA where it states none.

    A code of six digits carries a check digit, which is dropped; without a code the name of the
    municipality (``municipality``, else ``name``) is looked up in the region.
    """
    empty = pd.Series(pd.NA, index=gdf.index, dtype="string")
    codes = gdf["muni_code"].astype("string") if "muni_code" in gdf else empty
    codes = codes.map(lambda code: _five_digits(code, region), na_action="ignore").astype("string")
    column = next((c for c in ("municipality", "name") if c in gdf), None)
    if column is None:
        return codes
    by_name = gdf[column].map(lambda text: _code_in(normal_text(text), region))
    return codes.fillna(by_name.astype("string"))


def _five_digits(code: str, region: Region) -> str:
    """Return a code with its leading zero and without its check digit (Excel drops the former)."""
    plain, checked = code.zfill(_CODE_LENGTH)[:_CODE_LENGTH], code.zfill(_CODE_LENGTH + 1)[:_CODE_LENGTH]
    return checked if plain not in region.codes and checked in region.codes else plain


def _code_in(text: str, region: Region) -> str | None:
    """Return the code of the municipality whose name ends a text such as 北海道釧路郡釧路町."""
    return next((m.code for m in region.municipalities if text.endswith(m.name_ja)), None)


def add_location(
    gdf: gpd.GeoDataFrame, layer: Layer, region: Region, municipalities: gpd.GeoDataFrame | None
) -> Derived:
    """
    Return points with the municipality that they lie in.

    ``stated_muni_code`` keeps what the file says and ``lies_in`` where the point lies (NA: at sea, on
    a pier, beyond the region); ``muni_code`` is the latter, else the former.
    """
    if layer.geometry != "point" or municipalities is None:
        return gdf, []
    has_stated = "muni_code" in gdf or "municipality" in gdf
    stated = stated_codes(gdf.drop(columns="name", errors="ignore"), region)
    lying = municipality_at(gdf.geometry, municipalities)
    codes = lying.fillna(stated)
    located = gdf.assign(muni_code=codes, municipality=codes.map(region.name_of, na_action="ignore"))
    located = located.astype({"municipality": "string"}).assign(lies_in=lying)
    return (located.assign(stated_muni_code=stated) if has_stated else located), []


def municipality_at(points: gpd.GeoSeries, municipalities: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the municipality that each point lies in (the first on a border), else NA."""
    tree = shapely.STRtree(municipalities.geometry.to_numpy())
    at, inside = tree.query(points.to_numpy(), predicate="intersects")
    pairs = pd.DataFrame({"at": at, "code": municipalities.muni_code.to_numpy()[inside]})
    first = pairs.drop_duplicates("at").set_index("at").code
    codes = pd.Series(range(len(points)), index=points.index).map(first)
    return codes.astype("string")


def derive_municipal(
    gdf: gpd.GeoDataFrame, region: Region, municipalities: gpd.GeoDataFrame | None
) -> Derived:
    """Return figures by municipality with the outline of each; codes of other regions are dropped."""
    if municipalities is None:
        raise StoreError("derive.municipalities_first")
    outlines = municipalities.set_index("muni_code").geometry
    codes = stated_codes(gdf, region)
    known = gdf.assign(muni_code=codes)[codes.isin(outlines.index).to_numpy()]
    if known.empty:
        raise SchemaError("derive.no_municipality", region=region.title_ja)
    shapes = gpd.GeoSeries(known.muni_code.map(outlines).to_numpy(), index=known.index, crs=region.crs)
    return known.set_geometry(shapes).reset_index(drop=True), []


def derive_projection(gdf: gpd.GeoDataFrame, region: Region) -> Derived:
    """
    Return one row for each municipality of the region and year.

    Publishers put every age group into a file of its own: their figures are brought together; where two
    files give the same one, that of the later file counts.
    """
    codes = stated_codes(gdf, region)
    known = gdf.assign(muni_code=codes)[codes.isin(region.codes).to_numpy()]
    if known.empty:
        raise SchemaError("derive.no_municipality", region=region.title_ja)
    rows = pd.DataFrame(known.drop(columns=known.geometry.name)).groupby(["muni_code", "year"])
    again = int((rows.count() - 1).clip(lower=0)[[c for c in _FIGURES if c in known]].max(axis=1).sum())
    merged = rows.last().reset_index()
    named = merged.assign(municipality=merged["muni_code"].map(region.name_of).astype("string"))
    findings = _repeated(again, "population_projection")
    return gpd.GeoDataFrame(named, geometry=[None] * len(named), crs=gdf.crs), findings


def derive_hazard(gdf: gpd.GeoDataFrame, layer_id: str = "tsunami_inundation") -> Derived:
    """Return hazard zones with depth bounds and without overlaps; report what overlapped."""
    known = normalise_hazard(gdf)
    findings = _unread_depths(known, layer_id)
    resolved, overlap_m2 = resolve_overlaps(known)
    if overlap_m2 < 1:
        return resolved, findings
    values = {"area_ha": round(overlap_m2 / 10_000, 2)}
    return resolved, [*findings, Finding("hazard_overlap", layer_id, "info", values=values)]


def _unread_depths(zones: gpd.GeoDataFrame, layer_id: str) -> list[Finding]:
    """Return the labels that no depth could be read from; 深さ不明 says itself that there is none."""
    if "depth_label" not in zones:
        return []
    unread = zones.depth_label[zones.depth_min_m.isna() & zones.depth_label.notna()]
    unread = unread[unread != depth_label(None, None)]
    if unread.empty:
        return []
    labels = "、".join(f"「{label}」" for label in list(dict.fromkeys(unread))[:_LISTED_LABELS])
    values = {"count": len(unread), "labels": labels}
    return [Finding("depth_label_unread", layer_id, values=values)]


def derive_roads(gdf: gpd.GeoDataFrame) -> Derived:
    """Return roads once each; nobody rides a bicycle or drives on stairs, whatever the class of road."""
    whole_last = gdf.loc[gdf.length.sort_values(kind="stable").index]  # extracts may cut a way at their edge
    unique, findings = _once(whole_last, "osm_id", layer_id="roads")
    if "stairs" not in unique:
        return unique, findings
    stairs = unique.stairs.fillna(value=False).astype(bool)
    closed = {mode: unique[mode].mask(stairs, other=False) for mode in ("cycle", "drive") if mode in unique}
    return unique.assign(**closed), findings


def derive_farmland(gdf: gpd.GeoDataFrame) -> Derived:
    """Return field polygons once each, of the newest issue."""
    if "issue_year" in gdf:
        gdf = gdf.sort_values("issue_year", kind="stable", na_position="first")
    return _once(gdf, "polygon_id", layer_id="farmland")


def derive_mesh_projection(gdf: gpd.GeoDataFrame) -> Derived:
    """
    Return cells once for each year; ages that were carried to another cell are unknown, not 0.

    The publisher adds the age groups of suppressed cells to those of another cell: what is left there
    are persons without any age.
    """
    unique, findings = _once(gdf, "mesh_code", "year", layer_id="population_mesh_projection")
    ages = [c for c in _FIGURES[1:] if c in unique]
    if "persons" not in unique or not ages:
        return unique, findings
    hidden = (unique["persons"] > 0) & (unique[ages].fillna(0.0).sum(axis=1) == 0)
    blanked = {c: unique[c].mask(hidden) for c in ages}
    told = unique["suppressed"].fillna(value=False).astype(bool) if "suppressed" in unique else False
    return unique.assign(**blanked, suppressed=(hidden | told).astype("boolean")), findings


def derive_visitors(gdf: gpd.GeoDataFrame) -> Derived:
    """Return visitors once for each place and month."""
    return _once(gdf, "name", "month", layer_id="visitors")


def _once(gdf: gpd.GeoDataFrame, *keys: str, layer_id: str) -> Derived:
    """Return rows that share an identifier once, the last of them; files of one source overlap."""
    if not {*keys} <= {*gdf.columns}:
        return gdf, []
    repeated = gdf[[*keys]].notna().all(axis=1) & gdf.duplicated([*keys], keep="last")
    return gdf[~repeated].sort_index().reset_index(drop=True), _repeated(int(repeated.sum()), layer_id)


def _repeated(count: int, layer_id: str) -> list[Finding]:
    return [Finding("feature_repeated", layer_id, "info", values={"count": count})] if count else []


def derive_population(gdf: gpd.GeoDataFrame) -> Derived:
    """Return mesh cells once each: files split by prefecture repeat those on the border."""
    if "mesh_code" not in gdf:
        return gdf, []
    unique, n_repeated = drop_repeated_mesh(gdf)
    values = {"count": n_repeated}
    return unique, [Finding("mesh_repeated", "population", "info", values=values)] if n_repeated else []


_STEPS: dict[str, Callable[[gpd.GeoDataFrame], Derived]] = {
    "tsunami_inundation": derive_hazard,
    "tsunami_inundation_before": partial(derive_hazard, layer_id="tsunami_inundation_before"),
    "flood_inundation": partial(derive_hazard, layer_id="flood_inundation"),
    "roads": derive_roads,
    "farmland": derive_farmland,
    "population": derive_population,
    "population_mesh_projection": derive_mesh_projection,
    "visitors": derive_visitors,
}
