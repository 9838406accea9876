"""Archives that are the same to the byte whenever they are made of the same product."""

import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from knr_gis.export.place import output_path
from knr_gis.export.statement import lines_of, record_of
from knr_gis.product import Product
from knr_gis.readable import created_time

README, RECORD = "README.txt", "product.json"


def write_archive(
    product: Product, path: Path, fill: Callable[[Path], None], *, stored: tuple[str, ...] = ()
) -> None:
    """
    Write what ``fill`` puts into a folder, and what the product must say of itself, as one ZIP.

    Parameters
    ----------
    stored
        Suffixes of files that are not compressed, so that programs read parts of them in place.

    Raises
    ------
    OutputError
        If a layer has no credit line or the file cannot be written.
    """
    with output_path(product, path) as temporary, tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        _tell(product, Path(folder))
        _pack(Path(folder), temporary, created_time(product).timetuple()[:6], stored)


def _tell(product: Product, folder: Path) -> None:
    """Add sources, conditions and limits, to be read by people and by programs."""
    # Windows' editor wants the mark and its own ends of lines
    (folder / README).write_text("\r\n".join([*lines_of(product), ""]), encoding="utf-8-sig", newline="")
    text = json.dumps(record_of(product), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / RECORD).write_text(text, encoding="utf-8", newline="\n")


def _pack(folder: Path, path: Path, date: tuple[int, ...], stored: tuple[str, ...]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(file.name, date_time=(date[0], *date[1:6]))  # type: ignore[arg-type]
            entry.external_attr = 0o644 << 16
            packed = zipfile.ZIP_STORED if file.suffix in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compress_type=packed)
