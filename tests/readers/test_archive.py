"""ZIP files as they are published, and ZIP files that want to do harm."""

import zipfile
from pathlib import Path

import pytest
from published import zip_with_raw_names

from knr_gis.errors import ReadError
from knr_gis.readers import archive
from knr_gis.readers.archive import list_members, unpacked


def one_line(caught: pytest.ExceptionInfo[ReadError]) -> str:
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_japanese_names_are_read_as_meant(tmp_path: Path, encoding: str) -> None:
    names = ["行政区域/表示ソ.shp", "行政区域/表示ソ.dbf", "読んでね.txt"]  # 表 and ソ end in 0x5C in CP932
    path = zip_with_raw_names(tmp_path / "a.zip", {name.encode(encoding): b"x" for name in names})
    assert sorted(m.name for m in list_members(path)) == sorted(names)


def test_marked_utf8_names(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("釧路/区域.geojson", "{}")
    assert [m.name for m in list_members(path)] == ["釧路/区域.geojson"]


def test_parts_share_a_stem_and_nothing_is_left(tmp_path: Path) -> None:
    members = {
        f"層{n}/データ.{ext}".encode("cp932"): f"{n}{ext}".encode() for n in "12" for ext in ("SHP", "dbf")
    }
    path = zip_with_raw_names(tmp_path / "a.zip", members | {b"readme.txt": b"x"})
    before = sorted(tmp_path.iterdir())
    with unpacked(path, {".shp", ".dbf"}) as files:
        content = {file.name: file.path.read_bytes() for file in files}
        stems = {
            file.name.split("/")[0]: {f.path.stem for f in files if f.name[:2] == file.name[:2]}
            for file in files
        }
        folder = files[0].path.parent
        assert all(file.path.suffix in (".shp", ".dbf") for file in files)
        assert all(file.path.name.isascii() for file in files)
    assert content == {
        "層1/データ.SHP": b"1SHP",
        "層1/データ.dbf": b"1dbf",
        "層2/データ.SHP": b"2SHP",
        "層2/データ.dbf": b"2dbf",
    }
    assert all(len(shared) == 1 for shared in stems.values())
    assert not folder.exists()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "name",
    [b"../evil.shp", b"a/../../evil.shp", b"/etc/evil.shp", b"C:\\evil.shp", b"..\\evil.shp", b"C:evil.shp"],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: bytes) -> None:
    path = zip_with_raw_names(tmp_path / "a.zip", {name: b"x", b"good.shp": b"y"})
    with pytest.raises(ReadError) as caught, unpacked(path, {".shp"}):
        pass
    assert "安全でない" in one_line(caught)
    assert not (tmp_path.parent / "evil.shp").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("link.shp")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(info, "/etc/passwd")
    with pytest.raises(ReadError, match="安全でない"):
        list_members(path)


def test_truncated(tmp_path: Path) -> None:
    whole = zip_with_raw_names(tmp_path / "a.zip", {b"a.shp": bytes(10_000)})
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-30])
    with pytest.raises(ReadError) as caught:
        list_members(cut)
    assert "途中で切れて" in one_line(caught)
    assert "cut.zip" in one_line(caught)


def test_no_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"RAR! not a zip at all")
    with pytest.raises(ReadError, match="ZIP ファイルではありません"):
        list_members(path)


def test_damaged_content_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        out.writestr("a.shp", b"0123456789" * 100)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0123456789", b"9876543210", 1))
    with pytest.raises(ReadError, match="壊れています"), unpacked(path, {".shp"}):
        pass


def test_encrypted(tmp_path: Path) -> None:
    path = zip_with_raw_names(tmp_path / "a.zip", {b"a.shp": b"x"}, flags=0x1)
    with pytest.raises(ReadError, match="パスワード"), unpacked(path, {".shp"}):
        pass


def test_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.shp", bytes(80 * 1024**2))  # 80 MB of zeros pack a thousandfold
    with pytest.raises(ReadError, match="倍を超える"), unpacked(path, {".shp"}):
        pass


def test_total_size_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_with_raw_names(tmp_path / "a.zip", {b"a.shp": b"0123456789", b"b.shp": b"0123456789"})
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 19)
    with pytest.raises(ReadError, match="上限"), unpacked(path, {".shp"}):
        pass
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 20)
    with unpacked(path, {".shp"}) as files:
        assert len(files) == 2


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_with_raw_names(tmp_path / "a.zip", {b"a.shp": b"0", b"b.shp": b"0"})
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
    with pytest.raises(ReadError, match="個のファイル"):
        list_members(path)
