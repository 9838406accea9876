"""Zones kept from run to run: same parts, damaged files set aside, keys that tell polygons apart."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from knr_gis import zones
from knr_gis.keeping import Split, kept_in, key_of
from knr_gis.overlay import make_zones, measure
from knr_gis.store import SplitCache

DISCS = np.array([Point(0, 0).buffer(1000, quad_segs=4000), Point(1500, 0).buffer(900, quad_segs=4000)])
FIELDS = np.array([box(x, -40, x + 90, 50) for x in range(-1000, 2400, 100)])


@pytest.fixture
def cutting_count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often polygons have been cut since the test began."""
    count: list[int] = []
    cut = zones.split_polygons
    monkeypatch.setattr(zones, "split_polygons", lambda p: count.append(len(p)) or cut(p))
    return count


def test_second_run_reads_what_the_first_has_cut(tmp_path: Path, cutting_count: list[int]) -> None:
    with kept_in(SplitCache(tmp_path / "cache")):
        first, second = make_zones(DISCS), make_zones(DISCS)
    assert cutting_count == [2]
    assert second.overlap_m2 == first.overlap_m2 > 1000
    assert shapely.equals_identical(first.parts, second.parts).all()
    assert measure(FIELDS, first).equals(measure(FIELDS, second))
    assert len(list((tmp_path / "cache").iterdir())) == 1  # no temporary file is left


@pytest.mark.parametrize("damage", ["cut", "flip", "nothing", "other"])
def test_damaged_file_is_ignored_and_written_anew(tmp_path: Path, damage: str) -> None:
    cache = SplitCache(tmp_path)
    first = make_zones(DISCS, keeper=cache)
    path = next(tmp_path.glob("*.parquet"))
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 0x10]) + whole[middle + 1 :]
    path.write_bytes({"cut": whole[:middle], "flip": flipped, "nothing": b"", "other": b"x" * 99}[damage])
    assert cache.load(path.stem) is None
    again = make_zones(DISCS, keeper=cache)
    assert shapely.equals_identical(first.parts, again.parts).all()
    assert path.read_bytes() == whole


def test_small_polygons_are_not_kept(tmp_path: Path) -> None:
    make_zones(np.array([box(0, 0, 1, 1)] * 3), keeper=SplitCache(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder should be")
    assert make_zones(DISCS, keeper=SplitCache(tmp_path / "cache")).count == 2


def test_key_tells_polygons_order_and_priority_apart() -> None:
    rank = np.arange(2)
    keys = {
        key_of(DISCS, rank),
        key_of(DISCS[::-1], rank),
        key_of(DISCS, rank[::-1]),
        key_of(np.array([DISCS[0], None]), rank),
        key_of(np.array([shapely.transform(DISCS[0], lambda xy: xy + 1e-9), DISCS[1]]), rank),
    }
    assert len(keys) == 5
    assert key_of(DISCS.copy(), rank.copy()) in keys


def test_the_newest_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SplitCache, "kept_files", 2)
    cache = SplitCache(tmp_path)
    for key in ("a", "b", "c"):
        cache.save(key, Split(np.array([box(0, 0, 1, 1)], dtype=object), np.zeros(1, np.intp), 0.5))
    assert len(list(tmp_path.iterdir())) == 2
    kept = cache.load("c")
    assert kept is not None
    assert kept.overlap_m2 == 0.5
