"""The office's own templates of the reports: found beside the data, else the bundled ones."""

import os
from pathlib import Path

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.report.word_styles import template_document
from knr_gis.texts import LANGUAGES, current_language, say

BUNDLED = Path(__file__).parents[1] / "templates" / "report.typ"
_STEM = "report"


def own_template(folder: Path | None, suffix: str) -> Path | None:
    """
    Return the office's template for the language of the run, or None for the bundled one.

    ``report_en.typ`` goes before ``report.typ`` in English, ``report_ja.typ`` in Japanese.

    Raises
    ------
    OutputError
        If ``KNR_TEMPLATES`` names a folder that is not there.
    """
    if folder is None:
        return None
    if not folder.is_dir():
        if os.environ.get("KNR_TEMPLATES") == str(folder):
            raise OutputError("report_template.no_folder", folder=folder)
        return None
    names = (f"{_STEM}_{current_language()}{suffix}", f"{_STEM}{suffix}")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def write_templates(folder: Path) -> list[Path]:
    """
    Write the bundled templates and how to change them into a folder; what is there already stays.

    Raises
    ------
    OutputError
        If a file of the same name is there, or the folder cannot be written.
    """
    contents = {"report.typ": BUNDLED.read_bytes(), "report.docx": template_document()}
    for language in LANGUAGES:
        how = "\n".join(say("report_template.how", language=language).split("|"))
        contents[say("report_template.file", language=language)] = (how + "\n").encode("utf-8-sig")
    there = [name for name in contents if (folder / name).exists()]
    if there:
        raise OutputError("report_template.exists", folder=folder, files="、".join(there))
    try:
        for name, content in contents.items():
            with atomic_path(folder / name) as temporary:
                temporary.write_bytes(content)
    except OSError as error:
        raise OutputError("export.cannot_write", path=folder, reason=error.strerror or error) from error
    return [folder / name for name in contents]
