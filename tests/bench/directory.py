# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures token sizing: the engine on a million users, an LDIF export, its report, a live Samba directory.

``python -m tests.bench.directory [engine] [ldif] [report] [samba]``; without a name all four. Each part runs
in a process of its own, so that its peak memory is its own. Figures of one run are in
docs/guide/token-sizes.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_options import LdapOptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_source import (
    GROUP_FILTER,
    USER_FILTER,
    _library,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldif import LdifSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import Notes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.progress import Progress
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import (
    GROUP_ATTRIBUTES,
    USER_ATTRIBUTES,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSizer
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import write_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

from tests.bench._token_engine import WalkingSizer, engine


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ldif(users: int = 100_000, groups: int = 20_000) -> None:
    """Print how fast an export is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = _export(Path(folder), users, groups)
        megabytes = path.stat().st_size / 1e6
        print(f"ldif: {users:,} users, {groups:,} groups, {megabytes:,.0f} MB")
        with path.open("rb") as file:
            lines, seconds = _timed(lambda: sum(1 for _unused in file))
        print(f"  bare count of {lines:,} lines: {megabytes / seconds:,.0f} MB/s")
        source = LdifSource(path, Notes(), Progress(lambda line: None))
        count, seconds = _timed(lambda: sum(1 for _unused in source.entries(groups_only=False)))
        print(f"  parsed: {count:,} objects, {megabytes / seconds:,.0f} MB/s")
        read, seconds = _timed(
            lambda: sum(1 for _unused in source.groups()) + sum(1 for _unused in source.users())
        )
        print(f"  read in both passes: {read:,} records, {megabytes / seconds:,.0f} MB/s of the file")
        survey = Survey([str(path)], TokenRules())
        found, seconds = _timed(lambda: sum(1 for _unused in survey.flagged()))
        print(f"  flagged users: {found:,} in {seconds:.1f} s, peak memory {_peak_mb():,.0f} MB")


def report(users: int = 20_000, groups: int = 4_000) -> None:
    """Print what the playbook's user waits for: the report of an export, which sizes everybody exactly."""
    with tempfile.TemporaryDirectory() as folder:
        path = _export(Path(folder), users, groups)
        print(f"report: LDIF of {users:,} users, {groups:,} groups")
        flagged, lookup = _timed(lambda: sum(1 for _unused in Survey([str(path)], TokenRules()).flagged()))
        print(f"  lookup of the {flagged:,} flagged users: {lookup:.1f} s CPU")
        sizers: dict[str, Callable[[Survey], TokenSizer]] = {
            "precomputed closures": lambda survey: survey._load(),
            "a walk for each user": lambda survey: WalkingSizer(survey._load()._membership, survey.rules),
        }
        seconds, sizes = {}, []
        for name, make in sizers.items():
            survey = Survey([str(path)], TokenRules())
            files = report_paths(Path(folder) / name, ["json", "csv", "html"], "token-report")

            def work(survey: Survey = survey, files: dict[str, Path] = files, make: Any = make) -> int:
                survey._sizer = make(survey)
                written = write_report(survey, files, everyone=False, generated_at="2026-01-01T00:00:00Z")
                sizes.append((written.totals.bins, written.totals.limits))
                return written.totals.users

            _count, seconds[name] = _timed(work)
            print(f"  report with {name}: {seconds[name]:.1f} s CPU")
        fast, slow = (seconds[name] for name in seconds)
        print(f"  ratio {slow / fast:.1f}, {'equal' if sizes[0] == sizes[1] else 'DIFFERENT'} sizes")


def _export(folder: Path, users: int, groups: int) -> Path:
    path = folder / "directory.ldif"
    command = [sys.executable, "-m", "tests.lab.directory_export", str(path)]
    numbers = ["--users", str(users), "--groups", str(groups), "--memberships", "15"]
    subprocess.run([*command, *numbers], cwd=ROOT, check=True)
    return path


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


# A live directory


def samba(users: int = 20_000, groups: int = 3_000) -> None:
    """Print how reading a live directory compares with ldapsearch and with bare python-ldap."""
    from tests.integration.directory.samba_domain import PASSWORD, READER, SambaDomain, missing

    reason = missing()
    if reason:
        print(f"samba: not measured: {reason}")
        return
    ldap = _library()
    with tempfile.TemporaryDirectory() as folder:
        domain = SambaDomain(Path(folder), f"127.{secrets.randbelow(200) + 40}.3.1")
        domain.provision()
        domain.populate("large", str(users), str(groups))
        domain.start()
        try:
            print(f"samba: {users:,} users, {groups:,} groups, ldaps")
            options = LdapOptions(
                bind_dn=READER, bind_password=PASSWORD, ca_path=str(domain.certificates.authority)
            )

            def by_ldapsearch() -> None:
                environment = {**os.environ, "LDAPTLS_CACERT": options.ca_path}
                for filter_, names in ((GROUP_FILTER, GROUP_ATTRIBUTES), (USER_FILTER, USER_ATTRIBUTES)):
                    command = ["ldapsearch", "-x", "-LLL", "-H", domain.ldaps, "-D", READER, "-w", PASSWORD]
                    where = ["-b", "DC=corp,DC=example,DC=com", "-E", "pr=1000/noprompt", filter_, *names]
                    subprocess.run([*command, *where], env=environment, stdout=subprocess.DEVNULL, check=True)

            def by_lookup() -> None:
                survey = Survey([domain.ldaps], TokenRules(), ldap=options)
                assert list(survey.flagged()) == []
                assert survey.users_seen >= users
                survey.close()

            def bare() -> None:
                connection = ldap.initialize(domain.ldaps)
                connection.set_option(ldap.OPT_X_TLS_CACERTFILE, options.ca_path)
                connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
                connection.simple_bind_s(READER, PASSWORD)
                for filter_, names in ((GROUP_FILTER, GROUP_ATTRIBUTES), (USER_FILTER, USER_ATTRIBUTES)):
                    control = ldap.controls.SimplePagedResultsControl(True, size=1000, cookie="")
                    while True:
                        pending = connection.search_ext(
                            "DC=corp,DC=example,DC=com", 2, filter_, list(names), serverctrls=[control]
                        )
                        _kind, data, _id, controls = connection.result3(pending)
                        assert data
                        control.cookie = controls[0].cookie
                        if not control.cookie:
                            break
                connection.unbind_s()

            walls: dict[str, float] = {}
            cpus: dict[str, float] = {}
            for name, work in (("ldapsearch", by_ldapsearch), ("lookup", by_lookup), ("bare", bare)) * 3:
                wall, cpu = time.perf_counter(), time.process_time()
                work()
                walls[name] = min(walls.get(name, 1e9), time.perf_counter() - wall)
                cpus[name] = min(cpus.get(name, 1e9), time.process_time() - cpu)
            print(
                f"  wall: lookup {walls['lookup']:.2f} s, ldapsearch {walls['ldapsearch']:.2f} s, "
                f"ratio {walls['lookup'] / walls['ldapsearch']:.2f} (best of 3)"
            )
            print(
                f"  own CPU: lookup {cpus['lookup']:.2f} s, bare python-ldap {cpus['bare']:.2f} s, "
                f"ratio {cpus['lookup'] / cpus['bare']:.2f}"
            )
        finally:
            domain.stop()


PARTS: dict[str, Callable[[], None]] = {"engine": engine, "ldif": ldif, "report": report, "samba": samba}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts that are named, each in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="engine, ldif, report, samba; default all")
    parts = parser.parse_args(arguments).parts or list(PARTS)
    if not set(parts) <= PARTS.keys():
        parser.error(f"choose of {', '.join(PARTS)}")
    if len(parts) == 1:
        PARTS[parts[0]]()
        return
    for part in parts:
        subprocess.run([sys.executable, "-m", "tests.bench.directory", part], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
