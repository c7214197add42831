# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real RDP servers on loopback addresses: freerdp-shadow and xrdp; and others that stand in their place.

They need the packages of tests/requirements/system-packages.txt, and neither root nor a desktop.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.connecting.servers import Answer, closed_port

HOST = "127.0.0.1"
# X.224 Connection Confirm that selects TLS, [MS-RDPBCGR] 2.2.1.2.
SELECTS_TLS = bytes.fromhex("030000130ed000000000000200080001000000")
# A ServerHello of TLS 1.0 with no extension, so without the one of RFC 5746 ([RFC 2246] 7.4.1.3).
HELLO_WITHOUT_RENEGOTIATION = (
    bytes.fromhex("160301002a 02000026 0301") + bytes(32) + bytes.fromhex("00002f00")
)
_START_SECONDS = 20.0
_PACKAGES = {
    "freerdp-shadow-cli": "freerdp2-shadow-x11",
    "Xvfb": "xvfb",
    "xrdp": "xrdp",
}
_XRDP = """[Globals]
ini_version=1
fork=true
port=tcp://{host}:{port}
security_layer={layer}
crypt_level=high
certificate={certificate}
key_file={certificate}
ssl_protocols=TLSv1.2
allow_channels=false
[Logging]
LogFile={folder}/xrdp.log
LogLevel=WARNING
EnableSyslog=false
[Channels]
"""


def program(name: str) -> str:
    """Return the path of a server program; skip the test where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"needs {name} (package {_PACKAGES[name]}; make system-packages installs it)")
    return found


@contextmanager
def shadow(folder: Path, security: str) -> Iterator[int]:
    """Run freerdp-shadow with `nla` or `tls` and yield its port."""
    server, screen = program("freerdp-shadow-cli"), program("Xvfb")
    # The hash of an empty password; nobody logs on.
    accounts = folder / "accounts"
    accounts.write_text("lab:::31d6cfe0d16ae931b73c59d7e0c089c0:::\n", "utf-8")
    reading, writing = os.pipe()
    # Without -noreset the screen starts anew, and is away for a moment, whenever its last client goes.
    display = [
        screen,
        "-noreset",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "320x240x24",
        "-nolisten",
        "tcp",
    ]
    with _running(display, folder, pass_fds=(writing,)):
        os.close(writing)
        with os.fdopen(reading) as said:
            number = said.readline().strip()
        port = closed_port()
        options = [f"/bind-address:{HOST}", f"/port:{port}", f"/sec:{security}", f"/sam-file:{accounts}"]
        environment = {"DISPLAY": f":{number}", "HOME": str(folder)}
        with _running([server, *options], folder, environment):
            yield _once_it_listens(port, folder)


@contextmanager
def xrdp(folder: Path, layer: str, certificate: Path) -> Iterator[int]:
    """Run xrdp with the security layer `negotiate`, `tls` or `rdp` and yield its port."""
    server = program("xrdp")
    keys = Path("/etc/xrdp/rsakeys.ini")
    if not os.access(keys, os.R_OK):
        pytest.skip(f"needs to read {keys}, which the package xrdp makes (run as root)")
    port = closed_port()
    configuration = folder / "xrdp.ini"
    text = _XRDP.format(host=HOST, port=port, layer=layer, certificate=certificate, folder=folder)
    configuration.write_text(text, "utf-8")
    with _running([server, "--nodaemon", "--config", str(configuration)], folder):
        yield _once_it_listens(port, folder)


def before_tls(then: Answer) -> Answer:
    """Select TLS as an RDP server does, and then do something."""

    def answer(client: socket.socket) -> None:
        client.recv(64)
        client.sendall(SELECTS_TLS)
        then(client)

    return answer


def tls(context: ssl.SSLContext) -> Answer:
    """Speak TLS with these settings."""

    def answer(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secure:
            secure.recv(1)

    return answer


def byte_by_byte(words: bytes, pause: float) -> Answer:
    """Say something very slowly."""

    def answer(client: socket.socket) -> None:
        client.recv(64)
        for word in words:
            client.sendall(bytes([word]))
            time.sleep(pause)

    return answer


@contextmanager
def _running(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> Iterator[None]:
    with (folder / "output.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _once_it_listens(port: int, folder: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return port
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {(folder / 'output.log').read_text('utf-8')}")
