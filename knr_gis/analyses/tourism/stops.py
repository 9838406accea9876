"""The places that a route goes through, found by name."""

import difflib

import geopandas as gpd

from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.errors import AnalysisError
from knr_gis.values import normal_text

_LAYER_MARK, _PLACE_MARK = ":", "@"
_SHOWN_NAMES = 8
# Two points of one name so near each other are one place (a station of two lines).
_SAME_PLACE_M = 500.0


def choose_stops(layers: dict[str, gpd.GeoDataFrame], wanted: list[str]) -> gpd.GeoDataFrame:
    """
    Return the wanted places in the order given: ``stop_number`` and ``places.PLACE_COLUMNS``.

    Raises
    ------
    AnalysisError
        If fewer than two are wanted, or one is unknown or not unique; the message names what to write.
    """
    known = known_places(layers)
    if len(wanted) < 2:
        names = listed(list(dict.fromkeys(known["name"]))[:_SHOWN_NAMES])
        raise AnalysisError("tourism.choose_stops", count=len(wanted), names=names or "-")
    chosen = known.loc[find_places(known, wanted)].reset_index(drop=True)
    chosen.insert(0, "stop_number", range(1, len(chosen) + 1))
    return chosen


def known_places(spots: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """
    Return the places of all layers.

    Raises
    ------
    AnalysisError
        If there is none with a name.
    """
    known = gather_places(spots)
    if known.empty:
        raise AnalysisError("tourism.no_spots", layers=listed([layer_title(i) for i in spots]) or "-")
    return known


def find_places(known: gpd.GeoDataFrame, wanted: list[str]) -> list[int]:
    """
    Return the row of each wanted place: ``name``, ``layer:name`` or ``name@municipality``.

    Parameters
    ----------
    known
        As ``gather_places`` gives them.

    Raises
    ------
    AnalysisError
        If one is unknown or not unique; the message names what to write.
    """
    keyed = known.assign(_key=[normal_text(name) for name in known["name"]])
    return [_find(keyed, entry) for entry in wanted]


def _find(known: gpd.GeoDataFrame, entry: str) -> int:
    """Return the row of one wanted place."""
    text = normal_text(entry)
    found = known[known["_key"] == text]
    if found.empty:
        found = _qualified(known, text)
    if found.empty:
        raise AnalysisError("tourism.unknown_stop", name=entry, hint=_nearest_names(known, text))
    first = found.geometry.iloc[0]
    if (found.distance(first) > _SAME_PLACE_M).any():
        raise AnalysisError("tourism.ambiguous_stop", name=entry, choices=listed(_choices(found)))
    return int(found.index[0])


def _qualified(known: gpd.GeoDataFrame, text: str) -> gpd.GeoDataFrame:
    """Return the spots of ``layer:name``, ``name@municipality`` or both."""
    layer, mark, rest = text.partition(_LAYER_MARK)
    name, _, place = (rest if mark else text).partition(_PLACE_MARK)
    match = known["_key"] == name.strip()
    if mark:
        titles = known["layer"].map(layer_title)
        match &= (known["layer"] == layer.strip()) | (titles == layer.strip())
    if place:
        match &= (known["municipality"].map(normal_text) == place.strip()) | (
            known["muni_code"] == place.strip()
        )
    return known[match]


def _choices(found: gpd.GeoDataFrame) -> list[str]:
    """Return what to write for each of several places of one name."""
    return [
        f"{r.layer}{_LAYER_MARK}{r.name}" + (f"{_PLACE_MARK}{r.municipality}" if r.municipality else "")
        for r in found.itertuples()
    ]


def _nearest_names(known: gpd.GeoDataFrame, text: str) -> str:
    """Return the names most like a text, those that contain it first."""
    keys = list(dict.fromkeys(known["_key"]))
    within = [k for k in keys if text and (text in k or k in text)]
    similar = difflib.get_close_matches(text, keys, n=3, cutoff=0.3)
    names = list(dict.fromkeys([*within[:3], *similar])) or keys[:_SHOWN_NAMES]
    return listed(names)
