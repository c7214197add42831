# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the account that connects has the rights of an administrator, and what to do if it has not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError
from .._wsman.failures import Failure, advice_for
from .._wsman.fault_codes import ACCESS_DENIED

if TYPE_CHECKING:
    from .._wsman.session import Session

# A full administrator has the mandatory label "high" or "system" (Windows documentation, well-known SIDs).
_FULL_LABELS = ("S-1-16-12288", "S-1-16-16384")
# Every account has a mandatory label; an answer without one is not whole.
_ANY_LABEL = "S-1-16-"

RIGHTS_REMEDY = (
    "Use a domain account in the host's Administrators group or its built-in Administrator, or set "
    "LocalAccountTokenFilterPolicy to 1 for other local administrators."
)


def is_full_administrator(session: Session) -> bool | None:
    """Return whether the account is an administrator with its full token; None if nothing shows it."""
    answer = session.run("whoami /groups /fo csv /nh")
    if answer.exit_code != 0 or _ANY_LABEL not in answer.stdout:
        return None
    return any(label in answer.stdout for label in _FULL_LABELS)


def remedy_for_refusal(session: Session, exit_code: int, otherwise: str) -> str:
    """Return what to do after a program of the host refused: advice on rights only if the account lacks them.

    Programs say "access is denied" in the host's language, and end with 1 for that and for much else, such as
    an invalid parameter. So this asks the host about the account. Other exit codes speak for themselves.
    """
    advice = advice_for(Failure(codes=(exit_code,), fault=True))
    if advice and exit_code not in (1, ACCESS_DENIED):
        return str(advice)
    full = None
    with suppress(RemoteError):  # what was refused matters more
        full = is_full_administrator(session)
    if full:
        return otherwise
    if full is None:
        return f"{otherwise} If access was denied: {RIGHTS_REMEDY}"
    return f"The account is not a full administrator of the host. {RIGHTS_REMEDY}"
