"""The command line: the only place that prints. Every command is one call into the package."""

import functools
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from knr_gis import __version__
from knr_gis.errors import KnrError
from knr_gis.settings import Settings, load_settings
from knr_gis.texts import LANGUAGES, say

_WORKSPACE_HELP = "Folder of the data (default: ./workspace or KNR_WORKSPACE)."
Command = Callable[..., None]


def _settings_options(command: Command) -> Command:
    """Give a command ``--workspace`` and ``--debug`` and the settings made of them."""

    @click.option("--workspace", type=click.Path(path_type=Path), help=_WORKSPACE_HELP)
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(command)
    def wrapped(*args: Any, workspace: Path | None, debug: bool, **options: Any) -> None:
        try:
            command(load_settings(workspace), *args, **options)
        except (KnrError, OSError) as error:
            if debug:
                traceback.print_exc()
            message = str(error) if isinstance(error, KnrError) else say("cli.os_error", reason=error)
            click.echo(say("cli.error", message=message), err=True)
            sys.exit(1)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="knr")
def main() -> None:
    """釧路・根室の防災と観光の GIS。Disaster-prevention and tourism GIS for Kushiro-Nemuro."""
    logging.getLogger("pyogrio").setLevel(logging.ERROR)
    logging.getLogger("fiona").setLevel(logging.ERROR)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@_settings_options
def demo(_settings: Settings, out: Path) -> None:
    """Make every map, table and report of the bundled sample (模式データ). No network."""
    from knr_gis.sample import run_demo  # noqa: PLC0415

    for outcome in run_demo(out):
        _print_outcome(outcome)
    click.echo(say("cli.demo_done", out=out.resolve()))


@main.command()
@_settings_options
def layers(settings: Settings) -> None:
    """List each layer: state, rows, source, date and licence."""
    from knr_gis.listing import layer_rows  # noqa: PLC0415

    _print_table(say("cli.layers_head").split("|"), layer_rows(settings))


@main.command()
@click.argument("layer_id", metavar="LAYER")
@click.option("--out", type=click.Path(path_type=Path), help="File to write (default: LAYER.xlsx).")
@_settings_options
def template(settings: Settings, layer_id: str, out: Path | None) -> None:
    """Write an empty Excel table for a layer of your own; ``report``: the templates of the reports."""
    if layer_id == "report":
        _write_report_templates(settings, out)
        return
    from knr_gis.export.template import write_template  # noqa: PLC0415
    from knr_gis.layers import load_layers, require_layer  # noqa: PLC0415

    layer = require_layer(load_layers(settings.layers_dir), layer_id)
    path = write_template(layer, out or Path(f"{layer_id}.xlsx"))
    click.echo(say("template.written", path=path, id=layer_id))


@main.command()
@click.argument("layer_ids", nargs=-1, metavar="[LAYER]...")
@click.option("--mirror", help="Folder (USB stick) or intranet address with the same file names.")
@click.option("--force", is_flag=True, help="Download again what is already there.")
@_settings_options
def fetch(settings: Settings, layer_ids: tuple[str, ...], mirror: str | None, *, force: bool) -> None:
    """Download official files of the layers into the workspace."""
    from knr_gis.acquire import fetch_layers  # noqa: PLC0415
    from knr_gis.progress import download_progress  # noqa: PLC0415

    with download_progress() as progress:
        report = fetch_layers(settings, layer_ids, mirror=mirror, force=force, progress=progress)
    for line in report.lines:
        click.echo(line)
    for failure in report.failures:
        click.echo(say("cli.error", message=failure), err=True)
    if report.failures:
        sys.exit(1)


@main.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--as", "layer_id", required=True, help="Layer that the files are, e.g. evacuation_sites.")
@click.option("--crs", default="", help="CRS of files that do not state one, e.g. EPSG:6668.")
@click.option("--encoding", default="", help="Text encoding, where it is not detected rightly.")
@click.option("--const", "constants", multiple=True, help="Column with one value for the file: walk=false.")
@click.option("--credit", default="", help="Credit line, if this is not the official file of the layer.")
@click.option("--licence", default="", help="Licence, if this is not the official file of the layer.")
@click.option("--edition", default="", help="Edition or date of the file.")
@click.option("--replace", is_flag=True, help="Forget the files that the layer had before.")
@_settings_options
def import_(settings: Settings, files: tuple[Path, ...], layer_id: str, **stated: Any) -> None:
    """Bring local files (official or your own) into the workspace."""
    from knr_gis.acquire import import_files  # noqa: PLC0415

    for imported in import_files(settings, layer_id, files, **stated):
        click.echo(say("cli.imported", file=imported.raw.origin, rows=imported.rows, layer=layer_id))
        for finding in imported.findings:
            click.echo(say("cli.finding", message=finding.message))


@main.command()
@click.argument("layer_ids", nargs=-1, metavar="[LAYER]...")
@_settings_options
def build(settings: Settings, layer_ids: tuple[str, ...]) -> None:
    """Normalise raw files into the workspace (layers.gpkg opens in QGIS)."""
    from knr_gis.acquire import build_layers  # noqa: PLC0415

    built = build_layers(settings, layer_ids)
    for layer_id, rows in built.items():
        click.echo(say("cli.built", layer=layer_id, rows=rows))
    click.echo(say("cli.build_done" if built else "cli.build_current", workspace=settings.workspace))


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
@_settings_options
def check(settings: Settings, out: Path) -> None:
    """List what must be corrected in the data, with names and reasons."""
    from knr_gis.listing import check_workspace, write_check  # noqa: PLC0415

    table = check_workspace(settings)
    for severity in ("error", "warning", "info"):
        for message in table[table.severity == severity].message:
            click.echo(say(f"cli.check_{severity}", message=message))
    path = write_check(table, out)
    counts = table.severity.value_counts()
    error, warning, info = (int(counts.get(name, 0)) for name in ("error", "warning", "info"))
    click.echo(say("cli.check_done", path=path, error=error, warning=warning, info=info))


@main.command()
@click.argument("map_id", metavar="MAP_ID")
@click.option("--set", "pairs", multiple=True, metavar="key=value", help="Change a scenario value.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
@click.option(
    "--formats",
    default="",
    help="html,png,map_pdf,atlas,pdf,xlsx,docx,csv,gpkg,geojson,fgb,tif,kml,gpx,ics,routebook",
)
@click.option("--online-base", is_flag=True, help="Offer GSI tiles as base maps (needs the internet).")
@click.option("--municipality", default="", help="Reports of one municipality: its name or code.")
@click.option("--each", default="", metavar="municipality", help="Reports of each municipality, one by one.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of what is written.")
@click.option("--light", is_flag=True, help="Keep the web map below 8 MB, to be sent by mail.")
@click.option("--paper", default="A4", show_default=True, help="Print maps: A4 or A3.")
@click.option("--orientation", default="auto", show_default=True, help="landscape, portrait or auto.")
@click.option("--scale", type=int, help="Print maps at 1:SCALE (10000, 25000, 50000 ...); default: it fits.")
@click.option("--grid", is_flag=True, help="Kilometre lines of the plane rectangular coordinates.")
@click.option("--atlas", default="", help="A PDF of pages by municipality, district, site or day[:NAME].")
@_settings_options
def run(settings: Settings, map_id: str, out: Path, **chosen: Any) -> None:
    """Make a map, tables and a report: overview, exposure, evacuation, tourism ..."""
    from knr_gis.figure import PaperChoice  # noqa: PLC0415
    from knr_gis.run import RunOptions, run_map  # noqa: PLC0415

    formats = tuple(f.strip() for f in chosen["formats"].split(",") if f.strip())
    options = RunOptions(
        chosen["pairs"], formats, chosen["online_base"], light=chosen["light"], each=chosen["each"],
        municipality=chosen["municipality"], language=chosen["language"] or "",
        paper=PaperChoice(*(chosen[name] for name in ("paper", "orientation", "scale", "grid", "atlas"))),
    )  # fmt: skip
    _print_outcome(run_map(settings, map_id, out, options))


@main.command()
@click.argument("map_id", metavar="MAP_ID")
@click.option("--set", "pairs", multiple=True, metavar="key=value", help="Change a scenario value.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True)
@click.option("--scheduler", default="", help="Address of a dask scheduler; else processes of this machine.")
@click.option("--workers", default=0, help="Processes on this machine (default: one per core).")
@_settings_options
def scale(settings: Settings, map_id: str, out: Path, **chosen: Any) -> None:
    """Make the summary of a large region in parts, on several processes or machines."""
    from knr_gis.cluster import ScaleOptions, scale_map  # noqa: PLC0415

    _print_outcome(scale_map(settings, map_id, out, ScaleOptions(**chosen)))


@main.command()
@click.option("--port", default=8050, show_default=True)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@_settings_options
def serve(settings: Settings, port: int, *, no_browser: bool) -> None:
    """Do the same in a browser, on 127.0.0.1."""
    from knr_gis.app import require_free_port, serve_app  # noqa: PLC0415

    require_free_port(port)
    click.echo(say("cli.serving", port=port))
    serve_app(settings, port=port, show=not no_browser)


def _write_report_templates(settings: Settings, out: Path | None) -> None:
    """Write the templates of the reports to where runs look for them, or to another folder."""
    from knr_gis.report.templates import write_templates  # noqa: PLC0415

    for path in write_templates(out or settings.templates_dir or Path("templates")):
        click.echo(f"  {path}")
    click.echo(say("report_template.written"))


def _print_outcome(outcome: Any) -> None:
    """Print the answer first, then where the files lie."""
    product = outcome.product
    mark = say("product.sample_mark") if product.sample else ""
    click.echo(say("cli.headline", title=product.title, mark=mark, headline=product.headline))
    for path in outcome.files.values():
        click.echo(f"  {path}")
    for sentence in outcome.left_out:
        click.echo(f"  {sentence}")


def _print_table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table that fits the terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
