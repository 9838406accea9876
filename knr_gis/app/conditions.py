"""The scenario values of a map as fields of a form."""

from dataclasses import dataclass

from knr_gis.assemble import shown_value
from knr_gis.assumptions import all_assumptions
from knr_gis.maps import MapPreset, arguments_of
from knr_gis.texts import has_text, say


@dataclass
class Condition:
    """
    One field.

    Parameters
    ----------
    text
        What the user typed; empty keeps the default.
    """

    key: str
    label: str
    default: str
    source: str
    text: str = ""


def conditions_of(preset: MapPreset) -> list[Condition]:
    """Return a field for each scenario value of a map, with its default and where that comes from."""
    keys = [key for key in arguments_of(preset.analysis) if key not in preset.inputs]
    return [_condition(key, preset) for key in keys if key in all_assumptions() or has_text(f"params.{key}")]


def _condition(key: str, preset: MapPreset) -> Condition:
    known = all_assumptions().get(key)
    label = f"{known.ja}（{known.unit}）" if known else say(f"params.{key}")
    default = preset.params.get(key, known.value if known else arguments_of(preset.analysis)[key].default)
    return Condition(key, label, shown_value(key, default), known.source if known else "")


def pairs_of(conditions: list[Condition]) -> tuple[str, ...]:
    """Return ``key=value`` for each field that the user filled in."""
    return tuple(f"{c.key}={c.text.strip()}" for c in conditions if c.text and c.text.strip())
