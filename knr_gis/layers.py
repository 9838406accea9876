"""Layer definitions: what goes in, one TOML file per layer."""

from dataclasses import dataclass, field
from pathlib import Path

from knr_gis.definitions import Table, nearest, read_toml, require_choice, require_keys
from knr_gis.errors import DefinitionError
from knr_gis.style import Style, parse_style
from knr_gis.texts import say

GEOMETRIES = ("point", "line", "polygon", "raster", "municipality", "table")
# Rows that stand for a municipality, or for a row of another layer: they need no position of their own.
PLACELESS = ("municipality", "table")
FORMATS = ("vector", "table", "mesh", "osm", "raster", "tiles")
THEMES = ("boundary", "disaster", "nature", "transport", "people", "tourism", "terrain")


@dataclass(frozen=True)
class Source:
    """
    Where a layer officially comes from.

    Parameters
    ----------
    downloads
        Addresses of the official files; empty where the publisher offers only a page.
    edition
        Date or year of the edition that the layer file was written for.
    attribution
        The credit line that every product must show.
    """

    publisher_ja: str
    publisher_en: str
    page: str
    downloads: tuple[str, ...]
    edition: str
    licence: str
    attribution: str
    note: str = ""


@dataclass(frozen=True)
class Form:
    """
    One published form of a layer's file: how its columns translate to ours.

    Parameters
    ----------
    match
        Source columns that must all be there for the form to apply; the form with the most wins.
    columns
        Canonical column to the source columns that may carry it, best first.
    values
        Canonical column to ``{source value: canonical value}`` for coded values; the source value
        ``""`` says what a blank cell means in this form (without it a blank is unknown).
    constants
        Canonical columns that hold one value for the whole file.
    crs
        CRS that the publisher's specification sets for files of this form which cannot say it themselves
        (CSV, shapefiles without ``.prj``): ``"EPSG:6668"``.
    joins
        Canonical column to the source columns whose texts make it, one behind the other.
    contains
        Canonical flag to ``(source column, word)``: true where the text holds the word, unknown
        where it is blank.
    only
        Source column to a word or words: rows whose text holds none of them belong to another layer.
    years
        Canonical column to a source column for each year (``"PTN_{year}"``): each row becomes one row
        for each year, with the column ``year``; columns that the form does not name are left out.
    file
        Word that the name of the file must hold: for tables that only their name tells apart.
    """

    id: str
    match: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, object]]
    constants: dict[str, object]
    crs: str = ""
    joins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contains: dict[str, tuple[str, str]] = field(default_factory=dict)
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    years: dict[str, str] = field(default_factory=dict)
    file: str = ""


@dataclass(frozen=True)
class Layer:
    """
    A layer as its definition file describes it.

    Parameters
    ----------
    required
        Canonical columns without which the layer is useless.
    popup
        Canonical columns shown when a feature is clicked, in this order.
    """

    id: str
    theme: str
    geometry: str
    formats: tuple[str, ...]
    title_ja: str
    title_en: str
    source: Source
    required: tuple[str, ...]
    popup: tuple[str, ...]
    forms: tuple[Form, ...]
    style: Style


def load_layers(folder: Path) -> dict[str, Layer]:
    """Return every layer definition of a folder by id; raise DefinitionError on the first bad one."""
    return {path.stem: load_layer_file(path) for path in sorted(folder.glob("*.toml"))}


def require_layer(layers: dict[str, Layer], layer_id: str) -> Layer:
    """Return a layer by id, or raise DefinitionError naming the nearest id."""
    if layer_id in layers:
        return layers[layer_id]
    hint = nearest(layer_id, layers) or ", ".join(layers)
    raise DefinitionError(
        "definitions.no_such_id", kind=say("definitions.kind_layer"), id=layer_id, hint=hint
    )


def load_layer_file(path: Path) -> Layer:
    """Return one layer definition."""
    table, file = read_toml(path), path.name
    required = ("theme", "geometry", "formats", "title", "source", "required", "popup", "style")
    require_keys(table, file, required=required, optional=("forms",))
    require_keys(table["title"], f"{file} [title]", required=("ja", "en"))
    require_choice(table["theme"], THEMES, file, "theme")
    require_choice(table["geometry"], GEOMETRIES, file, "geometry")
    for name in table["formats"]:
        require_choice(name, FORMATS, file, "formats")
    return Layer(
        id=path.stem,
        theme=table["theme"],
        geometry=table["geometry"],
        formats=tuple(table["formats"]),
        title_ja=table["title"]["ja"],
        title_en=table["title"]["en"],
        source=_parse_source(table["source"], f"{file} [source]"),
        required=tuple(table["required"]),
        popup=tuple(table["popup"]),
        forms=tuple(_parse_form(form, f"{file} [[forms]]") for form in table.get("forms", ())),
        style=parse_style(table["style"], f"{file} [style]"),
    )


def _parse_source(table: Table, where: str) -> Source:
    required = ("publisher", "page", "downloads", "edition", "licence", "attribution")
    require_keys(table, where, required=required, optional=("note",))
    require_keys(table["publisher"], f"{where} publisher", required=("ja", "en"))
    return Source(
        publisher_ja=table["publisher"]["ja"],
        publisher_en=table["publisher"]["en"],
        page=table["page"],
        downloads=tuple(table["downloads"]),
        edition=str(table["edition"]),
        licence=table["licence"],
        attribution=table["attribution"],
        note=table.get("note", ""),
    )


def _parse_form(table: Table, where: str) -> Form:
    optional = ("values", "constants", "crs", "joins", "contains", "only", "years", "file")
    require_keys(table, where, required=("id", "match", "columns"), optional=optional)
    columns = {
        key: (value,) if isinstance(value, str) else tuple(value) for key, value in table["columns"].items()
    }
    only = table.get("only", {})
    for column in only:
        require_choice(column, table["match"], where, "only")
    return Form(
        id=table["id"],
        match=tuple(table["match"]),
        columns=columns,
        values=table.get("values", {}),
        constants=table.get("constants", {}),
        crs=table.get("crs", ""),
        joins={key: tuple(names) for key, names in table.get("joins", {}).items()},
        contains={key: (column, word) for key, (column, word) in table.get("contains", {}).items()},
        only={key: (word,) if isinstance(word, str) else tuple(word) for key, word in only.items()},
        years=table.get("years", {}),
        file=table.get("file", ""),
    )
