# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliver the package to the host, wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import staging_folder
from .._package.package import check_package, inspect_package
from .._wsman.errors import InputError, RemoteError, TransferError
from .._wsman.fetch import file_hash
from .._wsman.send import send_file
from ._staging import PACKAGE
from .source import CONTROLLER, PackageSource

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._wsman.session import Session


@dataclass(frozen=True)
class Delivery:
    """A package for the host, with the host's architecture and the hash that the package must have.

    The controller sets `sha1` and `size` (in bytes) only if it has seen the package, and `identity` only if
    it could read the package's description.
    """

    source: PackageSource
    architecture: str
    sha256: str
    sha1: str | None = None
    size: int = 0
    identity: str | None = None

    @property
    def shown(self) -> str:
        """The source as a diff shows it, without the query of a URL, which may hold a token."""
        return self.source.package.partition("?")[0]


def inspect_source(session: Session, source: PackageSource | None, info: HotfixInfo) -> Delivery:
    """Inspect the package as far as the controller can, before anything is changed.

    Raises:
        InputError: It does not fit the host, or has another hash.
        RemoteError: No package was given.
    """
    kb = info.definition.kb
    architecture = info.system.architecture or ""
    if source is None:
        raise RemoteError(
            session.host,
            f"{kb} has to be installed here, and no package was given. Set package to the .msu of {kb} for "
            f"{architecture}, usually Windows6.1-{kb}-{architecture}.msu.",
        )
    if source.location != CONTROLLER:
        return Delivery(source, architecture, source.sha256 or "")
    package = inspect_package(Path(source.package))
    if source.sha256 and source.sha256 != package.sha256:
        raise InputError(
            f"package is {package.path}, which has the SHA-256 {package.sha256}, not {source.sha256}. "
            "Download it again, or correct sha256 if it was taken from another file."
        )
    if package.reason:
        session.progress(f"{package.reason}; the host checks the package itself")
    else:
        check_package(package, kb, architecture)
    return Delivery(source, architecture, package.sha256, package.sha1, package.size, package.identity(kb))


def is_delivered(session: Session, info: HotfixInfo, delivery: Delivery) -> bool:
    """Return whether the package is on the host, with the right hash."""
    try:
        found = file_hash(session, _place(info))
    except TransferError:
        # The host cannot read the file, so send it again.
        return False
    return found is not None and found.hexdigest == (
        delivery.sha256 if found.algorithm == "sha256" else delivery.sha1
    )


def deliver(session: Session, info: HotfixInfo, delivery: Delivery) -> PackageSource | None:
    """Send the package to the staging folder if the controller has it.

    Return the source that the script has to fetch it from; None if the package is on the host.
    """
    if is_delivered(session, info, delivery):
        session.progress(f"{info.definition.kb}: the package is on the host already")
        return None
    if delivery.source.location != CONTROLLER:
        return delivery.source
    send_file(session, Path(delivery.source.package), _place(info))
    return None


def _place(info: HotfixInfo) -> str:
    return f"{staging_folder(info.definition.kb, info.system.windows_directory)}\\{PACKAGE}"
