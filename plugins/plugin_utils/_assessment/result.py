# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of an assessment, and their form in the module's result."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from .._windows.packages import parent_package

if TYPE_CHECKING:
    from .._hotfix.current_run import CurrentRun
    from .._hotfix.definition import HotfixDefinition, ProductFiles
    from .._hotfix.last_attempt import LastAttempt
    from .._restart.scheduled import ScheduledRestart
    from .._windows.operating_system import OperatingSystem
    from .._windows.packages import PackageState
    from .._windows.pending_restart import PendingRestart
    from ._file_states import FileFinding
    from .exposure import Exposure
    from .verdict import Verdict


@dataclass(frozen=True)
class Manifests:
    """How many component manifests the hotfix adds, how many the host has, and the names of those missing."""

    expected: int = 0
    present: int | None = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class HotfixInfo:
    """All findings of an assessment; ``to_result`` returns the module's ``hotfix_info``.

    ``packages``, ``quick_fix_engineering`` (whether Windows lists the update) and ``pending`` are None where
    they could not be read. ``product`` is None where the hotfix is not for this host. ``scheduled`` is our
    restart that lies ahead, ``missed`` one that did not take place at its time. ``current_run`` is the run at
    work, or left behind. ``unread_run``, ``unread_restart`` and ``unread_exposure`` say in sentences what
    of these the host did not show; none decides the status.
    """

    definition: HotfixDefinition
    verdict: Verdict
    system: OperatingSystem
    product: ProductFiles | None = None
    files: tuple[FileFinding, ...] = ()
    manifests: Manifests = field(default_factory=Manifests)
    packages: tuple[PackageState, ...] | None = ()
    quick_fix_engineering: bool | None = None
    pending: PendingRestart | None = None
    scheduled: ScheduledRestart | None = None
    missed: ScheduledRestart | None = None
    last_attempt: LastAttempt | None = None
    current_run: CurrentRun | None = None
    exposure: Exposure | None = None
    unread_run: tuple[str, ...] = ()
    unread_restart: tuple[str, ...] = ()
    unread_exposure: tuple[str, ...] = ()

    def to_module_result(self) -> dict[str, Any]:
        """Return the result of the module for a host."""
        current = self.current_run
        return {
            "hotfix_info": self.to_result(),
            "current_run": current and {"action": current.run.action or None, "state": current.state},
        }

    def to_result(self) -> dict[str, Any]:
        """Return plain data, in the form that the module documents."""
        return {
            "hotfix": self.definition.kb,
            "status": self.verdict.status,
            "by": self.verdict.by,
            "applicable": self.product is not None,
            "sibling": self._sibling(),
            "service_pack_needed": self.definition.service_pack_for(
                self.system.product, self.system.architecture, self.system.build
            ),
            "reasons": [
                *self.verdict.reasons,
                *self.unread_run,
                *self.unread_restart,
                *self.unread_exposure,
            ],
            "os": self.system.to_result(),
            "package_architecture": self.product.architecture if self.product else None,
            "files": [found.to_result() for found in self.files],
            "manifests": asdict(self.manifests),
            "servicing": {
                "packages": [
                    {"identity": each.identity, "state": each.state} for each in self.packages or ()
                ],
                "quick_fix_engineering": self.quick_fix_engineering,
            },
            "restart": self._restart(),
            "last_attempt": self.last_attempt and self.last_attempt.to_result(),
            "exposure": self.exposure and asdict(self.exposure),
        }

    def _sibling(self) -> str | None:
        sibling = None if self.product else self.definition.sibling_for(self.system.product)
        return sibling.kb if sibling else None

    def _restart(self) -> dict[str, Any]:
        parent = parent_package(list(self.packages or ()))
        return {
            "pending_for_hotfix": None if self.packages is None else bool(parent and parent.pending),
            "pending_any": self.pending.pending_any if self.pending else None,
            "sources": list(self.pending.sources) if self.pending else [],
            "scheduled_for": self.scheduled.scheduled_for if self.scheduled else None,
            "missed_at": self.missed.scheduled_for if self.missed else None,
            "unread": list(self.unread_restart),
        }
