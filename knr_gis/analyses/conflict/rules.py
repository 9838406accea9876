"""Which rule applies in a zone: what needs a permit or a notification, by whom, under which law."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knr_gis.definitions import read_toml

PERMIT, NOTIFICATION, OTHER, NO_RULE = DUTIES = ("permit", "notification", "other", "none")
NEAR = "near"
_FILE = Path(__file__).with_name("rules.toml")
_UNKNOWN_GRADE = "その他"


@dataclass(frozen=True)
class Rule:
    """
    What a zone asks of those who build or take in it.

    Parameters
    ----------
    rank
        Strictness: where zones overlap, the lower wins.
    duty
        One of ``DUTIES``.
    what
        The acts that need it, in short.
    verified
        True only where the text of the article itself was read.
    """

    rank: int
    duty: str
    authority: str = ""
    law: str = ""
    what: str = ""
    source: str = ""
    verified: bool = True


@cache
def _definitions() -> dict[str, Any]:
    return read_toml(_FILE)


def park_rule(kind: str, grade: str) -> Rule:
    """
    Return the rule of a park zone.

    Parameters
    ----------
    kind
        国立公園, 国定公園, 道立自然公園, or empty where unknown: then the authority is.
    grade
        地種区分; an unknown one means that the park plan must be asked.
    """
    grades, kinds = _definitions()["grade"], {k["name"]: k for k in _definitions()["kind"]}
    names = [g["name"] for g in grades]
    place = names.index(grade) if grade in names else names.index(_UNKNOWN_GRADE)
    zone, park = grades[place], kinds.get(kind, kinds[""])
    return Rule(
        rank=_rank(zone["duty"], place),
        duty=zone["duty"],
        authority=park["authority"],
        law=park["law"] or zone["law"],
        what=zone["what"],
        source=park["source"] or zone["source"],
        verified=zone["verified"] and park["verified"],
    )


def rules_as_of() -> str:
    """Return the date on which the summary of the rules was made, as ``2026-11-23``."""
    return str(_definitions()["as_of"])


def layer_rule(layer_id: str) -> Rule:
    """Return the rule of a whole layer; a layer without an entry sets none."""
    entry = _definitions()["layers"].get(layer_id)
    if entry is None:
        return Rule(_rank(NO_RULE, 0), NO_RULE)
    return Rule(rank=_rank(entry["duty"], 0), **entry)


def _rank(duty: str, place: int) -> int:
    return DUTIES.index(duty) * 100 + place
