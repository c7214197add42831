#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_info
short_description: Assesses many Windows hosts at the same time
version_added: 0.1.0
description:
  - Finds out what M(winfleet.hotfix.hotfix_info) finds out, for many hosts in one task. Ansible starts a process and a
    task for each host, which costs the controller several times as much as the questions to the host. This module asks
    all hosts from few processes with many threads.
  - Reaches each host as Ansible would, by its own variables of the connection plugin
    P(ansible.builtin.winrm#connection), templates, vault and credentials of AWX included. Hosts with another connection
    plugin have an error.
  - Runs on the controller. Use it once for each run, in a play on C(localhost) or with C(run_once).
  - Says before the first connection, by name, which hosts cannot be tried, for instance because a variable is not
    defined. No host stops the others.
  - Stops trying an account of a domain that three hosts in a row refuse (over CredSSP, one host), so that a wrong
    password does not lock it. The other hosts are C(unreachable) with that reason, which names the hosts that refused.
  - Where Ansible runs C(kinit) for a host, the module does it once for all hosts of the same account. Hosts of different
    accounts are in different processes, because a process has one ticket cache.
options:
  hosts:
    description: The hosts, by their names in the inventory.
    type: list
    elements: str
    required: true
  concurrency:
    description:
      - The number of hosts to look at at the same time. A host answers in seconds, so this decides how long it takes
        more than the speed of the controller does.
      - If the controller allows a process too few open files, the module warns and goes on with fewer hosts.
    type: int
    default: 64
  host_timeout:
    description:
      - Seconds after which a host is C(unreachable) although its last question is still open.
      - Until an account of a domain is accepted, hosts wait for others that are tried with it. This time does not count.
    type: int
    default: 120
  refused:
    description:
      - Hosts that are not looked at, with the reason of each. They have an error with that text.
      - M(winfleet.hotfix.settings) returns them under this name.
    type: dict
    default: {}
  states:
    description:
      - The state that each host is wanted in, by its name. The report calls a host done that has not got the hotfix if
        its state is C(absent).
      - M(winfleet.hotfix.settings) returns them under this name. Used with O(report).
      - Each is V(present), V(downloaded) or V(absent).
    type: dict
    default: {}
  verify:
    description:
      - Whether a host that is not proven to be in its state of O(states) has an error, as the filter
        P(winfleet.hotfix.unproven#filter) says it. Without it, each status is as good as another.
    type: bool
    default: false
  restart_required:
    description: With O(verify), whether a host that waits for its restart is not done, even if the restart is scheduled.
    type: bool
    default: false
  probed:
    description:
      - Hosts whose Remote Desktop port is probed as by O(winfleet.hotfix.hotfix_info#module:probe_rdp).
      - One that O(host_timeout) gives up is not probed.
    type: list
    elements: str
    default: []
  report:
    description:
      - Writes a fleet report, as M(winfleet.hotfix.report) does, and returns what that module returns instead of an answer
        for each host. Ten thousand answers need not travel through Ansible then, nor be kept in memory.
      - Makes sure before the first connection that the files can be written.
      - As long as there is no report, each host that was looked at is a line of C(NAME-incomplete.jsonl) beside it, which
        M(winfleet.hotfix.report) can read if the controller dies. While another scan writes to that file, this one takes
        C(NAME-incomplete-2.jsonl), and so on.
      - At SIGINT and SIGTERM the scan ends within seconds. It writes what it saw as C(NAME-incomplete), marked as
        incomplete, and leaves the last complete report. A later complete report of the same name removes it.
      - In check mode nothing is written.
    type: dict
    suboptions:
      path:
        description: Where the report goes (O(winfleet.hotfix.report#module:path)).
        type: path
        required: true
      refused_path:
        description: Used instead of O(report.path) if all hosts are O(refused). The report then counts as a rehearsal.
        type: path
      hosts:
        description:
          - All hosts that the run was meant for. Those that are not in O(hosts) become C(not_attempted), for instance
            because they failed in an earlier play.
        type: list
        elements: str
        default: []
      formats:
        description: The formats to write.
        type: list
        elements: str
        choices: [json, csv, html]
        default: [json, csv, html]
      keep:
        description: How many dated copies to keep (O(winfleet.hotfix.report#module:keep)).
        type: int
        default: 0
      earlier_runs:
        description: A folder with copies of earlier runs (O(winfleet.hotfix.report#module:earlier_runs)).
        type: path
      pattern:
        description: The pattern of the hosts that the run was for, for the reader.
        type: str
      before:
        description: Earlier reports, in which Remote Desktop may have answered (O(winfleet.hotfix.report#module:before)).
        type: list
        elements: str
        default: []
      token_report:
        description: The users near the limit (O(winfleet.hotfix.report#module:token_report)).
        type: raw
extends_documentation_fragment:
  - winfleet.hotfix.definition
  - winfleet.hotfix.definition.exposure
attributes:
  check_mode:
    support: full
    description: Asks the hosts and returns the same. With O(report), returns whether the files would change, and writes none.
  diff_mode:
    support: full
    description: With O(report), shows its files as M(winfleet.hotfix.report) does. Without it, nothing changes.
requirements:
  - On the controller, pywinrm 0.5.0 or newer.
seealso:
  - module: winfleet.hotfix.hotfix_info
  - module: winfleet.hotfix.report
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Assess the fleet from one process of Ansible
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Find out which hosts lack the hotfix
      winfleet.hotfix.fleet_info:
        hosts: "{{ groups.windows }}"
      register: fleet

    - name: Show the hosts that have it
      ansible.builtin.debug:
        msg: "{{ fleet.hosts | dict2items | selectattr('value.hotfix_info.status', 'defined')
          | selectattr('value.hotfix_info.status', 'eq', 'compliant') | map(attribute='key') }}"

    - name: Write a report on them, and keep it for the next
      winfleet.hotfix.fleet_info:
        hosts: "{{ groups.windows }}"
        exposure: true
        report:
          path: reports/fleet
          keep: 30
          earlier_runs: reports
"""

RETURN = r"""
hosts:
  description:
    - With O(report), the first 100 hosts of each status, as M(winfleet.hotfix.report) returns them, and beside them
      all else that this module returns, such as RV(winfleet.hotfix.report#module:counts),
      RV(winfleet.hotfix.report#module:failing), RV(winfleet.hotfix.report#module:errors),
      RV(winfleet.hotfix.report#module:summary) and RV(winfleet.hotfix.report#module:files).
    - Without it, the result of M(winfleet.hotfix.hotfix_info) for each host, by its name.
    - A host that does not answer has C(unreachable) and C(msg), and one on which something failed has C(failed) and
      C(msg) instead.
  returned: success
  type: dict
  sample:
    rdsh-07: {changed: false, current_run: null, hotfix_info: {status: compliant}}
    rdsh-08: {unreachable: true, msg: The host did not answer.}
"""
