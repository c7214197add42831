# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which Windows a host runs."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._windows.operating_system import read_operating_system
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session


class ActionModule(HostAction):
    def run_on_host(self, session: Session, request: dict[str, Any]) -> dict[str, Any]:
        return {"os": read_operating_system(session).to_result()}
