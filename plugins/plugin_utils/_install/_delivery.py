# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: gets the package to the host, from wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import ATTEMPT, staging_folder
from .._hotfix.package import check_package, inspect_package
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
    """A package that fits the host, and how it gets there.

    Attributes:
        source: where it is.
        architecture: of the host.
        sha256: that it must have.
        sha1: the same, where the controller has seen the bytes.
        size: in bytes; 0 where the controller has not seen it.
        identity: of its package, where the controller could read it.
    """

    source: PackageSource
    architecture: str
    sha256: str
    sha1: str | None = None
    size: int = 0
    identity: str | None = None

    @property
    def shown(self) -> str:
        """The source for a diff; what follows the `?` of a URL may be a token."""
        return self.source.package.partition("?")[0]


def inspect_source(session: Session, source: PackageSource | None, info: HotfixInfo) -> Delivery:
    """Inspect the package as far as the controller can, before anything is changed.

    Raises:
        InputError: it does not fit the host, or its hash is another.
        RemoteError: no package was given.
    """
    kb = info.definition.kb
    architecture = info.system.architecture or ""
    if source is None:
        raise RemoteError(
            session.host,
            f"{kb} has to be installed here, and no package was given. Give `package`, the .msu of {kb} for "
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
    identity = next((each.identity for each in package.packages if each.kb == kb), None)
    return Delivery(source, architecture, package.sha256, package.sha1, package.size, identity)


def is_delivered(session: Session, info: HotfixInfo, delivery: Delivery) -> bool:
    """Tell whether the package lies on the host, with the right hash."""
    try:
        found = file_hash(session, _place(info))
    except TransferError:
        # Neither is there a hash where the file cannot be read; it is sent again, then.
        return False
    if found is None:
        return False
    return found.hexdigest == (delivery.sha256 if found.algorithm == "sha256" else delivery.sha1)


def deliver(session: Session, info: HotfixInfo, delivery: Delivery) -> PackageSource | None:
    """Get the package into the staging folder, or leave that to the script.

    Returns:
        What the script has to fetch; None where the package is there.
    """
    if is_delivered(session, info, delivery):
        session.progress(f"{info.definition.kb}: the package is on the host already")
        return None
    if delivery.source.location != CONTROLLER:
        return delivery.source
    send_file(session, Path(delivery.source.package), _place(info))
    return None


def forget_attempt(session: Session, kb: str) -> None:
    """Delete the record of the installation that was just undone: it tells of nothing that is still there."""
    session.run(f'del /f /q "{staging_folder(kb)}\\{ATTEMPT}" 2>nul')


def _place(info: HotfixInfo) -> str:
    return f"{staging_folder(info.definition.kb, info.system.windows_directory)}\\{PACKAGE}"
