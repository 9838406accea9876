"""Text of a file whose encoding nobody states: strict detection, never a guess that leaves rubbish."""

import codecs
import re

from knr_gis.errors import ReadError

TRIED = "UTF-8, UTF-16 (BOM), CP932 (Shift_JIS)"
_SAMPLE = 200_000
_MAX_DAMAGE = 0.4
_MAX_SUSPECT = 0.2
_DOS_END = "\x1a"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What UTF-8 kana becomes when read as CP932, and what Japanese in UTF-8 becomes when read as
# Latin-1 or Windows-1252; accented letters by themselves (Café) are none of it.
_MOJIBAKE = re.compile("[縺繧繝\x80-\x9f\ue000-\uf8ff]|[ã-ï][\xa0-\xbf\u0152-\u0178\u2013-\u2122]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")


def decode_text(raw: bytes, *, file: str, encoding: str | None = None) -> str:
    """
    Return the text of a file.

    UTF-8 is tried first and strictly (a text of CP932 practically never is valid UTF-8), then CP932.
    UTF-16 is taken only with its byte order mark, as Excel's "Unicode text" has it.

    Parameters
    ----------
    file
        Name of the file, for messages.
    encoding
        Encoding stated by the user; it is taken at its word.

    Raises
    ------
    ReadError
        If the bytes are no text, are of another encoding, or look wrongly decoded.
    """
    if encoding:
        return _decode_stated(raw, file, encoding)
    if raw.startswith(_UTF16):
        return _strict(raw, "utf-16", file)
    text = _try(raw, "utf-8-sig")
    if text is None:
        text = _decode_cp932(raw, file)
    if looks_misdecoded(text):
        raise ReadError("read_table.garbled", path=file, tried=TRIED)
    return text.removesuffix(_DOS_END)


def looks_misdecoded(text: str) -> bool:
    """Tell whether a text holds what wrong decoding leaves: control or private characters, mojibake."""
    sample = text.removesuffix(_DOS_END)[:_SAMPLE]
    if _CONTROL.search(sample):
        return True
    foreign = len(_NOT_ASCII.findall(sample))
    return foreign > 0 and len(_MOJIBAKE.findall(sample)) / foreign > _MAX_SUSPECT


def _decode_stated(raw: bytes, file: str, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise ReadError("read_table.unknown_encoding", path=file, encoding=encoding) from error
    return _strict(raw, "utf-8-sig" if name == "utf-8" else name, file)


def _strict(raw: bytes, encoding: str, file: str) -> str:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise ReadError("read_table.not_decodable", path=file, tried=encoding) from error


def _decode_cp932(raw: bytes, file: str) -> str:
    """Return the text as CP932, unless it rather is damaged UTF-8 or EUC-JP."""
    text = _try(raw, "cp932")
    if text is None or _is_damaged_utf8(raw) or _is_euc(raw, text):
        raise ReadError("read_table.not_decodable", path=file, tried=TRIED)
    return text


def _try(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(raw: bytes) -> bool:
    """Tell whether a few bytes keep a text from being UTF-8 (a cut file); of CP932 hardly any is UTF-8."""
    text = raw.decode("utf-8-sig", errors="replace")
    foreign = len(_NOT_ASCII.findall(text))
    return foreign > 0 and text.count("\ufffd") <= _MAX_DAMAGE * foreign


def _is_euc(raw: bytes, as_cp932: str) -> bool:
    """Tell EUC-JP by its half-width katakana: read as CP932 its bytes are little else."""
    if _try(raw, "euc_jp") is None:
        return False
    foreign = len(_NOT_ASCII.findall(as_cp932))
    return len(_HALF_KANA.findall(as_cp932)) > _MAX_SUSPECT * foreign
