"""Vendored files are those that the list names, under licences that allow passing them on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont


@pytest.fixture
def assets(tmp_path: Path, repository_root: Path) -> Path:
    """A copy of the folder that a test may damage, beside the script that checks it."""
    shutil.copytree(repository_root / "knr_gis" / "assets", tmp_path / "knr_gis" / "assets")
    (tmp_path / "scripts").mkdir()
    shutil.copy(repository_root / "scripts" / "check_assets.py", tmp_path / "scripts")
    return tmp_path / "knr_gis" / "assets"


def check(assets: Path) -> tuple[int, str]:
    script = assets.parents[1] / "scripts" / "check_assets.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_everything_is_listed_and_unchanged(assets: Path) -> None:
    assert check(assets)[0] == 0, check(assets)[1]


def test_a_changed_byte_is_found(assets: Path) -> None:
    with (assets / "leaflet" / "leaflet.js").open("ab") as file:
        file.write(b" ")
    status, report = check(assets)
    assert (status, report.strip()) == (1, "differs from its hash: leaflet/leaflet.js")


def test_an_unlisted_file_is_found_with_the_line_to_add(assets: Path) -> None:
    (assets / "leaflet" / "plugin.js").write_text("", encoding="utf-8")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert check(assets) == (1, f'not listed; add: "leaflet/plugin.js" = "{empty}"\n')


def test_a_missing_file_is_found(assets: Path) -> None:
    (assets / "fonts" / "OFL.txt").unlink()
    assert check(assets) == (1, "listed but not there: fonts/OFL.txt\n")


def test_a_licence_that_does_not_allow_passing_on_is_found(assets: Path) -> None:
    listing = assets / "ASSETS.toml"
    text = listing.read_text(encoding="utf-8").replace('"BSD-2-Clause"', '"proprietary"')
    listing.write_text(text, encoding="utf-8")
    status, report = check(assets)
    assert status == 1
    assert "Leaflet: licence proprietary is not among" in report


def test_the_font_says_itself_that_it_is_under_the_licence_listed(repository_root: Path) -> None:
    fonts = repository_root / "knr_gis" / "assets" / "fonts"
    for path in fonts.glob("*.ttf"):
        with TTFont(path) as font:
            assert "SIL Open Font License, Version 1.1" in font["name"].getDebugName(13)
            assert font["name"].getDebugName(0).split(" (")[0] in (fonts / "OFL.txt").read_text("utf-8")
