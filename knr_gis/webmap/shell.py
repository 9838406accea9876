"""The page around the map: folium's own markup with every library, style and font put inside."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template

_ASSETS = files("knr_gis") / "assets"
_SCRIPTS = (
    "geometry.js", "canvas.js", "labels.js", "language.js", "popup.js", "screens.js", "switches.js",
    "panel.js", "sides.js", "search.js", "list.js", "measure.js", "overview.js", "link.js", "print.js",
    "table.js", "start.js",
)  # fmt: skip
_SLOT = re.compile(r"@@knr:(\w+)@@")
_MIME = {"png": "image/png", "gif": "image/gif", "svg": "image/svg+xml"}


class _OfflineMap(folium.Map):
    """A folium map that asks no server for its libraries."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  folium's own class attributes
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _Slots(MacroElement):
    """
    Marks where our parts of the page go.

    folium renders strings as Jinja templates, some twice; so neither library code nor data passes
    through it: it renders these marks, which are replaced afterwards, once.
    """

    _template = Template(
        "{% macro header(this, kwargs) %}@@knr:head@@{% endmacro %}"
        "{% macro html(this, kwargs) %}@@knr:panel@@{% endmacro %}"
        "{% macro script(this, kwargs) %}@@knr:script@@{% endmacro %}"
    )


def folium_shell(location: tuple[float, float]) -> str:
    """
    Return folium's page for an empty map, with marks ``@@knr:...@@`` for our parts.

    Parameters
    ----------
    location
        Latitude and longitude of the middle; the page's program fits the view to the data.
    """
    fmap = _OfflineMap(
        location=list(location), zoom_start=8, tiles=None, prefer_canvas=True, zoom_control=False,
        attributionControl=False, zoomSnap=0.25, minZoom=4, maxZoom=18,
    )  # fmt: skip
    slots = _Slots()  # type: ignore[no-untyped-call]
    fmap._id = slots._id = "knr"  # noqa: SLF001  folium's random names would make every run differ
    figure: Any = fmap.get_root()
    figure.header.add_child(Element("@@knr:policy@@"), name="knr_policy", index=1)
    figure.html.add_child(Element("@@knr:top@@"), name="knr_top")
    fmap.add_child(slots)
    return str(figure.render())


def fill_slots(shell: str, parts: dict[str, str]) -> str:
    """Return the shell with every mark replaced; text that is put in is not searched again."""
    return _SLOT.sub(lambda match: parts[match[1]], shell)


def asset_text(path: str) -> str:
    """Return a text asset (``"leaflet/leaflet.js"``) with line feeds only."""
    return (_ASSETS / path).read_text(encoding="utf-8").replace("\r\n", "\n")


def leaflet_css() -> str:
    """Return Leaflet's style sheet with its images inside."""
    return re.sub(r"url\((images/[\w.-]+)\)", _image_uri, asset_text("leaflet/leaflet.css"))


def _image_uri(match: re.Match[str]) -> str:
    data = (_ASSETS / "leaflet" / match[1]).read_bytes()
    kind = _MIME[match[1].rsplit(".", 1)[1]]
    return f"url(data:{kind};base64,{base64.b64encode(data).decode('ascii')})"


def leaflet_js() -> str:
    """Return Leaflet, fit to stand inside a script element."""
    return script_safe(re.sub(r"//# sourceMappingURL=.*", "", asset_text("leaflet/leaflet.js")))


def viewer_js() -> str:
    """Return the page's own program."""
    bodies = "\n".join(asset_text(f"webmap/{name}") for name in _SCRIPTS)
    return script_safe(f"(function () {{\n'use strict';\n{bodies}\nstart(map_knr);\n}})();")


def script_safe(code: str) -> str:
    """Return code that cannot end its script element early."""
    return re.sub(r"</(script)", r"<\\/\1", code, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def content_policy(page: str, image_hosts: tuple[str, ...]) -> str:
    """
    Return a Content-Security-Policy element for the page.

    Only the scripts that stand in the page may run (by their SHA-256), and no address may be asked
    but for tiles of ``image_hosts``: the browser itself then holds the promise of no outside request.
    """
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    images = " ".join(("data:", *image_hosts))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; font-src data:; "
        f"img-src {images}; base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8", "replace")).digest()).decode("ascii")


def outside_addresses(page: str) -> list[str]:
    """
    Return the addresses that opening the page would ask: of scripts, styles, images, frames and fonts.

    Links to click and text that mentions an address do not count.
    """
    finder = _AddressFinder()
    finder.feed(page)
    finder.close()
    return finder.found


class _AddressFinder(HTMLParser):
    """Collects what a browser would load by itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag == "a":
            return
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data", "poster", "xlink:href") and _outside(value or ""):
                self.found.append(value or "")
            elif name == "style":
                self.handle_css(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.handle_css(data)

    def handle_css(self, css: str) -> None:
        """Collect what a style sheet would load."""
        found: list[Any] = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", css)
        self.found += [address for address in found if _outside(address)]


def _outside(address: str) -> bool:
    return not address.strip().lower().startswith(("data:", "#"))
