# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures to log on in the middle of a session: whether one is one, and what the host may have done."""

from __future__ import annotations

import traceback

_LIBRARIES = frozenset({"kerberos", "requests_kerberos", "requests_credssp", "requests_ntlm", "spnego"})
"""Those that log on for pywinrm. Each is optional, and their exceptions have no base class in common."""

_BEFORE_SENDING = "KerberosExchangeError"
"""pywinrm's requests_kerberos makes its token before it sends the request that carries it."""

_AFTER_AN_ANSWER = "MutualAuthenticationError"
"""Raised for an answer in which the host does not prove that it is the host."""


def is_logon_error(error: BaseException) -> bool:
    """Return whether one of the libraries that log on raised this."""
    return any(not _LIBRARIES.isdisjoint(kind.__module__.split(".")) for kind in type(error).__mro__)


def host_did_nothing(error: BaseException, *, encrypted: bool) -> bool:
    """Return whether the host cannot have carried out the request during which logging on failed.

    Without the context that was lost, it cannot read a message `encrypted` for it. Over HTTPS it can:
    requests_credssp sends the request itself with its last token, and takes a fault for a refusal.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if _BEFORE_SENDING in names:
        return True
    return encrypted and _AFTER_AN_ANSWER not in names and not _while_decrypting(error)


def _while_decrypting(error: BaseException) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code.co_name == "parse_encrypted_response" for frame, _line in frames)
