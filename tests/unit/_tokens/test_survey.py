# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A survey: users asked for by name, and users whom several sources show."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import UserRecord
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import SidSet, parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._user_names import UserNames
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.lookup_items import token_items
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import write_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

DOMAIN = "S-1-5-21-3-2-1"
NORA = UserRecord(
    b"CN=Berg\\, Nora,OU=Staff,DC=firm,DC=example",
    parse_sid(f"{DOMAIN}-1500"),
    513,
    {"sAMAccountName": [b"nberg"], "userPrincipalName": [b"nora.berg@mail.example"]},
)


# Names


@pytest.mark.parametrize(
    "name",
    [
        "nberg",
        " NBerg ",
        "Nora.Berg@mail.example",
        "nberg@FIRM.example",
        "cn=berg\\2C nora, ou=staff, dc=firm, dc=example",
    ],
)
def test_a_user_is_found_by_each_form_of_its_name(name: str) -> None:
    names = UserNames([name, "other"])
    assert names.take(NORA) and names.missing == ["other"]


@pytest.mark.parametrize("name", ["nber", "nberg@other.example", "nora.berg@firm.example", "CN=Nora"])
def test_another_name_is_missing(name: str) -> None:
    names = UserNames([name])
    assert not names.take(NORA) and names.missing == [name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FIRM\\nberg", r"FIRM\\nberg.*write nberg"),
        ("\\nberg", "write nberg"),
        ("FIRM\\", "write"),
        (" ", "empty"),
    ],
)
def test_a_name_that_no_object_shows_is_refused_with_the_forms_that_work(name: str, words: str) -> None:
    with pytest.raises(DirectoryError, match=words):
        UserNames(["other", name])


# One SID is one user


def user(name: str, rid: int, where: str, *groups: str) -> str:
    return (
        f"dn: CN={name},OU={where},DC=firm,DC=example\nobjectClass: user\nobjectSid: {DOMAIN}-{rid}\n"
        f"sAMAccountName: {name}\nprimaryGroupID: 513\n"
        + "".join(f"memberOf: CN={group},DC=firm,DC=example\n" for group in groups)
        + "\n"
    )


def group(name: str, rid: int) -> str:
    return (
        f"dn: CN={name},DC=firm,DC=example\nobjectClass: group\nobjectSid: {DOMAIN}-{rid}\n"
        "groupType: -2147483646\n\n"
    )


GROUPS = group("Domain Users", 513) + group("Team", 1600) + group("Doors", 1601)
FIRST = user("nberg", 1500, "Staff", "Team") + user("olin", 1501, "Staff")
SECOND = user("nberg", 1500, "Left", "Team", "Doors") + user("pia", 1502, "Left")


@pytest.mark.parametrize("files", [(GROUPS + FIRST + SECOND,), (GROUPS + FIRST, SECOND)])
def test_the_lookup_and_the_report_count_a_user_once_as_first_shown(
    tmp_path: Path, files: tuple[str, ...]
) -> None:
    paths = [tmp_path / f"part{number}.ldif" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_text(text)
    sources = list(map(str, paths))

    lookup = Survey(sources, TokenRules())
    items = token_items(lookup, "all", [], None)
    assert {item["user"]: item["token_bytes"] for item in items} == {"nberg": 1216, "olin": 1208, "pia": 1208}
    (note,) = [each for each in lookup.notes if "more than once" in each]
    assert "(1: nberg)" in note

    report = Survey(sources, TokenRules())
    written = write_report(
        report, report_paths(tmp_path / "tokens", ["json"], "token-report"), everyone=True, generated_at="now"
    )
    assert written.totals.users == 3 and list(report.notes) == list(lookup.notes)


def test_a_set_of_sids_knows_what_it_was_given() -> None:
    rng = random.Random(2)
    sids = [parse_sid(f"{domain}-{rng.choice((500, 70_000, 1 << 30)) + rng.randrange(300)}")
            for domain in (DOMAIN, "S-1-5-21-3-2-2") for _unused in range(400)]  # fmt: skip
    known: set[bytes] = set()
    found = SidSet()
    for sid in sids:
        assert found.add(sid) == (sid not in known)
        known.add(sid)
