# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the info modules have exactly the fields, of the types, that their pages document."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version_info import (
    read_file_versions,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.operating_system import (
    read_operating_system,
)

from tests.unit._assessment.hosts import hotfix_host, package_text, platform_rows, system_row
from tests.unit.test_argument_specs import PLUGINS, text_constants

TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
CREDSSP = "C:\\Windows\\System32\\Credssp.dll"
DISK = {CREDSSP: "6.1.7600.16385", "C:\\Windows\\System32\\Tspkg.dll": "6.1.7600.16385"}
ATTEMPT = "started=2010-02-16T01:00:00+01:00\nstage=install\nexit_code=3010\n[end of the record]\n"
DEFINITION = load_definition("KB978918")


def documented(module: str) -> dict[str, Any]:
    return yaml.safe_load(text_constants(PLUGINS / "modules" / f"{module}.py")["RETURN"])


def check(value: Any, documentation: dict[str, Any], path: str) -> None:
    if value is None:
        return
    assert value.__class__ is TYPES[documentation["type"]], path
    contained = documentation.get("contains")
    for each in value if isinstance(value, list) else [value]:
        if contained:
            assert set(each) == set(contained), path
            for name, part in contained.items():
                check(each[name], part, f"{path}.{name}")
        elif isinstance(value, list):
            assert each.__class__ is TYPES[documentation["elements"]], path


HOSTS = {
    "vulnerable": hotfix_host(DISK),
    "pending": hotfix_host(
        DISK, {"packages": package_text(0x60), "attempt": ATTEMPT, "pending": "RebootPending\n"}
    ),
    "not applicable": hotfix_host({}, wmi=platform_rows(system_row(Version="6.2.9200"))),
    "unreadable": hotfix_host({}),
}


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("exposure", [True, False])
def test_hotfix_info(name, exposure):
    result = assess(HOSTS[name], DEFINITION, exposure=exposure).to_result()
    check(result, documented("hotfix_info")["hotfix_info"], "hotfix_info")
    assert all(
        result[field] is not None for field in ("status", "reasons", "os", "files", "restart", "servicing")
    )


def test_os_info():
    check(read_operating_system(HOSTS["vulnerable"]).to_result(), documented("os_info")["os"], "os")


def test_file_version_info():
    check(
        read_file_versions(HOSTS["vulnerable"], [CREDSSP]), documented("file_version_info")["files"], "files"
    )
