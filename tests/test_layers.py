"""Every layer file of the project, and what happens to a wrong one."""

import re
from pathlib import Path

import pytest

from knr_gis.errors import DefinitionError
from knr_gis.layers import Layer, load_layer_file, load_layers, require_layer
from knr_gis.schema import canonical_columns, choose_form

FOLDER = Path(__file__).parents[1] / "layers"
FILES = sorted(FOLDER.glob("*.toml"))
DESIGNED = (
    "municipalities national_parks ramsar_wetlands tsunami_inundation roads farmland railways stations "
    "roadside_stations rivers coastline lakes facilities buildings heritage lodging elevation"
).split()
GOOD = """
theme = "nature"
geometry = "point"
formats = ["vector"]
required = []
popup = []
title = { ja = "題", en = "Title" }
[source]
publisher = { ja = "省", en = "Ministry" }
page = "https://example.invalid/"
downloads = []
edition = "2020"
licence = "CC BY 4.0"
attribution = "出典"
[style]
color = "#123456"
"""


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def layer(request: pytest.FixtureRequest) -> Layer:
    return load_layer_file(request.param)


def test_all_designed_layers_are_there() -> None:
    assert set(DESIGNED) <= {path.stem for path in FILES}


def test_columns_are_canonical(layer: Layer) -> None:
    known = set(canonical_columns())
    named = {*layer.required, *layer.popup, *({layer.style.column, layer.style.label} - {""})}
    for form in layer.forms:
        named |= {*form.columns, *form.values, *form.constants, *form.years}
    assert named <= known


def test_a_form_translates_only_columns_that_it_maps(layer: Layer) -> None:
    for form in layer.forms:
        assert set(form.values) <= set(form.columns), form.id


def test_a_form_can_bring_all_required_columns(layer: Layer) -> None:
    for form in layer.forms:
        brought = {*form.columns, *form.constants, *form.joins, *form.contains, *form.match}
        brought |= {*form.years, "year"} if form.years else set()
        assert set(layer.required) <= brought, form.id


def test_forms_have_names_of_their_own(layer: Layer) -> None:
    ids = [form.id for form in layer.forms]
    assert len(ids) == len(set(ids))


def test_source_is_complete(layer: Layer) -> None:
    source = layer.source
    for text in (
        source.publisher_ja,
        source.publisher_en,
        source.edition,
        source.licence,
        source.attribution,
    ):
        assert text.strip()
    assert source.page.startswith("https://")
    for address in source.downloads:
        assert re.match(r"https://[\w.-]+/\S+$", address)
    assert source.downloads or source.note, "no address: the note must say how to obtain the data"
    assert layer.title_ja
    assert layer.title_en.isascii()


def test_style_can_be_drawn(layer: Layer) -> None:
    style = layer.style
    assert all(
        re.fullmatch(r"#[0-9a-fA-F]{6}", color) for color in (style.color, *(c.color for c in style.classes))
    )
    assert 0 <= style.opacity <= 1
    assert bool(style.column) == bool(style.classes)
    labels = [entry.label_ja for entry in style.classes]
    assert len(labels) == len(set(labels))


def test_classes_show_the_values_that_forms_produce(layer: Layer) -> None:
    """A legend of texts that no form can bring would colour nothing."""
    named = {c.value for c in layer.style.classes if c.value is not None}
    produced = {
        str(value).lower() if isinstance(value, bool) else str(value)
        for form in layer.forms
        for value in form.values.get(layer.style.column, {}).values()
    }
    if produced and named:
        assert named & produced


def test_points_lie_over_lines_and_lines_over_polygons() -> None:
    orders: dict[str, list[int]] = {"raster": [], "polygon": [], "line": [], "point": []}
    for one in load_layers(FOLDER).values():
        if one.id in DESIGNED and one.id not in ("municipalities", "buildings"):
            orders[one.geometry].append(one.style.order)
    assert max(orders["raster"]) < min(orders["polygon"])
    assert max(orders["polygon"]) < min(orders["line"])
    assert max(orders["line"]) < min(orders["point"])


def test_depth_legend_has_the_official_classes() -> None:
    from knr_gis.depth import standard_classes  # noqa: PLC0415

    classes = load_layer_file(FOLDER / "tsunami_inundation.toml").style.classes
    assert [c.color for c in classes] == [c.color for c in standard_classes()]
    assert [c.upper for c in classes] == [c.upper_m for c in standard_classes()]
    assert [c.label_ja for c in classes[1:]] == [c.label for c in standard_classes()[1:]]


def test_a10_five_columns_win_over_three() -> None:
    parks = load_layer_file(FOLDER / "national_parks.toml")
    five = [f"A10_{n:03}" for n in range(1, 6)]
    assert choose_form([*five, "geometry"], parks).id == "ksj_a10_five_columns"
    assert choose_form([*five[:3], "geometry"], parks).id == "ksj_a10_three_columns"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (GOOD.replace("popup =", "popups ="), ("own.toml", "popups", "popup")),
        (GOOD.replace('edition = "2020"', 'editions = "2020"'), ("own.toml [source]", "editions", "edition")),
        (GOOD.replace('edition = "2020"\n', ""), ("own.toml [source]", "edition")),
        (GOOD.replace('color = "#123456"', 'colour = "#123456"'), ("own.toml [style]", "colour", "color")),
        (GOOD.replace('"point"', '"points"'), ("own.toml", "points", "point")),
        (GOOD.replace('["vector"]', '["vektor"]'), ("own.toml", "vektor", "vector")),
        (
            GOOD + '[[forms]]\nid = "a"\nmatch = []\ncolumn = {}\n',
            ("own.toml [[forms]]", "column", "columns"),
        ),
        (GOOD.replace("[style]", "[style"), ("own.toml", "TOML")),
    ],
)
def test_wrong_file_is_told_with_file_key_and_nearest_key(
    tmp_path: Path, wrong: str, told: tuple[str, ...]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_layer_file(path)
    assert all(word in str(caught.value) for word in told)
    assert "\n" not in str(caught.value)


def test_good_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_layer_file(path).id == "own"


def test_unknown_layer_names_the_nearest() -> None:
    with pytest.raises(DefinitionError, match="roads"):
        require_layer(load_layers(FOLDER), "road")
