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
  - Turns the results of a run into one row for each host and writes the rows as JSON for programs, as CSV for
    spreadsheets and as one HTML page for people.
  - Runs on the controller and connects to no host. Use it once for a run, with C(run_once) or in a play on
    C(localhost).
  - A host is reported as compliant only from positive evidence, which is at least one deciding file whose
    state is C(fixed) or C(newer) and none that is C(older), C(missing) or C(unreadable). A result that is
    missing, malformed, or that claims compliance without such files is reported as C(error) with the reason.
  - Each file is written in one step; a reader sees the old report or the new one.
options:
  results:
    description:
      - One item for each host. Of several items for one host the last that was attempted counts.
      - The item names its C(host), and holds what the module M(winfleet.hotfix.hotfix_info) returned, either
        under C(hotfix_info) or as keys of the item itself, as in C(hotfix_result) of the role
        P(winfleet.hotfix.hotfix#role).
      - C(actions) is an optional dictionary of what the run did on the host. C(installed), C(removed),
        C(downloaded) and C(restarted) (booleans), C(package), C(restart_scheduled_for), C(restart_task),
        C(exit_name) and C(sessions) are shown under their own headings, other keys by name.
      - C(error) is the message of what failed on this host. The C(failed) and C(msg) of a registered result
        are understood too. A host that failed keeps its status when it is C(vulnerable), C(inconsistent),
        C(unknown) or C(restart_pending); without an assessment, or after one that said C(compliant) or
        C(not_applicable), it is reported as C(error).
      - C(unreachable) set to V(true) makes the host C(unreachable), C(not_attempted) set to V(true) makes it
        C(not_attempted).
      - A row of the C(hosts) of an earlier JSON report is a valid item too.
      - One of O(results) and O(reports) is needed.
    type: list
    elements: raw
  reports:
    description:
      - Paths of earlier JSON reports to merge, such as those that the slices of an AWX job wrote. The latest
        report that attempted a host counts for it, and an item of O(results) counts more than any report.
    type: list
    elements: str
  hotfix:
    description: The hotfix the report is about. A result about another one is reported as C(error).
    type: str
    default: KB978918
  hosts:
    description: Every host the run was meant for. Those without a result are reported as C(not_attempted).
    type: list
    elements: str
    default: []
  select:
    description:
      - A JMESPath expression that chooses rows, evaluated on the list of rows as the JSON report has them,
        such as V([?status=='vulnerable' && exposure.at_risk]).
      - It has to give whole rows. The counts are those of the chosen rows.
      - Needs the Python library C(jmespath) on the controller.
    type: str
  token_report:
    description:
      - The users whose security token is near the limit, to be shown with the exposure of the hosts.
      - Either the path of the JSON file that the playbook C(token_report) wrote, or the list that the lookup
        P(winfleet.hotfix.token_size#lookup) gave, or a dictionary that has the list under C(users).
    type: raw
extends_documentation_fragment:
  - winfleet.hotfix.report_files
attributes:
  check_mode:
    support: full
    description: Tells what it would write, and writes nothing.
  diff_mode:
    support: full
    description: Shows the JSON and CSV files before and after, within Ansible's size limit for differences.
notes:
  - A second report with the same rows is written with its new time and returns C(changed=false).
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
    - name: Collect one result a host
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
  description: How many hosts have each status. Every status is there, also with 0.
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
failing:
  description:
    - The hosts on which something failed, and those that were unreachable or not attempted. A run with any
      of these is not a success.
  returned: success
  type: list
  elements: str
  sample: [srv-14, srv-22]
"""
