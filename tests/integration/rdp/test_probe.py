# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe of real RDP servers, and of ports behind which there is something else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.probe import probe
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.request import ProbeRequest

from tests.integration.connecting import servers as plain
from tests.integration.rdp import servers
from tests.lab.endpoint.certificates import Certificates
from tests.lab.endpoint.tls import server_context

Start = Callable[..., int]


def ask(port: int, *, host: str = servers.HOST, timeout: float = 6.0) -> dict[str, Any]:
    return probe(ProbeRequest(host, port, timeout)).to_result()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Certificates(tmp_path_factory.mktemp("certificate")).of_listener("self_signed", "", "")


@pytest.fixture
def xrdp(certificate: Path, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda layer: stack.enter_context(servers.xrdp(tmp_path, layer, certificate))


def accepts(result: dict[str, Any]) -> set[str]:
    return {name for name, accepted in result["security_protocols"].items() if accepted}


def test_a_server_that_requires_nla_says_its_windows_its_names_and_its_time(tmp_path: Path) -> None:
    with servers.shadow(tmp_path, "nla") as port:
        result = ask(port)
    assert (result["listening"], result["negotiation"], result["nla"]) == (True, True, "required")
    assert result["security_protocols"] == {"rdp": False, "tls": False, "credssp": True}
    assert result["tls"]["subject"] == f"CN={socket.gethostname()}"
    # Of FreeRDP, which is not Windows: this is why the version is never a verdict.
    assert (result["system"]["version"], result["system"]["build"]) == ("6.1", 7601)
    assert result["system"]["names"]["dns"].lower() == socket.gethostname().lower()
    assert result["system"]["time"]
    assert result["credssp_version"] == 6
    assert len(result["evidence"]) == 4


def test_a_server_with_tls_alone_has_nla_off(tmp_path: Path) -> None:
    with servers.shadow(tmp_path, "tls") as port:
        result = ask(port)
    assert (result["nla"], accepts(result)) == ("off", {"tls"})
    assert result["tls"]["version"] == "TLSv1.3"
    assert result["system"] is None


@pytest.mark.parametrize(
    ("layer", "accepted"), [("negotiate", {"rdp", "tls"}), ("tls", {"tls"}), ("rdp", {"rdp"})]
)
def test_a_server_without_nla_says_what_it_accepts(xrdp: Start, layer: str, accepted: set[str]) -> None:
    result = ask(xrdp(layer))
    assert (result["negotiation"], result["nla"]) == (True, "off")
    assert accepts(result) == accepted
    assert None not in result["security_protocols"].values()
    assert (result["tls"] is not None) == ("tls" in accepted)
    assert result["system"] is None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_a_server_with_tls_1_0_alone_shows_its_certificate(certificate: Path) -> None:
    context = server_context(certificate, tls10_only=True, users=None)
    result = ask(plain.serve(servers.before_tls(servers.tls(context))))
    assert (result["tls"]["version"], result["tls"]["subject"]) == ("TLSv1", "CN=winfleet lab")


def test_a_server_without_secure_renegotiation_is_not_refused_for_that() -> None:
    hello = servers.HELLO_WITHOUT_RENEGOTIATION
    result = ask(plain.serve(servers.before_tls(plain.say(hello))))
    # The certificate would be next: OpenSSL has taken the hello, and this server says no more.
    assert result["evidence"][1] == "TLS: TLS failed (UNEXPECTED_EOF_WHILE_READING)."


def test_a_server_reached_by_ipv6_says_the_same(certificate: Path) -> None:
    answer = servers.before_tls(servers.tls(server_context(certificate, tls10_only=False, users=None)))
    result = ask(plain.serve(answer, family=socket.AF_INET6), host="::1")
    assert (result["listening"], result["nla"]) == (True, "off")
    assert result["tls"]["subject"] == "CN=winfleet lab"


def test_a_closed_port_is_not_listening() -> None:
    result = ask(plain.closed_port())
    assert (result["listening"], result["nla"], result["negotiation"]) == (False, "unknown", None)
    assert "refused" in result["evidence"][0]


def test_a_name_that_nobody_knows_says_nothing_of_the_port() -> None:
    result = ask(3389, host="no-such-host.invalid")
    assert result["listening"] is None
    assert result["evidence"][0].startswith("Connection to no-such-host.invalid, port 3389: ")


def test_a_server_that_is_not_one_of_rdp_listens_and_says_no_more() -> None:
    result = ask(plain.serve(plain.say(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")))
    assert (result["listening"], result["negotiation"], result["nla"]) == (True, None, "unknown")
    assert "makes no sense" in result["evidence"][0]


@pytest.mark.parametrize("answer", [plain.close, plain.reset])
def test_a_server_that_hangs_up_listens_and_says_no_more(answer: plain.Answer) -> None:
    result = ask(plain.serve(answer))
    assert (result["listening"], result["negotiation"], result["nla"]) == (True, None, "unknown")


def test_tls_that_fails_leaves_what_the_negotiation_showed() -> None:
    result = ask(plain.serve(servers.before_tls(plain.say(b"\x15\x03\x01\x00\x02\x02\x28"))))
    assert (result["nla"], result["tls"]) == ("off", None)
    assert any(line.startswith("TLS: TLS failed (") for line in result["evidence"]), result["evidence"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(plain.silent, id="silent"),
        pytest.param(servers.byte_by_byte(servers.SELECTS_TLS, 0.2), id="byte by byte"),
        pytest.param(servers.before_tls(plain.silent), id="silent at TLS"),
        pytest.param(
            servers.before_tls(servers.byte_by_byte(b"\x16\x03\x01\x40\x00" + bytes(99), 0.05)), id="slow TLS"
        ),
    ],
)
def test_a_server_that_is_slow_costs_no_more_than_the_timeout(answer: plain.Answer) -> None:
    # With more patience for any single byte, the probe would see the whole answer, or never end.
    result = ask(plain.serve(answer), timeout=1.0)
    assert result["listening"] is True
    assert any("nothing came" in line for line in result["evidence"]), result["evidence"]
