"""Map presets: what comes out, one TOML file per map or report, and how a run is made of one."""

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import geopandas as gpd

from knr_gis.analyses import ANALYSES
from knr_gis.definitions import Table, nearest, read_toml, require_choice, require_keys, toml_value
from knr_gis.errors import DefinitionError, SettingsError
from knr_gis.grid import Grid
from knr_gis.layers import THEMES
from knr_gis.product import ReportPlan
from knr_gis.style import Style, parse_style
from knr_gis.texts import say
from knr_gis.typed import fit_value, literal_choices

FORMATS = (
    "html", "png", "map_pdf", "atlas", "pdf", "xlsx", "docx", "csv", "gpkg", "geojson", "fgb", "tif", "kml",
    "gpx", "ics", "routebook",
)  # fmt: skip
SIDES = ("", "a", "b", "diff")
# What follows the map's id in the name of a file, where it is not the format's name.
SUFFIXES = {
    "map_pdf": "map.pdf", "atlas": "atlas.pdf", "csv": "summary.csv", "fgb": "fgb.zip", "tif": "tif.zip",
    "routebook": "routebook.json",
}  # fmt: skip


def file_name(map_id: str, format_name: str) -> str:
    """Return the name of the file that a format of a map is written to."""
    return f"{map_id}.{SUFFIXES.get(format_name, format_name)}"


@dataclass(frozen=True)
class Shown:
    """
    One layer of a map, bottom first: a layer of the workspace or a feature set of the result.

    Parameters
    ----------
    layer
        Layer id; its own style, title and popup are used unless given here.
    result
        Key of ``Result.features``; then title, popup and style stand here.
    labels
        False leaves out the names that the style would write beside the features.
    focus
        True where the print map is to show the surroundings of this layer.
    credits
        Layer ids whose credit lines a result layer carries.
    split, band, band_step, side
        How the web map lets a reader switch parts of the layer; see ``ProductLayer``.
    """

    layer: str = ""
    result: str = ""
    title_ja: str = ""
    title_en: str = ""
    theme: str = ""
    popup: tuple[str, ...] = ()
    style: Style | None = None
    visible: bool = True
    labels: bool = True
    focus: bool = False
    credits: tuple[str, ...] = ()
    split: str = ""
    band: str = ""
    band_step: float = 3.0
    side: str = ""


@dataclass(frozen=True)
class MapPreset:
    """
    A map or report as its definition file describes it.

    Parameters
    ----------
    inputs
        Argument of the analysis to the layer id, or to the list of layer ids, that it is given.
    params
        Scenario values that differ from the analysis' own defaults.
    formats
        Products written when the user names none.
    report
        What a paper report shows; None for everything.
    """

    id: str
    analysis: str
    title_ja: str
    title_en: str
    question_ja: str
    inputs: dict[str, str | tuple[str, ...]]
    params: dict[str, Any]
    formats: tuple[str, ...]
    shown: tuple[Shown, ...]
    report: ReportPlan | None = None
    question_en: str = ""

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Every layer that the run may use, in the order of first mention."""
        ids: list[str] = []
        for value in self.inputs.values():
            ids += [value] if isinstance(value, str) else value
        ids += [entry.layer for entry in self.shown if entry.layer]
        return tuple(dict.fromkeys(ids))


def load_presets(folder: Path) -> dict[str, MapPreset]:
    """Return every map preset of a folder by id."""
    return {path.stem: load_preset_file(path) for path in sorted(folder.glob("*.toml"))}


def require_preset(presets: dict[str, MapPreset], map_id: str) -> MapPreset:
    """Return a preset by id, or raise DefinitionError naming the nearest id."""
    if map_id in presets:
        return presets[map_id]
    hint = nearest(map_id, presets) or ", ".join(presets)
    raise DefinitionError("definitions.no_such_id", kind=say("definitions.kind_map"), id=map_id, hint=hint)


def load_preset_file(path: Path) -> MapPreset:
    """Return one preset; its keys are compared with the signature of the analysis."""
    table, file = read_toml(path), path.name
    required = ("analysis", "title", "question", "inputs", "formats", "layers")
    require_keys(table, file, required=required, optional=("params", "report", "question_en"))
    require_keys(table["title"], f"{file} [title]", required=("ja", "en"))
    analysis = require_choice(table["analysis"], ANALYSES, file, "analysis")
    for name in table["formats"]:
        require_choice(name, FORMATS, file, "formats")
    inputs = {k: v if isinstance(v, str) else tuple(v) for k, v in table["inputs"].items()}
    params = dict(table.get("params", {}))
    require_arguments(analysis, [*inputs, *params], file)
    return MapPreset(
        id=path.stem,
        analysis=analysis,
        title_ja=table["title"]["ja"],
        title_en=table["title"]["en"],
        question_ja=table["question"],
        question_en=table.get("question_en", ""),
        inputs=inputs,
        params=params,
        formats=tuple(table["formats"]),
        shown=tuple(_parse_shown(entry, f"{file} [[layers]]") for entry in table["layers"]),
        report=_parse_report(table["report"], f"{file} [report]") if "report" in table else None,
    )


def _parse_report(table: Table, where: str) -> ReportPlan:
    optional = ("key_measures", "key_table", "breakdown", "causes", "tables", "pages", "town")
    require_keys(table, where, required=(), optional=optional)
    return ReportPlan(
        key_measures=tuple(table.get("key_measures", ())),
        key_table=table.get("key_table", ""),
        breakdown=tuple(table.get("breakdown", ())),
        causes=tuple(table.get("causes", ())),
        tables={name: tuple(columns) for name, columns in table.get("tables", {}).items()},
        pages=dict(table.get("pages", {})),
        town_ja=table.get("town", {}).get("ja", ""),
        town_en=table.get("town", {}).get("en", ""),
    )


def _parse_shown(table: Table, where: str) -> Shown:
    optional = (
        "layer",
        "result",
        "title",
        "theme",
        "popup",
        "style",
        "visible",
        "labels",
        "focus",
        "credits",
        "split",
        "band",
        "band_step",
        "side",
    )
    require_keys(table, where, required=(), optional=optional)
    if ("layer" in table) == ("result" in table):
        raise DefinitionError("maps.layer_or_result", where=where)
    if "result" in table:
        require_keys(
            table, where, required=("result", "title", "theme", "style", "credits"), optional=optional
        )
        require_choice(table["theme"], THEMES, where, "theme")
    require_choice(table.get("side", ""), SIDES, where, "side")
    if table.get("band_step", 1.0) <= 0:
        raise DefinitionError("maps.bad_band_step", where=where, value=table["band_step"])
    title = table.get("title", {})
    style = parse_style(table["style"], f"{where} style") if "style" in table else None
    return Shown(
        layer=table.get("layer", ""),
        result=table.get("result", ""),
        title_ja=title.get("ja", ""),
        title_en=title.get("en", ""),
        theme=table.get("theme", ""),
        popup=tuple(table.get("popup", ())),
        style=style,
        visible=table.get("visible", True),
        labels=table.get("labels", True),
        focus=table.get("focus", False),
        credits=tuple(table.get("credits", ())),
        split=table.get("split", ""),
        band=table.get("band", ""),
        band_step=float(table.get("band_step", 3.0)),
        side=table.get("side", ""),
    )


def arguments_of(analysis: str) -> dict[str, inspect.Parameter]:
    """
    Return the keyword arguments of an analysis: its signature is the contract.

    ``**given: Unpack[T]`` stands for the keys of the TypedDict ``T``; what those not required are by default
    stands in ``DEFAULTS`` beside it, else they are None.
    """
    arguments: dict[str, inspect.Parameter] = {}
    for name, argument in inspect.signature(ANALYSES[analysis]).parameters.items():
        if argument.kind is inspect.Parameter.VAR_KEYWORD:
            arguments |= _keys_of(get_args(argument.annotation)[0])
        else:
            arguments[name] = argument
    return arguments


def _keys_of(table: Any) -> dict[str, inspect.Parameter]:
    """Return the keys of a TypedDict as keyword arguments."""
    defaults = getattr(sys.modules[table.__module__], "DEFAULTS", {})
    return {
        key: inspect.Parameter(
            key, inspect.Parameter.KEYWORD_ONLY, annotation=annotation,
            default=inspect.Parameter.empty if key in table.__required_keys__ else defaults.get(key),
        )
        for key, annotation in get_type_hints(table).items()
    }  # fmt: skip


def choices_of(argument: inspect.Parameter) -> tuple[str, ...]:
    """Return what an argument may be where its annotation lists it (``Literal``), else nothing."""
    return literal_choices(argument.annotation)


def require_arguments(analysis: str, names: list[str], where: str) -> None:
    """Raise DefinitionError when a name is no argument of the analysis."""
    known = arguments_of(analysis)
    for name in names:
        if name not in known:
            hint = nearest(name, known) or ", ".join(known)
            raise DefinitionError("definitions.unknown_key", where=where, key=name, hint=hint)


def parse_settings(pairs: tuple[str, ...], preset: MapPreset) -> dict[str, Any]:
    """
    Return the values of ``--set key=value``.

    A value is read as TOML (``1.2``, ``true``, ``["a", "b"]``); anything else is text; a text with
    commas for an argument that takes a list is split.

    Raises
    ------
    SettingsError
        If a pair has no ``=`` or its key is no scenario value of the analysis.
    """
    arguments = arguments_of(preset.analysis)
    known = [n for n, a in arguments.items() if n not in preset.inputs and not _is_layer(a)]
    chosen: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        key = key.strip()
        if not equals or key not in known:
            hint = nearest(key, known) or ", ".join(known)
            raise SettingsError("maps.bad_set", pair=pair, hint=hint)
        chosen[key] = fit_value(toml_value(text.strip()), arguments[key].annotation, key)
    return chosen


def _is_layer(argument: inspect.Parameter) -> bool:
    """Tell whether an argument is a layer, which a preset names or leaves out: no value can be given."""
    return any(
        kind in (gpd.GeoDataFrame, Grid) for kind in (argument.annotation, *get_args(argument.annotation))
    )
