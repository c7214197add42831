# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random hosts and random hotfixes: `compliant` is said only of a host that has the fix.

The oracle knows no version rules. It follows how Microsoft builds: each file has a history of builds in two
branches for RTM and, after its release, for Service Pack 1. A hotfix is built on one day, always in LDR and
sometimes in GDR too. The builds of a branch after that day contain it if the branch got it, and so does all
of a service pack that was released later.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from random import Random

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment._compare import Builds
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment._file_states import file_states
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.verdict import decide
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.disk_files import DiskFile, path_key
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import PackageState

from tests.unit._hotfix.builds import definition, entry, file

CASES = 12_000
SP1_DAY, LAST_DAY = 500, 1500
DAYS = (SP1_DAY + 1, LAST_DAY)


@dataclass(frozen=True)
class Build:
    """One build of a file: of a build of Windows and a branch, on a day."""

    windows: int
    ldr: bool
    day: int
    revision: int

    @property
    def version(self) -> str:
        return f"6.1.{self.windows}.{self.revision}"


@dataclass(frozen=True)
class Hotfix:
    """A hotfix, built on a day for LDR and maybe for GDR."""

    day: int
    gdr: bool

    def is_in(self, build: Build) -> bool:
        """The oracle: whether a build of a file contains the hotfix."""
        if build.windows == 7601 and self.day < SP1_DAY:
            return True
        return build.day >= self.day and (build.ldr or self.gdr)


@dataclass(frozen=True)
class Case:
    """A host, a definition, and what is true of the two."""

    given: dict
    windows: int
    disk: dict[str, DiskFile]
    packages: list[PackageState] | None
    has_the_fix: bool
    usual: bool  # whether the definition knows the branch of every file by its version


def history(random: Random, hotfix: Hotfix) -> list[Build]:
    """All builds of one file, with those of the hotfix."""
    found = [Build(7600, False, 0, 16385), Build(7601, False, SP1_DAY, 17514)]
    for windows, first_day, released in ((7600, 1, 16385), (7601, SP1_DAY + 1, 17514)):
        for ldr in (False, True):
            days = {random.randint(first_day, LAST_DAY) for _unused in range(random.randint(0, 4))}
            if hotfix.day >= first_day and (ldr or hotfix.gdr):
                days.add(hotfix.day)
            # Revisions grow with the days. The branches of a build grow apart from each other.
            start, end = (20001, 25000) if ldr else (released + 1, 19999)
            revisions = sorted(random.sample(range(start, end), len(days)))
            found += [
                Build(windows, ldr, day, revision)
                for day, revision in zip(sorted(days), revisions, strict=True)
            ]
    return found


def shipped(builds: list[Build], hotfix: Hotfix, windows: int) -> dict[bool, str]:
    """The versions of a file in the package for a build of Windows, by whether they are LDR."""
    return {each.ldr: each.version for each in builds if each.windows == windows and each.day == hotfix.day}


def case(random: Random) -> Case:
    """One random case. Definitions are true, but may lack a branch or the entry for RTM."""
    hotfix = Hotfix(
        random.choice([random.randint(1, SP1_DAY - 1), random.randint(*DAYS)]), random.random() < 0.5
    )
    files = {f"C:\\f{number}.sys": history(random, hotfix) for number in range(random.randint(1, 3))}
    known = random.choice([{True}, {False, True}, {False}]) if hotfix.gdr else {True}
    before_sp1 = hotfix.day < SP1_DAY
    targets = random.choice([[None], [7600]]) if before_sp1 else random.choice([[7600, 7601], [7601]])
    by_hash = {path for path in files if random.random() < 0.15}
    if by_hash:  # the versions of its component can decide such a file, because servicing replaces it whole
        whole = next(iter(files.values()))
        files = dict.fromkeys(files, whole)
    entries = []
    for target in targets:
        rows = []
        for path, builds in files.items():
            versions = shipped(builds, hotfix, target or 7600)
            version = versions[True] if True in known else versions[False]
            if path in by_hash:
                rows.append(file(path=path, sha1=sha1_of(version)))
                continue
            rows.append(file(version, path=path, gdr_version=versions[False] if len(known) == 2 else None))
        entries.append(entry(target, *rows))

    windows = random.choice([7600, 7601])
    of_windows = {path: [b for b in builds if b.windows == windows] for path, builds in files.items()}
    # Some hosts are odd, with files of another Windows.
    choices = files if random.random() < 0.2 else of_windows
    on_host = {path: random.choice(builds) for path, builds in choices.items()}
    if by_hash:
        on_host = dict.fromkeys(files, next(iter(on_host.values())))
    versions = {path: build.version for path, build in on_host.items()}
    evidence = all(random.random() < 0.95 for _unused in range(2))
    if not evidence:
        spoilt = random.choice(list(versions))
        versions[spoilt] = random.choice(["", "6.1", "?"])
        if random.random() < 0.5:
            del versions[spoilt]
    packages = random.choice([None, [], [], [], package("Installed"), package("Install Pending")])
    in_time = packages is not None and packages != package("Install Pending")
    return Case(
        given=definition(*entries),
        windows=windows,
        disk={path_key(path): on_disk(path, version) for path, version in versions.items()},
        packages=packages,
        has_the_fix=in_time and evidence and all(hotfix.is_in(build) for build in on_host.values()),
        usual=not by_hash
        and windows >= (targets[0] or 7600)
        and all(
            build.windows == windows and (build.ldr in known or windows > (targets[-1] or 7600))
            for build in on_host.values()
        ),
    )


def on_disk(path: str, version: str) -> DiskFile:
    """A file as the host shows it; of a file that it cannot read, not even the hash."""
    readable = version.count(".") == 3
    return DiskFile(path, version, 1, None, (sha1_of(version),) if readable else ())


def sha1_of(version: str) -> str:
    """The hash of a file: every build has its own."""
    return sha1(version.encode()).hexdigest()


def package(state: str) -> list[PackageState]:
    return [PackageState("Package_for_KB2465285~31bf3856ad364e35~amd64~~6.1.1.0", state, None)]


def status(each: Case) -> str:
    loaded = load_definition(each.given)
    product = loaded.product_for("Windows 7", "x64", each.windows)
    if product is None:
        return "not_applicable"
    files = file_states(product.files, each.disk, lambda path: path, Builds(product.build, each.windows))
    return decide(loaded.kb, files=files, packages=each.packages).status


@cache
def judged() -> list[tuple[Case, str]]:
    random = Random(978918)
    return [(each, status(each)) for each in (case(random) for _unused in range(CASES))]


def test_compliant_is_said_only_where_the_oracle_knows_that_the_host_has_the_fix() -> None:
    wrong = [each for each, said in judged() if said == "compliant" and not each.has_the_fix]
    assert not wrong, f"{len(wrong)} of {CASES}, such as {wrong[0]}"


def test_a_host_that_has_the_fix_in_a_branch_that_the_definition_knows_is_compliant() -> None:
    missed = [
        (each, said) for each, said in judged() if each.usual and each.has_the_fix and said != "compliant"
    ]
    assert not missed, f"{len(missed)} of {CASES}, such as {missed[0]}"


@pytest.mark.parametrize("name", ["compliant", "vulnerable", "unknown", "inconsistent", "not_applicable"])
def test_the_cases_cover_each_status_many_times(name: str) -> None:
    assert Counter(said for _case, said in judged())[name] > 200
