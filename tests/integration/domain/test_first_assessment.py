# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "First assessment", step by step: from a domain account to a report over Kerberos.

Each step is the guide's own. Added is only where this machine differs from a controller: the KDC has a port
of its own, krb5.conf lies in the test's folder, and libnss_wrapper knows the names.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.docs.desk import Desk, make_vault, playbook_commands, shown, statuses
from tests.integration.domain.conftest import PASSWORD
from tests.lab.domain.kdc import PORT
from tests.unit.docs.pages import ROOT, commands

GUIDE = ROOT / "docs" / "guide" / "first-assessment.md"
HOSTS = [*(f"rds{number:02}" for number in range(1, 5)), "pc-0001", "pc-0002"]
KRB5_CONF = "/etc/krb5.conf"


@pytest.fixture(scope="module")
def desk(start_domain: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    lab = start_domain([{"name": name, "files": "fixed"} for name in HOSTS])
    folder = tmp_path_factory.mktemp("desk")
    return Desk(lab, folder, {**lab.domain(), "KRB5_CONFIG": str(folder / "krb5.conf")})


def run(desk: Desk, start: str, typed: str = "") -> str:
    """Run the guide's command that begins so; returns what it printed."""
    (command,) = [line for snippet, line in commands() if snippet.page == GUIDE and line.startswith(start)]
    program, *words = shlex.split(command)
    in_venv = Path(sys.executable).with_name(program)
    done = subprocess.run(
        [str(in_venv if in_venv.exists() else program), *words],
        input=typed,
        env={**os.environ, **desk.environment, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# The tests below are one story and run in this order.


def test_step_1_installs_what_kerberos_needs(desk: Desk) -> None:
    assert "pywinrm[kerberos]" in run(desk, "pip install")


def test_step_2_and_3_give_a_ticket(desk: Desk) -> None:
    text = shown(GUIDE, KRB5_CONF)
    desk.write("krb5.conf", text.replace("dc01.corp.example", f"dc01.corp.example:{PORT}"))
    run(desk, "kinit", typed=f"{PASSWORD}\n")
    assert "krbtgt/CORP.EXAMPLE@CORP.EXAMPLE" in run(desk, "klist")


def test_step_4_to_6_give_a_green_report_over_kerberos(desk: Desk) -> None:
    desk.write("inventory.yml", shown(GUIDE, "inventory.yml"))
    # As "Logging on" says of a krb5.conf that is not in /etc; the others are for libnss_wrapper.
    passed_on = ["KRB5_CONFIG", "LD_PRELOAD", "NSS_WRAPPER_HOSTS"]
    desk.write("group_vars/all/krb5.yml", yaml.safe_dump({"ansible_winrm_kinit_env_vars": passed_on}))
    make_vault(desk, GUIDE, PASSWORD)
    command = playbook_commands(GUIDE, "winfleet.hotfix.assess")[0]
    done, report = desk.run(command)
    assert done.code == 0, done.output
    assert statuses(report) == {f"{name}.corp.example": "compliant" for name in HOSTS}
