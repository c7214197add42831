#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restart
short_description: Restarts a Windows host now, or has it restart itself in its window
version_added: 0.1.0
description:
  - Schedules the restart that completes a hotfix as a task on the host, which works without the controller. Or
    restarts the host at once and waits until servicing has come to rest.
  - The task runs as SYSTEM, also on battery power. Windows does not make up for a missed start, because that
    restart would fall into working hours. The module reports it as RV(missed), and the next run plans a new time.
  - The same request twice makes one task and changes nothing the second time. A new time replaces the old one.
  - The module reports a restart that somebody else scheduled in RV(other_restarts), with a warning, and leaves it
    alone.
  - With O(only_if_pending=hotfix), the module cancels its own scheduled restart if nothing is pending any more.
  - RV(notes) says what the host did not show, such as scheduled tasks that C(schtasks) cannot read. The module never
    takes an answer that was not given for "there is none".
options:
  hotfix:
    description:
      - The hotfix that the restart completes. It names the task, C(\winfleet.hotfix\KB978918-restart).
    type: str
    default: KB978918
  state:
    description:
      - V(scheduled) keeps one task on the host. It restarts the host at O(at) or when O(window) opens next.
      - V(cancelled) removes that task, by its name if the host cannot read it. If its notice has begun, the module
        ends the countdown and lets users log on again.
      - V(now) restarts after O(notice_minutes) and waits until the System log shows a new start, WMI answers, the
        hotfix is no longer pending and servicing has come to rest. The task fails before it changes anything while
        somebody else's restart counts down, or while an installation, a removal or a download of the hotfix is at work
        on the host. If one begins while the module waits for users to sign out, the task lets users log on again and
        fails too. If you give O(window), it must be open on the host's clock. The module then ignores O(at),
        O(stagger_minutes) and O(delay_minutes).
    type: str
    choices: [scheduled, cancelled, now]
    default: scheduled
  at:
    description:
      - When the host goes down, in ISO 8601. The notice begins O(notice_minutes) earlier.
      - A time with an offset, such as V(2026-11-21T03:00+01:00), is the same moment for every host.
      - A time without an offset, such as V(2026-11-21T03:00), is the local time of each host. The module never
        converts it, so it stays right across changes of daylight saving. Windows decides in the hour that a change
        skips or repeats.
      - You can also give datetime objects, which YAML and AWX make from text. A date without a time of day is refused.
      - Required with O(state=scheduled) unless O(window) is given.
    type: raw
  window:
    description:
      - When hosts may restart, in each host's local time. The module uses the next opening, or the present one if
        it leaves enough time for the notice.
      - The notice and the restart both fall into the window, whatever the value of O(stagger_minutes).
      - Required with O(state=scheduled) unless O(at) is given.
      - With O(state=now), the task fails without a restart unless the window is open and leaves enough time for
        O(notice_minutes) and O(wait_for_sessions_minutes).
    type: dict
    suboptions:
      days:
        description:
          - Weekdays on which the window opens, V(monday) to V(sunday) or V(mon) to V(sun). Empty means every day.
        type: list
        elements: str
        default: []
      start:
        description:
          - Time of day when the window opens, V("22:00"). Without quotes, YAML turns it into a number of minutes,
            which the module also accepts. A number below 60 is refused, because it was meant as hours.
        type: raw
        required: true
      duration_minutes:
        description:
          - How long the window stays open, 1 to 1440. It may pass midnight; it belongs to the day on which it opens.
        type: int
        required: true
  blackout:
    description:
      - Dates, in each host's local time, on which no host restarts and no notice begins.
      - Each item is a date such as V(2026-12-24), a range with C(from) and C(to) that includes both days, or text with
        any number of dates and ranges, such as V(2026-12-24/2027-01-02 2027-04-02).
      - O(window) does not open on such a day, and a window that opened the day before closes at midnight. The
        module refuses O(at) on such a day, and O(state=now) during it.
    type: list
    elements: raw
    default: []
  stagger_minutes:
    description:
      - Spread the hosts over this time, which begins at O(at) or when the window opens. A host's inventory name
        decides its place, so the place is the same in every run.
    type: int
    default: 0
  delay_minutes:
    description:
      - How long after O(at), or after the window opens, this host begins. Give each host its own delay to decide
        which hosts are down at the same time. If a host's turn in the open window is over, it takes its turn in the
        next window. O(stagger_minutes) is added.
    type: int
  notice_minutes:
    description:
      - How long before the restart Windows warns users and O(drain_sessions) begins.
    type: int
    default: 10
  message:
    description:
      - The message to users, up to 512 characters in any script. The countdown of Windows shows it. With
        O(drain_sessions), C(msg.exe) also shows it in every session.
    type: str
    default: This computer restarts to complete an update. Please save your work and sign out.
  drain_sessions:
    description:
      - Refuse new logons from the notice until the restart (C(change logon /drainuntilrestart)), for hosts with the
        role service Remote Desktop Session Host. On other hosts it has no effect, which RV(notes) says.
      - With O(state=now), the host restarts only if the registry (C(TSServerDrainMode)) shows the drain. A host that
        an administrator drained for good stays drained.
    type: bool
    default: false
  wait_for_sessions_minutes:
    description:
      - With O(state=now), how long to wait for the last user to sign out before O(notice_minutes) begins. Users get
        O(message) at once, and O(drain_sessions) begins at once. Disconnected sessions count, because they may hold
        unsaved work.
      - If no user is left, the host restarts without further notice. If a user is left when the time is over, the
        host restarts after the notice.
      - A restart with O(state=scheduled) does not wait, because it works without the controller. Use
        O(notice_minutes) to give users time.
    type: int
    default: 0
  only_if_pending:
    description:
      - V(hotfix) restarts only if the hotfix itself is pending in servicing.
      - V(any) also restarts if servicing or Windows Update waits for a restart for other reasons. Pending file
        renames do not count, because antivirus and printer drivers leave them behind on many hosts forever.
      - V(never) sets no condition. The host restarts in any case.
    type: str
    choices: [hotfix, any, never]
    default: hotfix
  timeout:
    description:
      - With O(state=now), seconds from the end of the notice until the host must be up and at rest.
    type: int
    default: 1800
attributes:
  check_mode:
    description: Predicts the same task name and time, and changes nothing.
    support: full
  diff_mode:
    description: Shows the task before and after.
    support: full
extends_documentation_fragment:
  - winfleet.hotfix.host
notes:
  - In a window that is open already, starts are rounded up to five minutes, so that a run in check mode and the
    run after it agree unless such a mark lies between them.
  - The System log of the host shows who began a countdown, and whether it failed, was called off or ended in a
    restart. The log does not show how long it takes. The module expects a restart that somebody chose on the desktop
    for 10 minutes, and one of another program for a day; a later one of another program is in RV(notes).
  - If the System log cannot be read, a countdown during the notice of a restart of this module counts as its own.
seealso:
  - module: winfleet.hotfix.hotfix
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Restart in a night of the week, but not over the holidays
  winfleet.hotfix.restart:
    window:
      start: "23:00"
      duration_minutes: 300
    blackout:
      - from: 2026-12-20
        to: 2027-01-03
      - 2027-04-02

- name: Let users sign out for up to an hour, then restart
  winfleet.hotfix.restart:
    state: now
    drain_sessions: true
    wait_for_sessions_minutes: 60

- name: Restart in the next night from Saturday to Sunday, spread over an hour
  winfleet.hotfix.restart:
    window:
      days: [saturday]
      start: "22:00"
      duration_minutes: 240
    stagger_minutes: 60
    notice_minutes: 15
    message: "This server restarts in 15 minutes to complete KB978918. Please save your work."
    drain_sessions: true

- name: Restart every host at three in the morning of its own clock
  winfleet.hotfix.restart:
    at: "2026-11-21T03:00"

- name: Restart every host at the same moment
  winfleet.hotfix.restart:
    at: "2026-11-21T03:00+01:00"

- name: Call the restart off
  winfleet.hotfix.restart:
    state: cancelled

- name: Restart now, if the hotfix waits for it, and wait until all is done
  winfleet.hotfix.restart:
    state: now
    notice_minutes: 1
    timeout: 3600
"""

RETURN = r"""
scheduled_for:
  description:
    - When the host goes down. In UTC with C(Z) if you gave a time with an offset, otherwise the host's local time
      without an offset.
    - V(null) if this module has not scheduled a restart.
  returned: always
  type: str
  sample: "2026-11-21T22:41:00"
task_name:
  description: Full name of the task on the host.
  returned: always
  type: str
  sample: \winfleet.hotfix\KB978918-restart
boot_time:
  description: When the host started last, ISO 8601 with the host's offset. After O(state=now) the new time.
  returned: always
  type: str
  sample: "2026-11-19T02:11:34+01:00"
missed:
  description:
    - Whether an earlier restart of this module did not take place, because the host was off or somebody cancelled
      the restart.
  returned: always
  type: bool
  sample: false
sessions:
  description:
    - The sessions of users, counted when the task begins, or after its wait for users to sign out.
    - V(null) if C(query session) did not answer.
  returned: always
  type: dict
  contains:
    active:
      description: Sessions in use.
      type: int
      sample: 3
    disconnected:
      description: Sessions that were left without signing out.
      type: int
      sample: 1
other_restarts:
  description:
    - Restarts that others have begun or scheduled, namely enabled tasks that start C(shutdown.exe) and a running
      countdown.
    - The module does not look into scripts that a task starts.
  returned: always
  type: list
  elements: dict
  contains:
    description:
      description: The task or countdown, described in words.
      type: str
      sample: the countdown that CORP\operator began at 2026-11-20T08:00:00+00:00
    task_name:
      description: Full name of the task; V(null) for a countdown.
      type: str
      sample: \Operations\Monthly restart
    scheduled_for:
      description: When it takes place, in the form of RV(scheduled_for). V(null) for a countdown or a recurring task.
      type: str
      sample: "2026-12-01T04:00:00"
notes:
  description:
    - In sentences, what the host did not show of the above, and options that have no effect on it. Each is a warning
      too.
    - Empty if the host answered all.
  returned: always
  type: list
  elements: str
  sample:
    - schtasks cannot read the task \Ops\weekly, so nothing shows whether it restarts the host.
rolled_back_at_restart:
  description:
    - Whether Windows undid the pending change. With O(state=now), during this restart. With O(state=scheduled),
      during an earlier one, if nothing waits for a restart any more. The task then fails.
  returned: always
  type: bool
  sample: false
cbs_log:
  description: The end of the host's servicing log.
  returned: if the change was rolled back
  type: str
  sample: "2026-11-21 03:02:11, Error CBS Startup: Failed while processing critical primitive operations queue."
"""
