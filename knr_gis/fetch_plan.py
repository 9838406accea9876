"""What to fetch from where: file names, addresses and mirrors, decided before anything is done."""

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from knr_gis.errors import FetchError
from knr_gis.layers import Layer


def file_name(url: str) -> str:
    """
    Return the name under which the file of an address is kept, here and in a mirror.

    That is the last part of the path; where the address carries its meaning in the query, the
    query joins the name; a ``#name`` at the end of the address states the name outright.
    """
    parts = urlsplit(url)
    last = unquote(parts.path).rsplit("/", 1)[-1]
    if parts.fragment:
        last = unquote(parts.fragment)
    elif parts.query and not Path(last).suffix:
        last = f"{last}_{unquote(parts.query)}"
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", last).strip(". ") or "download"


def targets(layer: Layer) -> dict[str, str]:
    """Return ``{file name: address}``; raise FetchError if there is none or two have one name."""
    page = layer.source.page
    if not layer.source.downloads:
        raise FetchError("fetch.no_downloads", layer=layer.id, page=page)
    targets: dict[str, str] = {}
    for url in layer.source.downloads:
        _require_address(url, layer)
        name = file_name(url)
        if name in targets:
            raise FetchError("fetch.same_name", layer=layer.id, name=name)
        targets[name] = url
    return targets


def _require_address(url: str, layer: Layer) -> None:
    """Raise FetchError unless an address names one file on a web server."""
    try:
        is_usable = bool(is_address(url) and urlsplit(url).hostname and "{" not in url)
    except ValueError:  # e.g. an unclosed bracket
        is_usable = False
    if not is_usable:
        raise FetchError("fetch.bad_address", url=url, reason="http(s)://.../file", layer=layer.id)


def is_address(mirror: str) -> bool:
    """Tell whether a mirror is a web server rather than a folder."""
    return mirror.lower().startswith(("http://", "https://"))


def source_of(name: str, url: str, mirror: str | None) -> str:
    """Return where a file is truly taken from."""
    if mirror is None:
        return url.partition("#")[0]
    if is_address(mirror):
        return f"{mirror.rstrip('/')}/{quote(name)}"
    return str(Path(mirror) / name)
