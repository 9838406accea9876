"""Sentences: found by room and key, filled in, Japanese where there is no English, one line when an error."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis import texts
from knr_gis.errors import DefinitionError, FetchError, KnrError
from knr_gis.texts import current_language, has_text, say

FOLDER = Path(texts.__file__).parent / "texts"
ROOMS = sorted((FOLDER / "ja").glob("*.toml"))


def test_a_sentence_is_filled_in() -> None:
    assert say("depth.range", lower="0.3", upper="1") == "0.3m以上1m未満"


def test_an_unknown_key_is_a_defect_and_not_a_sentence() -> None:
    assert not has_text("depth.nonsense")
    with pytest.raises(KeyError):
        say("depth.nonsense")


def test_a_value_that_is_not_given_is_a_defect() -> None:
    with pytest.raises(KeyError):
        say("depth.range", lower="0.3")


def test_the_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNR_LANG", raising=False)
    assert current_language() == "ja"
    monkeypatch.setenv("KNR_LANG", "en")
    assert current_language() == "en"
    monkeypatch.setenv("KNR_LANG", "tlh")
    assert current_language() == "ja"


def test_english_falls_back_to_japanese() -> None:
    english = FOLDER / "en"
    spoken = {f"{p.stem}.{k}" for p in english.glob("*.toml") for k in tomllib.loads(p.read_text("utf-8"))}
    assert "fetch.no_mirror" not in spoken
    assert say("fetch.no_mirror", language="en", folder="E:") == say("fetch.no_mirror", folder="E:")


def test_every_english_sentence_has_a_japanese_one() -> None:
    japanese = {f"{p.stem}.{k}" for p in ROOMS for k in tomllib.loads(p.read_text("utf-8"))}
    english = {
        f"{p.stem}.{k}" for p in (FOLDER / "en").glob("*.toml") for k in tomllib.loads(p.read_text("utf-8"))
    }
    assert english - japanese == set()


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.stem)
def test_every_sentence_can_be_filled_in(room: Path) -> None:
    """A stray brace would only be noticed when the error is shown."""

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> "Filler":
            return Filler()

    for sentence in flat_values(tomllib.loads(room.read_text(encoding="utf-8"))):
        assert sentence.format_map(Anything())


class Filler:
    """A value that suits every placeholder, with any format and attribute."""

    def __format__(self, _spec: str) -> str:
        return "x"

    def __getattr__(self, _name: str) -> "Filler":
        return self


def flat_values(table: dict[str, object]) -> list[str]:
    values: list[str] = []
    for value in table.values():
        values += flat_values(value) if isinstance(value, dict) else [str(value)]
    return values


@given(st.text())
def test_an_error_is_one_line_whatever_its_values_hold(name: str) -> None:
    line = str(FetchError("fetch.no_mirror", folder=name))
    assert len(line.splitlines()) == 1
    assert not line.startswith(" ")


def test_errors_are_told_apart_and_keep_their_values() -> None:
    error = DefinitionError("definitions.no_such_id", kind="レイヤー", id="raods", hint="roads")
    assert isinstance(error, KnrError)
    assert isinstance(error, ValueError)
    assert error.values["hint"] == "roads"
    assert str(error) == "レイヤー「raods」はありません。「roads」ではありませんか。"
