# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files to simulated hosts over real HTTP, and what they cost on the wire."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.send import send_bytes

from tests.integration.conftest import Lab
from tests.integration.remote.lab_session import lab_session

MIB = 1024 * 1024
DESTINATION = r"C:\Windows\package.bin"
HOSTS = ("plain", "lossy", "deaf")


@pytest.fixture(scope="module")
def transfer_lab(start_lab: Callable[..., Lab]) -> Lab:
    faults = {"lossy": ["findstr_loses_nul"], "deaf": ["stdin_lost"]}
    hosts = [{"name": name, "system": "2008r2-x64", "faults": faults.get(name, [])} for name in HOSTS]
    return start_lab({"hosts": hosts})


def send(lab: Lab, host: str, data: bytes) -> dict[str, Any]:
    """Sends data and returns the host's counters without those of connecting."""
    with lab_session(host, lab.host_vars(host)) as session:
        lab.control.reset_counters()
        send_bytes(session, data, DESTINATION)
        counters: dict[str, Any] = lab.control.counters()["hosts"][host]
    assert lab.control.read_file(host, DESTINATION) == data
    return counters


def noise(size: int) -> bytes:
    return random.Random(6).randbytes(size)


@pytest.mark.parametrize("size", [2 * MIB, 6 * MIB])
def test_a_package_costs_little_more_than_one_base64_and_few_requests(transfer_lab: Lab, size: int) -> None:
    counters = send(transfer_lab, "plain", noise(size))
    assert (counters["bytes_in"] + counters["bytes_out"]) / size <= 1.45
    assert counters["requests"] / (size / MIB) <= 12


@pytest.mark.parametrize("size", [250_000, MIB])
def test_a_small_package_costs_four_requests_beside_what_fits_the_envelopes(
    transfer_lab: Lab, size: int
) -> None:
    counters = send(transfer_lab, "plain", noise(size))
    assert (counters["bytes_in"] + counters["bytes_out"]) / size <= 1.45
    assert counters["requests"] == 4 + math.ceil(size / (108 * 1024))


@pytest.mark.parametrize("host", ["lossy", "deaf"])
def test_a_host_that_mangles_or_loses_input_gets_the_file_by_the_other_ways(
    transfer_lab: Lab, host: str
) -> None:
    send(transfer_lab, host, noise(40_000))
