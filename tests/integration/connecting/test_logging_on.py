# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a domain refuses names its cause and the next step, in the words of every ansible-core's libraries."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.connecting.cases import Case
from tests.integration.connecting.environments import (
    ENVIRONMENTS,
    Failures,
    Scripts,
    failures_of,
    provoking,
)
from tests.integration.connecting.logon_cases import (
    ACCOUNTS,
    CERTIFICATES,
    DOMAIN,
    HOST_OF_DOMAIN,
    HOSTS,
    NTLM_AND_CREDSSP,
    PASSWORD,
    WAYS_OUT,
)
from tests.integration.connecting.servers import closed_port, http, serve
from tests.lab.domain.kdc import missing

CASES = {**DOMAIN, **NTLM_AND_CREDSSP, **CERTIFICATES, **WAYS_OUT}
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
BY_THE_CLOCK = ("clock-skew", "clock-of-the-host")
AHEAD = "+20m"
"""The clock of a second KDC of the domain; Kerberos allows five minutes."""


@dataclass(frozen=True)
class Bench:
    """The lab's domain, and a folder for what the cases need of it."""

    lab: Lab
    folder: Path
    bad_request: int = field(default_factory=lambda: serve(http(400, b"")))

    def prepare(self) -> None:
        """Add the accounts, get tickets, and write krb5.conf for KDCs that are not there or say no."""
        orders = [f"modprinc {option} {name}" for name, option in ACCOUNTS.items() if option]
        self._run("kadmin.local", "-r", "CORP.EXAMPLE", said="\n".join(orders))
        self._run("kinit", "-c", str(self.folder / "tickets"), "patching@CORP.EXAMPLE", said=PASSWORD)
        # It has expired when Ansible has been imported, at the latest.
        short = ("-l", "1s", "-c", str(self.folder / "expired"))
        self._run("kinit", *short, "patching@CORP.EXAMPLE", said=PASSWORD)
        ahead, of_mit = self._another_port(), "kdc_timesync = 1"
        for name, port, sync in (
            ("down", closed_port(), of_mit),
            ("ahead", ahead, of_mit),
            ("skew", ahead, "kdc_timesync = 0"),
        ):
            text = self._krb5_conf.read_text("utf-8").replace("[libdefaults]", f"[libdefaults]\n {sync}")
            text = re.sub(r"kdc = \S+", f"kdc = 127.0.0.1:{port}", text)
            (self.folder / f"{name}.conf").write_text(text, "utf-8")
        certificates = self.lab.directory / "certificates"
        self._run("openssl", "x509", "-in", str(certificates / "ca.pem"), "-outform", "DER", "-out", "ca.cer")
        # As the message says.
        self._run(*["openssl", "x509", "-inform", "DER", "-in", "ca.cer", "-out", "ca.pem"])

    def _another_port(self) -> int:
        """Write the configuration of the second KDC, and return its port."""
        port, text = closed_port(), (self.lab.directory / "domain" / "kdc.conf").read_text("utf-8")
        text = re.sub(r"listen = \S+", f"listen = 127.0.0.1:{port}", text)
        (self.folder / "kdc.conf").write_text(text.replace("kdc.log", "kdc-ahead.log"), "utf-8")
        return port

    @contextmanager
    def kdc_ahead(self) -> Iterator[None]:
        """Run the second KDC, of the same domain, whose clock is ahead of all others."""
        if not shutil.which("faketime"):
            yield
            return
        # Without the program itself, which would stay between this process and the KDC.
        told = ["faketime", "-f", AHEAD, "printenv", "LD_PRELOAD"]
        library = subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()
        environment = {
            **os.environ,
            "PATH": PATH,
            "KRB5_CONFIG": str(self._krb5_conf),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "LD_PRELOAD": library,
            "FAKETIME": AHEAD,
        }
        command = ["krb5kdc", "-n", "-r", "CORP.EXAMPLE", "-P", str(self.folder / "kdc.pid")]
        process = subprocess.Popen(command, env=environment)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def written(self, case: Case) -> dict[str, Any]:
        """The variables and the environment of a case, as provoke.py reads them."""
        variables = dict(case.variables)
        inventory = self.lab.host_vars(variables.pop("host"))
        merged = {
            "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
            "ansible_winrm_server_cert_validation": "validate",
            **inventory,
            **{key: self._filled(value) for key, value in variables.items()},
        }
        transport = merged["ansible_winrm_transport"]
        merged["ansible_winrm_transport"] = [transport] if isinstance(transport, str) else transport
        environment = {
            "KRB5_CONFIG": str(self._krb5_conf),
            "KRB5CCNAME": f"FILE:{self.folder / 'tickets'}",
            **{key: self._filled(value) for key, value in case.environment.items()},
        }
        return {
            "variables": {key: value for key, value in merged.items() if value is not None},
            "environment": environment,
        }

    @property
    def _krb5_conf(self) -> Path:
        return self.lab.directory / "domain" / "krb5.conf"

    def _filled(self, value: Any) -> Any:
        places = {
            "@DOWN@": f"{self.folder}/down.conf",
            "@SKEW@": f"{self.folder}/skew.conf",
            "@AHEAD@": f"{self.folder}/ahead.conf",
            "@EXPIRED@": f"FILE:{self.folder / 'expired'}",
            "@DER@": f"{self.folder}/ca.cer",
            "@CONVERTED@": f"{self.folder}/ca.pem",
            "@HTTP 400@": self.bad_request,
            "@USER@": self.lab.host_vars("mapped")["ansible_winrm_cert_pem"],
        }
        return places.get(value, value) if isinstance(value, str) else value

    def _run(self, *command: str, said: str = "") -> None:
        environment = {
            **os.environ,
            "PATH": PATH,
            "KRB5_CONFIG": str(self._krb5_conf),
            "KRB5_KDC_PROFILE": str(self.lab.directory / "domain" / "kdc.conf"),
        }
        subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            input=f"{said}\n",
            text=True,
            check=True,
            capture_output=True,
        )


@pytest.fixture(scope="module")
def scripts(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripts]:
    if lacking := missing():
        pytest.skip(f"a domain {lacking}")
    lab = start_lab({"defaults": HOST_OF_DOMAIN, "hosts": HOSTS}, "--domain")
    bench = Bench(lab, tmp_path_factory.mktemp("bench"))
    bench.prepare()
    cases = bench.folder / "cases.json"
    cases.write_text(json.dumps({name: bench.written(case) for name, case in CASES.items()}), "utf-8")
    with bench.kdc_ahead(), provoking(tmp_path_factory, cases) as started:
        yield started


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def failures(request: pytest.FixtureRequest, scripts: Scripts) -> Failures:
    """What each case ended in, in one environment."""
    return failures_of(scripts[request.param])


@pytest.mark.parametrize("name", [*DOMAIN, *NTLM_AND_CREDSSP, *CERTIFICATES])
def test_what_is_refused_names_its_cause_and_the_next_step(failures: Failures, name: str) -> None:
    if name in BY_THE_CLOCK and not shutil.which("faketime"):
        pytest.skip("needs faketime (package faketime; make system-packages installs it)")
    case, found = CASES[name], failures[name]
    assert found["culprit"] == case.culprit, found
    assert re.search(case.says, found["message"]), found


@pytest.mark.parametrize("name", WAYS_OUT)
def test_the_next_step_that_a_message_names_works(failures: Failures, name: str) -> None:
    assert failures[name]["message"] == "connected", failures[name]


@pytest.mark.parametrize("name", DOMAIN)
def test_the_password_is_not_blamed_where_the_domain_did_not_refuse_it(failures: Failures, name: str) -> None:
    blamed = re.search(r"[Cc]heck ansible_user", failures[name]["message"]) is not None
    assert blamed is (name == "wrong-password")


@pytest.mark.parametrize("name", CASES)
def test_the_defect_is_blamed_last(failures: Failures, name: str) -> None:
    message = failures[name]["message"]
    assert (
        "token exceeds 16 KB" not in message
        or "password first" in message
        or name == "credssp-wrong-password"
    )


@pytest.mark.parametrize("name", CASES)
def test_no_password_is_shown(failures: Failures, name: str) -> None:
    assert not re.search(f"{re.escape(PASSWORD)}|Falsch", failures[name]["message"])
