"""iCalendar (RFC 5545): one event for every visit and every leg of a dated trip, in Japan's time."""

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vText

from knr_gis.display import shown
from knr_gis.errors import NothingToWriteError
from knr_gis.export.place import output_path
from knr_gis.export.statement import generator, lines_of
from knr_gis.export.trip_tables import Entry, entries_of, is_trip
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.readable import created_time
from knr_gis.texts import has_text, say

_ZONE = "Asia/Tokyo"


def write_calendar(product: Product, path: Path) -> None:
    """
    Write the timetable of a dated trip as a calendar; what has no known time becomes an event of the day.

    The same trip gives the same UIDs, so that a calendar that has it already is brought up to date.

    Raises
    ------
    NothingToWriteError, OutputError
        If the result is no trip, the trip has no date, a layer has no credit line, or the file cannot be
        written.
    """
    product.require_traceable()
    calendar = _head(product)
    told: Counter[str] = Counter()
    for entry in dated_entries(product):
        name = f"{product.id}/{entry.day}/{entry.mode}/{entry.name}"
        told[name] += 1
        calendar.add_component(_event(product, entry, f"{name}/{told[name]}"))
    with output_path(product, path) as temporary:
        temporary.write_bytes(calendar.to_ical())


def dated_entries(product: Product) -> list[Entry]:
    """Return visits and legs; raise NothingToWriteError where the result is no trip, or has no date."""
    if not is_trip(product.result):
        raise NothingToWriteError("export.ics_nothing", map=product.title_ja)
    found = [entry for entry in entries_of(product) if entry.on is not None]
    if not found:
        raise NothingToWriteError("export.ics_no_date", map=product.title_ja)
    return found


def _head(product: Product) -> Calendar:
    """Return a calendar without events: time zone, title, and what the product says of itself."""
    calendar = Calendar()
    mark = say("export.sample_suffix") if product.sample else ""
    calendar.add("prodid", f"-//knr-gis//{generator(product)}//JA")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):  # RFC 7986, and what programs understood before it
        calendar.add(name, vText(plain(product.title_ja + mark)))
    for name in ("description", "x-wr-caldesc"):
        calendar.add(name, vText("\n".join(lines_of(product))))
    calendar.add("x-wr-timezone", _ZONE)
    calendar.add_component(Timezone.from_tzid(_ZONE))
    return calendar


def _event(product: Product, entry: Entry, name: str) -> Event:
    event = Event()
    event.add("uid", f"{hashlib.sha256(name.encode()).hexdigest()[:32]}@knr-gis")
    event.add("dtstamp", created_time(product).astimezone(UTC))
    for key, value in _times(entry).items():
        event.add(key, value)
    event.add("summary", _summary(product, entry))
    event.add("description", _description(product, entry))
    event.add("categories", [_category(entry)])
    if not entry.mode:
        event.add("location", entry.name)
    event.add("transp", "OPAQUE" if entry.begin is not None else "TRANSPARENT")
    return event


def _times(entry: Entry) -> dict[str, date]:
    """Return begin and end in Japan's time; the whole day where they are unknown."""
    on = entry.on or date.min
    if entry.begin is None or entry.end is None:
        return {"dtstart": on, "dtend": on + timedelta(days=1)}
    midnight = datetime.combine(on, time(), ZoneInfo(_ZONE))
    begin, end = (midnight + timedelta(minutes=round(m)) for m in (entry.begin, entry.end))
    return {"dtstart": begin, **({"dtend": end} if end > begin else {})}


def _category(entry: Entry) -> str:
    """Return what a visit or a way of going is called."""
    key = f"export.ics.{entry.mode or 'visit'}"
    return say(key) if has_text(key) else shown("leg_mode", entry.mode)


def _summary(product: Product, entry: Entry) -> str:
    mark = say("export.ics.mark") if product.sample else ""
    way = say("export.ics.way", mode=_category(entry)) if entry.mode else ""
    unknown = say("export.ics.time_unknown") if entry.begin is None else ""
    return plain(f"{mark}{way}{entry.name}{unknown}")


def _description(product: Product, entry: Entry) -> str:
    statement = say("export.sample_statement") if product.sample else ""
    credit = say("export.created", created=product.created.replace("T", " "), version=product.version,
                 crs=product.crs_name)  # fmt: skip
    lines = (entry.note, statement, product.title_ja, product.headline, credit)
    return "\n".join(plain(line) for line in lines if line)
