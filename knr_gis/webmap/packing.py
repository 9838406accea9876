"""The page's data as text: JSON, or numbers as bytes beside it, compressed, where there is much."""

import base64
import gzip
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACK_FROM_BYTES = 1_000_000
_LEVEL = 5  # 6 takes half as long again for 2 %
_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
Array = NDArray[Any]


def pack(payload: dict[str, Any]) -> tuple[str, str]:
    """
    Return ``(encoding, text)`` of a payload whose long lists of numbers are arrays.

    ``json`` where it is small; else ``gzip``: the length of the JSON (4 bytes, little-endian), the JSON, the
    numbers of its arrays, gzip, base64. In that JSON an array reads ``{"$": [start, length, kind]}``, kind
    ``u1`` to ``i4`` with the lowest byte of all numbers first, then the next; or ``range`` for 0, 1, 2 ...
    The time in the gzip header is fixed, so that the same payload gives the same text.
    """
    buffers: list[bytes] = []
    head = _json(payload, _Buffers(buffers))
    if len(head) + sum(map(len, buffers)) < PACK_FROM_BYTES:
        return "json", script_safe_json(payload)
    raw = head.encode("utf-8", "replace")
    parts = [len(raw).to_bytes(4, "little"), raw, *buffers]
    packed = gzip.compress(b"".join(parts), compresslevel=_LEVEL, mtime=0)
    return "gzip", base64.b64encode(packed).decode("ascii")


def script_safe_json(payload: dict[str, Any]) -> str:
    """Return JSON that cannot end a script element or start markup, whatever its strings hold."""
    text = _json(payload, lambda array: array.tolist())
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _json(payload: dict[str, Any], default: Any) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=default)


class _Buffers:
    """Puts arrays aside as bytes and leaves a note of where they are."""

    def __init__(self, buffers: list[bytes]) -> None:
        self._buffers = buffers
        self._length = 0

    def __call__(self, array: Array) -> dict[str, list[Any]]:
        if len(array) and array[0] == 0 and np.array_equal(array, np.arange(len(array))):
            return {"$": [0, len(array), "range"]}
        kind = smallest_kind(array)
        planes = (
            array.astype(f"<{kind}").view(np.uint8).reshape(len(array), np.dtype(kind).itemsize).T.tobytes()
        )
        start = self._length
        self._buffers.append(planes)
        self._length += len(planes)
        return {"$": [start, len(array), kind]}


def smallest_kind(array: Array) -> str:
    """Return the smallest of u1, u2, u4, i2 and i4 that holds all numbers."""
    low, high = (int(array.min()), int(array.max())) if len(array) else (0, 0)
    for kind in ("u1", "u2", "i2", "u4", "i4"):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return kind
    raise OverflowError(f"{low} to {high}")
