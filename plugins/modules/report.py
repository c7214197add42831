#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Writes the report of a fleet as JSON, CSV and HTML
version_added: 0.1.0
description:
  - Turns the results of a run into one row per host. Writes the rows as JSON for programs, as CSV for
    spreadsheets and as one HTML page for people.
  - Runs on the controller and connects to no host. Use it once per run, with C(run_once) or in a play on
    C(localhost).
  - Reports a host as compliant only with positive evidence, which is at least one deciding file in state C(fixed)
    or C(newer) and none in state C(older), C(missing), C(unreadable) or C(undecided). A result that is empty or
    malformed, or that claims compliance without such files, becomes an C(error) with the reason.
  - Completes all files before it replaces the first one, so a reader sees the earlier report or the new one.
options:
  results:
    description:
      - One item per host. If a host has several items, the last one that was attempted counts.
      - The item names its C(host) and has the result of M(winfleet.hotfix.hotfix_info), either under
        C(hotfix_info) or as keys of the item itself, as in C(hotfix_result) of the role
        P(winfleet.hotfix.hotfix#role).
      - C(actions) is an optional dictionary of the actions of the run on the host. The page shows C(installed),
        C(removed), C(downloaded) and C(restarted) (booleans), C(package), C(restart_scheduled_for),
        C(restart_task), C(exit_name) and C(sessions) under their own headings, other keys by name.
      - C(error) is the message of a task that failed on this host. The C(failed) and C(msg) of a registered
        result work too. A host that failed keeps the status C(vulnerable), C(inconsistent), C(unknown) or
        C(restart_pending). Without an assessment, or after C(compliant) or C(not_applicable), it becomes
        C(error).
      - C(rdp) is the result of M(winfleet.hotfix.rdp_info) with the C(port), and C(remarks) are sentences for the reader
        of the row. They do not change the status.
      - C(unreachable=true) makes the host C(unreachable), and C(not_attempted=true) makes it C(not_attempted).
      - C(groups) and C(domain) are where a host belongs that is not in the inventory of this run. For others the
        inventory and the assessment say it.
      - C(removal=true) says that the hotfix is not wanted on the host. A host without it then has nothing left to do.
      - A row of C(hosts) in an earlier JSON report is also a valid item.
      - Set O(results), O(reports) or O(gather), or several of them.
    type: list
    elements: raw
  gather:
    description:
      - Whether to add what the tasks of this collection's playbooks registered on O(hosts). A host on which a task
        failed has the message of that task, a host without any is C(not_attempted).
    type: bool
  reports:
    description:
      - Paths of earlier JSON reports to merge, such as those of the slices of an AWX job. For each host the
        latest report that attempted it counts. An item of O(results) overrides any report.
      - Rows keep the time of the report that they come from, C(reported_at), so that merged reports can be merged.
      - A file C(NAME-incomplete.jsonl), which M(winfleet.hotfix.fleet_info) leaves if it is killed, is an incomplete report.
        The merged report is incomplete as long as no other report came to all hosts of one that is.
    type: list
    elements: str
  skip:
    description:
      - What to skip among O(reports). The task returns each skipped file with the reason in RV(skipped_files). Without
        this option, a file that is not a report of O(hotfix) fails the task.
      - V(other_files) skips files that are not fleet reports. V(other_hotfixes) skips reports on other hotfixes.
        V(rehearsals) skips reports of runs in check mode.
      - A fleet report that is damaged, or that a newer version of this collection wrote, always fails the task.
    type: list
    elements: str
    choices: [other_files, other_hotfixes, rehearsals]
    default: []
  before:
    description:
      - Paths of earlier JSON reports to compare with. A session host whose Remote Desktop answered then, and does not
        now, gets a remark. The rows of these reports are not merged.
      - A file that cannot be read is a warning, and not an error.
    type: list
    elements: str
    default: []
  only_hosts:
    description:
      - The hosts to keep of O(reports), such as all hosts of the inventory. The rows of other hosts are left out,
        and RV(left_out) names these hosts. Without this option, all hosts are kept.
    type: list
    elements: str
  refused_path:
    description:
      - Used instead of O(path) if O(gather) finds that no host was looked at, as the settings of all were refused. The
        report of the last run then stays, and this one counts as a O(rehearsal).
    type: path
  stopped:
    description: Why the run ended before its last host. The report says so, and counts as incomplete.
    type: str
    default: ""
  keep:
    description:
      - How many dated copies of reports to keep in C(kept/), a folder beside the report, this one included. The oldest copies
        of the same hotfix are removed. V(0) keeps no copy of this report and removes none.
      - A O(rehearsal), a report with O(select) and rows of O(reports) are not kept. A copy that cannot be written is a
        warning, for the report itself was written.
    type: int
    default: 0
  earlier_runs:
    description:
      - A folder of reports with the copies that O(keep) left. The report then says what has changed, each host against its
        own newest older row, and shows a trend. A copy that is damaged or foreign is left out, and
        RV(skipped_files) says why.
    type: path
  pattern:
    description: The pattern of the hosts that the run was for. The page and the JSON report name it.
    type: str
  probe:
    description:
      - Whether only to make sure that the files can be written to O(path), and with O(keep) the copies. Fails if they
        cannot, and leaves nothing. A play does this before its first host, for a run without a report has to be run
        again.
      - O(hotfix) may then be the path of a definition, whose file has the number as its name.
    type: bool
  rehearsal:
    description:
      - Whether a run that changed nothing made the O(results), in check mode or because its settings were refused. The
        JSON report says so, and O(skip=rehearsals) leaves it out later.
    type: bool
    default: false
  hotfix:
    description: The hotfix of the report. A result about another hotfix becomes an C(error).
    type: str
    default: KB978918
  hosts:
    description: All hosts that the run was meant for. Hosts without a result become C(not_attempted).
    type: list
    elements: str
    default: []
  select:
    description:
      - A JMESPath expression that selects rows from the list of rows in the JSON report, such as V([?status=='vulnerable' && exposure.at_risk]).
      - It must return whole rows. The counts cover the selected rows.
      - Needs the Python library C(jmespath) on the controller.
    type: str
  token_report:
    description:
      - The users whose security token is near the limit. The page shows them beside the exposure of the hosts.
      - Either the path of the JSON file that M(winfleet.hotfix.token_report) wrote, or the list that the lookup
        P(winfleet.hotfix.token_size#lookup) returned, or a dictionary with that list under C(users).
    type: raw
extends_documentation_fragment:
  - winfleet.hotfix.report_files
attributes:
  check_mode:
    support: full
    description: Returns whether the report would change, and writes nothing.
  diff_mode:
    support: full
    description: Shows the JSON and CSV files before and after, within Ansible's size limit for differences.
notes:
  - A second report with the same rows is written with its new time and returns C(changed=false). With O(earlier_runs) it
    is compared with other runs than the first, which is a change.
  - If hosts failed, a file C(NAME-failed.limit) lies beside the report, one host a line, for C(--limit @NAME-failed.limit).
    A host whose name Ansible would take for a pattern is not in it. If no host failed, an earlier file is removed.
seealso:
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Assess the fleet
  hosts: windows
  gather_facts: false
  ignore_unreachable: true
  tasks:
    - name: Find out where the hotfix is missing
      winfleet.hotfix.hotfix_info:
        exposure: true
      register: assessment
      ignore_errors: true

- name: Report
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Collect one result per host
      ansible.builtin.set_fact:
        results: >-
          {{ results | default([])
             + [hostvars[item].assessment | default({}) | combine({'host': item})] }}
      loop: "{{ groups['windows'] }}"

    - name: Write JSON, CSV and HTML
      winfleet.hotfix.report:
        results: "{{ results }}"
        hosts: "{{ groups['windows'] }}"
        path: reports/fleet
        keep: 30
        earlier_runs: reports

    - name: Merge the reports of several runs
      winfleet.hotfix.report:
        reports:
          - reports/verify-101.json
          - reports/verify-102.json
        path: reports/fleet

    - name: Write a list of the session hosts still at risk
      winfleet.hotfix.report:
        results: "{{ results }}"
        path: reports/session-hosts
        formats: [csv]
        select: "[?status=='vulnerable' && contains(exposure.roles || `[]`, 'session_host')]"
"""

RETURN = r"""
files:
  description: The path of each file, by format.
  returned: success
  type: dict
  sample:
    json: /srv/reports/fleet.json
    html: /srv/reports/fleet.html
counts:
  description: The number of hosts with each status. Statuses without a host are included with 0.
  returned: success
  type: dict
  sample:
    compliant: 9
    restart_pending: 0
    vulnerable: 3
    inconsistent: 0
    unknown: 0
    error: 1
    unreachable: 1
    not_attempted: 0
    not_applicable: 1
skipped_files:
  description: Why a file of O(reports) or a copy in O(earlier_runs) was skipped, by its path.
  returned: success
  type: dict
  sample:
    /srv/reports/field-check-1.json: "/srv/reports/field-check-1.json is not a fleet report: it lacks schema_version or hosts."
left_out:
  description: The hosts of O(reports) that are not among O(only_hosts).
  returned: success
  type: list
  elements: str
  sample: [srv-03]
limit_file:
  description: The file with the hosts of RV(failing) for C(--limit @file); null if there is none.
  returned: success
  type: str
  sample: /srv/reports/fleet-failed.limit
not_in_limit_file:
  description: The hosts of RV(failing) whose names Ansible would take for patterns.
  returned: success
  type: list
  elements: str
  sample: []
failing:
  description:
    - The hosts on which a task failed, and those that were unreachable or not attempted. If there are any, the
      run did not succeed.
  returned: success
  type: list
  elements: str
  sample: [srv-14, srv-22]
errors:
  description: Why each host of RV(failing) failed, by its name.
  returned: success
  type: dict
  sample:
    srv-22: Nothing listens there.
hosts:
  description: The first 100 hosts of each status. Statuses without a host are left out.
  returned: success
  type: dict
  sample:
    vulnerable: [rds-01, rds-02, srv-03]
    unreachable: [srv-22]
restarts:
  description:
    - C(scheduled) and C(missed) with a time by host, and C(waiting_without), the hosts that have no restart.
    - C(not_known) with the reasons of each host that did not answer, or did not show its restarts.
    - A time with Z is UTC, one without is the local time of the host.
  returned: success
  type: dict
  sample:
    scheduled: {rds-01: "2026-03-08T02:11:00"}
    missed: {}
    waiting_without: [rds-02]
    not_known: {}
summary:
  description:
    - At most 24 lines, a screen. The first counts what was done with the hosts, or would be done, with the times of
      restarts. Others name hosts to do, and those that need a person by cause. The last names the files.
  returned: success
  type: list
  elements: str
  sample:
    - "9 would install (restart between 2026-03-08 02:11 and 02:36 host time), 1 cannot be reached, 3 need nothing"
    - "1 × Not reachable: Nothing listens there. (srv-22) Run winrm quickconfig on the host."
    - "Report: /srv/reports/remediate-check.json"
"""
