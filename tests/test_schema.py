"""From source columns to ours."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from knr_gis.errors import DefinitionError, SchemaError
from knr_gis.layers import Layer, load_layer_file
from knr_gis.schema import (
    apply_form,
    canonical_columns,
    choose_form,
    column_title,
    convert_columns,
    require_columns,
)

HEAD = """
theme = "disaster"
geometry = "point"
formats = ["table"]
required = ["name", "tsunami"]
popup = ["name"]
title = { ja = "試験", en = "Test" }
style = { color = "#000000" }
[source]
publisher = { ja = "町", en = "Town" }
page = "https://example.invalid/"
downloads = []
edition = "1"
licence = "-"
attribution = "町"
"""
FORMS = """
[[forms]]
id = "short"
match = ["施設名"]
columns = { name = ["施設名"], tsunami = "津波" }

[[forms]]
id = "long"
match = ["施設名", "コード"]
columns = { name = ["施設名"], muni_code = "コード", tsunami = ["津波対応", "津波"], flood = "洪水" }
values = { tsunami = { "" = false }, flood = { "可" = true, "9" = false } }
constants = { edition = "2020" }

[[forms]]
id = "list"
match = ["town", "kinds", "types"]
columns = {}
joins = { name = ["town", "koaza"] }
contains = { tsunami = ["kinds", "津波"] }
only = { types = "site" }
"""


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return layer_of(tmp_path, HEAD + FORMS)


def layer_of(folder: Path, text: str) -> Layer:
    path = folder / "test_layer.toml"
    path.write_text(text, encoding="utf-8")
    return load_layer_file(path)


def frame(**columns: list[object]) -> gpd.GeoDataFrame:
    n = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[Point(144, 43)] * n, crs=6668)


def test_the_most_demanding_form_that_fits_is_chosen(layer: Layer) -> None:
    assert choose_form(["施設名", "コード", "津波"], layer).id == "long"
    assert choose_form(["施設名", "津波"], layer).id == "short"
    assert choose_form(["名前"], layer).id == "canonical"


def test_columns_are_renamed_once_and_others_are_kept(layer: Layer) -> None:
    named = apply_form(frame(施設名=["役場"], コード=["01661"], 津波=["1"], その他=["x"]), layer)
    assert sorted(named.columns) == sorted(["その他", "geometry", "name", "muni_code", "tsunami", "edition"])
    row = named.iloc[0]
    assert (row["name"], row["muni_code"], row["edition"], row["その他"]) == ("役場", "01661", "2020", "x")


def test_the_first_candidate_column_that_is_there_wins(layer: Layer) -> None:
    both = frame(施設名=["a"], コード=["1"], 津波=["0"], 津波対応=["1"])
    typed, _ = convert_columns(apply_form(both, layer), layer)
    assert typed.tsunami.tolist() == [True]
    assert typed["津波"].tolist() == ["0"]


def test_a_blank_means_what_the_form_says_and_else_is_unknown(layer: Layer) -> None:
    cells: list[object] = ["1", "", None, pd.NA, "　"]
    said, _ = convert_columns(
        apply_form(frame(施設名=list("abcde"), コード=["1"] * 5, 津波=cells), layer), layer
    )
    assert said.tsunami.tolist() == [True, False, False, False, False]
    unsaid, _ = convert_columns(apply_form(frame(施設名=list("abcde"), 津波=cells), layer), layer)
    assert unsaid.tsunami.isna().tolist() == [False, True, True, True, True]


def test_coded_values_are_translated_and_unlisted_ones_stay(layer: Layer) -> None:
    source = frame(施設名=list("abcd"), コード=["1"] * 4, 津波=["1"] * 4, 洪水=["可", "9.0", "○", None])
    typed, _ = convert_columns(apply_form(source, layer), layer)
    assert typed.flood.tolist()[:3] == [True, False, True]
    assert pd.isna(typed.flood.iloc[3])


def test_a_name_is_joined_from_parts_and_blanks_are_left_out(layer: Layer) -> None:
    source = frame(
        town=["安原", "音別町", None], koaza=["", "中園", None], kinds=["津波"] * 3, types=["site"] * 3
    )
    joined = apply_form(source, layer).name
    assert joined.tolist()[:2] == ["安原", "音別町中園"]
    assert pd.isna(joined.iloc[2])


def test_a_join_works_without_its_optional_part_and_without_rows(layer: Layer) -> None:
    assert apply_form(frame(town=["安原"], kinds=[""], types=["site"]), layer).name.tolist() == ["安原"]
    empty = apply_form(frame(town=["安原"], kinds=[""], types=["other"]), layer)
    assert len(empty) == 0
    assert "name" in empty


def test_a_flag_hangs_on_a_word_and_a_blank_text_says_nothing(layer: Layer) -> None:
    kinds: list[object] = ["洪水、津波", "['津波']", "洪水", "", None, "[]"]
    source = frame(town=list("abcdef"), kinds=kinds, types=["site"] * 6)
    typed, _ = convert_columns(apply_form(source, layer), layer)
    assert typed.tsunami.tolist()[:3] == [True, True, False]
    assert typed.tsunami.isna().tolist()[3:] == [True, True, True]


def test_rows_of_another_layer_stay_out(layer: Layer) -> None:
    source = frame(town=list("abc"), kinds=["津波"] * 3, types=["site", "shelter", "shelter、site"])
    assert apply_form(source, layer).name.tolist() == ["a", "c"]


def test_only_may_look_at_match_columns_alone(tmp_path: Path) -> None:
    bad = HEAD + '[[forms]]\nid = "x"\nmatch = ["types"]\ncolumns = {}\nonly = { tipes = "site" }\n'
    with pytest.raises(DefinitionError, match="types"):
        layer_of(tmp_path, bad)


def test_an_unknown_key_of_a_form_names_the_nearest(tmp_path: Path) -> None:
    bad = HEAD + '[[forms]]\nid = "x"\nmatch = []\ncolumns = {}\ncontain = {}\n'
    with pytest.raises(DefinitionError, match="contains"):
        layer_of(tmp_path, bad)


def test_a_frame_in_our_columns_passes_unchanged(layer: Layer) -> None:
    source = frame(name=["役場"], tsunami=[True], capacity_persons=[12.0])
    pd.testing.assert_frame_equal(apply_form(source, layer), source)


def test_impossible_values_are_unknown_and_reported(layer: Layer) -> None:
    source = frame(
        name=list("abcd"), capacity_persons=["100", "0", "-5", "不明"], storeys=["2階建", "99", "", "3.0"]
    )
    typed, findings = convert_columns(source, layer)
    assert typed.capacity_persons.iloc[0] == 100
    assert typed.capacity_persons.isna().tolist() == [False, True, True, True]
    assert typed.storeys.iloc[[0, 3]].tolist() == [2, 3]
    assert typed.storeys.isna().tolist() == [False, True, True, False]
    assert {(f.code, f.values["count"]) for f in findings} == {
        ("value_out_of_range", 2),
        ("value_out_of_range", 1),
    }
    assert all("{" not in f.message for f in findings)
    assert {f.feature for f in findings} == {"b、c", "b"}


def test_every_type_has_its_dtype_even_when_all_is_blank(layer: Layer) -> None:
    blank: list[object] = [None, ""]
    typed, findings = convert_columns(
        frame(name=blank, muni_code=blank, tsunami=blank, capacity_persons=blank, storeys=blank), layer
    )
    kinds = {name: str(dtype) for name, dtype in typed.dtypes.items()}
    assert kinds == {
        "name": "string", "muni_code": "string", "tsunami": "boolean", "capacity_persons": "float64",
        "storeys": "Int64", "geometry": "geometry",
    }  # fmt: skip
    assert typed.drop(columns="geometry").isna().all().all()
    assert findings == []


def test_a_missing_column_names_file_column_and_nearest_name(layer: Layer) -> None:
    with pytest.raises(SchemaError) as caught:
        require_columns(frame(施設の名=["a"], tsunami=["1"]), layer, "町.csv", ["施設の名", "備考"])
    line = str(caught.value)
    assert "\n" not in line
    for part in ("町.csv", "名称", "施設の名"):
        assert part in line


def test_titles_come_in_both_languages_and_unknown_columns_keep_their_name() -> None:
    assert column_title("tsunami") == "津波"
    assert column_title("tsunami", "en") == "Tsunami"
    assert column_title("その他") == "その他"


def test_the_dictionary_of_columns_holds_only_known_types_and_sound_ranges() -> None:
    for column in canonical_columns().values():
        assert column.type in {"text", "code", "flag", "number", "integer"}
        assert column.min is None or column.max is None or column.min < column.max
        assert column.ja
        assert column.en
