# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role does with a host: every status, state, window, blackout and turn; and whether it is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.filter.next_step import FilterModule, decide
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.next_step import (
    PROOF,
    STEPS,
    NextStep,
    next_step,
    not_verified,
    unproven,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.settings import read_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._package.samples import msu
from tests.unit._role.given import settings_of

STATUSES = ("vulnerable", "inconsistent", "restart_pending", "compliant", "not_applicable", "unknown")
STATES = ("present", "downloaded", "absent")
PACKAGES = {"x64": {"url": "http://depot/a.msu", "sha256": "0" * 64}}
FRIDAY_NIGHT = {"days": ["fri"], "start": "22:00", "duration_minutes": 120}
# Thursday afternoon, Friday before the window, in it, too late in it, and the Friday that is a blackout date.
THURSDAY, BEFORE, WITHIN, LATE = (
    "2026-11-19T16:02:00+01:00",
    "2026-11-20T21:30:00+01:00",
    "2026-11-20T22:05:00+01:00",
    "2026-11-20T23:50:00+01:00",
)


def info(status: str, *, time: str = THURSDAY, at_risk: bool = True, **other: Any) -> dict[str, Any]:
    """Return an assessment, as far as decisions read it."""
    installed = other.pop("installed", status in ("compliant", "inconsistent"))
    return {
        "hotfix": "KB978918",
        "status": status,
        "by": None,
        "reasons": ["Because."],
        "package_architecture": "x64",
        "os": {"local_time": time},
        "exposure": {"at_risk": at_risk},
        "servicing": {"packages": [{"identity": "p", "state": "Installed" if installed else "Staged"}]},
        **other,
    }


def decided(assessment: dict[str, Any], **given: Any) -> NextStep:
    settings = settings_of(**{"packages": PACKAGES, **given})
    return next_step(assessment, settings, host="h1", groups={"farm": [f"h{n}" for n in range(5)]})


TABLE = """
    state       vulnerable  inconsistent  restart_pending  compliant  not_applicable  unknown
    present     install     install       restart          none       none            fail
    downloaded  download    download      none             none       none            fail
    absent      none        remove        restart          remove     none            fail
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(
    ("state", "status", "step"),
    [(row[0], status, step) for row in ROWS for status, step in zip(HEAD[1:], row[1:], strict=True)],
)
def test_the_step_follows_from_state_and_status(state: str, status: str, step: str) -> None:
    assert decided(info(status), state=state).step == step


def test_the_table_has_every_state_and_status() -> None:
    assert {row[0] for row in ROWS} == set(STATES) == set(STEPS) == set(PROOF)
    assert set(HEAD[1:]) == set(STATUSES)
    assert all(set(steps) == set(STATUSES) for steps in STEPS.values())


@pytest.mark.parametrize("status", ["vulnerable", "inconsistent", "compliant"])
@pytest.mark.parametrize("installed", [True, False])
def test_only_an_installed_package_is_removed(status: str, installed: bool) -> None:
    step = decided(info(status, installed=installed), state="absent").step
    assert step == ("remove" if installed else "none")


def test_a_host_that_cannot_be_judged_says_why() -> None:
    assert decided(info("unknown")).refusal == "Because. So it cannot be judged."


# With a restart of now, the change window counts for a host that only waits for its restart as well.
WINDOWS = """
    step      restart    window  time      blackout  outcome
    install   scheduled  none    Thursday  no        install
    install   scheduled  none    Thursday  yes       install
    install   scheduled  Friday  Thursday  no        opens
    install   scheduled  Friday  before    no        opens
    install   scheduled  Friday  within    no        install
    install   scheduled  Friday  late      no        opens
    install   scheduled  Friday  within    yes       blackout
    install   none       Friday  before    no        opens
    install   none       none    within    yes       install
    install   now        none    within    no        install
    install   now        none    within    yes       blackout
    install   now        Friday  within    no        install
    install   now        Friday  late      no        opens
    remove    scheduled  Friday  before    no        opens
    remove    scheduled  Friday  within    no        remove
    download  scheduled  Friday  before    yes       download
    download  now        Friday  before    yes       download
    restart   scheduled  Friday  before    no        restart
    restart   scheduled  Friday  before    yes       restart
    restart   now        Friday  before    no        opens
    restart   now        Friday  within    no        restart
    restart   now        none    within    yes       blackout
    restart   none       Friday  before    yes       restart
"""
HOSTS = {
    "install": ("present", "vulnerable"),
    "remove": ("absent", "compliant"),
    "download": ("downloaded", "vulnerable"),
    "restart": ("present", "restart_pending"),
}
TIMES = {"Thursday": THURSDAY, "before": BEFORE, "within": WITHIN, "late": LATE}


@pytest.mark.parametrize("line", WINDOWS.strip().splitlines()[1:])
def test_a_closed_window_or_a_blackout_date_leaves_a_host_alone(line: str) -> None:
    step, restart, window, time, blackout, expected = line.split()
    state, status = HOSTS[step]
    settings: dict[str, Any] = {"state": state, "restart": restart}
    settings["change_window"] = FRIDAY_NIGHT if window == "Friday" else {}
    settings["blackout"] = [TIMES[time][:10]] if blackout == "yes" else []
    found = decided(info(status, time=TIMES[time]), **settings)
    if expected == step:
        assert (found.step, found.left_alone) == (step, "")
    else:
        said = {"opens": "the window opens at", "blackout": "is a blackout date"}[expected]
        assert found.step == "none"
        assert said in found.left_alone


@pytest.mark.parametrize(
    ("status", "state", "at_risk", "step"),
    [
        ("vulnerable", "present", False, "none"),
        ("vulnerable", "present", True, "install"),
        ("vulnerable", "downloaded", False, "none"),
        ("restart_pending", "present", False, "restart"),
        ("compliant", "absent", False, "remove"),
    ],
)
def test_hosts_that_the_defect_cannot_affect_are_spared_on_request(
    status: str, state: str, at_risk: bool, step: str
) -> None:
    found = decided(info(status, at_risk=at_risk), state=state, only_if_at_risk="yes")
    assert found.step == step
    assert ("hotfix_only_if_at_risk" in found.left_alone) == (step == "none")
    assert decided(info(status, at_risk=at_risk), state=state).left_alone == ""


TURNS = """
    percent  host  delay  at_once
    100      h1    -      0
    40       h0    0      2
    40       h1    0      2
    40       h2    25     2
    40       h3    25     2
    40       h4    50     2
    1        h3    75     1
    99       h4    25     4
    40       away  -      0
"""


@pytest.mark.parametrize("line", TURNS.strip().splitlines()[1:])
@pytest.mark.parametrize("status", ["vulnerable", "restart_pending"])
def test_the_hosts_of_a_farm_take_turns(line: str, status: str) -> None:
    percent, host, delay, at_once = line.split()
    settings = settings_of(packages=PACKAGES, restart_farm="farm", restart_max_parallel_percent=percent)
    groups = {"farm": [f"h{number}" for number in (4, 3, 2, 1, 0)]}
    found = next_step(info(status), settings, host=host, groups=groups)
    assert found.delay_minutes == (None if delay == "-" else int(delay))
    assert found.at_once == int(at_once)


@given(percent=st.integers(1, 99), size=st.integers(1, 40))
def test_never_more_than_the_share_of_a_farm_is_down(percent: int, size: int) -> None:
    farm = [f"host{number}" for number in range(size)]
    settings = settings_of(packages=PACKAGES, restart_farm="farm", restart_max_parallel_percent=percent)
    delays = [
        next_step(info("vulnerable"), settings, host=host, groups={"farm": farm}).delay_minutes
        for host in farm
    ]
    assert max(delays.count(delay) for delay in delays) <= max(1, size * percent // 100)
    assert all(delay is not None and delay % 25 == 0 for delay in delays)


@given(
    status=st.sampled_from(STATUSES),
    state=st.sampled_from(STATES),
    restart=st.sampled_from(["scheduled", "now", "none"]),
    window=st.sampled_from([{}, FRIDAY_NIGHT]),
    blackout=st.sampled_from([[], ["2026-11-20"], "2026-11-19/2026-11-21"]),
    time=st.sampled_from([*TIMES.values(), "", None]),
    at_risk=st.booleans(),
    spare=st.booleans(),
    percent=st.sampled_from([100, 40]),
)
def test_whatever_is_given_a_host_is_changed_only_when_it_may_be(
    status: str, state: str, restart: str, window: Any, blackout: Any,
    time: Any, at_risk: bool, spare: bool, percent: int,
) -> None:  # fmt: skip
    found = decided(
        info(status, time=time, at_risk=at_risk),
        state=state, restart=restart, change_window=window, blackout=blackout,
        only_if_at_risk=spare, restart_farm="farm", restart_max_parallel_percent=percent,
    )  # fmt: skip
    wanted = STEPS[state][status]
    assert found.step in (wanted, "none", "fail")
    assert bool(found.refusal) == (found.step == "fail")
    if found.step == "fail":
        assert status == "unknown" or not time
    assert not found.left_alone or found.step == "none"
    assert (found.package is not None) == (found.step in ("download", "install"))
    changed_now = found.step in ("install", "remove") or (found.step == "restart" and restart == "now")
    if changed_now and window:
        assert time == WITHIN
        assert not blackout


def test_a_clock_that_could_not_be_read_keeps_no_window() -> None:
    found = decided(info("vulnerable", time=""), change_window=FRIDAY_NIGHT)
    assert found.step == "fail"
    assert "clock" in found.refusal


def test_a_host_without_a_package_is_refused_before_anything_changes() -> None:
    found = decided(info("vulnerable"), packages={}, package_dir="/no/such")
    assert found.step == "fail"
    assert found.refusal.startswith("The package folder /no/such does not exist")


DONE = """
    state       vulnerable  inconsistent  restart_pending  compliant  not_applicable  unknown
    present     no          no            waits            yes        yes             no
    downloaded  yes         yes           yes              yes        yes             no
    absent      yes         no            waits            no         yes             no
"""


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        (row[0], status, expected)
        for row in [line.split() for line in DONE.strip().splitlines()[1:]]
        for status, expected in zip(HEAD[1:], row[1:], strict=True)
    ],
)
def test_whether_a_host_is_done(state: str, status: str, expected: str) -> None:
    assert (unproven(info(status), state) == "") == (expected == "yes")
    assert (unproven(info(status), state, restart_to_come=True) == "") == (expected in ("yes", "waits"))


def test_a_host_that_is_not_done_says_why() -> None:
    assert unproven(info("vulnerable"), "present") == "is vulnerable. Because."


@pytest.mark.parametrize(
    ("by", "installed", "done"), [("newer", False, True), ("newer", True, False), ("hotfix", False, False)]
)
def test_what_a_later_update_has_put_there_is_not_for_the_package_to_take_away(
    by: str, installed: bool, done: bool
) -> None:
    found = unproven(info("compliant", by=by, installed=installed), "absent")
    assert (found == "") == done


def test_a_permanent_package_is_on_the_host_and_is_asked_to_go() -> None:
    found = info("compliant", by="newer")
    found["servicing"]["packages"] = [{"identity": "Package_for_KB978918", "state": "Permanent"}]
    assert decided(found, state="absent").step == "remove"
    assert unproven(found, "absent").startswith("is compliant")


def test_the_filter_returns_plain_data(tmp_path: Path) -> None:
    (tmp_path / "Windows6.1-KB978918-x64.msu").write_bytes(msu())
    assert FilterModule().filters() == {"next_step": decide}
    settings = read_settings({"hotfix_package_dir": tmp_path.name}, ()).values
    found = decide(info("vulnerable"), settings, "h1", {}, str(tmp_path.parent))
    assert (found["step"], found["left_alone"], found["delay_minutes"]) == ("install", "", None)
    assert found["package"] == {
        "package": str(tmp_path / "Windows6.1-KB978918-x64.msu"),
        "package_location": "controller",
        "sha256": "",
        "note": "",
    }


@pytest.mark.parametrize(("state", "said"), [("present", True), ("downloaded", True), ("absent", False)])
def test_a_host_that_needs_another_hotfix_by_hand_is_told_and_left_alone(state: str, said: bool) -> None:
    found = decided(info("not_applicable", sibling="KB975943"), state=state)
    assert found.step == "none"
    assert ("KB975943" in found.left_alone) is said


@pytest.mark.parametrize(("state", "said"), [("present", True), ("downloaded", True), ("absent", False)])
def test_a_host_that_needs_a_service_pack_first_is_told_left_alone_and_not_proven(
    state: str, said: bool
) -> None:
    needing = info("not_applicable", service_pack_needed=1)
    found = decided(needing, state=state)
    assert found.step == "none"
    assert ("Service Pack 1" in found.left_alone) is said
    assert unproven(needing, state).startswith("is not_applicable") is said


@pytest.mark.parametrize("required", [False, True])
def test_a_scan_takes_a_planned_restart_as_verify_does(required: bool) -> None:
    waiting = {**info("restart_pending"), "restart": {"scheduled_for": "2026-03-08T02:11:00"}}
    why = not_verified("pc1", waiting, "present", required)
    after = "It restarts at 2026-03-08T02:11:00; run verify after that."
    assert why == (f"pc1 is restart_pending. Because. {after}" if required else "")


def test_a_scan_does_not_wait_for_a_restart_that_nobody_planned() -> None:
    waiting = {**info("restart_pending"), "restart": {"scheduled_for": None}}
    assert not_verified("pc1", waiting, "present", False) == "pc1 is restart_pending. Because."
