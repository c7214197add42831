# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in a domain, with a controller that can log on to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from ctypes.util import find_library
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.lab.domain.kdc import missing

USER = "patching@CORP.EXAMPLE"
PASSWORD = "Domain/Wort+42%"


@pytest.fixture(scope="session")
def start_domain(start_lab: Callable[..., Lab]) -> Callable[..., Lab]:
    """A function like `start_lab`, for hosts of corp.example; skips where no domain can be started."""
    if lacking := missing():
        pytest.skip(f"a domain {lacking}")
    if find_library("nss_wrapper") is None:
        pytest.skip("names need libnss_wrapper (package libnss-wrapper; make system-packages installs it)")

    def start(hosts: list[dict[str, Any]]) -> Lab:
        account = {"name": "patching", "domain": "corp.example", "password": PASSWORD}
        defaults = {"domain": "corp.example", "users": [account]}
        return start_lab({"defaults": defaults, "hosts": hosts}, "--domain", "--verbose")

    return start


def kinit(lab: Lab, *options: str, user: str = USER, password: str = PASSWORD) -> None:
    """Get a ticket by hand, into the cache of `Lab.domain`."""
    subprocess.run(
        ["kinit", *options, user],
        input=f"{password}\n",
        env={**os.environ, **lab.domain()},
        text=True,
        check=True,
        capture_output=True,
    )


def refusals(lab: Lab) -> int:
    """How often the hosts and the KDC have refused a password so far: all of it counts for the lockout."""
    by_hosts = sum(host["logons_refused"] for host in lab.control.counters()["hosts"].values())
    return by_hosts + (lab.directory / "domain" / "kdc.log").read_text("utf-8").count(": PREAUTH_FAILED: ")
