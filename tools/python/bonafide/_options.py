"""Options of the program as keywords: which a command has, and the words that they become."""

from __future__ import annotations

import difflib
import functools
import os
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from ._errors import ProgramError
from ._program import find_program, run

#: Options that have no long name, and their keywords.
_SHORT = {"-o": "output"}
#: What this package asks for itself.
_RESERVED = frozenset(["json", "quiet", "help"])
_LINE = re.compile(r"  (-[a-z])?(?:, )?(--[a-z0-9-]+)?(?: (\S+))?(?: |$)")
#: Where texts begin in the help.
_TEXT = 30


class Option(NamedTuple):
    """An option of a command: its word ("--kid-size"), and whether a value follows."""

    word: str
    has_value: bool


def options_of(command: str) -> Dict[str, Option]:
    """The options of a command ("eval", "judge predict") by keyword: "kid_size", "k", "output" for -o."""
    return _options_of(find_program(), command)


@functools.lru_cache(maxsize=None)
def _options_of(program: str, command: str) -> Dict[str, Option]:
    done = run(["help"] + command.split())
    found: Dict[str, Option] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        match = _LINE.match(line)
        if match is None or not (match.group(1) or match.group(2)):
            continue
        short, name, value = match.groups()
        keyword = name[2:].replace("-", "_") if name else _SHORT.get(short, short[1:])
        if keyword not in _RESERVED:
            found[keyword] = Option(name or short, value is not None and match.start(3) < _TEXT)
    if done.returncode != 0 or not found:
        raise ProgramError("%s: expected help of %r with its options, found %r" % (program, command, done.stdout[:60]))
    return found


def keyword_of(name: str, known: Mapping[str, Option], command: str) -> str:
    """The keyword of an option as it was given ("as_" is "as"). Raises TypeError with the nearest one."""
    keyword = name.rstrip("_")
    if keyword in known:
        return keyword
    near = difflib.get_close_matches(keyword, list(known), 1)
    hint = "; did you mean %r?" % near[0] if near else "; 'bonafide help %s' lists them" % command
    raise TypeError("unknown option %r of %s%s" % (name, command, hint))


def words_of(command: str, options: Mapping[str, Any]) -> List[str]:
    """The words of the program for options by keyword. None and False leave one out, True is for those without a value;
    several values are joined by commas, and a dict is NAME=VALUE,... as limits= wants it."""
    known = options_of(command) if options else {}
    words: List[str] = []
    for name, value in options.items():
        option = known[keyword_of(name, known, command)]
        if value is None or value is False:
            continue
        if (value is True) is option.has_value:
            raise TypeError("%s: expected %s, found %r" % (
                name, "a value" if option.has_value else "True or False", value))
        if not option.has_value:
            words.append(option.word)
            continue
        text = _text(name, value)
        # "--range -1,1" would be an option -1.
        words += ["%s=%s" % (option.word, text)] if option.word.startswith("--") else [option.word, text]
    return words


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return ",".join("%s=%s" % (key, _text(name, item)) for key, item in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        items: Tuple[Any, ...] = tuple(value)
        return ",".join(_text(name, item) for item in items)
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, (int, float)):
        raise TypeError("%s: expected text, a number or a path, found %r" % (name, type(value).__name__))
    return repr(value)
