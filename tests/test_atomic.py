"""Either the old file or the new one, never half of it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knr_gis.atomic import atomic_path


def test_new_file_appears_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "map.gpkg"
    with atomic_path(target) as temporary:
        assert not temporary.exists()
        assert temporary.parent == target.parent
        assert temporary.suffix == ".gpkg"
        temporary.write_bytes(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert [p.name for p in target.parent.iterdir()] == ["map.gpkg"]


def test_error_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "[1] map.csv"
    target.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        _write_half(target)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["[1] map.csv"]


def _write_half(target: Path) -> None:
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        Path(f"{temporary}-wal").write_bytes(b"log")
        raise ZeroDivisionError


def test_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    target = tmp_path / "map.csv"
    target.write_bytes(b"old")
    with pytest.raises(FileNotFoundError), atomic_path(target):
        pass
    assert target.read_bytes() == b"old"


def test_folder_that_is_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"), atomic_path(tmp_path / "file" / "map.csv") as temporary:
        temporary.write_bytes(b"new")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4))
def test_last_write_wins(tmp_path: Path, contents: list[bytes]) -> None:
    target = tmp_path / "[x]*.bin"
    for content in contents:
        with atomic_path(target) as temporary:
            temporary.write_bytes(content)
    assert target.read_bytes() == contents[-1]
    assert len(list(tmp_path.iterdir())) == 1
