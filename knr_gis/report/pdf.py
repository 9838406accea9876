"""The report as PDF, set by typst; data reach the template as JSON and are never markup."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typst

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.figure import PaperChoice
from knr_gis.figure.chart import CHART_MM, chart_height_mm, write_chart
from knr_gis.fonts import FAMILY, FOLDER, plain
from knr_gis.product import Product
from knr_gis.readable import created_time
from knr_gis.report.content import Section, closing_sections, front_lines, key_tables
from knr_gis.report.mapsheets import MapSheet, map_sheets
from knr_gis.report.templates import BUNDLED, own_template
from knr_gis.texts import current_language, say


def write_report_pdf(
    product: Product, path: Path, *, templates: Path | None = None, choice: PaperChoice | None = None
) -> None:
    """
    Write the report as PDF (A4, fonts embedded, tagged).

    Parameters
    ----------
    templates
        Folder that may hold the office's own ``report.typ``, with pictures and fonts beside it.
    choice
        Of the map: its grid, and the atlas whose pages stand behind it.

    Raises
    ------
    OutputError
        If a layer has no credit line, the template cannot be used, or the file cannot be written (open in
        a viewer, say).
    """
    product.require_traceable()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = _put_template(own_template(templates, ".typ"), folder)
        maps = map_sheets(product, folder, choice or PaperChoice())
        for section in closing_sections(product):
            for picture in section.pictures:
                write_chart(picture.chart, folder / f"{picture.name}.pdf")
        (folder / "data.json").write_text(json.dumps(report_data(product, maps)), encoding="utf-8")
        content = _compile(template, templates, product)
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def _put_template(own: Path | None, folder: Path) -> Path:
    """Copy the template, and what lies beside the office's own, to where the data will be."""
    beside = own.parent.iterdir() if own else ()
    for file in (f for f in beside if f.is_file()):
        shutil.copyfile(file, folder / file.name)
    target = folder / (own or BUNDLED).name
    shutil.copyfile(own or BUNDLED, target)
    return target


def _compile(template: Path, own: Path | None, product: Product) -> bytes:
    fonts = [str(FOLDER), str(template.parent)]
    try:
        content = typst.compile(
            str(template), root=str(template.parent), font_paths=fonts, ignore_system_fonts=True,
            format="pdf", timestamp=created_time(product),
        )  # fmt: skip
    except typst.TypstError as error:
        if own is None or not (own / template.name).is_file():
            raise
        reason = str(error).splitlines()[0]
        raise OutputError("report_template.bad_typst", path=own / template.name, reason=reason) from error
    return bytes(content)


def report_data(product: Product, maps: Sequence[MapSheet] = ()) -> dict[str, Any]:
    """Return everything that the template shows, as JSON takes it."""
    created = product.created.replace("T", " ")
    return {
        "title": plain(product.title),
        "subtitle": say(
            "report.subtitle",
            region=plain(product.region),
            created=created,
            version=plain(product.version),
        ),
        "font": FAMILY,
        "lang": current_language(),
        "author": f"knr-gis {plain(product.version)}",
        "sample_mark": say("product.sample_mark") if product.sample else "",
        "sample_statement": say("export.sample_statement") if product.sample else "",
        "question": plain(product.question),
        "headline": plain(product.headline),
        "front": front_lines(product),
        "key_tables": [asdict(table) for table in key_tables(product)],
        "maps": [asdict(sheet) for sheet in maps],
        "sections": [_section_data(section) for section in closing_sections(product)],
        "texts": {key: say(f"report.{key}") for key in ("question", "headline", "notes", "map", "empty")},
    }


def _section_data(section: Section) -> dict[str, Any]:
    """Return a chapter as JSON takes it: of its pictures the names of their files, in vectors."""
    bare = asdict(replace(section, pictures=()))
    pictures = [
        {
            "file": f"{p.name}.pdf", "width": CHART_MM, "height": chart_height_mm(p.chart), "title": p.title,
            "alt": p.alt, "remarks": list(p.remarks),
        }
        for p in section.pictures
    ]  # fmt: skip
    return {**bare, "pictures": pictures}
