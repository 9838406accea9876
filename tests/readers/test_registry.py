"""Which reader a file goes to."""

import json
from pathlib import Path

import pytest
from published import ksj_curve, ksj_gml

from knr_gis.errors import ReadError
from knr_gis.layers import load_layer_file
from knr_gis.readers.registry import sniff_format

LAYERS = Path(__file__).parents[2] / "layers"
KSJ = ksj_gml(ksj_curve("c1", (42.96, 144.2), (42.97, 144.2))).encode()
OSM = b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6"></osm>'


@pytest.mark.parametrize(
    ("name", "content", "layer", "reader"),
    [
        ("A40-16_01.xml", KSJ, "tsunami_inundation", "vector"),
        ("map.xml", OSM, "roads", "osm"),
        ("a.JSON", b'{"version": 0.6, "elements": []}', "roads", "osm"),
        ("a.json", json.dumps({"type": "FeatureCollection", "features": []}).encode(), "roads", "vector"),
        ("a.json", b"[]", "settlements", "table"),
        ("tblT001141H6444.txt", b"KEY_CODE,HTKSYORI\n", "population", "mesh"),
        ("NPS_akan.topojson", b'{"type": "Topology"}', "national_parks", "vector"),
        ("a.csv", b"KEY_CODE,T001\n", "facilities", "table"),
    ],
)
def test_a_file_goes_to_its_reader(
    name: str, content: bytes, layer: str, reader: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert sniff_format(path, load_layer_file(LAYERS / f"{layer}.toml")) == reader


def test_an_ending_that_nobody_reads_is_told_with_those_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "map.dwg"
    path.write_bytes(b"AC1032")
    with pytest.raises(ReadError, match=r"map\.dwg.*\.geojson"):
        sniff_format(path, load_layer_file(LAYERS / "roads.toml"))
