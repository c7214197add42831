# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out which TLS versions a host offers to this controller."""

from __future__ import annotations

import socket
import ssl
import warnings

from ._assumptions import HOLDS, UNDECIDED, WRONG, Finding

_TIMEOUT = 10.0


def check_tls(address: str, port: int) -> Finding:
    """Try a TLS connection with this controller's own settings, then with TLS 1.0.

    The check sends nothing over it, so the certificate does not matter.
    """
    try:
        version = _handshake(address, port, old=False)
        return Finding(WRONG, f"port {port} offers {version} to this controller: HTTPS can be used")
    except ssl.SSLError as error:
        refused = error.reason or "handshake failure"
    except OSError as error:
        return Finding(UNDECIDED, f"no connection to port {port}: {error.strerror or error}")
    try:
        return Finding(HOLDS, f"port {port} offers {_handshake(address, port, old=True)} only ({refused})")
    except OSError as error:  # ssl.SSLError is one
        return Finding(UNDECIDED, f"port {port} refuses this controller ({refused}; with TLS 1.0: {error})")


def _handshake(address: str, port: int, *, old: bool) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if old:
        with warnings.catch_warnings():  # the check needs what is deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with socket.create_connection((address, port), _TIMEOUT) as plain, context.wrap_socket(plain) as secure:
        return str(secure.version())
