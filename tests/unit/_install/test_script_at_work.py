# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script at work on a simulated host: it installs the right package only, and records how it ended.

For each property, a test also shows that a script without the line in question lacks it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.current_run import Run, task_name
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import (
    LastAttempt,
    parse_last_attempt,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import task_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._script import (
    ScriptHead,
    download_script,
    install_script,
    removal_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import render_task_xml

from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu, inner_cabinet
from tests.unit._install.controllers import FOLDER, GOOD, IDENTITY, put
from tests.unit.lab_session import LabSession

HEAD = ScriptHead("KB978918", "0123456789abcdef", "2026-11-20T08:00:00+01:00")
BAD = bad_packages()
INSTALL_PENDING, UNINSTALL_PENDING = 0x60, 0x05
URL = "http://packages.example/KB978918.msu"
SYSTEMS = {"x86": "win7-x86", "x64": "2008r2-x64", "ia64": "2008r2-ia64"}
PROCESSORS = {"x86": "x86", "x64": "amd64", "ia64": "ia64"}


@dataclass
class Left:
    """The traces of a run on the host.

    Attributes:
        states: All contents that the record ever had.
        cached: The URLs of which the host keeps a copy.
    """

    attempt: LastAttempt | None
    state: int
    files: dict[str, bytes]
    states: set[bytes]
    cached: list[str]


@lru_cache
def package(architecture: str) -> bytes:
    return GOOD if architecture == "x64" else build_msu(PackageSpec(architecture))


def identity(architecture: str) -> str:
    return IDENTITY.replace("amd64", PROCESSORS[architecture])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def write_script(data: bytes = GOOD, *, with_sha1: bool = False, fetch: PackageSource | None = None) -> str:
    digest = sha1(data) if with_sha1 else None
    return install_script(HEAD, architecture="x64", sha256=sha256(data), sha1=digest, fetch=fetch)


def run_on_host(
    script: str,
    package: bytes | None = GOOD,
    *,
    architecture: str = "x64",
    files: dict[str, bytes] | None = None,
    state: str = "vulnerable",
    record: str = "attempt.txt",
    kept: str = "",
    **profile: Any,
) -> Left:
    """Run a script by its task, on a host of its own. Nobody can delete what is below `kept`."""
    session = LabSession(system=SYSTEMS[architecture], files=state, **profile)
    host = session.lab
    host.disk.make_folder(FOLDER)
    given = {f"{FOLDER}\\install.cmd": script.encode("ascii"), **(files or {})}
    if package is not None:
        given[f"{FOLDER}\\package.msu"] = package
    for path, data in given.items():
        put(session, path, data)
    if kept:
        host.disk.readonly_below.add(kept.lower())
    place = f"{FOLDER}\\{record}"
    states: set[bytes] = set()
    write = host.disk.write

    def watch(path: str, *arguments: Any, **options: Any) -> None:
        write(path, *arguments, **options)
        if host.disk.is_file(place):
            states.add(host.disk.read(place))

    host.disk.write = watch  # type: ignore[method-assign]
    task = task_definition(Run("KB978918", "install", HEAD.run), "C:\\Windows")

    async def start() -> None:
        host.scheduler.run(host.scheduler.register(task_name("KB978918"), render_task_xml(task)))

    session.work(start())
    session.clock.sleep(4 * 3600)
    assert not host.unknown_requests
    left = {
        entry.name: host.disk.read(f"{FOLDER}\\{entry.name}")
        for entry in host.disk.listing(FOLDER)
        if not entry.is_folder
    }
    attempt = parse_last_attempt(left.get(record, b"").decode())
    cached = [url for copies in host.url_cache.values() for url in copies]
    return Left(attempt, host.servicing.state(identity(architecture)), left, states, cached)


def source_of(location: str, data: bytes, folder: Path) -> tuple[PackageSource | None, dict[str, Any]]:
    """Return a source that holds the package, and what makes it reachable from a host."""
    if location == "controller":
        return None, {"package": data}
    (folder / "x.msu").write_bytes(data)
    if location == "url":
        return PackageSource("url", URL, sha256(data)), {"downloads": {URL: str(folder / "x.msu")}}
    path = r"\\files\patches\x.msu"
    return PackageSource("host", path, sha256(data)), {"shares": {r"\\files\patches": str(folder)}}


@pytest.mark.parametrize(
    ("location", "hashes", "architecture"),
    [*product(("controller", "url", "host"), ("sha256", "sha256 or sha1", "sha1"), SYSTEMS)],
)
def test_every_form_of_the_script_installs(
    tmp_path: Path, location: str, hashes: str, architecture: str
) -> None:
    data = package(architecture)
    fetch, reachable = source_of(location, data, tmp_path)
    script = install_script(
        HEAD,
        architecture=architecture,
        sha256=sha256(data),
        sha1=None if hashes == "sha256" else sha1(data),
        fetch=fetch,
    )
    faults = ["no_sha256"] if hashes == "sha1" else []
    left = run_on_host(script, **{"package": None, **reachable}, architecture=architecture, faults=faults)
    assert left.attempt == LastAttempt(HEAD.started, 3010, "pending", "install", HEAD.run)
    assert left.state == INSTALL_PENDING


@pytest.mark.parametrize(("location", "architecture"), [*product(("controller", "url", "host"), SYSTEMS)])
def test_the_cabinet_of_a_package_alone_installs(tmp_path: Path, location: str, architecture: str) -> None:
    data = inner_cabinet(PackageSpec(architecture))
    fetch, reachable = source_of(location, data, tmp_path)
    script = install_script(HEAD, architecture=architecture, sha256=sha256(data), sha1=None, fetch=fetch)
    left = run_on_host(script, **{"package": None, **reachable}, architecture=architecture)
    assert left.attempt == LastAttempt(HEAD.started, 3010, "pending", "install", HEAD.run)
    assert left.state == INSTALL_PENDING


@pytest.mark.parametrize("other", [PackageSpec("x64", kb="KB2534111"), PackageSpec("x86")])
def test_the_cabinet_of_another_package_is_not_installed(other: PackageSpec) -> None:
    data = inner_cabinet(other)
    assert came_to(run_on_host(write_script(data), data), "identity")


def test_without_a_copy_under_its_name_the_cabinet_is_not_found() -> None:
    data = inner_cabinet(PackageSpec("x64"))
    assert came_to(run_on_host(without(write_script(data), "copy /y /b package.msu"), data), "expand")


@pytest.mark.parametrize("location", ["url", "host"])
def test_every_form_of_the_script_downloads(tmp_path: Path, location: str) -> None:
    fetch, reachable = source_of(location, GOOD, tmp_path)
    assert fetch is not None
    script = download_script(HEAD, sha256=sha256(GOOD), fetch=fetch)
    left = run_on_host(script, None, **reachable, record="download.txt")
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("download", 0)
    assert left.files["package.msu"] == GOOD and left.state == 0


@pytest.mark.parametrize("architecture", SYSTEMS)
def test_every_form_of_the_script_removes(architecture: str) -> None:
    script = removal_script(HEAD, identity=identity(architecture))
    left = run_on_host(script, None, architecture=architecture, state="fixed", record="removal.txt")
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("remove", 3010)
    assert left.state == UNINSTALL_PENDING


def came_to(left: Left, stage: str) -> bool:
    """Whether the script ended at this stage, with a failure and without a change."""
    return left.attempt is not None and (left.attempt.stage, left.attempt.outcome, left.state) == (
        stage,
        "failed",
        0,
    )


def test_a_good_package_is_installed_and_the_record_says_so() -> None:
    left = run_on_host(write_script())
    assert left.attempt == LastAttempt(HEAD.started, 3010, "pending", "install", HEAD.run)
    assert left.state == INSTALL_PENDING
    assert b"== compare" in left.files["install.log"] and "attempt.tmp" not in left.files


def test_the_record_is_never_seen_in_part() -> None:
    left = run_on_host(write_script())
    assert left.states == {left.files["attempt.txt"]}


def test_a_record_written_in_place_would_be_seen_in_part() -> None:
    direct = write_script().replace("attempt.tmp", "attempt.txt")
    assert len(run_on_host(direct).states) > 1


def test_without_its_rename_there_is_no_result() -> None:
    left = run_on_host(without(write_script(), "move /y attempt.tmp"))
    assert left.attempt is None and left.state == INSTALL_PENDING


def test_without_its_exit_code_there_is_no_result() -> None:
    assert run_on_host(without(write_script(), ">>attempt.tmp echo exit_code")).attempt is None


def test_a_changed_package_is_not_installed() -> None:
    assert came_to(run_on_host(write_script(), build_msu(PackageSpec("x64", compress=False))), "compare")


def test_without_its_hash_check_a_changed_package_would_be_installed() -> None:
    mutated = without(write_script(), "findstr /i /c:")
    left = run_on_host(mutated, build_msu(PackageSpec("x64", compress=False)))
    assert left.state == INSTALL_PENDING


def without(script: str, start: str) -> str:
    """The script less the one line that starts so."""
    lines = script.split("\r\n")
    kept = [line for line in lines if not line.startswith(start)]
    assert len(kept) == len(lines) - 1, start
    return "\r\n".join(kept)


def test_another_hotfix_is_not_installed_though_its_hash_is_right() -> None:
    other = BAD["Windows6.1-KB2534111-x64.msu"]
    assert came_to(run_on_host(write_script(other), other), "identity")


def test_another_architecture_is_not_installed_though_its_hash_is_right() -> None:
    other = BAD["Windows6.1-KB978918-x64-wrong-architecture.msu"]
    assert came_to(run_on_host(write_script(other), other), "identity")


def test_without_its_identity_check_another_architecture_comes_to_dism() -> None:
    other = BAD["Windows6.1-KB978918-x64-wrong-architecture.msu"]
    mutated = without(write_script(other), "findstr /r")
    assert came_to(run_on_host(mutated, other), "install")


@pytest.mark.parametrize(
    "name", ["Windows6.1-KB978918-x64-truncated.msu", "Windows6.1-KB978918-x64-garbage.msu"]
)
def test_damage_at_the_source_ends_before_dism(name: str) -> None:
    left = run_on_host(write_script(BAD[name]), BAD[name])
    assert came_to(left, "expand") or came_to(left, "identity")


def test_a_missing_package_is_a_failure() -> None:
    assert came_to(run_on_host(write_script(), None), "sha256")


def test_the_task_gets_the_package_from_a_path_with_percent_and_ampersand() -> None:
    path = "C:\\pack%20ages & more\\x^y!.msu"
    source = PackageSource("host", path, sha256(GOOD))
    folder = {path: GOOD}
    left = run_on_host(write_script(fetch=source), None, files=folder)
    assert left.state == INSTALL_PENDING


def test_a_path_that_leads_nowhere_is_a_failure_to_fetch() -> None:
    source = PackageSource("host", "C:\\none\\x.msu", sha256(GOOD))
    assert came_to(run_on_host(write_script(fetch=source), None), "fetch")


@pytest.mark.parametrize(
    ("fault", "code"),
    [("pending_operations", 0x800F0806), ("another_install_running", 183), ("store_damaged", 0x80073712)],
)
def test_what_dism_says_is_recorded(fault: str, code: int) -> None:
    left = run_on_host(write_script(), faults=[fault])
    assert left.attempt and (left.attempt.stage, left.attempt.exit_code) == ("install", code)


def test_without_sha256_on_the_host_nothing_else_is_accepted_for_other_bytes() -> None:
    left = run_on_host(write_script(), faults=["no_sha256"])
    assert came_to(left, "sha256") or came_to(left, "compare")


@pytest.mark.parametrize("served", [GOOD, BAD["Windows6.1-KB2534111-x64.msu"]])
def test_the_url_cache_keeps_no_copy_of_the_package(tmp_path: Path, served: bytes) -> None:
    fetch, reachable = source_of("url", GOOD, tmp_path)
    assert fetch is not None
    (tmp_path / "x.msu").write_bytes(served)
    left = run_on_host(download_script(HEAD, sha256=sha256(GOOD), fetch=fetch), None, **reachable)
    assert left.cached == [] and URL.encode() not in left.files["install.log"]


def test_without_its_line_the_url_cache_would_keep_a_copy(tmp_path: Path) -> None:
    fetch, reachable = source_of("url", GOOD, tmp_path)
    assert fetch is not None
    mutated = without(download_script(HEAD, sha256=sha256(GOOD), fetch=fetch), f'certutil -urlcache "{URL}"')
    assert run_on_host(mutated, None, **reachable).cached == [URL]


@pytest.mark.parametrize(
    ("fault", "said"), [("expand_incomplete", b"no file *.xml"), ("expand_empty", b"empty")]
)
def test_what_expand_did_not_make_is_a_failure_though_expand_ends_with_0(fault: str, said: bytes) -> None:
    left = run_on_host(write_script(), faults=[fault])
    assert came_to(left, "expand") and said in left.files["install.log"]


def test_a_file_that_is_no_package_is_a_wrong_package() -> None:
    page = b"<html>The package has moved.</html>"
    left = run_on_host(write_script(page), page)
    assert came_to(left, "identity") and b"package.msu is not a cabinet" in left.files["install.log"]


def test_files_of_an_earlier_package_do_not_pass_for_those_of_this_one() -> None:
    session_files = {f"{FOLDER}\\expanded\\Windows6.1-KB978918-x64.xml": b"old"}
    left = run_on_host(write_script(), files=session_files, kept=f"{FOLDER}\\expanded")
    assert came_to(left, "expand") and b"of an earlier run cannot be deleted" in left.files["install.log"]
