"""What a siting says in words: the answer, how far it is proven, what it leaves out."""

import numpy as np
import pandas as pd

from knr_gis.analyses.evacuation.naming import considered, scenario_name
from knr_gis.analyses.evacuation.race import NOT_EVALUATED
from knr_gis.analyses.evacuation.sites import UNSURE
from knr_gis.analyses.evacuation.wording import terrain_notes, zone_notes
from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.siting.ask import TOWER
from knr_gis.analyses.siting.candidates import BUILT, BUILT_UNKNOWN, HEIGHT_UNKNOWN, NOT_EXAMINED
from knr_gis.analyses.siting.choosing import Answer, Choice, is_usable
from knr_gis.analyses.siting.figures import no_room
from knr_gis.analyses.siting.stakes import ORIGINS
from knr_gis.analyses.siting.tables import chosen_frame
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.siting import Siting, Solved, placed
from knr_gis.texts import say

_NAMED = 4
_ENOUGH = 0.5  # persons: less is not told


def headline(answer: Answer) -> Note:
    """Return the answer in one sentence: who is in time today, what A brings, how few B takes."""
    demand, best = float(answer.stakes.demand.sum()), answer.best.siting
    if not demand:
        return Note("siting.headline_nobody")
    values = {
        "scenario": scenario_name(answer.stakes.run.plan.scenario), "all": f"{demand:,.0f}",
        "before": f"{placed(best.before):,.0f}", "percent": _percent(placed(best.before) / demand),
        "unit": say(f"siting.unit_{answer.stakes.kind}"),
        "best": _best(answer, demand), "fewest": _fewest(answer, demand),
        "state": say("siting.state_room" if answer.ask.count_room == "all" else "siting.state_race"),
    }  # fmt: skip
    return Note("siting.headline", values)


def _best(answer: Answer, demand: float) -> str:
    """Return answer A as a sentence."""
    siting, names = answer.best.siting, answer.places["name"].iloc[answer.best.rows]
    if not is_usable(answer.candidates).any():
        return say("siting.none_usable", count=len(answer.candidates))
    if not len(names):
        return say("siting.best_none", asked=answer.ask.n_sites)
    return say(
        "siting.best",
        count=len(names),
        names=listed(list(names), _NAMED),
        newly=f"{siting.newly_persons:,.0f}",
        after=f"{placed(siting.after):,.0f}",
        percent=_percent(placed(siting.after) / demand),
        unit=say(f"siting.unit_{answer.stakes.kind}"),
        proof=proof(siting, answer),
    )


def _fewest(answer: Answer, demand: float) -> str:
    """Return answer B as a sentence."""
    siting, share = answer.fewest.siting, f"{answer.ask.share * 100:g}"
    reached = placed(siting.before) / demand
    if not is_usable(answer.candidates).any():
        return ""
    if siting.status == Solved.NOT_ATTAINABLE:
        return say(
            "siting.not_attainable", share=share, count=len(answer.places), sites=len(siting.chosen),
            percent=_percent(siting.attainable_share),
        )  # fmt: skip
    if not len(siting.chosen):
        return say("siting.enough_today", share=share, percent=_percent(reached))
    return say("siting.fewest", share=share, sites=len(siting.chosen), proof=fewest_proof(siting))


def proof(siting: Siting, answer: Answer) -> str:
    """Return how far from the best answer A may be."""
    if siting.status == Solved.TIME_LIMIT:
        return say("siting.proof_time", gap=_gap(siting.gap), seconds=f"{answer.ask.time_limit_s:g}")
    return say("siting.proof_best") if siting.gap == 0 else say("siting.proof_gap", gap=_gap(siting.gap))


def fewest_proof(siting: Siting) -> str:
    """Return how many sites fewer might do."""
    if len(siting.chosen) <= siting.bound:
        return say("siting.proof_fewest")
    return say("siting.proof_at_least", bound=f"{siting.bound:.0f}")


def _gap(gap: float) -> str:
    return f"{gap * 100:.2g}" if np.isfinite(gap) else "∞"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}"


def notes(answer: Answer) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    run = answer.stakes.run
    said = terrain_notes(run) + zone_notes(run.inundation)
    if answer.stakes.kind == ORIGINS:
        said.append(Note("siting.note_origins"))
    elif run.judged["persons"].isna().any():
        said.append(Note("siting.note_persons_unknown", {"count": int(run.judged["persons"].isna().sum())}))
    said += _candidate_notes(answer) + _room_notes(answer) + _proof_notes(answer)
    said.append(Note("siting.note_limits", considered(run)))
    return tuple(said)


def _candidate_notes(answer: Answer) -> list[Note]:
    """Return what the candidates are, how high towers must be, and which were not looked at."""
    ask, state = answer.ask, answer.candidates["candidate_state"]
    kind = shown("candidates_from", ask.candidates_from)
    usable = int(is_usable(answer.candidates).sum())
    count = {"kind": kind, "all": len(state), "usable": usable, "examined": len(answer.places)}
    said = [Note("siting.note_candidates", count)] if usable else [Note("siting.note_none_usable", count)]
    if state.isin([BUILT, BUILT_UNKNOWN]).any():
        said.append(Note("siting.note_towers", {"margin": f"{ask.tower_margin_m:g}"}))
    unknown = int((state == HEIGHT_UNKNOWN).sum())
    if unknown:
        said.append(Note("siting.note_height_unknown", {"count": unknown}))
    allowed = int((state == BUILT_UNKNOWN).sum())
    if allowed:
        said.append(Note("siting.note_height_allowed", {"count": allowed}))
    passed = int((state == NOT_EXAMINED).sum())
    if passed:
        said.append(Note("siting.note_thinned", {"count": passed, "side": f"{answer.side_m:g}"}))
    if answer.stakes.run.plan.scenario.winter and (ask.new_site == TOWER or state.isin([BUILT]).any()):
        said.append(Note("siting.note_winter"))
    return said


def _room_notes(answer: Answer) -> list[Note]:
    """Return whose room counts, what it leaves out, and where more would come than fit."""
    ask, stakes = answer.ask, answer.stakes
    said = [Note(f"siting.note_room_{ask.count_room}")]
    planned = int((answer.places["capacity_source"] == "planned").sum())
    if planned:
        said.append(Note(
            "siting.note_room_planned",
            {"count": planned, "persons": f"{ask.candidate_capacity_persons:g}"},
        ))  # fmt: skip
    if answer.reach.unknown_room:
        said.append(Note("siting.note_room_unknown", {"count": answer.reach.unknown_room}))
    out = float(no_room(stakes, answer.best).sum())
    if out >= _ENOUGH:
        said.append(Note("siting.note_no_room", {"persons": f"{out:,.0f}"}))
    return said + _crowds(answer, answer.best)


def _crowds(answer: Answer, choice: Choice) -> list[Note]:
    """Return the chosen sites to which more would come by themselves than fit."""
    frame = chosen_frame(answer, choice)
    over = frame[frame["come_persons"] > frame["capacity_persons"] + _ENOUGH]
    if over.empty:
        return []
    names = [
        say("siting.crowd", name=name, come=f"{come:,.0f}", room=f"{room:,.0f}")
        for name, come, room in zip(over["name"], over["come_persons"], over["capacity_persons"], strict=True)
    ]
    return [Note("siting.note_crowds", {"names": listed(names, _NAMED)})]


def _proof_notes(answer: Answer) -> list[Note]:
    """Return the proof of both answers, and that numbers of sites taken one by one are no optimum."""
    if answer.places.empty:
        return []
    best, fewest, unit = answer.best.siting, answer.fewest.siting, say(f"siting.unit_{answer.stakes.kind}")
    said = [Note("siting.note_proof_best", {
        "newly": f"{best.newly_persons:,.1f}", "bound": f"{best.bound:,.1f}", "unit": unit,
        "gap": _gap(best.gap), "asked": _gap(answer.ask.gap),
    })]  # fmt: skip
    if fewest.status == Solved.NOT_ATTAINABLE:
        said.append(Note("siting.note_not_attainable", {
            "share": f"{answer.ask.share * 100:g}", "percent": _percent(fewest.attainable_share),
        }))  # fmt: skip
    if len(fewest.chosen):
        bound = {"sites": len(fewest.chosen), "bound": f"{fewest.bound:.0f}"}
        said.append(Note("siting.note_proof_fewest", bound))
    return said


def gap_table(answer: Answer) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    run = answer.stakes.run
    status, origins = run.judged["evac_status"].value_counts(), say(f"evacuation.gap.{run.origins.kind}")
    gaps: list[tuple[str, str, object]] = [
        (origins, shown("evac_status", key), int(status[key])) for key in NOT_EVALUATED if key in status
    ]
    refused = answer.candidates.loc[~is_usable(answer.candidates), "candidate_state"].value_counts(sort=False)
    title = say("siting.candidate")
    gaps += [(title, shown("candidate_state", str(key)), int(count)) for key, count in refused.items()]
    roles = run.sites["site_role"].value_counts()
    sites = layer_title("evacuation_sites")
    gaps += [(sites, shown("site_role", role), int(roles[role])) for role in UNSURE if role in roles]
    return pd.DataFrame(gaps + municipality_gaps(run.inundation), columns=["what", "reason", "count"])
