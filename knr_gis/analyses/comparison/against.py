"""The other scenario: the conditions of the first with the changes that the officer typed."""

from collections.abc import Sequence
from typing import Any, cast, get_type_hints

from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.definitions import nearest, toml_value
from knr_gis.errors import AnalysisError, SettingsError
from knr_gis.texts import say
from knr_gis.typed import fit_value

WINTER_NIGHT = ("season=winter", "time_of_day=night")
# With these other people would start from other places: nothing to set side by side.
_OTHER_PEOPLE = ("demand", "month")


def parse_against(pairs: Sequence[str] | None) -> Conditions:
    """
    Return the changed conditions of ``["season=winter", "vertical=false"]``; None: a winter night.

    Values are read as those of ``--set`` are.

    Raises
    ------
    SettingsError
        If a pair has no ``=``, its key is no condition, or its value is none that the key takes.
    AnalysisError
        If nothing is given, or a condition that changes who starts from where.
    """
    if pairs is not None and not pairs:
        raise AnalysisError("comparison.nothing_given")
    changes: dict[str, Any] = {}
    for pair in WINTER_NIGHT if pairs is None else pairs:
        key, value = _read(pair)
        changes[key] = value
    return cast("Conditions", changes)


def _read(pair: str) -> tuple[str, Any]:
    known = get_type_hints(Conditions)
    key, equals, text = (part.strip() for part in pair.partition("="))
    if not equals or key not in known:
        hint = nearest(key, known) or ", ".join(known)
        raise SettingsError("maps.bad_set", pair=f"against={pair}", hint=hint)
    if key in _OTHER_PEOPLE:
        raise AnalysisError("comparison.other_people", key=key, label=say(f"params.{key}"))
    return key, fit_value(toml_value(text), known[key], key, inside="against=")
