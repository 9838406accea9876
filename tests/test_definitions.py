"""Definition files: what is unknown, missing or wrong names its file and the nearest right word."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.definitions import nearest, read_toml, require_choice, require_keys
from knr_gis.errors import DefinitionError

WORDS = ("publisher", "page", "downloads", "edition", "licence", "attribution")


@pytest.mark.parametrize("word", WORDS)
def test_one_slip_of_the_finger_still_finds_the_word(word: str) -> None:
    assert nearest(word[1:] + word[0], WORDS) == word
    assert nearest(word[:-1], WORDS) == word


@given(st.sampled_from(WORDS))
def test_a_word_is_nearest_to_itself(word: str) -> None:
    assert nearest(word, WORDS) == word


def test_nothing_is_near_to_something_quite_else() -> None:
    assert nearest("zzz", WORDS) == ""
    assert nearest("page", ()) == ""


def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    for name, mark in (("plain.toml", b""), ("windows.toml", b"\xef\xbb\xbf")):
        (tmp_path / name).write_bytes(mark + 'title = "津波"\r\n'.encode())
        assert read_toml(tmp_path / name) == {"title": "津波"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"title = \n", "broken.toml.*line 1"),
        (b"a = 1\na = 2\n", "broken.toml.*line 2"),
        ('title = "津波"'.encode("cp932"), r"broken\.toml"),
    ],
    ids=["no value", "twice", "not UTF-8"],
)
def test_a_broken_file_is_named_with_its_line(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_bytes(content)
    with pytest.raises(DefinitionError, match=expected):
        read_toml(tmp_path / "broken.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"nowhere\.toml"):
        read_toml(tmp_path / "nowhere.toml")


def test_keys_that_are_right_pass() -> None:
    require_keys({"page": 1, "note": 2}, "roads.toml", required=("page",), optional=("note",))


def test_an_unknown_key_names_file_key_and_nearest() -> None:
    with pytest.raises(DefinitionError) as caught:
        require_keys({"page": 1, "lisence": 2}, "roads.toml [source]", required=("page", "licence"))
    assert caught.value.values == {"where": "roads.toml [source]", "key": "lisence", "hint": "licence"}


def test_an_unknown_key_without_a_near_one_lists_what_is_known() -> None:
    with pytest.raises(DefinitionError, match="edition, page"):
        require_keys({"page": 1, "zzz": 2}, "roads.toml", required=("page",), optional=("edition",))


def test_a_missing_key_names_file_and_key() -> None:
    with pytest.raises(DefinitionError, match=r"roads\.toml.*「edition」"):
        require_keys({"page": 1}, "roads.toml", required=("page", "edition"))


def test_a_choice() -> None:
    assert require_choice("line", ("point", "line"), "roads.toml", "geometry") == "line"
    with pytest.raises(DefinitionError, match=r"「lines」.*「line」"):
        require_choice("lines", ("point", "line"), "roads.toml", "geometry")
    with pytest.raises(DefinitionError, match="line, point"):
        require_choice(7, ("point", "line"), "roads.toml", "geometry")
