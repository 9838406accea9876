"""Tables in their published forms, and how the tests of the table reader read them."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from knr_gis.errors import KnrError, ReadError
from knr_gis.layers import Layer, load_layers
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.table import read_table
from knr_gis.schema import apply_form, convert_columns, require_columns

LAYERS = load_layers(Path(__file__).resolve().parents[2] / "layers")
SITES, SHELTERS, SPOTS = LAYERS["evacuation_sites"], LAYERS["shelters"], LAYERS["tourism_spots"]
TOWNS, SETTLEMENTS = LAYERS["municipal_population"], LAYERS["settlements"]

GSI_OLD = (
    "市町村コード,都道府県名及び市町村名,NO,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,"
    "内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考\r\n"
    '01661,北海道釧路町,1,役場前広場,"北海道釧路町別保1-1, 前庭",1,,,,1,,,,,43.01,144.47,\r\n'
    "01661,北海道釧路町,2,内陸公園,北海道釧路町別保2,,1,,1,,,,,1,43.02,144.48,冬は閉鎖\r\n"
)
GSI_NEW = (
    "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,"
    "内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考\r\n"
    "1,E0166100001201,北海道釧路町,役場前広場,北海道釧路町別保1-1,1,,,,1,,,,,43.01,144.47,\r\n"
)
RECOMMENDED = (
    "全国地方公共団体コード,ID,地方公共団体名,名称,名称_カナ,名称_英字,所在地_連結表記,緯度,経度,標高,災害種別_洪水,"
    "災害種別_崖崩れ、土石流及び地滑り,災害種別_高潮,災害種別_地震,災害種別_津波,災害種別_大規模な火事,災害種別_内水氾濫,"
    "災害種別_火山現象,指定避難所との重複,想定収容人数,URL,備考\n"
    "016616,0001,釧路町,高台公園,タカダイ,Takadai Park,北海道釧路町1,43.01,144.47,32.5,,,1,1,1,,,,,350,,\n"
    "016616,0002,釧路町,川辺公園,カワベコウエン,,北海道釧路町2,43.02,144.48,4,,,,1,,,,,1,,,\n"
)
OWN = (
    "名称,住所,収容人数,津波,緯度,経度\n"
    "高台,町1,1２0人,○,43.01,144.47\n"
    "浜,町2,,×,43.02,144.48\n"
    "丘,町3,50,,43.03,144.49\n"
)


def read(path: Path, layer: Layer, **said: Any) -> ReadResult:
    return read_table(ReadRequest(path, layer, **said))


def written(folder: Path, text: str, name: str = "表.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def ours(result: ReadResult, layer: Layer) -> gpd.GeoDataFrame:
    assert isinstance(result.data, gpd.GeoDataFrame)
    named = apply_form(result.data, layer)
    require_columns(named, layer, "file", list(result.data.columns))
    return convert_columns(named, layer)[0]


def refused(path: Path, layer: Layer, **said: Any) -> KnrError:
    with pytest.raises(ReadError) as caught:
        read(path, layer, **said)
    line = str(caught.value)
    assert "\n" not in line
    assert path.name in line
    return caught.value


def codes(result: ReadResult) -> list[str]:
    assert all(f.message and "{" not in f.message for f in result.findings)
    return [finding.code for finding in result.findings]
