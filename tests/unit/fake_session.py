# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one fake host of the unit tests: a Session that answers from tables.

What the tables do not hold fails the test by name, so that no test passes on an answer nobody wrote down.

Every table value may be the answer itself, an exception to raise, or a function of what was asked:

* ``wmi``: class name to rows. ``{"Win32_OperatingSystem": [{"Version": "6.1.7600"}]}``; functions get
  the WQL.
* ``commands``: start of the command line to its result, the longest start that fits wins. A result is the
  text on standard output, or a tuple ``(exit_code, stdout)`` or ``(exit_code, stdout, stderr)``; functions
  get the whole line. The line as it was sent is in ``command_lines``.
* ``methods``: ``"Class.Method"`` to the output parameters; functions get the arguments.
* ``registry``: key to its values, ``{"HKLM\\SOFTWARE\\Example": {"Count": 1, "Name": "x", "List": ["a"]}}``.
  A key that is not in the table does not exist: unlike the others, an empty registry is a complete answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.registry import HIVES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import CommandResult

FULL_ADMINISTRATOR = '"Mandatory Label\\High Mandatory Level","Label","S-1-16-12288",""\n'
"""What `whoami /groups /fo csv /nh` ends with for an account with all its rights."""
FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


class FakeSession:
    """Has the methods of ``Session`` that the code under test calls, and keeps what it was asked."""

    def __init__(
        self,
        *,
        host: str = "host1",
        wmi: Mapping[str, Any] | None = None,
        commands: Mapping[str, Any] | None = None,
        methods: Mapping[str, Any] | None = None,
        registry: Mapping[str, Any] | None = None,
    ) -> None:
        self.host = host
        self.wmi = dict(wmi or {})
        self.commands = {"whoami": FULL_ADMINISTRATOR, **(commands or {})}
        self.methods = dict(methods or {})
        self._registry = FakeRegistry(registry or {})
        self.queries: list[str] = []
        self.command_lines: list[str] = []
        self.invocations: list[tuple[str, dict[str, Any]]] = []
        self.progress_lines: list[str] = []

    def query(
        self, wql: str, *, namespace: str = "root/cimv2", limit: int | None = None
    ) -> list[dict[str, Any]]:
        self.queries.append(wql)
        found = FROM.search(wql)
        rows = _lookup(self.wmi, found.group(1) if found else "", f"the query {wql!r}", wql)
        return [dict(row) for row in rows][:limit]

    def invoke(
        self,
        class_name: str,
        method: str,
        arguments: Mapping[str, object],
        *,
        selectors: Mapping[str, str] | None = None,
        namespace: str = "root/cimv2",
        repeatable: bool = False,
    ) -> dict[str, Any]:
        name = f"{class_name}.{method}"
        self.invocations.append((name, dict(arguments)))
        if class_name == "StdRegProv" and not any(key.lower() == name.lower() for key in self.methods):
            return self._registry.answer(method, arguments)
        return dict(_lookup(self.methods, name, f"the method {name}", dict(arguments)))

    def run(self, command_line: str, *, timeout: float = 120.0) -> CommandResult:
        self.command_lines.append(command_line)
        starts = [start for start in self.commands if command_line.lower().startswith(start.lower())]
        start = max(starts, key=len, default=command_line)
        return _command_result(_lookup(self.commands, start, f"the command {command_line!r}", command_line))

    def progress(self, message: str) -> None:
        self.progress_lines.append(message)


class FakeRegistry:
    """Answers StdRegProv's methods that read from a table; names compare without case, as in Windows."""

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self.keys: dict[str, dict[str, Any]] = {key: dict(values) for key, values in keys.items()}

    def answer(self, method: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        hive = next(name for name, handle in HIVES.items() if handle == arguments["hDefKey"])
        key = f"{hive}\\{arguments['sSubKeyName']}"
        if method in ("EnumKey", "EnumValues"):
            return self._names(key, method)
        value = self._value(key, str(arguments["sValueName"]))
        if isinstance(value, Exception):
            raise value
        if value is None:
            return {"ReturnValue": "2"}
        output, kind = {"GetDWORDValue": ("uValue", int), "GetStringValue": ("sValue", str)}[method]
        if not isinstance(value, kind):
            pytest.fail(f"{arguments} is {value!r} in this test's registry, but was read by {method}")
        return {"ReturnValue": "0", output: str(value)}

    def _names(self, key: str, method: str) -> dict[str, Any]:
        known = {name.lower(): name for name in self.keys}
        if key.lower() not in known:
            return {"ReturnValue": "2"}
        values = list(self.keys[known[key.lower()]])
        below = [name[len(key) + 1 :] for name in self.keys if name.lower().startswith(key.lower() + "\\")]
        children = list(dict.fromkeys(name.partition("\\")[0] for name in below))
        return {"ReturnValue": "0", "sNames": children if method == "EnumKey" else values}

    def _value(self, key: str, name: str) -> Any:
        values = next((values for known, values in self.keys.items() if known.lower() == key.lower()), {})
        return next((value for known, value in values.items() if known.lower() == name.lower()), None)


def _lookup(table: Mapping[str, Any], name: str, what: str, asked: Any) -> Any:
    """Return the table's answer by its name in any case; fail the test where there is none."""
    answer = next((answer for key, answer in table.items() if key.lower() == name.lower()), None)
    if answer is None:
        pytest.fail(f"this test's host has no answer to {what}; it knows {sorted(table)}")
    if callable(answer):
        answer = answer(asked)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _command_result(answer: Any) -> CommandResult:
    if isinstance(answer, CommandResult):
        return answer
    if isinstance(answer, str):
        answer = (0, answer)
    exit_code, stdout, stderr = (*answer, "", "")[:3]
    return CommandResult(exit_code=exit_code, stdout=stdout, stderr=stderr)
