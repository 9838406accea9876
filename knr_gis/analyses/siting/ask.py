"""What an officer asks of a siting: where sites may be, how many, how much of the people, how proven."""

from dataclasses import dataclass
from typing import Any, Literal

from knr_gis.analyses.capacity.rooms import RoomRule
from knr_gis.analyses.inputs import planning_number
from knr_gis.errors import AnalysisError

CandidatesFrom = Literal["facilities", "buildings", "grid", "layer"]
NewSite = Literal["designate", "tower", "either"]
CountRoom = Literal["none", "new", "all"]

DESIGNATE, TOWER, EITHER = "designate", "tower", "either"
GRID = "grid"
_BY_SOURCE = {"facilities": EITHER, "buildings": DESIGNATE, GRID: TOWER, "layer": EITHER}
_NUMBERS = ("candidate_capacity_persons", "candidate_grid_m", "tower_margin_m")
_POSITIVE = ("candidate_capacity_persons", "candidate_grid_m")


@dataclass(frozen=True)
class Ask:
    """
    One question about new sites.

    Parameters
    ----------
    candidates_from
        ``facilities`` (public buildings), ``buildings``, ``grid`` (points of land in the zone) or ``layer``
        (the officer's own points).
    new_site
        ``designate``: only buildings whose floor is known to be above the water; ``tower``: something high
        enough is built there; ``either``: designated where floor or storeys are known, else built.
    n_sites
        Question A: how many new sites.
    share
        Question B: share of the persons that could be evaluated, above 0 and up to 1.
    count_room
        Whose room counts: nobody's, that of the new sites, or that of all sites.
    candidate_capacity_persons
        Room of a candidate of which nothing is known.
    rooms
        How room is counted in the season, see ``season_numbers``.
    candidate_grid_m
        Distance of grid points.
    tower_margin_m
        A tower is to be so much higher than the water.
    allow_unknown_height
        Whether towers may stand where the height of the water is not known.
    max_candidates
        How many candidates are looked at; of more, one for each square is.
    gap, time_limit_s
        Proof asked for, as a share of what is found, and how long may be looked for it.
    """

    candidates_from: str
    new_site: str
    n_sites: int
    share: float
    count_room: str
    candidate_capacity_persons: float
    rooms: dict[str, float]
    candidate_grid_m: float
    tower_margin_m: float
    allow_unknown_height: bool
    max_candidates: int
    gap: float
    time_limit_s: float

    @property
    def room_rule(self) -> RoomRule:
        """How room is counted, of existing sites and of candidates."""
        return RoomRule.of_season(self.rooms)

    @property
    def params(self) -> dict[str, Any]:
        """The values that have a part, for the products."""
        unused = {"gap", "time_limit_s", "rooms"} | (
            {"candidate_grid_m"} if self.candidates_from != GRID else set()
        )
        told = {key: value for key, value in vars(self).items() if key not in unused}
        return {**told, **self.rooms, "optimality_gap": self.gap, "solver_time_limit_s": self.time_limit_s}


def make_ask(candidates_from: str, new_site: str | None, **values: Any) -> Ask:
    """
    Return the question, what is not given taken from ``assumptions.toml``.

    Raises
    ------
    AnalysisError
        If a value makes no sense.
    """
    numbers = {key: planning_number(key, values[key], positive=key in _POSITIVE) for key in _NUMBERS}
    ask = Ask(
        **{**values, **numbers}, candidates_from=candidates_from,
        new_site=new_site or _BY_SOURCE[candidates_from],
    )  # fmt: skip
    if candidates_from == GRID and ask.new_site != TOWER:
        raise AnalysisError("siting.grid_builds", value=ask.new_site)
    if ask.n_sites < 0 or ask.max_candidates < 1:
        key = "n_sites" if ask.n_sites < 0 else "max_candidates"
        raise AnalysisError("siting.bad_count", key=key, value=getattr(ask, key))
    return ask
