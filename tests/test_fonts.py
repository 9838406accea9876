"""Text that fits its column, in letters that the font has."""

from hypothesis import given
from hypothesis import strategies as st

from knr_gis.fonts import GETA, plain, printable, shorten, text_width_mm, wrap

texts = st.text(st.characters(codec="utf-8"), max_size=120)


def test_square_character_is_as_wide_as_the_font_is_high() -> None:
    assert text_width_mm("釧路", 72) == 2 * 25.4


@given(texts, st.floats(8, 80))
def test_lines_hold_the_whole_text_and_fit(text: str, width: float) -> None:
    lines = wrap(text, width, 7)
    assert "".join("".join(lines).split()) == "".join(printable(text).split())
    assert all(text_width_mm(line, 7) <= width or len(line) <= 12 for line in lines)


def test_words_and_punctuation_stay_whole() -> None:
    lines = wrap("釧路市の避難場所は（国土地理院）から、EPSG:6681 で読みました。", 24, 10)
    assert len(lines) > 2
    assert not any(line.startswith(("。", "、", "）")) for line in lines)
    assert not any(line.endswith("（") for line in lines)
    assert any("EPSG:6681" in line for line in lines)


@given(texts)
def test_plain_text_is_one_line_that_xml_can_hold(text: str) -> None:
    result = plain(text)
    assert "\n" not in result
    assert all(ord(c) >= 0x20 and c not in "\ufffe\uffff" for c in result)


def test_character_that_the_font_lacks_is_a_geta() -> None:
    assert printable("𠮷野家\x07") == f"{GETA}野家"
    assert printable("髙橋﨑") == "髙橋﨑"


@given(texts, st.floats(5, 60))
def test_shortened_text_fits_and_shows_the_cut(text: str, width: float) -> None:
    result = shorten(text, width, 6)
    assert text_width_mm(result, 6) <= width
    assert result == printable(text) or result.endswith("…")
