"""Planning numbers with their source; what is not confirmed says so on every product."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knr_gis.definitions import nearest
from knr_gis.errors import SettingsError


@dataclass(frozen=True)
class Assumption:
    """
    A planning number.

    Parameters
    ----------
    verified
        True only where the source itself was read; False is shown as 要確認.
    """

    key: str
    value: float
    unit: str
    ja: str
    en: str
    source: str
    verified: bool
    note: str = ""


@cache
def all_assumptions() -> dict[str, Assumption]:
    """Return every planning number by key (``assumptions.toml``)."""
    text = Path(__file__).with_name("assumptions.toml").read_text(encoding="utf-8")
    return {key: Assumption(key, **entry) for key, entry in tomllib.loads(text).items()}


def assumption(key: str) -> Assumption:
    """Return one planning number; raise SettingsError naming the nearest key when there is none."""
    found = all_assumptions().get(key)
    if found is None:
        hint = nearest(key, all_assumptions())
        raise SettingsError("settings.no_assumption", key=key, hint=hint or "-")
    return found
