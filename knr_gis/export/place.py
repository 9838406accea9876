"""Where a product is written: whole or not at all, and a failure is one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataSourceError
from xlsxwriter.exceptions import FileCreateError

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.product import Product


@contextmanager
def output_path(product: Product, path: Path) -> Iterator[Path]:
    """Yield a path to write a product to; a failure is one clear line and leaves the old file."""
    product.require_traceable()
    try:
        with atomic_path(path) as temporary:
            yield temporary
    except (OSError, DataSourceError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError("export.cannot_write", path=path, reason=reason) from error
