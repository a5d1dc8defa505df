"""The exceptions and the warning of this package.

Every refusal of the library and of the program is an Error; .status says which kind ("io", "numeric", ...). What is
wrong with an argument itself, before either is asked, is a TypeError or ValueError as everywhere in Python.
"""

from __future__ import annotations

from typing import Dict, Type


class Error(Exception):
    """What the library or the program refused. The subclasses say why; each is also the built-in exception that a
    caller would expect, so that `except OSError` catches a file that is missing."""

    status = "failed"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ArgumentError(Error, ValueError):
    """A parameter or an option is outside its range."""

    status = "arg"


class InputError(Error, ValueError):
    """A file or an array is not what it should be. The library's errors of this kind are one of the subclasses; the
    program says only that it is one of them."""

    status = "input"


class FormatError(InputError):
    """Bytes that are not what the format says."""

    status = "format"


class VersionError(InputError):
    """A newer format than this version reads."""

    status = "version"


class ChecksumError(InputError):
    """A checksum that does not match its data."""

    status = "checksum"


class UnsupportedError(InputError):
    """Valid, but not something that this version does."""

    status = "unsupported"


class NumericError(InputError):
    """NaN, infinity, or too few images for the metric."""

    status = "numeric"


class FileError(Error, OSError):
    """The system refused to open, read or write."""

    status = "io"


class MissingFileError(FileError, FileNotFoundError):
    """A file or folder that does not exist."""


class OutOfMemoryError(Error, MemoryError):
    """Memory could not be had."""

    status = "nomem"


class ProgramError(Error, RuntimeError):
    """The program `bonafide` could not be found or run, or ended without an answer."""

    status = "program"


class BonafideWarning(UserWarning):
    """What the program warns of: N is small, the weights are synthetic, numbers were rounded."""


_by_status: Dict[str, Type[Error]] = {
    kind.status: kind for kind in (ArgumentError, FormatError, VersionError, ChecksumError, UnsupportedError,
                                   NumericError, FileError, OutOfMemoryError)
}


def of_status(status: str, message: str) -> Error:
    """The exception for a status of the library, by its name."""
    if status == "io" and is_missing(message):
        return MissingFileError(message)
    return _by_status.get(status, Error)(message)


def is_missing(message: str) -> bool:
    """Whether a message is the system's about a file that is not there."""
    return "no such file" in message.lower() or message.startswith("no weights of ")
