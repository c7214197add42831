# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LDIF of ldapsearch and ldbsearch: whole files are read, and a smaller one than was searched is an error."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._value_ranges import is_whole
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

SUFFIX = "DC=firm,DC=example"
GLOBAL, LOCAL = -2147483646, -2147483644

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def as_file(text: str) -> str:
        path = tmp_path / "firm.ldif"
        path.write_text(text, "utf-8")
        return str(path)

    return as_file


def group(name: str, rid: int, group_type: int, *lines: str) -> str:
    return (
        f"# {name}, firm.example\ndn: CN={name},{SUFFIX}\nobjectClass: top\nobjectClass: group\n"
        f"objectSid: S-1-5-21-4-5-6-{rid}\ngroupType: {group_type}\n" + "".join(f"{line}\n" for line in lines)
    )


def user(name: str, rid: int, *lines: str) -> str:
    return (
        f"# {name}, firm.example\ndn: CN={name},{SUFFIX}\nobjectClass: top\nobjectClass: user\n"
        f"objectSid: S-1-5-21-4-5-6-{rid}\nsAMAccountName: {name}\nprimaryGroupID: 513\n"
        + "".join(f"{line}\n" for line in lines)
    )


EVERYONE = group("Domain Users", 513, GLOBAL)
DOORS = group("Doors", 1101, LOCAL)
TEAM = group("Team", 1102, GLOBAL, f"memberOf: CN=Doors,{SUFFIX}")
MAREK = user("marek", 1201, f"memberOf: CN=Team,{SUFFIX}")
LENA = user("lena", 1202, f"memberOf: CN=Doors,{SUFFIX}")
SIZES = {"marek": 1200 + 8 * 2 + 40, "lena": 1200 + 8 + 40}

HEADING = (
    f"# extended LDIF\n#\n# LDAPv3\n# base <{SUFFIX}> with scope subtree\n"
    "# filter: (cn=*)\n# requesting: ALL\n#\n\n"
)
RESULT = "# search result\nsearch: 2\nresult: 0 Success\n"


def paged(*pages: tuple[str, ...], entries: int | None = None, last_cookie: str = "") -> str:
    """The output of ldapsearch -E pr=2/noprompt."""
    text = ""
    for number, page in enumerate(pages):
        cookie = "Bwk=" if number < len(pages) - 1 else last_cookie
        text += HEADING + "\n".join(page) + "\n" + RESULT
        text += f"control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie={cookie}\n"
    total = sum(map(len, pages)) if entries is None else entries
    return text + f"\n# numResponses: {total + len(pages)}\n# numEntries: {total}\n"


PAGES = (EVERYONE, DOORS), (TEAM, MAREK), (LENA,)


def sizes_of(path: str) -> dict[str, int]:
    return {size.user.account: size.token_bytes for size in Survey([path], TokenRules()).all()}


def refused(path: str) -> str:
    with pytest.raises(DirectoryError) as caught:
        sizes_of(path)
    return str(caught.value)


def notes_of(path: str) -> list[str]:
    survey = Survey([path], TokenRules())
    list(survey.all())
    return list(survey.notes)


# What surrounds the entries


def test_every_page_of_a_search_is_read(write: Write) -> None:
    assert sizes_of(write(paged(*PAGES))) == SIZES
    assert not notes_of(write(paged(*PAGES)))


def test_the_bare_output_of_the_same_search_gives_the_same_sizes(write: Write) -> None:
    assert sizes_of(write("\n".join((EVERYONE, DOORS, TEAM, MAREK, LENA)))) == SIZES


@pytest.mark.parametrize(
    "more",
    [
        "matchedDN: DC=firm\n",
        "text: 00000000: LdapErr: DSID-0C0907C2, comment: a long tex\n t, v2580\n",
        "ref: ldap://other.example/DC=other\n",
        "vlvResult: pos=1 count=5 (0) Success\n",
        "anything: that a later version writes\n",
    ],
)
def test_any_line_after_a_result_is_accepted(write: Write, more: str) -> None:
    assert (
        sizes_of(write(paged(*PAGES).replace("pagedresults: cookie=\n", f"pagedresults: cookie=\n{more}\n")))
        == SIZES
    )


def test_search_references_between_the_entries_are_passed_over(write: Write) -> None:
    reference = "# search reference\nref: ldap://ForestDnsZones.firm.example/DC=ForestDnsZones\n"
    assert (
        sizes_of(write(paged((EVERYONE, reference, DOORS, TEAM, reference, MAREK, LENA), entries=5))) == SIZES
    )


def test_the_question_before_the_next_page_is_passed_over(write: Write) -> None:
    question = "cookie=Bwk=\nPress [size] Enter for the next {2|size} entries.\n"
    assert sizes_of(write(paged(*PAGES).replace("cookie=Bwk=\n", question))) == SIZES


@pytest.mark.parametrize("text", [paged(*PAGES), "\n".join((EVERYONE, DOORS, TEAM, MAREK, LENA))])
def test_what_a_sign_in_by_sasl_says_before_the_entries_is_passed_over(write: Write, text: str) -> None:
    said = "SASL/GSSAPI authentication started\nSASL username: marek@FIRM\nSASL SSF: 256\n"
    assert sizes_of(write(f"{said}SASL data security layer installed.\n{text}")) == SIZES
    assert sizes_of(write(f"{said}\n{text}")) == SIZES


def test_two_outputs_in_one_file_are_counted_apart(write: Write) -> None:
    assert sizes_of(write(paged(*PAGES[:2]) + paged(*PAGES[2:]))) == SIZES


def test_comments_in_any_form_are_no_data(write: Write) -> None:
    text = LENA.replace("objectClass: top\n", "# cookie:: not base64!\n# a comment without colon\n")
    assert sizes_of(write("\n".join((EVERYONE, DOORS, text)))) == {"lena": SIZES["lena"]}


@pytest.mark.parametrize(
    "result",
    [
        "4 Size limit exceeded",
        "3 Time limit exceeded",
        "11 Administrative limit exceeded",
        "52 Server is unavailable",
    ],
)
def test_a_search_that_failed_is_an_error_with_its_result(write: Write, result: str) -> None:
    text = paged(*PAGES).replace("result: 0 Success", f"result: {result}\ntext: DSID-1", 1)
    message = refused(write(text))
    assert f"result {result}: DSID-1" in message and "entries are missing" in message
    assert "damaged" not in message and "cut off" not in message


def test_the_second_of_two_results_is_read_too(write: Write) -> None:
    text = paged(*PAGES) + "\n# search result\nsearch: 2\nresult: 0 Success\nresult: 4 Size limit exceeded\n"
    assert "result 4 Size limit exceeded" in refused(write(text))


def test_an_output_cut_within_the_result_of_its_search_is_an_error(write: Write) -> None:
    text = "\n".join((HEADING + EVERYONE, DOORS, TEAM, MAREK, LENA, "# search result\nsearch: 2\n"))
    assert "no line 'result'" in refused(write(text))


def test_ldapsearch_with_one_l_writes_the_heading_of_its_result_alone(write: Write) -> None:
    records = (EVERYONE, DOORS, TEAM, MAREK, LENA)
    ending = "# search result\n\n# numResponses: 6\n# numEntries: 5\n"
    assert sizes_of(write("version: 1\n\n" + "\n".join((HEADING + EVERYONE, *records[1:], ending)))) == SIZES


def test_entries_that_were_announced_and_are_not_there_are_an_error(write: Write) -> None:
    message = refused(write(paged((EVERYONE, DOORS), (TEAM, MAREK), entries=5)))
    assert "announces 5 entries" in message and "holds 4" in message


def test_entries_that_ldbsearch_announces_are_counted_too(write: Write) -> None:
    trailer = "# returned {} records\n# {} entries\n# 0 referrals\n"
    records = [f"# record {n}\n{each}" for n, each in enumerate((EVERYONE, DOORS, LENA), 1)]
    assert sizes_of(write("\n".join((*records, trailer.format(3, 3))))) == {"lena": SIZES["lena"]}
    assert "announces 4 entries" in refused(write("\n".join((*records, trailer.format(4, 4)))))


@pytest.mark.parametrize(
    "ending",
    ["# Result Code:  0 (success)\n# Number of Entries Returned:  {}\n", "# numEntries: {}\n"],
)
def test_counts_at_the_end_are_held_to_the_entries(write: Write, ending: str) -> None:
    entries = "\n".join((EVERYONE, DOORS, LENA))
    assert sizes_of(write(f"{entries}\n{ending.format(3)}")) == {"lena": SIZES["lena"]}
    assert "announces 4 entries of a search and holds 3" in refused(write(f"{entries}\n{ending.format(4)}"))


def test_counts_at_the_start_are_held_to_the_entries(write: Write) -> None:
    entries = "\n".join((EVERYONE, DOORS, LENA))
    assert sizes_of(write(f"# Total Entries: 3\n#\nversion: 1\n\n{entries}")) == {"lena": SIZES["lena"]}
    assert "announces 5 entries" in refused(write(f"# Total Entries: 5\n#\nversion: 1\n\n{entries}"))


def test_a_result_code_in_a_comment_is_read(write: Write) -> None:
    text = "\n".join((EVERYONE, DOORS, LENA, "# Result Code:  4 (size limit exceeded)\n"))
    assert "failed with result 4 (size limit exceeded)" in refused(write(text))


def test_a_result_that_runs_into_a_record_is_an_error_with_its_line(write: Write) -> None:
    text = paged((EVERYONE, DOORS, LENA)).replace("\n# search result", "# search result")
    message = refused(write(text))
    line = text[: text.index("result: 0")].count("\n") + 1
    assert f"line {line} " in message and "result of a search within a record" in message


def test_more_entries_than_announced_are_no_error(write: Write) -> None:
    assert sizes_of(write(paged(*PAGES, entries=1))) == SIZES


def test_a_search_without_its_result_is_an_error(write: Write) -> None:
    text = paged(*PAGES)
    for cut in (text[: text.rindex("# search result")], HEADING + EVERYONE + "\n" + text):
        assert "no result of it" in refused(write(cut))


def test_an_output_cut_after_any_block_is_an_error_while_entries_are_missing(write: Write) -> None:
    blocks = paged(*PAGES).split("\n\n")
    for count in range(1, len(blocks)):
        part = "\n\n".join(blocks[:count]) + "\n"
        if part.count("\ndn: ") < 5 or "# search result" not in part[part.rindex("\ndn: ") :]:
            refused(write(part))


def test_pages_that_the_server_had_left_are_an_error(write: Write) -> None:
    without_counts = paged(*PAGES, last_cookie="BwoAAA==").partition("\n# numResponses")[0] + "\n"
    assert "not the last" in refused(write(without_counts))
    comments = "\n".join((EVERYONE, DOORS, LENA, "# pagedresults: estimate=9 cookie=Bwk=\n"))
    assert "not the last" in refused(write(comments))


def test_a_record_without_dn_is_an_error_even_after_a_result(write: Write) -> None:
    text = paged(*PAGES) + "\n" + LENA.partition("\n")[2].partition("\n")[2]
    message = refused(write(text))
    assert "without dn" in message and f"line {text.count(chr(10)) - 5} " in message


# Records


@pytest.mark.parametrize(
    "dn", [f"dn: CN=lena,{SUFFIX}", f"DN: CN=lena,{SUFFIX}", "dn:: " + base64.b64encode(b"CN=lena").decode()]
)
def test_two_records_run_together_are_an_error_at_the_second_dn(write: Write, dn: str) -> None:
    second = LENA.partition("\n")[2].replace(f"dn: CN=lena,{SUFFIX}", dn)
    text = f"{EVERYONE}\n{DOORS}\n{MAREK}{second}"
    line = text[: text.index(dn)].count("\n") + 1
    message = refused(write(text))
    assert f"line {line} " in message and "second dn" in message and "CN=lena" in message


def test_a_value_in_another_file_is_an_error_unless_nobody_reads_it(write: Write) -> None:
    photo = LENA.replace("objectSid", "jpegPhoto:< file:///tmp/photo\nobjectSid")
    assert sizes_of(write("\n".join((EVERYONE, DOORS, photo)))) == {"lena": SIZES["lena"]}
    elsewhere = LENA.replace("memberOf: ", "memberOf:< file:///tmp/")
    message = refused(write("\n".join((EVERYONE, DOORS, elsewhere))))
    assert "names a file" in message and "without -t" in message


def test_two_groups_run_together_are_an_error(write: Write) -> None:
    assert "second dn" in refused(write(f"{EVERYONE}\n{DOORS}{TEAM}\n{MAREK}"))


@pytest.mark.parametrize(
    "last",
    [
        "objectClass: group",
        "objectClass:group",
        "objectClass:: " + base64.b64encode(b"group").decode(),
        "OBJECTCLASS: Group".replace("Group", "group"),
        f"groupType: {LOCAL}",
        f"groupTy\n pe: {LOCAL}",
        "objectClass: gr\n oup",
    ],
)
def test_a_group_is_found_by_whatever_line_comes_last(write: Write, last: str) -> None:
    doors = f"dn: CN=Doors,{SUFFIX}\nobjectSid: S-1-5-21-4-5-6-1101\n{last}\n"
    survey = Survey([write("\n".join((EVERYONE, doors, LENA)))], TokenRules())
    (size,) = survey.all()
    assert size.counts.global_ + size.counts.domain_local == 2


@pytest.mark.parametrize("folded", [False, True])
def test_a_foreign_principal_is_found_behind_a_long_comment(write: Write, *, folded: bool) -> None:
    dn = "CN=S-1-5-21-7-7-7-1300,CN=ForeignSecurityPrincipals,DC=firm,DC=example"
    line = f"dn: {dn[:9]}\n {dn[9:]}" if folded else "dn:: " + base64.b64encode(dn.encode()).decode()
    principal = (
        f"# {'long ' * 60}\n{line}\nobjectClass: foreignSecurityPrincipal\nmemberOf: CN=Doors,{SUFFIX}\n"
    )
    guest = user("guest", 1, "displayName: x").replace("S-1-5-21-4-5-6-1\n", "S-1-5-21-7-7-7-1300\n")
    survey = Survey([write("\n".join((EVERYONE, DOORS, principal, guest)))], TokenRules())
    (size,) = survey.all()
    assert size.counts.domain_local == 1


# Ranges


@pytest.mark.parametrize(
    ("options", "whole"),
    [
        (["range=0-*"], True),
        (["range=0-1499", "range=1500-*"], True),
        (["range=1500-*", "range=0-1499", "range=0-1499"], True),
        (["range=0-1499"], False),
        (["range=1500-*"], False),
        (["range=0-1499", "range=3000-*"], False),
        (["range=x"], False),
    ],
)
def test_ranges_are_whole_from_the_first_value_to_the_last(options: list[str], whole: bool) -> None:
    assert is_whole(options) == whole


def test_a_cut_list_that_is_not_read_makes_no_size_a_lower_bound(write: Write) -> None:
    lena = LENA + f"directReports;range=0-1499: CN=marek,{SUFFIX}\n"
    assert not notes_of(write("\n".join((EVERYONE, DOORS, TEAM, lena))))


@pytest.mark.parametrize("other", ["memberOf;range=0-*", "directReports;range=0-*", "sIDHistory;range=0-*"])
def test_a_cut_list_is_not_hidden_by_the_end_of_another(write: Write, other: str) -> None:
    value = "S-1-5-21-7-7-7-1" if "History" in other else f"CN=Team,{SUFFIX}"
    doors = DOORS + f"member;range=0-1499: CN=marek,{SUFFIX}\n{other}: {value}\n"
    (note,) = notes_of(write("\n".join((EVERYONE, doors, TEAM, MAREK))))
    assert "cut off" in note and "CN=Doors" in note


def test_the_ranges_of_one_list_count_as_one_list(write: Write) -> None:
    lena = user(
        "lena", 1202, f"memberOf;range=0-0: CN=Doors,{SUFFIX}", f"memberOf;range=1-*: CN=Team,{SUFFIX}"
    )
    path = write("\n".join((EVERYONE, DOORS, TEAM, lena)))
    assert sizes_of(path) == {"lena": 1200 + 8 * 2 + 40} and not notes_of(path)
