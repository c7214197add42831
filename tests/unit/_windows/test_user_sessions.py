# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users' sessions are counted by the shape of `query session`, never by a word of it."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.user_sessions import (
    UserSessions,
    parse_sessions,
)
from hypothesis import given
from hypothesis import strategies as st

WORDS = {
    "en": ("SESSIONNAME", "USERNAME", "STATE", "Active", "Disc", "Conn", "Listen"),
    "de": ("SITZUNGSNAME", "BENUTZERNAME", "STATUS", "Aktiv", "Getr.", "Verb.", "Abhören"),
    "fr": ("SESSION", "UTILISATEUR", "ÉTAT", "Actif", "Déco", "Conn", "Éco"),
    "ja": ("セッション名", "ユーザー名", "状態", "アクティブ", "ディスク", "接続", "リッスン"),
}


def row(name: str, user: str, number: int, state: str, mark: str = " ") -> str:
    return f"{mark}{name:<18}{user:<22}{number:>5}  {state:<8}{'rdpwd' if number > 1 else ''}\r\n"


def answer(words: tuple[str, ...], users: str = "") -> str:
    header, _user, state, _active, disc, conn, listen = words
    return (
        f" {header:<18}{_user:<22}{'ID':>5}  {state:<8}TYPE        DEVICE\r\n"
        + row("services", "", 0, disc)
        + row("console", "", 1, conn)
        + users
        + row("rdp-tcp", "", 65536, listen)
    )


@pytest.mark.parametrize("language", WORDS)
def test_sessions_are_counted_in_every_language(language: str) -> None:
    words = WORDS[language]
    active, disc = words[3], words[4]
    users = (
        row("rdp-tcp#0", "anna", 2, active)
        + row("", "bert", 3, disc)
        + row("31C5CE94259D4...", "carla", 14, active)
        + row("", "dörte", 65535, disc)
        + row("", "eve", 6, disc)
    )
    assert parse_sessions(answer(words, users)) == UserSessions(active=2, disconnected=3)


def test_nobody_is_on_a_host_that_has_its_own_sessions_only() -> None:
    assert parse_sessions(answer(WORDS["en"])) == UserSessions(0, 0)


def test_the_session_of_whoever_asks_counts() -> None:
    users = row("console", "Administrator", 1, "Active", mark=">")
    assert parse_sessions(answer(WORDS["en"], users)) == UserSessions(1, 0)


def test_what_does_not_answer_is_not_taken_for_nobody() -> None:
    assert parse_sessions("") is None
    assert parse_sessions("No session exists for *\r\n") is None


def test_a_line_that_cannot_be_read_is_not_taken_for_nobody() -> None:
    assert parse_sessions(answer(WORDS["en"], " rdp-tcp#0         anna\r\n")) is None


@given(
    name=st.sampled_from(["", "console", "rdp-tcp#12"]),
    user=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,18}[A-Za-z0-9]", fullmatch=True),
    number=st.integers(1, 65535),
)
def test_names_of_users_may_hold_blanks_and_digits(name: str, user: str, number: int) -> None:
    found = parse_sessions(row("services", "", 0, "Disc") + row(name, user, number, "Active"))
    assert found == (UserSessions(1, 0) if name else UserSessions(0, 1))
