# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect a change that Windows undid at the restart that should have completed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from .._windows.packages import INSTALL_PENDING, UNINSTALL_PENDING, PackageState, parent_package
from .._wsman.errors import RemoteError
from .._wsman.fetch import fetch_bytes

if TYPE_CHECKING:
    from .._wsman.session import Session
    from .request import RestartOutcome

_LOG_BYTES = 16_384
_LOG_LINES = 60


def is_rolled_back(before: Iterable[PackageState], after: Iterable[PackageState]) -> bool:
    """Return whether Windows undid a pending change at the restart instead of completing it."""
    was, now = parent_package(list(before)), parent_package(list(after))
    if was is not None and was.state == INSTALL_PENDING:
        return now is None or now.not_installed
    return was is not None and was.state == UNINSTALL_PENDING and now is not None and now.installed


def rolled_back(
    session: Session, outcome: RestartOutcome, kb: str, *, check_mode: bool = False
) -> RestartOutcome:
    """Return the outcome as a failure that carries the end of the servicing log.

    Check mode does not read the log, because that creates a file beside it for a moment.
    """
    return replace(
        outcome,
        failed=True,
        rolled_back=True,
        servicing_log="" if check_mode else read_servicing_log(session),
        message=(
            f"Windows rolled the change of {kb} back during the restart: the host is as it was before. "
            "The reason is in cbs_log, the end of %SystemRoot%\\Logs\\CBS\\CBS.log."
        ),
    )


def read_servicing_log(session: Session) -> str:
    """Return the end of the servicing log, or the reason why it could not be read."""
    try:
        rows = session.query("SELECT WindowsDirectory FROM Win32_OperatingSystem")
        folder = (rows[0].get("WindowsDirectory") if rows else None) or "C:\\Windows"
        path = f"{folder}\\Logs\\CBS\\CBS.log"
        content = fetch_bytes(session, path, last_bytes=_LOG_BYTES)
    except RemoteError as exc:
        return f"The servicing log could not be read: {exc.message}"
    if content is None:
        return f"The host has no servicing log {path}."
    return "\n".join(content.decode("utf-8", "replace").splitlines()[-_LOG_LINES:])
