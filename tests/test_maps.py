"""Map presets: strict keys, arguments checked against the analysis, values of --set."""

from pathlib import Path

import pytest

from knr_gis.analyses import ANALYSES
from knr_gis.errors import DefinitionError, KnrError, SettingsError
from knr_gis.layers import load_layers
from knr_gis.maps import arguments_of, load_preset_file, load_presets, parse_settings, require_preset
from knr_gis.run import WALK_EXCLUSION
from knr_gis.settings import load_settings

SETTINGS = load_settings()
PRESETS = load_presets(SETTINGS.maps_dir)
LAYERS = load_layers(SETTINGS.layers_dir)
SOUND = (SETTINGS.maps_dir / "tourism.toml").read_text(encoding="utf-8")


def test_the_four_maps_of_the_contract_are_there():
    assert {"overview", "exposure", "evacuation", "tourism"} <= set(PRESETS)


@pytest.mark.parametrize("map_id", PRESETS)
def test_every_preset_names_known_layers_and_gives_what_the_analysis_needs(map_id):
    preset = PRESETS[map_id]
    assert set(preset.layer_ids) - {WALK_EXCLUSION} <= set(LAYERS)
    needed = {n for n, p in arguments_of(preset.analysis).items() if p.default is p.empty}
    assert needed <= {*preset.inputs, *preset.params}
    credits_ = {layer for shown in preset.shown for layer in shown.credits}
    assert credits_ <= set(LAYERS)
    assert preset.question_ja


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('analysis = "tourism"', 'analysis = "turism"', ("turism", "tourism")),
        ("[inputs]", "[imputs]", ("imputs", "inputs")),
        ("[title]", "[titel]", ("titel", "title")),
        ('roads = "roads"', 'road = "roads"', ("road", "roads")),
        ('"gpkg"', '"geopackage"', ("geopackage",)),
        ('theme = "tourism"', 'theme = "turism"', ("turism", "tourism")),
        ("[layers.style]\ncolor", "[layers.style]\ncolour", ("colour", "color")),
        ('layer = "municipalities"', 'layer = "municipalities"\nresult = "legs"', ("layer", "result")),
    ],
)
def test_a_wrong_key_names_file_key_and_the_nearest(tmp_path, old, new, words):
    assert old in SOUND
    with pytest.raises(DefinitionError) as error:
        load_preset_file(write(tmp_path, SOUND.replace(old, new, 1)))
    message = str(error.value)
    for word in ("own.toml", *words):
        assert word in message


def test_an_unknown_map_names_the_nearest():
    with pytest.raises(DefinitionError) as error:
        require_preset(PRESETS, "evacuatoin")
    assert "evacuation" in str(error.value)


def test_values_are_read_as_numbers_flags_lists_and_text():
    preset = PRESETS["evacuation"]
    pairs = ("walk_speed_mps=0.8", "vertical=false", "hazard_covers=標茶町, 鶴居村", "arrival_min = 20")
    assert parse_settings(pairs, preset) == {
        "walk_speed_mps": 0.8, "vertical": False, "hazard_covers": ["標茶町", "鶴居村"], "arrival_min": 20,
    }  # fmt: skip
    assert parse_settings(('stops=["a,b","c"]',), PRESETS["tourism"]) == {"stops": ["a,b", "c"]}
    for layer in ("spots=x", "visitors=x"):  # layers that this map leaves out
        with pytest.raises(SettingsError, match=layer):
            parse_settings((layer,), PRESETS["difficult"])
    with pytest.raises(KnrError, match="浸水域にかかる橋"):  # a choice with names, not free text
        parse_settings(("fail_bridges=some",), PRESETS["isolation"])


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        ("walk_sped_mps=1", "walk_speed_mps"),  # nearest name
        ("walk_speed_mps", "walk_speed_mps"),  # no value
        ("hazard=roads", "hazard_covers"),  # an input is no scenario value
        ("walk_speed_mps=fast", "fast"),
        ("arrival_min=true", "true"),
    ],
)
def test_a_bad_value_is_one_clear_line(pair, word):
    with pytest.raises(SettingsError) as error:
        parse_settings((pair,), PRESETS["evacuation"])
    assert word.lower() in str(error.value).lower()
    assert "\n" not in str(error.value)


def test_every_analysis_takes_keyword_arguments_only():
    for name in ANALYSES:
        assert all(p.kind is p.KEYWORD_ONLY for p in arguments_of(name).values())
