"""The pages of the analyses: one for each map, with a picture, in the index."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
MAPS = sorted(path.stem for path in (DOCS.parent / "maps").glob("*.toml"))


@pytest.mark.parametrize("map_id", MAPS)
def test_every_map_has_a_page_with_a_small_picture_and_stands_in_the_index(map_id: str) -> None:
    page = (DOCS / f"{map_id}.md").read_text(encoding="utf-8")
    assert f"({map_id}.md)" in (DOCS / "README.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page)
    assert (DOCS / picture).stat().st_size < 300_000
    assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
