# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scan asks a host: the questions of hotfix_info, and those to its Remote Desktop port."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .._assessment.assess import assess
from .._hotfix.definition import HotfixDefinition
from .._rdp.of_host import seen_from_outside
from .._wsman.session import Session
from .worker import Answer


@dataclass(frozen=True)
class Questions:
    """What is asked of all hosts.

    Attributes:
        definition: The hotfix; None only if no host is asked anything.
        exposure: Whether to ask for the exposure to the defect.
        exposure_roles: The roles that count for it.
        probed: The hosts whose Remote Desktop port is asked too.
    """

    definition: HotfixDefinition | None
    exposure: bool
    exposure_roles: Collection[str]
    probed: frozenset[str]

    def ask(self, session: Session) -> dict[str, Any]:
        """Return the result of hotfix_info, and end the session."""
        if self.definition is None:
            raise ValueError("a scan without a definition looks at no host")
        info = assess(session, self.definition, exposure=self.exposure, exposure_roles=self.exposure_roles)
        session.close()
        return info.to_module_result()

    def probe(self, host: str, address: str, answer: Answer) -> None:
        """Add what Remote Desktop says to the answer of a host, also where WinRM failed.

        A host that host_timeout gives up has no answer to which this could be added.
        """
        if host in self.probed:
            answer["rdp"] = seen_from_outside(address, answer.get("hotfix_info") or {})
