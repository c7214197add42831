# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CredSSP on the server's side: pyspnego's acceptor with the version and the TLS of Windows 6.1."""

from __future__ import annotations

import ssl
import tempfile
from functools import cache
from pathlib import Path

import spnego
from spnego import _credssp
from spnego.exceptions import NegotiateOptions
from spnego.tls import CredSSPTLSContext, default_tls_context, generate_tls_certificate

from tests.lab.endpoint.tls import limit_to_windows

# [MS-CSSP] appendix A: Windows 7 and Windows Server 2008 R2 implement version 2, which has no error code.
# pyspnego has no option for it; the package is pinned.
_credssp._CREDSSP_VERSION = 2


def acceptor(*, tls10_only: bool) -> spnego.ContextProxy:
    """A new exchange; it ends with NTLM or Kerberos inside TLS, by the client's choice."""
    return spnego.server(
        protocol="credssp",
        options=NegotiateOptions.use_negotiate,
        credssp_tls_context=_tls_context(tls10_only=tls10_only),
    )


@cache
def _tls_context(*, tls10_only: bool) -> CredSSPTLSContext:
    certificate, key, public_key = generate_tls_certificate()
    context: ssl.SSLContext = default_tls_context(usage="accept").context
    limit_to_windows(context, tls10_only=tls10_only)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_bytes(certificate + key)
        context.load_cert_chain(path)
    return CredSSPTLSContext(context, public_key)
