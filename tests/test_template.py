"""Empty tables to fill in: every heading is read as what the second sheet says it means."""

from pathlib import Path

import openpyxl
import openpyxl.utils
import pytest
from click.testing import CliRunner

from knr_gis.cli import main
from knr_gis.errors import OutputError
from knr_gis.export.template import write_template
from knr_gis.layers import load_layers
from knr_gis.readers import ReadRequest
from knr_gis.readers.table import read_table
from knr_gis.schema import apply_form, canonical_columns, convert_columns

LAYERS = load_layers(Path(__file__).parents[1] / "layers")
OF_ONES_OWN = [i for i, layer in LAYERS.items() if any(form.id.startswith("own") for form in layer.forms)]
OWN = [i for i in OF_ONES_OWN if "table" in LAYERS[i].formats and LAYERS[i].geometry != "polygon"]
WRITTEN: dict[str, object] = {"text": "あ", "code": "01206", "number": 5, "integer": 5, "flag": "○"}
PLACES = {
    "緯度": 43.3, "経度": 145.5, "起点緯度": 44.03, "起点経度": 145.16, "終点緯度": 44.05, "終点経度": 145.1,
    "経由": "44.04,145.13",
}  # fmt: skip


def filled(path: Path) -> list[str]:
    """Fill the first row of a template with what suits each heading; return the headings."""
    book = openpyxl.load_workbook(path)
    sheet, guide = book.worksheets
    names = {column.ja: column for column in canonical_columns().values()}
    means = {row[0]: row[1] for row in guide.iter_rows(min_row=2, values_only=True) if row[0] and row[1]}
    headings = [cell.value for cell in sheet[1]]
    for place, heading in enumerate(headings, 1):
        column = names.get(means[heading])
        value = 2026 if heading in ("年", "推計年") else PLACES.get(heading)
        sheet.cell(2, place, value or WRITTEN[column.type])
    book.save(path)
    return headings


@pytest.mark.parametrize("layer_id", OWN)
def test_every_heading_of_a_template_is_read(layer_id: str, tmp_path: Path) -> None:
    layer = LAYERS[layer_id]
    path = write_template(layer, tmp_path / f"{layer_id}.xlsx")
    headings = filled(path)
    assert len(headings) == len(set(headings))
    read = read_table(ReadRequest(path, layer)).data
    named, _ = convert_columns(apply_form(read, layer, path.name), layer)
    form = next(f for f in layer.forms if f.id.startswith("own"))
    assert set(form.columns) <= set(named.columns)
    assert named[[*form.columns]].notna().all().all()
    if layer.geometry in ("point", "line"):
        assert not named.geometry.is_empty.any()


def test_text_stays_text_and_words_are_offered(tmp_path: Path) -> None:
    path = write_template(LAYERS["road_rules"], tmp_path / "規制.xlsx")
    book = openpyxl.load_workbook(path)
    sheet, guide = book.worksheets
    assert [cell.value for cell in sheet[1]][:7] == [
        "名称", "規制の種類", "起点緯度", "起点経度", "終点緯度", "終点経度", "経由",
    ]  # fmt: skip
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    # 11-04 typed into a cell of this format stays 11-04
    at = openpyxl.utils.column_index_from_string(letters["開始日（月日）"])
    (group,) = [dim for dim in sheet.column_dimensions.values() if dim.min <= at <= dim.max]
    assert group.number_format == "@"
    (offered,) = [
        v.formula1 for v in sheet.data_validations.dataValidation if letters["規制の種類"] in str(v.sqref)
    ]
    assert offered == '"通行止め,夜間通行止め,駐停車禁止,許可が必要,注意"'
    explained = {row[0]: row for row in guide.iter_rows(min_row=2, values_only=True)}
    assert explained["開始日（月日）"][3].startswith("11-04")
    assert explained["名称"][2] == "必須"
    assert any("knr import" in str(key) for key in explained)


def test_a_layer_of_published_files_has_no_template(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="coastline"):
        write_template(LAYERS["coastline"], tmp_path / "x.xlsx")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken"):
        write_template(LAYERS["lodging"], tmp_path / "taken")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_the_command_writes_it_or_names_the_nearest_layer(tmp_path: Path) -> None:
    out = tmp_path / "宿.xlsx"
    done = CliRunner().invoke(main, ["template", "lodging", "--out", str(out)])
    assert done.exit_code == 0
    assert "knr import" in done.output
    assert out.exists()
    wrong = CliRunner().invoke(main, ["template", "lodgin"])
    assert wrong.exit_code == 1
    assert "lodging" in wrong.output
