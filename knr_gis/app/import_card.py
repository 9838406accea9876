"""Taking files in: what they are said to be, and what is told when they cannot be used."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nicegui import events, ui

from knr_gis.acquire import build_layers
from knr_gis.app.session import Session, forget_errors, sentence_of, tell_done, tell_error, work
from knr_gis.app.widgets import card, link, main_button, quiet, row, side_button
from knr_gis.app.workspace import files_to_import, layer_titles, safe_name, take_in
from knr_gis.ingest import Imported
from knr_gis.layers import load_layers
from knr_gis.settings import Settings
from knr_gis.texts import say

_STATED = ("credit", "licence", "edition", "crs", "encoding")
_MOST_FINDINGS = 5


def import_card(session: Session) -> None:
    """Take files in as the layer that they are said to be."""
    stated: dict[str, Any] = {"layer": None, "official": True, "replace": False, **dict.fromkeys(_STATED, "")}

    async def uploaded(event: events.MultiUploadEventArguments) -> None:
        forget_errors()
        if _is_told(stated):
            await _receive(session, event.files, stated)
            stated["replace"] = False  # meant for these files only
        else:  # changed while the file was under way
            tell_error(say("app.choose_layer"))
        upload.reset()

    with card(say("app.import"), "knr-wide"):
        watched = _statement(session, stated)
        upload = ui.upload(label=say("app.upload"), on_multi_upload=uploaded, auto_upload=True, multiple=True)
        upload.props("flat").on("rejected", lambda: tell_error(say("app.rejected")))
        upload.set_enabled(_is_told(stated))
        for control in watched:
            control.on_value_change(lambda: upload.set_enabled(_is_told(stated)))


def _is_told(stated: dict[str, Any]) -> bool:
    """Tell whether it is said what a file is: its layer, and its credit unless it is the official one."""
    return stated["layer"] is not None and (stated["official"] or bool((stated["credit"] or "").strip()))


def _statement(session: Session, stated: dict[str, Any]) -> list[Any]:
    """Show the questions about a file; returns the fields that must be answered first."""
    chosen = ui.select(
        layer_titles(session.settings), label=say("app.layer"), with_input=True, clearable=True
    )
    chosen.props("outlined dense").classes("full-width").bind_value(stated, "layer")
    with row("knr-line"):
        official = ui.radio({True: say("app.official"), False: say("app.unofficial")})
        official.props("inline dense").bind_value(stated, "official")
        ui.element("div").classes("knr-gap")
        side_button(say("app.stated"), _stated_dialog(stated).open).props("dense flat")
    credit = ui.input(say("app.stated_credit"), placeholder=say("app.example_credit"))
    credit.props("outlined dense stack-label").classes("full-width").bind_value(stated, "credit")
    credit.bind_visibility_from(stated, "official", value=False)
    _where_from(session, chosen, official)
    return [chosen, official, credit]


def _where_from(session: Session, chosen: ui.select, official: ui.radio) -> None:
    """Show where the official file of the chosen layer is published."""
    layers = load_layers(session.settings.layers_dir)

    @ui.refreshable
    def source() -> None:
        if chosen.value not in layers:
            quiet(say("app.import_note"))
        elif official.value:
            found = layers[chosen.value].source
            with row("knr-line"):
                quiet(say("app.official_source", publisher=found.publisher_ja))
                link(say("app.official_page"), found.page, new_tab=True)
            if found.note:
                quiet(found.note)

    source()
    chosen.on_value_change(source.refresh)
    official.on_value_change(source.refresh)


def _stated_dialog(stated: dict[str, Any]) -> ui.dialog:
    """Return the form for what a file cannot say of itself."""
    with ui.dialog() as dialog, ui.card().style("width: 560px; max-width: 90vw"):
        ui.label(say("app.stated")).classes("knr-head")
        quiet(say("app.stated_note"))
        for name in _STATED[1:]:
            field = ui.input(say(f"app.stated_{name}"), placeholder=say(f"app.example_{name}"))
            field.props("outlined dense stack-label").classes("full-width").bind_value(stated, name)
        ui.checkbox(say("app.stated_replace")).bind_value(stated, "replace")
        main_button(say("app.close"), dialog.close)
    return dialog


def _told(stated: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be recorded of a file; only an official one has its layer's credit and licence."""
    told = {name: (stated[name] or "").strip() for name in _STATED} | {"replace": stated["replace"]}
    if stated["official"]:
        return told | {"credit": ""}
    unknown = {name: say(f"app.unknown_{name}") for name in ("licence", "edition") if not told[name]}
    return told | unknown


async def _receive(session: Session, uploads: list[Any], stated: dict[str, Any]) -> None:
    """Import uploaded files; each that cannot be used is one notice and leaves no trace."""
    layer_id, told = str(stated["layer"]), _told(stated)
    title = layer_titles(session.settings)[layer_id]
    with TemporaryDirectory(prefix="knr-") as folder:
        try:
            names = [safe_name(file.name) for file in uploads]
            wanted = files_to_import(names)
            for name, file in zip(names, uploads, strict=True):
                await file.save(Path(folder) / name)
        except Exception as error:  # noqa: BLE001  a full disk, a name that cannot be used
            tell_error(sentence_of(error))
            return
        done = await _import_each(session.settings, layer_id, [Path(folder) / n for n in wanted], told)
    if done:
        await work(say("app.building"), build_layers, session.settings)
    for imported in done:
        values = {"file": imported.raw.origin, "rows": f"{imported.rows:,}", "layer": title}
        tell_done(say("cli.imported", **values))
        _tell_findings(imported)
    session.tell("data")


async def _import_each(
    settings: Settings, layer_id: str, paths: list[Path], stated: dict[str, Any]
) -> list[Imported]:
    """Import one file after the other; what was there before is replaced by the first good one."""
    done: list[Imported] = []
    for path in paths:
        told = {**stated, "replace": stated["replace"] and not done}
        imported = await work(say("app.importing", file=path.name), take_in, settings, layer_id, path, told)
        done += [imported] if imported is not None else []
    return done


def _tell_findings(imported: Imported) -> None:
    for finding in imported.findings[:_MOST_FINDINGS]:
        tell_done(finding.message, kind="info")
    rest = len(imported.findings) - _MOST_FINDINGS
    if rest > 0:
        tell_done(say("app.more_findings", count=rest), kind="info")
