"""Map tiles, drawn here from the published formulae and legends."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer

from knr_gis.errors import ReadError
from knr_gis.grid import sample
from knr_gis.layers import Layer, Source
from knr_gis.readers import ReadRequest
from knr_gis.readers import raster as raster_module
from knr_gis.readers.tiles import decode_elevation, read_tiles, tile_bounds, tile_transform
from knr_gis.style import Style

SOURCE = Source("", "", "", (), "", "", "")
Z, X, Y = 14, 14762, 6020  # a tile on the coast at Kushiro


def request(path: Path, layer_id: str = "elevation", **options: Any) -> ReadRequest:
    geometry = "raster" if layer_id == "elevation" else "polygon"
    layer = Layer(
        layer_id, "terrain", geometry, ("tiles",), layer_id, layer_id, SOURCE, (), (), (), Style("")
    )
    return ReadRequest(path, layer, **options)


def encode(metres: np.ndarray) -> np.ndarray:
    """GSI's formula backwards: hundredths of a metre in 24-bit two's complement; 2**23 is none."""
    x = np.where(np.isnan(metres), 2**23, np.round(np.nan_to_num(metres) * 100).astype(int) % 2**24)
    return np.stack([x >> 16, x >> 8 & 255, x & 255], axis=-1).astype(np.uint8)


def save(folder: Path, tile: tuple[int, int, int], pixels: np.ndarray) -> Path:
    path = folder / str(tile[0]) / str(tile[1]) / f"{tile[2]}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def flat(value: float) -> np.ndarray:
    return encode(np.full((256, 256), value))


def hazard(*colours: tuple[int, ...]) -> np.ndarray:
    """A tile of vertical stripes, 16 pixels wide; what remains is transparent."""
    pixels = np.zeros((256, 256, 4), dtype=np.uint8)
    for number, colour in enumerate(colours):
        pixels[:, number * 16 : number * 16 + 16] = (*colour, 255)[:4]
    return pixels


def test_elevation_formula_by_pencil() -> None:
    pixels = np.array([[[0, 0, 0, 255], [0, 4, 210, 255], [255, 255, 156, 255], [128, 0, 0, 255]]], np.uint8)
    np.testing.assert_allclose(decode_elevation(pixels), [[0.0, 12.34, -1.0, np.nan]], rtol=1e-6)
    pixels[0, 1, 3] = 0  # fully transparent: nothing is known there
    assert np.isnan(decode_elevation(pixels)[0, 1])


@given(st.lists(st.integers(-50_000, 230_000), min_size=1, max_size=20))
def test_elevation_there_and_back(hundredths: list[int]) -> None:
    metres = np.array([hundredths]) / 100
    opaque = np.dstack([encode(metres), np.full(metres.shape, 255, np.uint8)])
    np.testing.assert_allclose(decode_elevation(opaque), metres, atol=1e-4)


@given(st.integers(1, 18), st.data())
def test_tile_boxes_agree_with_pyproj(zoom: int, data: Any) -> None:
    x, y = (data.draw(st.integers(0, 2**zoom - 1)) for _ in range(2))
    left, top = tile_transform(zoom, x, y) @ (0, 0)
    right, bottom = tile_transform(zoom, x, y) @ (256, 256)
    back = Transformer.from_crs(3857, 4326, always_xy=True)
    corners = (*back.transform(left, bottom), *back.transform(right, top))
    assert corners == pytest.approx(tile_bounds((zoom, x, y)), abs=1e-7)


def test_the_tile_of_kushiro() -> None:
    west, south, east, north = tile_bounds((Z, X, Y))
    assert west < 144.38 < east
    assert 42.8 < south < north < 43.3


@pytest.mark.parametrize("packed", [False, True])
def test_elevation_mosaic_of_a_folder_or_zip(packed: bool, tmp_path: Path) -> None:
    folder = tmp_path / "dem"
    ramp = np.tile(np.arange(256) / 4, (256, 1))
    save(folder, (Z, X, Y), encode(ramp))
    save(folder, (Z, X + 1, Y + 1), flat(-1.5))
    path = folder
    if packed:
        path = tmp_path / "dem.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.rglob("*.png"):
                archive.write(file, "dem5a_png/" + file.relative_to(folder).as_posix())
            archive.writestr("../14/1/1.txt", "never unpacked")
    grid = read_tiles(request(path)).data
    assert grid.values.shape == (512, 512)
    assert grid.crs.to_epsg() == 3857
    np.testing.assert_allclose(grid.values[:256, :256], ramp, atol=1e-5)
    assert np.isnan(grid.values[:256, 256:]).all()  # a tile that is not there is unknown, not 0
    west, south, east, north = tile_bounds((Z, X + 1, Y + 1))
    there = Transformer.from_crs(4326, 3857, always_xy=True)
    x, y = there.transform((west + east) / 2, (south + north) / 2)
    assert sample(grid, np.array([x]), np.array([y]))[0] == pytest.approx(-1.5)


def test_tiles_outside_the_box_are_not_even_opened(tmp_path: Path) -> None:
    save(tmp_path, (Z, X, Y), flat(3.0))
    save(tmp_path, (Z, X + 40, Y), flat(9.0)).write_text("<html>")
    west, south, east, north = tile_bounds((Z, X, Y))
    box = (west + 0.001, south + 0.001, east - 0.001, north - 0.001)
    grid = read_tiles(request(tmp_path, bounds=box)).data
    assert grid.values.shape == (256, 256)
    with pytest.raises(ReadError, match="重なりません"):
        read_tiles(request(tmp_path, bounds=(0.0, 0.0, 1.0, 1.0)))


def test_a_mosaic_too_large_is_averaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_module, "MAX_CELLS", 256 * 256 // 9)  # by 3, hence by 4: tiles halve evenly
    half = np.full((256, 256), 10.0)
    half[:, ::2] = np.nan
    half[:4, :4] = np.nan
    save(tmp_path, (Z, X, Y), encode(half))
    result = read_tiles(request(tmp_path))
    assert result.data.values.shape == (64, 64)
    assert np.isnan(result.data.values[0, 0])
    assert np.nanmax(result.data.values) == np.nanmin(result.data.values) == 10
    assert result.data.transform.a == pytest.approx(4 * tile_transform(Z, X, Y).a)
    assert [f.values for f in result.findings] == [{"factor": 4}]


def test_mixed_zooms_use_the_highest_complete_one(tmp_path: Path) -> None:
    save(tmp_path, (14, X, Y), flat(1.0))
    save(tmp_path, (14, X + 1, Y), flat(1.0))
    save(tmp_path, (15, 2 * X, 2 * Y), flat(2.0))
    result = read_tiles(request(tmp_path))
    assert np.unique(result.data.values).tolist() == [1.0]  # zoom 15 covers one of the two only
    assert [f.values for f in result.findings] == [{"used": 14, "highest": 15}]
    assert "15" in result.findings[0].message
    save(tmp_path, (15, 2 * X + 3, 2 * Y + 1), flat(2.0))
    assert np.nanmax(read_tiles(request(tmp_path)).data.values) == 2.0
    save(tmp_path, (14, X + 9, Y), flat(1.0))
    save(tmp_path, (15, 2 * X + 30, 2 * Y), flat(2.0))
    with pytest.raises(ReadError, match="14, 15"):
        read_tiles(request(tmp_path))


DETAILED = [
    (255, 255, 179), (247, 245, 169), (248, 225, 166), (255, 216, 192),
    (255, 183, 183), (255, 145, 145), (242, 133, 201), (220, 122, 220),
]  # fmt: skip
STRIPE = 16 * 256  # pixels


def pixel_area(tile: tuple[int, int, int]) -> float:
    return tile_transform(*tile).a ** 2


def pixels_by_class(frame: Any) -> dict[tuple[float, float], int]:
    cell = pixel_area((Z, X, Y))
    areas = frame.assign(area=frame.area).groupby(["depth_min_m", "depth_max_m"], dropna=False).area.sum()
    return {key: round(area / cell) for key, area in areas.items()}


def test_the_eight_classes_and_the_transparent_outside(tmp_path: Path) -> None:
    save(tmp_path, (Z, X, Y), hazard(*DETAILED))
    result = read_tiles(request(tmp_path, "tsunami_inundation"))
    limits = [0.01, 0.3, 0.5, 1, 3, 5, 10, 20]
    found = pixels_by_class(result.data.fillna({"depth_max_m": -1}))
    assert found == dict.fromkeys(zip(limits, [*limits[1:], -1], strict=True), STRIPE)
    assert result.findings == []
    assert result.data.geometry.is_valid.all()
    assert result.data.crs.to_epsg() == 3857


def test_both_colours_of_the_deepest_class(tmp_path: Path) -> None:
    save(tmp_path, (Z, X, Y), hazard((255, 255, 179), (220, 122, 220), (220, 122, 188)))
    wet = read_tiles(request(tmp_path, "tsunami_inundation")).data
    assert wet[wet.depth_min_m == 20].area.sum() / pixel_area((Z, X, Y)) == pytest.approx(2 * STRIPE)
    assert wet[wet.depth_min_m == 20].depth_max_m.isna().all()


def test_the_six_classes_are_read_wide_and_said(tmp_path: Path) -> None:
    six = [DETAILED[1], DETAILED[3], *DETAILED[4:]]
    save(tmp_path, (Z, X, Y), hazard(*six))
    result = read_tiles(request(tmp_path, "tsunami_inundation"))
    pairs = pixels_by_class(result.data.fillna({"depth_max_m": -1}))
    assert {(0.01, 0.5), (0.5, 3.0), (3.0, 5.0)} <= set(pairs)
    assert [f.code for f in result.findings] == ["tiles_legend_ambiguous"]


def test_an_unknown_colour_is_unknown_depth_never_zero(tmp_path: Path) -> None:
    save(tmp_path, (Z, X, Y), hazard((255, 255, 179), (0, 128, 0), (254, 217, 190)))
    result = read_tiles(request(tmp_path, "tsunami_inundation"))
    unknown = result.data[result.data.depth_min_m.isna()]
    assert unknown.depth_label.tolist() == ["深さ不明"]
    assert unknown.area.sum() / pixel_area((Z, X, Y)) == pytest.approx(STRIPE)
    near = result.data[result.data.depth_min_m == 1.0]  # (254, 217, 190) is 1-3 m within the tolerance
    assert near.area.sum() / pixel_area((Z, X, Y)) == pytest.approx(STRIPE)
    counts = {f.code: f.values["count"] for f in result.findings}
    assert counts == {"tiles_colour_near": STRIPE, "tiles_colour_unknown": STRIPE}
    assert "#008000" in result.findings[1].message


def test_palette_tiles_are_read(tmp_path: Path) -> None:
    path = save(tmp_path, (Z, X, Y), hazard())
    numbers = np.repeat(np.arange(16, dtype=np.uint8), 16).clip(max=8)  # 0 is outside, 1 to 8 are classes
    image = Image.fromarray(np.tile(numbers, (256, 1)))
    image.putpalette([0, 0, 0, *(channel for colour in DETAILED for channel in colour)])
    image.save(path, transparency=0)
    wet = read_tiles(request(tmp_path, "tsunami_inundation")).data
    assert sorted(wet.depth_min_m.unique()) == [0.01, 0.3, 0.5, 1, 3, 5, 10, 20]


def test_blocks_of_tiles_meet_without_gap_or_overlap(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    total = 0
    for dx, dy in ((0, 0), (1, 0), (30, 0), (0, 25)):
        pixels = hazard(*DETAILED)[:, rng.permutation(256)]
        pixels[rng.random((256, 256)) < 0.2] = 0
        total += int((pixels[..., 3] > 0).sum())
        save(tmp_path, (Z, X + dx, Y + dy), pixels)
    wet = read_tiles(request(tmp_path, "tsunami_inundation")).data
    assert wet.area.sum() / pixel_area((Z, X, Y)) == pytest.approx(total)
    assert shapely.union_all(wet.geometry.values).area == pytest.approx(wet.area.sum())


def test_foreign_or_empty_colours_are_refused(tmp_path: Path) -> None:
    save(tmp_path, (Z, X, Y), hazard((1, 2, 3)))
    with pytest.raises(ReadError, match="#010203"):
        read_tiles(request(tmp_path, "tsunami_inundation"))
    save(tmp_path, (Z, X, Y), hazard())
    with pytest.raises(ReadError, match="浸水"):
        read_tiles(request(tmp_path, "tsunami_inundation"))


def test_a_broken_tile_is_named(tmp_path: Path) -> None:
    path = save(tmp_path, (Z, X, Y), hazard(*DETAILED))
    content = path.read_bytes()
    bad = {
        b"<!DOCTYPE html><html>404</html>": "PNG ではありません",
        b"": "PNG ではありません",
        content[:20]: "壊れて",
        content[: len(content) // 2]: "壊れて",
        content[:60] + b"\0\0\0\0" + content[64:]: "壊れて",
    }
    for stuff, sentence in bad.items():
        path.write_bytes(stuff)
        with pytest.raises(ReadError, match=sentence) as caught:
            read_tiles(request(tmp_path, "tsunami_inundation"))
        assert f"{Z}/{X}/{Y}.png" in str(caught.value)
        assert "\n" not in str(caught.value)
    Image.new("RGBA", (512, 256)).save(path)
    with pytest.raises(ReadError, match="512×256"):
        read_tiles(request(tmp_path))


def test_bad_containers_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "text.txt").write_text("hello")
    save(tmp_path / "twice" / "a", (Z, X, Y), flat(1.0))
    save(tmp_path / "twice" / "b", (Z, X, Y), flat(2.0))
    save(tmp_path / "dem", (Z, X, Y), flat(np.nan))
    sentences = {
        "empty": "ありません",
        "cut.zip": "ZIP として",
        "text.txt": "フォルダーでも",
        "twice": "二つ",
        "dem": "欠測",
    }
    for name, sentence in sentences.items():
        with pytest.raises(ReadError, match=sentence):
            read_tiles(request(tmp_path / name))
    with pytest.raises(ReadError, match="farmland"):
        read_tiles(request(tmp_path / "dem", "farmland"))
