"""Errors that a user can act on: what is wrong, where, and what to do, in one line."""

from typing import Any

from knr_gis.texts import say


class KnrError(Exception):
    """
    Any error that is the user's to mend.

    Parameters
    ----------
    key
        Sentence in ``texts/`` (``"room.key"``); it says what, where and what to do.
    values
        Values for the sentence, e.g. ``path=...``.
    """

    def __init__(self, key: str, /, **values: Any) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def __str__(self) -> str:
        """Return the sentence on one line, whatever line breaks the values hold."""
        return " ".join(say(self.key, **self.values).split())


class SettingsError(KnrError, ValueError):
    """A setting, a region file or a command-line value cannot be used."""


class DefinitionError(KnrError, ValueError):
    """A TOML file in ``layers/`` or ``maps/`` is not valid."""


class CrsError(KnrError, ValueError):
    """A coordinate reference system is missing, wrong or mixed."""


class ReadError(KnrError, ValueError):
    """A data file cannot be read."""


class SchemaError(KnrError, ValueError):
    """A data file lacks a required column or holds values outside its domain."""


class StoreError(KnrError, OSError):
    """The workspace lacks a layer or cannot be written."""


class FetchError(KnrError, OSError):
    """A download failed or brought something else than the file asked for."""


class AnalysisError(KnrError, ValueError):
    """An analysis was given inputs that it cannot answer for."""


class OutputError(KnrError, OSError):
    """A product cannot be written."""


class NothingToWriteError(OutputError):
    """The result has nothing that a format can hold (a trip, a surface, lines)."""
