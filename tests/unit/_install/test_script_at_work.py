# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script at work on a simulated host: it installs what is right, and nothing else, and always tells.

Each property is also shown to fail for a script from which the line that provides it is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import (
    LastAttempt,
    parse_last_attempt,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import (
    Run,
    task_definition,
    task_name,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._script import (
    ScriptHead,
    download_script,
    install_script,
    removal_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import render_task_xml

from tests.lab.clock import Clock
from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.profile import parse_fleet

HEAD = ScriptHead("KB978918", "0123456789abcdef", "2026-11-20T08:00:00+01:00")
FOLDER = "C:\\Windows\\winfleet.hotfix\\KB978918"
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
GOOD = build_msu(PackageSpec("x64"))
BAD = bad_packages()
INSTALL_PENDING = 0x60


@dataclass
class Left:
    """What a run left on the host; `states` are all contents that the record ever had."""

    attempt: LastAttempt | None
    state: int
    files: dict[str, bytes]
    states: set[bytes]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_script(data: bytes = GOOD, *, sha1: bool = False, fetch: PackageSource | None = None) -> str:
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest() if sha1 else None
    return install_script(HEAD, architecture="x64", sha256=sha256(data), sha1=digest, fetch=fetch)


def run_on_host(
    folder: Path,
    script: str,
    package: bytes | None = GOOD,
    *,
    faults: tuple[str, ...] = (),
    files: dict[str, bytes] | None = None,
    state: str = "vulnerable",
    record: str = "attempt.txt",
) -> Left:
    """Run a script by its task, on a Windows Server 2008 R2 x64 of its own."""
    fleet = {"hosts": [{"name": "host1", "system": "2008r2-x64", "faults": list(faults), "files": state}]}
    (profile,) = parse_fleet(fleet)

    async def work() -> Left:
        clock = Clock(running=False)
        host = WindowsHost(profile, folder / "host1", clock)
        host.disk.make_folder(FOLDER)
        given = {f"{FOLDER}\\install.cmd": script.encode("ascii"), **(files or {})}
        if package is not None:
            given[f"{FOLDER}\\package.msu"] = package
        for name, data in given.items():
            parent = name.rpartition("\\")[0]
            if not host.disk.is_folder(parent + "\\"):
                host.disk.make_folder(parent)
            host.disk.write(name, data)
        place = f"{FOLDER}\\{record}"
        states: set[bytes] = set()
        write = host.disk.write

        def watch(path: str, *arguments: Any, **options: Any) -> None:
            write(path, *arguments, **options)
            if host.disk.is_file(place):
                states.add(host.disk.read(place))

        host.disk.write = watch  # type: ignore[method-assign]
        task = task_definition(Run("KB978918", "install", HEAD.run), "C:\\Windows")
        name = task_name("KB978918")
        host.scheduler.run(host.scheduler.register(name, render_task_xml(task)))
        await clock.advance(4 * 3600)
        clock.close()
        left = {
            entry.name: host.disk.read(f"{FOLDER}\\{entry.name}")
            for entry in host.disk.listing(FOLDER)
            if not entry.is_folder
        }
        attempt = parse_last_attempt(left.get(record, b"").decode())
        return Left(attempt, host.servicing.state(IDENTITY), left, states)

    return asyncio.run(work())


def came_to(left: Left, stage: str) -> bool:
    """Whether the script ended at this stage, with a failure and without a change."""
    return left.attempt is not None and (left.attempt.stage, left.attempt.outcome, left.state) == (
        stage,
        "failed",
        0,
    )


def test_a_good_package_is_installed_and_the_record_says_so(tmp_path: Path) -> None:
    left = run_on_host(tmp_path, write_script())
    assert left.attempt == LastAttempt(HEAD.started, 3010, "pending", "install", HEAD.run)
    assert left.state == INSTALL_PENDING
    assert b"== compare" in left.files["install.log"] and "attempt.tmp" not in left.files


def test_the_record_is_never_seen_in_part(tmp_path: Path) -> None:
    left = run_on_host(tmp_path, write_script())
    assert left.states == {left.files["attempt.txt"]}


def test_a_record_written_in_place_would_be_seen_in_part(tmp_path: Path) -> None:
    direct = write_script().replace("attempt.tmp", "attempt.txt")
    assert len(run_on_host(tmp_path, direct).states) > 1


def test_without_its_rename_there_is_no_result(tmp_path: Path) -> None:
    left = run_on_host(tmp_path, without(write_script(), "move /y attempt.tmp"))
    assert left.attempt is None and left.state == INSTALL_PENDING


def test_without_its_exit_code_there_is_no_result(tmp_path: Path) -> None:
    assert run_on_host(tmp_path, without(write_script(), ">>attempt.tmp echo exit_code")).attempt is None


def test_a_changed_package_is_not_installed(tmp_path: Path) -> None:
    assert came_to(
        run_on_host(tmp_path, write_script(), build_msu(PackageSpec("x64", compress=False))), "compare"
    )


def test_without_its_hash_check_a_changed_package_would_be_installed(tmp_path: Path) -> None:
    mutated = without(write_script(), "findstr /i /c:")
    left = run_on_host(tmp_path, mutated, build_msu(PackageSpec("x64", compress=False)))
    assert left.state == INSTALL_PENDING


def without(script: str, start: str) -> str:
    """The script less the one line that starts so."""
    lines = script.split("\r\n")
    kept = [line for line in lines if not line.startswith(start)]
    assert len(kept) == len(lines) - 1, start
    return "\r\n".join(kept)


def test_another_hotfix_is_not_installed_though_its_hash_is_right(tmp_path: Path) -> None:
    other = BAD["Windows6.1-KB2534111-x64.msu"]
    assert came_to(run_on_host(tmp_path, write_script(other), other), "identity")


def test_another_architecture_is_not_installed_though_its_hash_is_right(tmp_path: Path) -> None:
    other = BAD["Windows6.1-KB978918-x64-wrong-architecture.msu"]
    assert came_to(run_on_host(tmp_path, write_script(other), other), "identity")


def test_without_its_identity_check_another_architecture_comes_to_dism(tmp_path: Path) -> None:
    other = BAD["Windows6.1-KB978918-x64-wrong-architecture.msu"]
    mutated = without(write_script(other), "findstr /r")
    assert came_to(run_on_host(tmp_path, mutated, other), "install")


@pytest.mark.parametrize(
    "name", ["Windows6.1-KB978918-x64-truncated.msu", "Windows6.1-KB978918-x64-garbage.msu"]
)
def test_damage_at_the_source_ends_before_dism(tmp_path: Path, name: str) -> None:
    left = run_on_host(tmp_path, write_script(BAD[name]), BAD[name])
    assert came_to(left, "expand") or came_to(left, "identity")


def test_a_missing_package_is_a_failure(tmp_path: Path) -> None:
    assert came_to(run_on_host(tmp_path, write_script(), None), "sha256")


def test_the_task_gets_the_package_from_a_path_with_percent_and_ampersand(tmp_path: Path) -> None:
    path = "C:\\pack%20ages & more\\x^y!.msu"
    source = PackageSource("host", path, sha256(GOOD))
    folder = {path: GOOD}
    left = run_on_host(tmp_path, write_script(fetch=source), None, files=folder)
    assert left.state == INSTALL_PENDING


def test_a_path_that_leads_nowhere_is_a_failure_to_fetch(tmp_path: Path) -> None:
    source = PackageSource("host", "C:\\none\\x.msu", sha256(GOOD))
    assert came_to(run_on_host(tmp_path, write_script(fetch=source), None), "fetch")


def test_a_download_leaves_the_package_and_installs_nothing(tmp_path: Path) -> None:
    source = PackageSource("host", "C:\\x.msu", sha256(GOOD))
    script = download_script(HEAD, sha256=sha256(GOOD), fetch=source)
    left = run_on_host(tmp_path, script, None, files={"C:\\x.msu": GOOD}, record="download.txt")
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("download", 0)
    assert left.files["package.msu"] == GOOD and left.state == 0


def test_an_installed_package_is_removed(tmp_path: Path) -> None:
    script = removal_script(HEAD, identity=IDENTITY)
    left = run_on_host(tmp_path, script, None, state="fixed", record="removal.txt")
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("remove", 3010)
    assert left.state == 0x05


@pytest.mark.parametrize(
    ("fault", "code"),
    [("pending_operations", 0x800F0806), ("another_install_running", 183), ("store_damaged", 0x80073712)],
)
def test_what_dism_says_is_recorded(tmp_path: Path, fault: str, code: int) -> None:
    left = run_on_host(tmp_path, write_script(), faults=(fault,))
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("install", code)


def test_without_sha256_on_the_host_sha1_is_enough_for_bytes_from_the_controller(tmp_path: Path) -> None:
    left = run_on_host(tmp_path, write_script(sha1=True), faults=("no_sha256",))
    assert left.state == INSTALL_PENDING


def test_without_sha256_on_the_host_nothing_else_is_accepted_for_other_bytes(tmp_path: Path) -> None:
    left = run_on_host(tmp_path, write_script(), faults=("no_sha256",))
    assert came_to(left, "sha256") or came_to(left, "compare")
