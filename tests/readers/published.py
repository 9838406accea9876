"""Files in the form that publishers give them, written without the readers under test."""

import zipfile
from pathlib import Path

KSJ_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ksj:Dataset xmlns:gml="http://www.opengis.net/gml/3.2"
 xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app" gml:id="D1">
<gml:description>国土数値情報 インスタンス文書</gml:description>
<gml:boundedBy><gml:EnvelopeWithTimePeriod srsName="{srs}" frame="GC / JST">
<gml:lowerCorner>20.0 123.0</gml:lowerCorner><gml:upperCorner>46.0 154.0</gml:upperCorner>
<gml:beginPosition calendarEraName="西暦">1900</gml:beginPosition>
<gml:endPosition indeterminatePosition="unknown"/>
</gml:EnvelopeWithTimePeriod></gml:boundedBy>
"""


def ksj_gml(body: str, srs: str = "JGD2011 / (B, L)") -> str:
    """Return a 国土数値情報 GML document."""
    return KSJ_HEAD.format(srs=srs) + body + "</ksj:Dataset>\n"


def ksj_curve(name: str, *latlon: tuple[float, float]) -> str:
    """Return a curve; positions are written latitude first, one in a line."""
    rows = "\n".join(f"{lat} {lon}" for lat, lon in latlon)
    return (
        f'<gml:Curve gml:id="{name}"><gml:segments><gml:LineStringSegment><gml:posList>\n{rows}\n'
        "</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>\n"
    )


def ksj_surface(name: str, outer: tuple[str, ...], *holes: tuple[str, ...]) -> str:
    """Return a surface whose rings name their curves."""

    def ring(side: str, curves: tuple[str, ...]) -> str:
        members = "".join(f'<gml:curveMember xlink:href="#{curve}"/>' for curve in curves)
        return f"<gml:{side}><gml:Ring>{members}</gml:Ring></gml:{side}>"

    rings = ring("exterior", outer) + "".join(ring("interior", hole) for hole in holes)
    return (
        f'<gml:Surface gml:id="{name}"><gml:patches><gml:PolygonPatch>{rings}</gml:PolygonPatch>'
        "</gml:patches></gml:Surface>\n"
    )


def zip_with_raw_names(path: Path, members: dict[bytes, bytes], flags: int = 0) -> Path:
    """
    Write a ZIP whose member names are exactly these bytes.

    The standard library refuses to write CP932 names, so ASCII stand-ins of the same length are
    replaced in the finished file: names stand uncompressed in it.
    """
    stand_ins = {f"@{n:04d}".ljust(len(raw), "x").encode(): raw for n, raw in enumerate(members)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for stand_in, raw in stand_ins.items():
            out.writestr(stand_in.decode(), members[raw])
    content = path.read_bytes()
    for stand_in, raw in stand_ins.items():
        assert content.count(stand_in) == 2
        content = content.replace(stand_in, raw)
    if flags:
        content = set_flags(content, flags)
    path.write_bytes(content)
    return path


def set_flags(content: bytes, flags: int) -> bytes:
    """Set general purpose flags of every member, in the local and in the central headers."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            changed[at + offset] |= flags
            at = content.find(signature, at + 4)
    return bytes(changed)
