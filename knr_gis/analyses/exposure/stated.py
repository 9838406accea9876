"""Which municipalities the data of a further hazard covers, as the officer states it."""

from collections.abc import Iterable, Sequence

import geopandas as gpd

from knr_gis.analyses.inputs import chosen_codes, layer_title
from knr_gis.errors import AnalysisError

_ALL = "*"


def stated_covers(
    entries: Sequence[str] | None, hazards: Iterable[str], municipalities: gpd.GeoDataFrame
) -> dict[str, set[str]]:
    """
    Return for each further hazard the codes of the municipalities that its data is stated to cover.

    Parameters
    ----------
    entries
        ``flood_inundation=釧路市`` and the like: layer (id or title) and municipality (code or name); ``*``
        for all municipalities.
    hazards
        Layer ids.

    Raises
    ------
    AnalysisError
        If an entry has no ``=``, or names an unknown layer or municipality.
    """
    names = {layer_id: layer_id for layer_id in hazards}
    names |= {layer_title(layer_id): layer_id for layer_id in list(names)}
    stated: dict[str, set[str]] = {layer_id: set() for layer_id in names.values()}
    for entry in [entries] if isinstance(entries, str) else entries or ():
        name, equals, town = (part.strip() for part in entry.partition("="))
        if not equals or name not in names:
            raise AnalysisError("exposure.bad_cover", entry=entry, known="、".join(names) or "-")
        every = municipalities["muni_code"].astype(str).tolist()
        codes = every if town == _ALL else chosen_codes([town], municipalities, key="other_hazards_cover")
        stated[names[name]] |= set(codes)
    return stated
