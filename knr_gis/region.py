"""The study area: which municipalities, which working CRS, where nobody walks."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely
from pyproj import CRS
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import JGD2011, Bounds, parse_crs, require_metres
from knr_gis.definitions import Table, read_toml, require_choice, require_keys


@dataclass(frozen=True)
class Municipality:
    """A municipality of the region: 5-digit code, names and the bureau (振興局) it belongs to."""

    code: str
    name_ja: str
    name_en: str
    bureau: str


@dataclass(frozen=True)
class WalkExclusion:
    """
    An area where walking is not computed.

    Parameters
    ----------
    kind
        ``"island"`` or ``"lake"``; lakes give way to the ``lakes`` layer where it is built.
    polygon
        Outline in longitude and latitude (EPSG:6668), rounded.
    """

    name: str
    kind: str
    polygon: Polygon


@dataclass(frozen=True)
class Region:
    """
    The study area.

    Parameters
    ----------
    crs
        Working CRS, in metres: every built layer has it.
    bounds
        Longitude and latitude box that readers clip to while the municipalities are unknown.
    margin_m
        How far outside the municipalities features are kept (neighbours' sites and roads).
    """

    id: str
    title_ja: str
    title_en: str
    crs: CRS
    bounds: Bounds
    margin_m: float
    municipalities: tuple[Municipality, ...]
    exclusions: tuple[WalkExclusion, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Municipality codes, in the order of the file."""
        return tuple(m.code for m in self.municipalities)

    def name_of(self, code: str) -> str:
        """Return the Japanese name of a municipality; the code itself when it is not of the region."""
        return next((m.name_ja for m in self.municipalities if m.code == code), code)


def load_region(path: Path) -> Region:
    """Return the region of a file; raise DefinitionError or CrsError when it cannot be used."""
    table, file = read_toml(path), path.name
    required = ("id", "title", "epsg", "bounds", "margin_m", "municipalities")
    require_keys(table, file, required=required, optional=("walk_exclusions",))
    crs = parse_crs(table["epsg"])
    require_metres(crs, file)
    west, south, east, north = (float(value) for value in table["bounds"])
    return Region(
        id=table["id"],
        title_ja=table["title"]["ja"],
        title_en=table["title"]["en"],
        crs=crs,
        bounds=(west, south, east, north),
        margin_m=float(table["margin_m"]),
        municipalities=tuple(_municipality(row, file) for row in table["municipalities"]),
        exclusions=tuple(_exclusion(row, file) for row in table.get("walk_exclusions", ())),
    )


def _municipality(row: Table, file: str) -> Municipality:
    where = f"{file} [[municipalities]]"
    require_keys(row, where, required=("code", "ja", "en"), optional=("bureau",))
    return Municipality(str(row["code"]).zfill(5), row["ja"], row["en"], row.get("bureau", ""))


def _exclusion(row: Table, file: str) -> WalkExclusion:
    where = f"{file} [[walk_exclusions]]"
    require_keys(row, where, required=("name", "kind", "polygon"))
    require_choice(row["kind"], ("island", "lake"), where, "kind")
    return WalkExclusion(row["name"], row["kind"], Polygon(row["polygon"]))


def walk_exclusion_area(region: Region, lakes: gpd.GeoDataFrame | None = None) -> BaseGeometry:
    """
    Return the area, in the working CRS, where walking is not computed.

    Parameters
    ----------
    lakes
        Surveyed lakes in the working CRS; they replace the rounded outlines of the region file.
    """
    shapes = [e.polygon for e in region.exclusions if e.kind == "island" or lakes is None]
    area = gpd.GeoSeries(shapes, crs=JGD2011).to_crs(region.crs).union_all()
    if lakes is None or lakes.empty:
        return area
    return shapely.union(area, shapely.union_all(lakes.geometry.values))
