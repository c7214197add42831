# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of a running lab's control server; needs nothing but the standard library."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

STATE_FILE = "state.json"
#: The hosts' names and addresses, for libnss_wrapper.
NAMES_FILE = "names"


class ControlError(Exception):
    """The lab refused an order; the message says why."""


class ControlClient:
    """Talks to the control server at `address` (`http://127.0.0.1:PORT`)."""

    def __init__(self, address: str, timeout: float = 120.0) -> None:
        self.address = address
        self._timeout = timeout

    @classmethod
    def of_directory(cls, directory: Path) -> ControlClient:
        """The client of the lab that runs in a directory (by its state file)."""
        state = json.loads((directory / STATE_FILE).read_text("utf-8"))
        return cls(state["control"])

    # -- fleet ---------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The fleet's time and, for each host, address, power, system and boot time."""
        return self._json("GET", "/state")

    def advance(self, seconds: float) -> str:
        """Move the fleet's clock; returns its new time. What falls due on the way happens."""
        return str(self._json("POST", "/clock", {"advance": seconds})["now"])

    def advance_to(self, moment: str) -> str:
        """Move the clock to a moment (ISO 8601 with offset)."""
        return str(self._json("POST", "/clock", {"to": moment})["now"])

    def counters(self) -> dict[str, Any]:
        """CPU seconds of the lab (`cpu_seconds`) and what each host was asked since the last reset.

        A host has requests, bytes_in, bytes_out, connections, faults, actions, and `refused`: what was
        asked of it that the lab does not know.
        """
        return self._json("GET", "/counters")

    def reset_counters(self) -> None:
        """Start counting anew."""
        self._json("POST", "/counters/reset", {})

    def kdc(self, *, on: bool) -> None:
        """Start or stop the domain's KDC; tickets that it gave stay valid."""
        self._json("POST", "/domain", {"on": on})

    def administer(self, *orders: str) -> None:
        """Give orders to kadmin of the domain, such as `modprinc -allow_tix patching`."""
        self._json("POST", "/domain", {"orders": list(orders)})

    # -- one host ------------------------------------------------------------------------------------

    def host(self, name: str) -> dict[str, Any]:
        """Everything about a host: power history, packages, tasks, countdown, shells, faults …"""
        return self._json("GET", f"/hosts/{quote(name)}")

    def snapshot(self, name: str) -> dict[str, Any]:
        """Disk, rights, registry, tasks, services of a host, to compare before and after."""
        return self._json("GET", f"/hosts/{quote(name)}/snapshot")

    def power(self, name: str, *, on: bool) -> None:
        """Switch a host on (it boots) or off (connections break at once)."""
        self._json("POST", f"/hosts/{quote(name)}/power", {"on": on})

    def inject(self, name: str, kind: str, **options: Any) -> None:
        """Inject a fault: of windows/profile.py FAULTS, or of endpoint/injection.py KINDS with options."""
        self._json("POST", f"/hosts/{quote(name)}/faults", {"kind": kind, **options})

    def clear_faults(self, name: str) -> None:
        """Remove all faults of a host, those of its profile included."""
        self._json("DELETE", f"/hosts/{quote(name)}/faults")

    def run(self, name: str, line: str) -> dict[str, Any]:
        """Run a command line as SYSTEM past the network: `exit_code`, `stdout`, `stderr`."""
        return self._json("POST", f"/hosts/{quote(name)}/run", {"line": line})

    def create_key(self, name: str, key: str) -> None:
        """Make a registry key."""
        self._json("POST", f"/hosts/{quote(name)}/registry", {"key": key})

    def delete_key(self, name: str, key: str) -> None:
        """Delete a registry key and all below it."""
        self._json("POST", f"/hosts/{quote(name)}/registry", {"key": key, "delete": True})

    def set_free(self, name: str, free: int) -> None:
        """Leave so many bytes free on the host's disk."""
        self._json("POST", f"/hosts/{quote(name)}/disk", {"free": free})

    def read_file(self, name: str, path: str) -> bytes | None:
        """A file of the host's disk; None if it is not there."""
        try:
            return self._call("GET", f"/hosts/{quote(name)}/files?{urlencode({'path': path})}", None)
        except ControlError as error:
            if "404" in str(error):
                return None
            raise

    def write_file(self, name: str, path: str, data: bytes) -> None:
        """Write a file of the host's disk."""
        self._call("PUT", f"/hosts/{quote(name)}/files?{urlencode({'path': path})}", data)

    def wait_until_up(self, name: str, timeout: float = 30.0) -> None:
        """Wait (real time) until a host answers the network."""
        deadline = time.monotonic() + timeout
        while not self.host(name)["powered"]:
            if time.monotonic() > deadline:
                raise ControlError(f"{name} did not come up within {timeout:g} s")
            time.sleep(0.05)

    def _json(self, method: str, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if order is None else json.dumps(order).encode()
        result: dict[str, Any] = json.loads(self._call(method, path, data))
        return result

    def _call(self, method: str, path: str, data: bytes | None) -> bytes:
        request = Request(self.address + path, data=data, method=method)
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                body: bytes = answer.read()
                return body
        except HTTPError as error:
            raise ControlError(f"HTTP {error.code} {method} {path}: {error.read().decode()}") from None
