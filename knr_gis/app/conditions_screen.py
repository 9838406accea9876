"""Screen 2: which map, under which conditions, in which formats."""

from nicegui import ui

from knr_gis.app.conditions import Condition, conditions_of, grouped, pairs_of
from knr_gis.app.session import Session, forget_errors, sentence_of, tell_error, work
from knr_gis.app.shelf import run_into_shelf
from knr_gis.app.widgets import card, main_button, mark, quiet, row, side_button
from knr_gis.app.workspace import needs_of, spot_options
from knr_gis.display import shown
from knr_gis.maps import FORMATS, MapPreset, arguments_of, choices_of, load_presets
from knr_gis.region import load_region
from knr_gis.run import RunOptions
from knr_gis.settings import Settings
from knr_gis.texts import has_text, say

_ALWAYS = ("html", "csv")
_MODES = ("drive", "cycle", "walk")


def conditions_screen(session: Session) -> None:
    """Lay out the screen."""
    presets = load_presets(session.settings.maps_dir)
    if not presets:
        quiet(say("app.no_maps"))
        return
    if session.map_id not in presets:
        session.map_id = next(iter(presets))
    with row():
        with ui.element("div").classes("knr-side column no-wrap").style("gap: 14px"):
            _map_list(session, presets)
            _needs(session, presets)
        with ui.element("div").classes("col column no-wrap").style("gap: 14px; min-width: 0"):
            _form(session, presets)
            _formats_and_start(session, presets)


def _map_list(session: Session, presets: dict[str, MapPreset]) -> None:
    """Show the maps with the question that each answers."""

    @ui.refreshable
    def maps() -> None:
        with ui.element("div").classes("knr-maps").props("role=listbox"):
            for preset in presets.values():
                _map_item(session, preset)

    ui.label(say("app.map")).classes("knr-head")
    maps()
    session.when("map", maps.refresh)


def _map_item(session: Session, preset: MapPreset) -> None:
    chosen = preset.id == session.map_id

    def choose() -> None:
        session.map_id = preset.id
        session.tell("map")

    item = ui.element("div").classes("knr-map" + (" knr-map-chosen" if chosen else ""))
    item.props(f"role=option tabindex=0 aria-selected={str(chosen).lower()}")
    item.on("click", choose).on("keydown.enter", choose)
    with item:
        ui.label(preset.title_ja).classes("knr-strong")
        quiet(preset.question_ja)


def _needs(session: Session, presets: dict[str, MapPreset]) -> None:
    """Show which data the map uses and what is missing."""

    @ui.refreshable
    def needs() -> None:
        for need in needs_of(presets[session.map_id], session.settings):
            state = "there" if need.present else "needed" if need.required else "optional"
            with row("knr-line"):
                kind = {"there": "good", "needed": "bad", "optional": "plain"}[state]
                mark(say(f"app.need_{state}"), kind)  # type: ignore[arg-type]
                ui.label(need.title).classes("knr-note")

    with card(say("app.needs")):
        needs()
    session.when("map", needs.refresh)
    session.when("data", needs.refresh)


# --- the form ------------------------------------------------------------------------------------


def _form(session: Session, presets: dict[str, MapPreset]) -> None:
    """Show a field for each scenario value."""

    def reset() -> None:
        session.conditions.pop(session.map_id, None)
        session.tell("map")

    @ui.refreshable
    def fields() -> None:
        conditions = _conditions(session, presets[session.map_id])
        if not conditions:
            quiet(say("app.no_conditions"))
        for name, members in grouped(conditions).items():
            _group(name, members)

    with card():
        with row("knr-line"):
            ui.label(say("app.conditions")).classes("knr-head")
            quiet(say("app.conditions_note"))
            ui.element("div").classes("knr-gap")
            side_button(say("app.reset"), reset).props("dense flat")
        fields()
    session.when("map", fields.refresh)
    session.when("data", fields.refresh)


def _group(name: str, members: list[Condition]) -> None:
    """Show the fields of a group: those that come first lie open, the others unfold."""
    if name in ("", "choices"):
        _fields(members)
        return
    title, told = say(f"app.group.{name}"), "、".join(member.label for member in members)
    with ui.expansion(title, caption=told).classes("knr-group").props("dense") as group:
        _fields(members)
    if any(_is_changed(member) for member in members):
        group.open()


def _fields(members: list[Condition]) -> None:
    with ui.element("div").classes("knr-fields"):
        for condition in members:
            _field(condition)


def _conditions(session: Session, preset: MapPreset) -> list[Condition]:
    """Return the fields of a map, with what the officer has put in them so far."""
    fresh = conditions_of(preset, options_of(preset, session.settings))
    before = {condition.key: condition for condition in session.conditions.get(preset.id, [])}
    for condition in fresh:
        if condition.key in before:
            condition.value = before[condition.key].value
    session.conditions[preset.id] = fresh
    return fresh


def options_of(preset: MapPreset, settings: Settings) -> dict[str, dict[str, str]]:
    """Return what can be chosen for scenario values: places, municipalities, ways of travel."""
    spots = preset.inputs.get("spots", ())
    names = [m.name_ja for m in load_region(settings.region_file).municipalities]
    listed = {key: choices_of(argument) for key, argument in arguments_of(preset.analysis).items()}
    return {key: {c: shown(key, c) for c in choices} for key, choices in listed.items() if choices} | {
        "stops": spot_options(settings, (spots,) if isinstance(spots, str) else spots),
        "hazard_covers": {name: name for name in names},
        "focus_on": {"": say("app.not_chosen")} | {name: name for name in names},
        "mode": {mode: shown("mode", mode) for mode in _MODES},
    }


def _field(condition: Condition) -> None:
    """Show one field with its default, the source of that, and whether it is confirmed."""
    with ui.element("div").classes("knr-field" + (" knr-broad" if condition.kind == "names" else "")):
        with ui.element("div").classes("knr-label"):
            ui.label(condition.label)
            if not condition.verified:
                mark(say("export.unverified"), "doubt")
            changed = mark(say("export.changed"), "changed")
            changed.bind_visibility_from(condition, "value", lambda _value: _is_changed(condition))
        _input(condition)
        if condition.otherwise is not None:
            usual = f"{condition.otherwise} {condition.unit}".strip()
            source = say("app.default_source", source=condition.source) if condition.source else ""
            quiet(say("app.default_follows", default=usual) + source)
        elif condition.source:
            quiet(say("app.default", default=condition.default, unit=condition.unit, source=condition.source))
        elif condition.kind == "names":
            own = f"app.about_{condition.key}"
            quiet(say(own if has_text(own) else "app.about_names"))


def _is_changed(condition: Condition) -> bool:
    try:
        return condition.changed
    except ValueError:  # not a number yet
        return True


def _input(condition: Condition) -> None:
    """Show the control that fits the kind of a field."""
    control: ui.select | ui.input
    if condition.kind == "names":
        options = condition.options | {
            name: name for name in condition.value if name not in condition.options
        }
        control = ui.select(options, multiple=True, with_input=True, clearable=True).props("use-chips")
        if not condition.options:
            control.props('new-value-mode="add-unique"')
    elif condition.kind == "flag":
        control = ui.select(_left_open(condition) | {True: say("app.yes"), False: say("app.no")})
    elif condition.options:
        control = ui.select(_left_open(condition) | condition.options)
    else:
        control = ui.input(placeholder=str(condition.otherwise or condition.default))
        control.props(f'inputmode=decimal suffix="{condition.unit}"' if condition.kind == "number" else "")
    control.props("outlined dense").props["aria-label"] = condition.label
    control.bind_value(condition, "value")


def _left_open(condition: Condition) -> dict[str | bool, str]:
    """Return the entry that leaves a value to the choices, where it follows them."""
    return {} if condition.otherwise is None else {"": say("app.follows")}


# --- formats and the run -------------------------------------------------------------------------


def _formats_and_start(session: Session, presets: dict[str, MapPreset]) -> None:
    """Choose the products and start."""

    @ui.refreshable
    def boxes() -> None:
        chosen = session.formats.setdefault(session.map_id, list(presets[session.map_id].formats))
        with ui.element("div").classes("knr-formats"):
            for name in FORMATS:
                _format_box(name, chosen)

    async def start() -> None:
        forget_errors()
        await _start(session, presets[session.map_id])

    with card(say("app.formats")):
        boxes()
        ui.checkbox(say("app.online_base")).bind_value(session, "online_base").props("dense")
    with ui.element("div").classes("knr-start"):
        title = ui.label(presets[session.map_id].title_ja).classes("knr-strong")
        ui.element("div").classes("knr-gap")
        main_button(say("app.start"), start, icon="play_arrow").props("size=lg")
    session.when("map", boxes.refresh)
    session.when("map", lambda: title.set_text(presets[session.map_id].title_ja))


def _format_box(name: str, chosen: list[str]) -> None:
    def toggle(*, on: bool) -> None:
        chosen[:] = [f for f in FORMATS if (f in chosen and f != name) or (on and f == name)]

    always = name in _ALWAYS
    box = ui.checkbox(say(f"app.format_{name}"), value=always or name in chosen)
    box.on_value_change(lambda event: toggle(on=bool(event.value))).set_enabled(not always)
    box.props("dense").style("min-height: 30px")


async def _start(session: Session, preset: MapPreset) -> None:
    """Run the map; a condition that cannot be used, or data that is missing, is one notice."""
    try:
        lacking = [n.title for n in needs_of(preset, session.settings) if n.required and not n.present]
        pairs = pairs_of(session.conditions.get(preset.id, []))
    except Exception as error:  # noqa: BLE001  one notice, whatever it is
        tell_error(sentence_of(error))
        return
    if lacking:
        tell_error(say("app.lacking", layers="、".join(lacking)))
        return
    formats = tuple(dict.fromkeys((*_ALWAYS, *session.formats.get(preset.id, preset.formats))))
    options = RunOptions(pairs, formats, session.online_base, fitting=True)
    doing = say("app.running", title=preset.title_ja)
    outcome = await work(doing, run_into_shelf, session.settings, preset.id, session.out, options)
    if outcome is not None:
        for sentence in outcome.left_out:
            ui.notify(sentence, type="warning", multi_line=True, timeout=15_000, close_button=True)
        session.outcome = outcome
        session.tell("run")
        session.go("map")
