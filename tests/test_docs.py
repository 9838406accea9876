"""The pages of the analyses: one for each map, with a picture, in the index."""

import re
import tomllib
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
ANALYSIS_OF = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["analysis"]
    for path in sorted((DOCS.parent / "maps").glob("*.toml"))
}


@pytest.mark.parametrize("analysis", sorted(set(ANALYSIS_OF.values())))
def test_every_analysis_has_a_page_with_small_pictures_and_stands_in_the_index(analysis: str) -> None:
    page = (DOCS / f"{analysis}.md").read_text(encoding="utf-8")
    assert f"({analysis}.md)" in (DOCS / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page)
    assert pictures
    for picture in pictures:
        assert (DOCS / picture).stat().st_size < 300_000
        assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("map_id", ANALYSIS_OF)
def test_every_map_stands_on_the_page_of_its_analysis(map_id: str) -> None:
    assert map_id in (DOCS / f"{ANALYSIS_OF[map_id]}.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
