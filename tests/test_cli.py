"""The command line: its contract, one line for an error, traceback only on demand."""

import shutil

import pytest
from click.testing import CliRunner

from knr_gis.cli import main

COMMANDS = ("demo", "layers", "fetch", "import", "build", "check", "run", "scale", "serve")
SITES = "名称,緯度,経度,津波,収容人数\n第1避難場所,42.98,144.38,○,100\n第2避難場所,42.99,144.39,×,\n"


def knr(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_a_workspace(command):
    done = knr(command, "--help")
    assert done.exit_code == 0
    assert "--workspace" in done.output
    assert len(done.output.splitlines()[2].strip()) > 20, "says what it does"


def test_layers_lists_every_layer_with_its_state(tmp_path):
    done = knr("layers", "--workspace", tmp_path)
    assert done.exit_code == 0
    for word in ("municipalities", "evacuation_sites", "指定緊急避難場所", "なし"):
        assert word in done.output


def test_import_build_check_run(tmp_path):
    """The officer's way: own table in, list of corrections, map out."""
    table = tmp_path / "sites.csv"
    table.write_bytes(SITES.encode("cp932"))
    work = ("--workspace", tmp_path / "w")
    done = knr("import", table, "--as", "evacuation_sites", *work)
    assert (done.exit_code, "2 件" in done.output) == (0, True), done.output
    done = knr("build", *work)
    assert "layers.gpkg" in done.output
    assert (tmp_path / "w" / "layers.gpkg").is_file()
    assert "最新" in knr("build", *work).output
    done = knr("check", "--out", tmp_path / "out", *work)
    assert done.exit_code == 0
    assert (tmp_path / "out" / "check.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "evacuatoin"), ("evacuation",)),
        (("run", "evacuation"), ("tsunami_inundation", "knr import")),
        (("run", "evacuation", "--set", "walk_sped=1"), ("walk_speed_mps",)),
        (("run", "overview", "--formats", "docs"), ("docx",)),
        (("build", "roads"), ("roads", "knr import")),
        (("build", "rodas"), ("roads",)),
        (("import", "nowhere.csv", "--as", "roads"), ("nowhere.csv",)),
        (("import", "nowhere.csv", "--as", "evacuation_site"), ("evacuation_sites",)),
        (("fetch", "ramsar_wetlands"), ("knr import",)),
    ],
)
def test_an_error_is_one_line_and_status_1(tmp_path, arguments, words):
    done = knr(*arguments, "--workspace", tmp_path / "w")
    assert done.exit_code == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in done.output


def test_debug_shows_the_traceback(tmp_path):
    done = knr("run", "nowhere", "--workspace", tmp_path, "--debug")
    assert "Traceback" in done.output + done.stderr


def test_fetch_from_a_folder(tmp_path, shared_data):
    """A USB stick with the official file names: the 13 address files of the region."""
    stick = tmp_path / "usb"
    stick.mkdir()
    for path in (shared_data / "settlements" / "japanese-addresses").glob("*.json"):
        shutil.copy(path, stick)
    work = ("--workspace", tmp_path / "w")
    done = knr("fetch", "settlements", "--mirror", stick, *work)
    assert done.exit_code == 0, done.output
    assert done.output.count("取得しました") == 13
    assert "2842" in knr("build", *work).output


def test_report_templates_are_written_to_where_runs_look_for_them(tmp_path):
    done = knr("template", "report", "--workspace", tmp_path / "w")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "w" / "templates" / "report.typ").is_file()
    again = knr("template", "report", "--workspace", tmp_path / "w")
    assert (again.exit_code, len(again.output.strip().splitlines())) == (1, 1)


def test_a_town_that_is_not_there_ends_the_run_in_one_line(tmp_path):
    done = knr("run", "overview", "--municipality", "札幌市", "--workspace", tmp_path / "w")
    assert done.exit_code == 1
    assert "札幌市" in done.output
    assert "釧路市" in done.output
