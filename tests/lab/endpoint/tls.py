# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS as Schannel of Windows 6.1 speaks it."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path


def limit_to_windows(context: ssl.SSLContext, *, tls10_only: bool) -> None:
    """Offer what Schannel of 6.1 does: up to TLS 1.2 where the registry allows it, else TLS 1.0 alone."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if tls10_only:
        # OpenSSL 3 speaks TLS 1.0 only at security level 0.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


@cache
def server_context(certificate: Path, *, tls10_only: bool, users: Path | None) -> ssl.SSLContext:
    """TLS settings of a listener.

    Args:
        certificate: PEM file with its certificate and key.
        tls10_only: it is a stock 6.1.
        users: the authority whose client certificates it asks for; None: it asks for none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    limit_to_windows(context, tls10_only=tls10_only)
    context.load_cert_chain(certificate)
    if users is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(users)
    return context
