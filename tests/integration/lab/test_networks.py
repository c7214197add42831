# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs side by side: one whose addresses another lab has takes others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration import conftest
from tests.integration.conftest import Lab


def test_a_lab_whose_network_is_taken_starts_in_another(
    start_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = ["127.39.0.0/24", "127.39.0.0/24", "127.39.1.0/24"]
    monkeypatch.setattr(conftest, "_network", lambda: networks.pop(0))
    fleet = {"defaults": {"system": "win7-x64"}, "hosts": [{"name": "pc1"}]}
    addresses = [start_lab(fleet).host_vars("pc1")["ansible_host"] for _lab in range(2)]
    assert [address.rpartition(".")[0] for address in addresses] == ["127.39.0", "127.39.1"]
