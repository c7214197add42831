# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether a host can take a hotfix, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.account_rights import RIGHTS_REMEDY, is_full_administrator
from .._wsman.errors import ConnectionLost, RemoteError
from ._bitlocker import starts_unattended
from ._checks import check_servicing, check_space, service_modes

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._wsman.session import Session

# The checks that an operator can waive by `allow`, having thought about the host. The others always apply.
WAIVABLE = ("domain_controller", "cluster_node", "bitlocker_pin")

_CLUSTER = "ClusSvc"


@dataclass(frozen=True)
class Refusal:
    """The name of a check that a host failed, with the reason and the remedy."""

    check: str
    message: str


def preflight(session: Session, info: HotfixInfo, allow: Collection[str] = ()) -> tuple[Refusal, ...]:
    """Return the checks that a host fails, and skip those in `allow`, out of `WAIVABLE`. Change nothing."""
    # A host that waits for the restart of this package has nothing left to install.
    checks = (
        _RESTART_CHECKS if info.verdict.status == "restart_pending" else _RESTART_CHECKS | _INSTALL_CHECKS
    )
    refusals = []
    for name, check in checks.items():
        try:
            if name not in allow:
                check(session, info)
        except ConnectionLost:
            raise
        except RemoteError as error:
            refusals.append(Refusal(name, error.message))
    return tuple(refusals)


def _check_rights(session: Session, info: HotfixInfo) -> None:
    # Without whoami nothing shows the rights. The host then refuses the step that needs them.
    if is_full_administrator(session) is False:
        raise RemoteError(
            session.host,
            "The account is not a full administrator of the host (its integrity level is not high). "
            f"{RIGHTS_REMEDY}",
        )


def _check_domain_controller(session: Session, info: HotfixInfo) -> None:
    if info.system.product_type == "domain_controller":
        raise RemoteError(
            session.host,
            "It is a domain controller. Restart those one at a time and with care. "
            "To change it all the same, set allow: [domain_controller].",
        )


def _check_cluster_node(session: Session, info: HotfixInfo) -> None:
    # Only nodes have the Cluster Service, because the feature installs it.
    if service_modes(session, _CLUSTER).get(_CLUSTER, "Disabled") != "Disabled":
        raise RemoteError(
            session.host,
            "It is a node of a failover cluster. Move its roles away first. "
            "To change it all the same, set allow: [cluster_node].",
        )


def _check_bitlocker_pin(session: Session, info: HotfixInfo) -> None:
    drive = info.system.windows_directory[:2]
    try:
        unattended = starts_unattended(session, drive)
    except ConnectionLost:
        raise
    except RemoteError as error:
        raise RemoteError(
            session.host,
            f"The host did not show whether BitLocker asks for a PIN or a key at every start: {error.message}"
            " Check this on the host (manage-bde -protectors -get). If BitLocker asks for none, set "
            "allow: [bitlocker_pin].",
        ) from error
    if not unattended:
        raise RemoteError(
            session.host,
            f"The TPM alone does not open {drive}: BitLocker asks for a PIN or a key at every start, so the "
            "host would not come back by itself. Suspend protection first (manage-bde -protectors -disable). "
            "If somebody is there to enter it, set allow: [bitlocker_pin].",
        )


# In the order in which an operator would fix them.
_RESTART_CHECKS: dict[str, Callable[[Session, HotfixInfo], None]] = {
    "rights": _check_rights,
    "domain_controller": _check_domain_controller,
    "cluster_node": _check_cluster_node,
    "bitlocker_pin": _check_bitlocker_pin,
}
_INSTALL_CHECKS: dict[str, Callable[[Session, HotfixInfo], None]] = {
    "servicing": check_servicing,
    "space": check_space,
}
