#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hotfix
short_description: Installs or removes a Microsoft hotfix without PowerShell
version_added: 0.1.0
description:
  - Installs a hotfix from its package, C(.msu) or C(.cab), by DISM, on hosts that lack it. It skips hosts that have the hotfix,
    have newer files, or run a Windows that the hotfix is not for.
  - Assesses the host as M(winfleet.hotfix.hotfix_info) does and runs only what Windows 6.1 ships. The package goes
    to C(%SystemRoot%\winfleet.hotfix\KB…), a folder that only SYSTEM and Administrators can enter.
  - A one-off task that runs as SYSTEM checks the hash of the package, expands it, checks by its description
    that it is the hotfix for the host's architecture, and only then runs DISM. The task leaves its result and its
    log in files, so a lost connection or a stopped controller loses nothing. Run the module again to pick up the
    result; it never starts a second DISM while one is running.
  - When two controllers change a host at the same moment, one of them does the work. The other waits, assesses the
    host anew, and goes on from there. If both asked for the same state, it reports the same result as changed. If a
    controller is killed while it sends the package, the next one takes over once the host has seen no progress for two
    minutes.
  - The module never restarts the host. With O(state=present) it is done when the package is installed or waits for
    a restart; use M(winfleet.hotfix.restart) for the restart.
  - Before it changes anything the module checks the package, the account's rights, the free space on the system
    drive, that the service TrustedInstaller is not disabled, and that no other update waits for a restart.
options:
  state:
    description:
      - V(present) installs the package on hosts whose status is C(vulnerable) or C(inconsistent).
      - V(downloaded) stores the package on the host, checks its hash, and installs nothing. A later run with
        V(present) uses it.
      - V(absent) removes the package where it is installed. Files that another update made newer stay.
      - V(settled) only waits for a run of the hotfix that is at work on the host, and tidies up behind a controller
        that was killed.
      - Whatever the state, the module first waits for a run that is at work, then assesses the host anew.
    type: str
    choices: [present, absent, downloaded, settled]
    default: present
  package:
    description:
      - The package. This is an C(.msu), or the C(.cab) in it, which WSUS and Configuration Manager keep alone. Required on
        hosts where the module has to install or download it.
      - With O(package_location=controller), a path on the controller. The module looks for a relative path where
        M(ansible.builtin.copy) does. It compares all data of the package with the checksums in it, and refuses a file
        that is damaged or not a package before it sends anything.
      - With O(package_location=url), a URL that begins with C(http) or C(https) and has no user name.
      - With O(package_location=host), a full path on the host, or a UNC path. SYSTEM reads it, so the drive letters
        that a user has mapped do not exist, and the host's computer account reads a share.
    type: str
  package_location:
    description:
      - Where O(package) is.
      - With V(controller), the controller sends the package over the connection, unless the host has it already.
      - With V(url), the host downloads it by C(certutil). Stock Windows 6.1 speaks TLS 1.0 only.
      - With V(host), the host reads it from a local folder or a share.
    type: str
    choices: [controller, url, host]
    default: controller
  sha256:
    description:
      - The SHA-256 of the package, with or without C(sha256:) in front.
      - Required with V(url) and V(host) of O(package_location), because the controller never sees the file then.
      - A host that cannot compute SHA-256 checks the SHA-1 of a package that the controller sent, and refuses any
        other.
    type: str
  timeout:
    description:
      - Seconds to wait for the host's task, at least 1. The task continues after that, and the next run picks up
        its result.
      - Before that, the module waits as long for a run that is at work on the host already, and for another
        controller that prepares one.
    type: int
    default: 3600
  keep_files:
    description: Leave the package and the script in the staging folder. The logs stay there in any case.
    type: bool
    default: false
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.definition
attributes:
  check_mode:
    description: Predicts the change; RV(restart_required) is a prediction then.
    support: full
  diff_mode:
    description: Shows the package's state before and after, and the package, folder and task that change it.
    support: full
notes:
  - To inspect a package that is compressed by LZX, the controller needs the Python library C(libarchive-c) or
    the program C(cabextract). Without them the host's own check decides.
  - Everything this module does has run on simulated hosts, and not yet on stock Windows 6.1 hosts.
seealso:
  - module: winfleet.hotfix.hotfix_info
  - module: winfleet.hotfix.restart
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Install the hotfix from a file on the controller
  winfleet.hotfix.hotfix:
    package: /srv/packages/Windows6.1-KB978918-x64.msu
  register: installed

- name: Install the hotfix from a share that the host reads
  winfleet.hotfix.hotfix:
    package: \\files.example.com\packages\Windows6.1-KB978918-x64.msu
    package_location: host
    sha256: 5b1f9a0c6d2e48b7a3f0c4d5e6978812b3c4d5e6f708192a3b4c5d6e7f809102

- name: Store the package on the host before the maintenance window
  winfleet.hotfix.hotfix:
    package: http://packages.example.com/Windows6.1-KB978918-x64.msu
    package_location: url
    sha256: sha256:5b1f9a0c6d2e48b7a3f0c4d5e6978812b3c4d5e6f708192a3b4c5d6e7f809102
    state: downloaded

- name: Remove the hotfix
  winfleet.hotfix.hotfix:
    state: absent
"""

RETURN = r"""
status:
  description:
    - The host's status after the run, as RV(winfleet.hotfix.hotfix_info#module:hotfix_info.status) defines it.
    - In check mode, the status before the change.
  type: str
  returned: when the host could be assessed
  sample: restart_pending
restart_required:
  description: Whether the change needs a restart to complete. In check mode, a prediction.
  type: bool
  returned: when the host could be assessed
  sample: true
servicing:
  description: The result of servicing. Where nothing ran, its values are V(null) and the log is empty.
  type: dict
  returned: when the host could be assessed
  contains:
    identity:
      description: Identity of the package.
      type: str
      sample: Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0
    exit_code:
      description:
        - Exit code of DISM, unsigned, from this run or from the one whose result it picked up.
        - Where a step before DISM failed, the exit code of that step.
      type: int
      sample: 3010
    exit_name:
      description:
        - Name of the exit code, such as V(success), V(restart_required), V(not_applicable), V(disk_full),
          V(pending_operations), V(another_installation_running), V(store_damaged), V(service_disabled);
          C(exit_0x…) for a code without a name.
        - Where a step before DISM failed, its name, V(fetch_failed), V(hash_unavailable), V(hash_differs),
          V(expand_failed), V(wrong_package) or V(no_cabinet).
      type: str
      sample: restart_required
    log_tail:
      description: The end of the task's log, and after a failed DISM the end of DISM's log.
      type: str
last_attempt:
  description:
    - How the last installation ended, of this run or before it, as
      RV(winfleet.hotfix.hotfix_info#module:hotfix_info.last_attempt) defines it.
  type: dict
  returned: when the host could be assessed
  contains:
    time:
      description: When it began, ISO 8601.
      type: str
      sample: '2026-11-20T09:14:05+01:00'
    exit_code:
      description: Exit code of DISM, or of the step before it that failed.
      type: int
      sample: 3010
    outcome:
      description: V(installed), V(pending), V(rolled_back) or V(failed).
      type: str
      sample: pending
"""
