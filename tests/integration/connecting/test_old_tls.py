# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server without secure renegotiation (RFC 5746), as stock 6.1 is: GnuTLS', with the extension off."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._link import Patience, addresses, reach
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session

from tests.integration.connecting.provoke import write_certificate
from tests.integration.connecting.servers import closed_port


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("gnutls-serv")
    if program is None:
        pytest.skip("needs gnutls-serv (package gnutls-bin; make system-packages installs it)")
    pem, port = tmp_path_factory.mktemp("tls") / "tls.pem", closed_port()
    write_certificate(pem)
    files = [f"--x509certfile={pem}", f"--x509keyfile={pem}"]
    versions = "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION"
    process = subprocess.Popen(
        [program, "--quiet", f"--port={port}", versions, *files], stdin=subprocess.DEVNULL
    )
    _wait_for(port)
    yield port
    process.terminate()
    process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("gnutls-serv did not start")


def test_a_connection_to_it_names_the_update_that_is_missing(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # of which pywinrm warns
        monkeypatch.delenv(name, raising=False)
    connection = connection_loader.get("winrm", PlayContext(), None)
    options = {
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": "Administrator",
        "ansible_password": "Secret-42!",
        "ansible_winrm_transport": ["ntlm"],
        "ansible_winrm_scheme": "https",
        "ansible_winrm_server_cert_validation": "ignore",
        "_extras": {},
    }
    connection.set_options(var_options=options)
    with pytest.raises(AnsibleConnectionFailure, match=r"lacks secure renegotiation.*KB980436"):
        Session(connection, "old", lambda _line: None).connect()


def test_the_probe_of_remote_desktop_reads_its_certificate_all_the_same(port: int) -> None:
    patience = Patience(10.0)
    _address, link = reach(addresses("127.0.0.1", port, patience), patience)
    with link:
        version, certificate = link.start_tls()
    assert (version, bool(certificate)) == ("TLSv1.2", True)
