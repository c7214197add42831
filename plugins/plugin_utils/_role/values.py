# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value of a variable, in whatever form YAML, the command line or AWX gave it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE

from .._controller.paths import FILE_URL, HOST_PATH, PATH, URL, form_of, local_path
from .._restart.plan import parse_moment
from .._restart.window import DAY_NAMES, parse_blackout, parse_window
from .._wsman.errors import InputError
from .variables import PREFIX, Variable

ARCHITECTURES = ("x86", "x64", "ia64")
# The key that declares a package, and where the module `hotfix` then finds it.
LOCATIONS = {"path": "controller", "url": "url", "host_path": "host"}

# What a path in the wrong field should be; elsewhere there is no other field.
_INSTEAD_OF_FOLDER = {
    "for_url": "declare each package in hotfix_packages by url and sha256",
    "for_host_path": "declare each package in hotfix_packages by host_path and sha256",
}
_INSTEAD_OF_PATH = {"for_url": "use url and sha256", "for_host_path": "use host_path and sha256"}
_DIRECTORY = re.compile(r"ldaps?://", re.IGNORECASE)

_BATCH = re.compile(r"[1-9]\d*|(?:100|[1-9]\d?)(?:\.0+)?%")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Twice where both the credential's owner and the credential's type wrote it.
_PREFIXES = re.compile(r"(sha256:\s*)*")
_BATCH_FORMS = "a number of hosts such as 10, a share such as 25%, or a list of these"


def read_value(variable: Variable, value: Any) -> Any:
    """Return the value in its own type; the default where no value was given.

    Raises:
        InputError: The value cannot be meant.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return variable.default
    try:
        return FORMS[variable.form](variable, value)
    except InputError as error:
        # The parsers of the module restart name its options, such as window.days.
        said, named = re.subn(r"^(at|window|blackout)\b", PREFIX + variable.name, str(error))
        separator = " " if said.startswith("must ") else ": "
        raise InputError(said if named else f"{PREFIX}{variable.name}{separator}{said}") from None


def _wrong(valid: str, value: Any) -> InputError:
    return InputError(f"must be {valid}, not {str(value)[:60]!r}")


def _text(variable: Variable, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise _wrong(_one_of(variable) or "text", value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    if variable.choices and text not in variable.choices:
        raise _wrong(_one_of(variable), value)
    return text


def _one_of(variable: Variable) -> str:
    return f"one of {', '.join(variable.choices)}" if variable.choices else ""


def _path(variable: Variable, value: Any) -> str:
    hints = _INSTEAD_OF_FOLDER if variable.name == "package_dir" else {}
    return local_path(_text(variable, value), **hints)


def _definition(variable: Variable, value: Any) -> str:
    """Return a KB number as it is, and a path in its plain form."""
    return local_path(_text(variable, value), for_url="download the file and give its path")


def _sources(variable: Variable, value: Any) -> list[str]:
    """Return LDAP URLs as they are, and the paths of exports in their plain form."""
    items = _names(variable, value)
    texts = [str(item) for item in (items if isinstance(items, list | tuple) else [items])]
    wanted = "give an ldap:// or ldaps:// URL, or the path of an export"
    return [text if _DIRECTORY.match(text) else local_path(text, for_url=wanted) for text in texts]


def _flag(_variable: Variable, value: Any) -> bool:
    spelled = value.strip().lower() if isinstance(value, str) else value
    if not isinstance(spelled, str | int | float) or spelled not in BOOLEANS_TRUE | BOOLEANS_FALSE:
        raise _wrong("true or false", value)
    return spelled in BOOLEANS_TRUE


def _number(variable: Variable, value: Any) -> float:
    whole = variable.form == "int"
    valid = "a whole number" if whole else "a number"
    if variable.most is not None:
        valid += f" from {variable.least} to {variable.most}"
    elif variable.least is not None:
        valid += f" of at least {variable.least}"
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    least, most = variable.least or 0, variable.most or math.inf
    if not least <= number <= most or math.isinf(number) or (whole and number != int(number)):
        raise _wrong(valid, value)
    return int(number) if whole else number


def _moment(_variable: Variable, value: Any) -> str:
    if isinstance(value, bool | list | tuple | Mapping):
        raise _wrong("a time such as 2026-11-21T03:00", value)
    return parse_moment(value).isoformat()


def _window(_variable: Variable, value: Any) -> dict[str, Any]:
    given = _mapping(value, "a window with days, start and duration_minutes")
    if not given:
        return {}
    window = parse_window(given)
    days = [] if len(window.days) == len(DAY_NAMES) else [DAY_NAMES[day] for day in sorted(window.days)]
    return {
        "days": days,
        "start": f"{window.start:%H:%M}",
        "duration_minutes": int(window.duration.total_seconds()) // 60,
    }


def _blackout(_variable: Variable, value: Any) -> list[str]:
    return [text for text in str(parse_blackout(value)).split(",") if text]


def _packages(_variable: Variable, value: Any) -> dict[str, Any]:
    given = _mapping(value, "a mapping of architectures (x86, x64, ia64) to packages")
    unknown = sorted(str(each) for each in set(given) - set(ARCHITECTURES))
    if unknown:
        raise InputError(f"unknown architectures {', '.join(unknown)}; known are x86, x64, ia64")
    read = {name: _package(name, entry) for name, entry in given.items() if entry}
    return {name: package for name, package in read.items() if package}


def _package(architecture: str, entry: Any) -> dict[str, str]:
    """Return what an entry says: nothing where all is blank, as in a credential of AWX without values."""
    entry = {"path": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, Mapping):
        raise InputError(f"{architecture} must be a path or a mapping, not {entry!r}")
    unknown = sorted(str(each) for each in set(entry) - {*LOCATIONS, "sha256"})
    if unknown:
        known = "path, url, host_path, sha256"
        raise InputError(f"{architecture} has unknown keys {', '.join(unknown)}; known are {known}")
    texts = {key: "" if value is None else str(value).strip() for key, value in entry.items()}
    texts["sha256"] = _sha256(f"{architecture}.sha256", texts.get("sha256", ""))
    found = {key: text for key, text in texts.items() if text}
    for key in LOCATIONS.keys() & found.keys():
        found[key] = _location(f"{architecture}.{key}", key, found[key])
    if found and not LOCATIONS.keys() & found.keys():
        raise InputError(f"{architecture}.sha256 is given without a package: add url, path or host_path")
    return found


def _location(field: str, key: str, text: str) -> str:
    """Return where a package is; refuse what belongs to another key than its own."""
    form = form_of(text)
    if key == "path":
        return local_path(text, field=field, **_INSTEAD_OF_PATH)
    if key == "url" and form != URL:
        meant = "host_path" if form == HOST_PATH else "path"
        raise InputError(f"{field} must be a URL (http://… or https://…): use {meant} for a file")
    if key == "host_path" and form != HOST_PATH:
        meant = {URL: "use url", FILE_URL: "use path", PATH: "use path for a file on the controller"}[form]
        raise InputError(rf"{field} must be a path of Windows (C:\… or \\server\share\…): {meant}")
    return text


def _sha256(field: str, text: str) -> str:
    """Return the digits, without the prefix that keeps AWX from reading a number."""
    digits = _PREFIXES.sub("", text.lower())
    if digits and not _SHA256.fullmatch(digits):
        raise InputError(
            f"{field} must be the 64 hexadecimal digits that sha256sum prints, with or without sha256: in "
            f"front, not {text[:80]!r}"
        )
    return digits


def _names(_variable: Variable, value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in items):
        raise _wrong("text or a list of text", value)
    return value


def _list(variable: Variable, value: Any) -> list[str]:
    items = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not {*map(str, items)} <= {*variable.choices}:
        raise _wrong(f"a list of {', '.join(variable.choices)}", value)
    return [str(item) for item in items]


def _batches(_variable: Variable, value: Any) -> list[int | str]:
    items = _from_json(value)
    items = items if isinstance(items, list | tuple) else [items]
    texts = [str(item).strip() for item in items]
    if not texts or any(isinstance(item, bool) for item in items) or not all(map(_BATCH.fullmatch, texts)):
        raise _wrong(_BATCH_FORMS, value)
    return [int(text) if text.isdecimal() else text for text in texts]


def _mapping(value: Any, valid: str) -> dict[str, Any]:
    """Return a mapping, which AWX's surveys can give as JSON only; an empty list is an empty one."""
    value = _from_json(value)
    if not isinstance(value, Mapping) and value not in ([], ()):
        raise _wrong(valid, value)
    return dict(value)


def _from_json(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


FORMS: dict[str, Callable[[Variable, Any], Any]] = {
    "str": _text,
    "bool": _flag,
    "int": _number,
    "float": _number,
    "path": _path,
    "definition": _definition,
    "sources": _sources,
    "any": lambda _variable, value: value,
    "moment": _moment,
    "window": _window,
    "blackout": _blackout,
    "packages": _packages,
    "names": _names,
    "list": _list,
    "batches": _batches,
}
