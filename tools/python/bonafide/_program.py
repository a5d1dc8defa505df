"""The program `bonafide`: where it is found, how it is asked, and what becomes of its answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from typing import Any, Dict, List, Optional, Sequence

from ._errors import (ArgumentError, Error, FileError, InputError, MissingFileError, OutOfMemoryError, ProgramError,
                      is_missing)

#: How long an interrupted program may tidy up before it is killed, in seconds.
GRACE = 0.03
#: An audit that found a difference has its answer too.
_DIFFERENT = 4


def find_program() -> str:
    """Path of the program: $BONAFIDE_PROGRAM, inside the package (a wheel), where `make install` puts it beside the
    package, in PATH."""
    named = os.environ.get("BONAFIDE_PROGRAM")
    if named:
        return named
    here = os.path.dirname(os.path.abspath(__file__))
    for path in (os.path.join(here, "bin", "bonafide"), os.path.join(here, "..", "..", "..", "bin", "bonafide")):
        if os.access(path, os.X_OK):
            return path
    found = shutil.which("bonafide")
    if found is None:
        raise ProgramError("the program 'bonafide' is needed for files and images and was not found: it is in the "
                           "wheel, 'make install' puts one in place; put it into PATH, or name it in BONAFIDE_PROGRAM")
    return found


def run(words: Sequence[str], stdin: bool = False) -> "subprocess.CompletedProcess[bytes]":
    """Runs the program and returns its exit code and what it wrote. An interrupt (Ctrl-C) ends it at once: it has
    GRACE to take its temporary files away. `stdin`: it may read this process's standard input."""
    command = [find_program()] + list(words)
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdin=None if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=errors)
        except OSError as problem:
            raise ProgramError("%s cannot be run: %s" % (command[0], problem.strerror)) from None
        try:
            assert process.stdout is not None
            with process.stdout:
                answer = process.stdout.read()
            code = process.wait()
        except BaseException:
            _end(process)
            raise
        errors.seek(0)
        return subprocess.CompletedProcess(command, code, answer, errors.read())


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except BaseException:
        process.kill()
        process.wait()


def run_json(words: Sequence[str], rename: Optional[Dict[str, str]] = None) -> Dict[str, Any]:
    """Runs a command with --json, without progress, and returns its answer as tools/records/JSON.md has it; its
    warnings are under "warnings". What the program refuses is a subclass of Error with its message. rename: paths in
    texts and messages that stand for something of the caller's, and what."""
    at = list(words).index("--") if "--" in words else len(words)
    done = run(list(words[:at]) + ["--json", "--quiet"] + list(words[at:]), stdin="-" in words)
    if done.returncode not in (0, _DIFFERENT):
        raise _refusal(done.returncode, _renamed(done.stderr.decode("utf-8", "replace"), rename))
    try:
        answer = json.loads(done.stdout.decode("utf-8"))
        assert isinstance(answer, dict)
    except (ValueError, AssertionError):
        raise ProgramError("%s: expected JSON from it, found %r" % (done.args[0], done.stdout[:60])) from None
    renamed: Dict[str, Any] = _renamed(answer, rename)
    return renamed


def _renamed(value: Any, rename: Optional[Dict[str, str]]) -> Any:
    """`value` with every path in its strings replaced."""
    if not rename:
        return value
    if isinstance(value, str):
        for path, name in rename.items():
            value = value.replace(path, name)
        return value
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    if isinstance(value, dict):
        return {key: _renamed(item, rename) for key, item in value.items()}
    return value


def _refusal(code: int, text: str) -> Error:
    """The exception for an exit code of the program (README) and what it wrote to standard error."""
    lines: List[str] = []
    for line in text.splitlines():
        line = line[len("bonafide: "):] if line.startswith("bonafide: ") else line
        if line and not line.startswith(("warning: ", "try 'bonafide help")):
            lines.append(line)
    message = "\n".join(lines) or "the program ended with code %d and said nothing" % code
    if code == 2:
        return ArgumentError(message)
    if code == 3:
        return InputError(message)
    if code == 1:
        if is_missing(message):
            return MissingFileError(message)
        return OutOfMemoryError(message) if "no memory" in message or "of memory" in message else FileError(message)
    if code < 0:
        message = "the program was ended by signal %d: %s" % (-code, message)
    return ProgramError(message)
