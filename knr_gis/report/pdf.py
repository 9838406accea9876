"""The report as PDF, set by typst; data reach the template as JSON and are never markup."""

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typst

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.figure import REPORT_MM, write_figure
from knr_gis.figure.chart import CHART_MM, chart_height_mm, write_chart
from knr_gis.fonts import FAMILY, FOLDER, plain
from knr_gis.product import Product
from knr_gis.readable import created_time
from knr_gis.report.content import Section, closing_sections, front_lines, key_tables
from knr_gis.texts import say

_TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"
_MAP = "map.png"


def write_report_pdf(product: Product, path: Path) -> None:
    """
    Write the report as PDF (A4, fonts embedded, tagged).

    Raises
    ------
    OutputError
        If a layer has no credit line, or the file cannot be written (open in a viewer, say).
    """
    product.require_traceable()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_figure(product, folder / _MAP, dpi=200, size_mm=REPORT_MM)
        for section in closing_sections(product):
            for picture in section.pictures:
                write_chart(picture.chart, folder / f"{picture.name}.pdf")
        (folder / "data.json").write_text(json.dumps(report_data(product)), encoding="utf-8")
        template = folder / _TEMPLATE.name
        template.write_bytes(_TEMPLATE.read_bytes())
        content = typst.compile(
            str(template), root=name, font_paths=[str(FOLDER)], ignore_system_fonts=True,
            format="pdf", timestamp=created_time(product),
        )  # fmt: skip
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def report_data(product: Product) -> dict[str, Any]:
    """Return everything that the template shows, as JSON takes it."""
    created = product.created.replace("T", " ")
    return {
        "title": plain(product.title_ja),
        "subtitle": say(
            "report.subtitle",
            region=plain(product.region_ja),
            created=created,
            version=plain(product.version),
        ),
        "font": FAMILY,
        "author": f"knr-gis {plain(product.version)}",
        "sample_mark": say("product.sample_mark") if product.sample else "",
        "sample_statement": say("export.sample_statement") if product.sample else "",
        "question": plain(product.question_ja),
        "headline": plain(product.headline),
        "front": front_lines(product),
        "key_tables": [asdict(table) for table in key_tables(product)],
        "map": {"file": _MAP, "width": REPORT_MM[0], "height": REPORT_MM[1]},
        "map_alt": say("report.map_alt", title=plain(product.title_ja)),
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
