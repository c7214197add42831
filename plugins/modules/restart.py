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
  - Schedules the restart that completes a hotfix as a task of the host itself, so that it takes place whether
    or not the controller is there; or restarts the host at once and waits until it has come to rest.
  - The task runs as SYSTEM. A missed start is not made up for, because that restart would fall into working
    hours; it is reported as RV(missed) and planned anew by the next run. Batteries do not matter.
  - The same request twice is one task and changes nothing the second time. A new time replaces the old one.
  - A restart that somebody else scheduled is reported in RV(other_restarts) with a warning and left alone.
  - With O(only_if_pending=hotfix) and nothing pending any more, a restart of this module that is still scheduled
    is called off.
options:
  hotfix:
    description:
      - The hotfix that the restart completes. It names the task, C(\winfleet.hotfix\KB978918-restart).
    type: str
    default: KB978918
  state:
    description:
      - V(scheduled) has one task on the host that restarts it at O(at), or in the next opening of O(window).
      - V(cancelled) removes that task. If its notice has begun, the countdown is ended and users may log on again.
      - V(now) restarts after O(notice_minutes) and waits until the boot time has changed, WMI answers, the
        hotfix is no longer pending and servicing has come to rest. O(window), if given, has to be open on the
        clock of the host. O(at), O(stagger_minutes) and O(delay_minutes) do not matter then.
    type: str
    choices: [scheduled, cancelled, now]
    default: scheduled
  at:
    description:
      - When the host goes down, in ISO 8601. The notice begins O(notice_minutes) before.
      - A time with an offset, such as V(2026-11-21T03:00+01:00), is that moment everywhere.
      - A time without one, such as V(2026-11-21T03:00), is what the clock of each host shows then. It is never
        converted, so it is right across changes of daylight saving. In the hour that a change skips or repeats,
        Windows decides.
      - Date and datetime objects are taken too, for YAML and AWX make them of text. A date alone is its midnight.
      - Required with O(state=scheduled) unless O(window) is given.
    type: raw
  window:
    description:
      - When hosts may restart, in local time of each host. The next opening is taken, or the present one if it
        leaves enough room for the notice.
      - Notice and restart both fall into the window, whatever O(stagger_minutes) asks.
      - Required with O(state=scheduled) unless O(at) is given.
      - With O(state=now) the task fails, and the host is not restarted, unless the window is open and leaves room
        for O(notice_minutes) and O(wait_for_sessions_minutes).
    type: dict
    suboptions:
      days:
        description:
          - Week days on which the window opens, V(monday) to V(sunday) or V(mon) to V(sun). None means every day.
        type: list
        elements: str
        default: []
      start:
        description:
          - Time of day when it opens, V("22:00"). Without quotes YAML makes a number of minutes of it, which is
            understood.
        type: raw
        required: true
      duration_minutes:
        description:
          - How long it stays open, 1 to 1440. It may pass midnight, and belongs to the day on which it opens.
        type: int
        required: true
  blackout:
    description:
      - Dates in local time of each host on which it does not restart, and no notice begins.
      - Each item is a date such as V(2026-12-24), a range with C(from) and C(to), both days included, or text with
        any number of dates and ranges, such as V(2026-12-24/2027-01-02 2027-04-02).
      - The O(window) does not open on such a day, and one that opened the day before closes at midnight. A time
        O(at) that falls on such a day is refused, and so is O(state=now) during it.
    type: list
    elements: raw
    default: []
  stagger_minutes:
    description:
      - Spreads hosts over this time, from O(at) or from the beginning of the window on. The place of a host is
        decided by its inventory name, and so the same in every run.
    type: int
    default: 0
  delay_minutes:
    description:
      - How long after O(at), or after the window opens, this host begins. With a delay of its own for each host you
        decide which hosts are down at the same time; a run that comes after a host's turn in a window that is open
        takes the next one. O(stagger_minutes) comes on top.
    type: int
  notice_minutes:
    description:
      - How long before the restart users are told, and O(drain_sessions) begins.
    type: int
    default: 10
  message:
    description:
      - What users are told, up to 512 characters of any script. Shown by the countdown of Windows, and with
        O(drain_sessions) by C(msg.exe) to every session as well.
    type: str
    default: This computer restarts to complete an update. Please save your work and sign out.
  drain_sessions:
    description:
      - Refuse new logons from the notice until the restart (C(change logon /drainuntilrestart)), for hosts with
        Remote Desktop Services.
    type: bool
    default: false
  wait_for_sessions_minutes:
    description:
      - With O(state=now), how long to wait for the last user to sign out before O(notice_minutes) begins. Users get
        O(message) at once, and O(drain_sessions) begins at once. Disconnected sessions count, for there may be
        unsaved work in them.
      - Where nobody is left, the host restarts without a further notice. Where somebody is left when the time is
        over, it restarts after the notice.
      - A restart with O(state=scheduled) does not wait, for it takes place without the controller; give users time
        by O(notice_minutes).
    type: int
    default: 0
  only_if_pending:
    description:
      - V(hotfix) restarts only if the hotfix itself is pending in servicing.
      - V(any) also if servicing or Windows Update waits for a restart for other reasons. Pending file renames do
        not count, for antivirus and printer drivers leave them behind on many hosts for good.
      - V(never) does not ask; the restart takes place in any case.
    type: str
    choices: [hotfix, any, never]
    default: hotfix
  timeout:
    description:
      - With O(state=now), seconds from the end of the notice until the host has to be up and at rest.
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
  - Whose countdown is running, the System log of the host tells. Where it cannot be read, a countdown during the
    notice of a restart of this module counts as its own.
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
    - When the host goes down. In UTC with C(Z) for a time that was given with an offset, otherwise without offset
      in the local time of the host.
    - V(null) if nothing is scheduled by this module.
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
    - An earlier restart of this module did not take place at its time, because the host was off, or somebody
      called the restart off.
  returned: always
  type: bool
  sample: false
sessions:
  description:
    - The sessions of users. They are counted when the task begins, or where it waited for users to sign out, after
      that.
    - V(null) where the host does not tell (C(query session)).
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
    - What others have begun or scheduled to restart the host. Enabled tasks that start C(shutdown.exe), and a
      countdown that is running.
    - What a script does that a task starts is not looked at.
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
      description: When it takes place, as RV(scheduled_for); V(null) for a countdown, and for a task that recurs.
      type: str
      sample: "2026-12-01T04:00:00"
rolled_back_at_restart:
  description:
    - Windows undid the pending change during the restart of O(state=now), or during the one before if O(state=scheduled)
      finds that nothing waits for a restart any more. The task fails then.
  returned: always
  type: bool
  sample: false
cbs_log:
  description: The end of the servicing log of the host.
  returned: if the change was rolled back
  type: str
  sample: "2026-11-21 03:02:11, Error CBS Startup: Failed while processing critical primitive operations queue."
"""
