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
  - Installs a hotfix on hosts that lack it, by DISM and from its C(.msu) package. Hosts on which it is
    installed, superseded by newer files, or not applicable are left alone.
  - Nothing runs on the host but what Windows 6.1 ships. The host is assessed as by
    M(winfleet.hotfix.hotfix_info); its package lands in C(%SystemRoot%\winfleet.hotfix\KB…), a folder that
    only SYSTEM and Administrators can enter.
  - A one-off task that runs as SYSTEM checks the hash of the package, expands it, checks by its description
    that it is the hotfix for the host's architecture, and only then runs DISM. Its result and its log are
    left in files, so a connection that is lost, or a controller that is stopped, loses nothing. Run the
    module again to pick the result up; a second DISM is never started while one is at work.
  - Of two controllers that change a host at the same moment one does it. The other waits, and reports the
    same result as changed. After a controller that was killed while it sent the package, the next one takes
    over once nothing has moved on the host for two minutes.
  - The module never restarts the host. O(state=present) is reached, as far as this module goes, when the
    package is installed or waits for a restart; use M(winfleet.hotfix.restart) for that.
  - Before anything is changed the module checks the package, the rights of the account, the free space on the
    system drive, that the service TrustedInstaller is not disabled, and that no other update waits for a
    restart.
options:
  state:
    description:
      - V(present) installs the package on hosts whose status is C(vulnerable) or C(inconsistent).
      - V(downloaded) stores the package on the host, its hash checked, and installs nothing. A later run with
        V(present) uses it.
      - V(absent) removes the package where it is installed. Files that are newer by another update stay.
    type: str
    choices: [present, absent, downloaded]
    default: present
  package:
    description:
      - The package, an C(.msu) file. Needed on hosts where something is to be installed or downloaded.
      - With O(package_location=controller) a path on the controller; a relative one is looked for as
        M(ansible.builtin.copy) does.
      - With O(package_location=url) a URL that begins with C(http) or C(https) and has no user name.
      - With O(package_location=host) a full path on the host, or a UNC path. It is read by SYSTEM, so drive
        letters that a user has mapped do not exist, and a share is read by the host's computer account.
    type: str
  package_location:
    description:
      - Where O(package) is.
      - From the V(controller) the package is sent over the connection, unless the host has it already.
      - V(url) lets the host download it by C(certutil). Stock Windows 6.1 speaks TLS 1.0 only.
      - V(host) lets the host read it from a local folder or a share.
    type: str
    choices: [controller, url, host]
    default: controller
  sha256:
    description:
      - The SHA-256 of the package, with or without C(sha256:) in front.
      - Mandatory for V(url) and V(host) of O(package_location), for there the controller never sees the file.
      - A host that cannot compute SHA-256 is checked by SHA-1 if the package came from the controller, and
        refused otherwise.
    type: str
  timeout:
    description:
      - Seconds to wait for the host's task. It goes on after them, and the next run picks the result up.
      - As long is waited for another controller that prepares the host at the same moment.
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
    description: Predicts the change; RV(restart_required) then tells what the installation would say.
    support: full
  diff_mode:
    description: Shows the state of the package, and the package, folder and task that change it.
    support: full
notes:
  - Packages compressed by LZX can be inspected on the controller with the Python library C(libarchive-c) or
    the program C(cabextract). Without them the host's own check decides.
  - Simulated hosts have seen everything that this module does; stock Windows 6.1 hosts have not yet.
seealso:
  - module: winfleet.hotfix.hotfix_info
  - module: winfleet.hotfix.restart
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Install the hotfix from a file of the controller
  winfleet.hotfix.hotfix:
    package: /srv/packages/Windows6.1-KB978918-x64.msu
  register: installed

- name: Let the host read the package from a share
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
    - In check mode the status before the change.
  type: str
  returned: when the host could be assessed
  sample: restart_pending
restart_required:
  description: Whether a restart completes what was done. In check mode a prediction.
  type: bool
  returned: when the host could be assessed
  sample: true
servicing:
  description: What servicing said. Values are V(none) where nothing was run.
  type: dict
  returned: when the host could be assessed
  contains:
    identity:
      description: Identity of the package.
      type: str
      sample: Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0
    exit_code:
      description:
        - Exit code of DISM, unsigned, of this run or of the one whose result is picked up.
        - Where a step before DISM failed, the exit code of that step.
      type: int
      sample: 3010
    exit_name:
      description:
        - Name of the exit code, such as V(success), V(restart_required), V(not_applicable), V(disk_full),
          V(pending_operations), V(another_installation_running), V(store_damaged), V(service_disabled);
          C(exit_0x…) for a code that has no name here.
        - Where a step before DISM failed its name, V(fetch_failed), V(hash_unavailable), V(hash_differs),
          V(expand_failed), V(wrong_package) or V(no_cabinet).
      type: str
      sample: restart_required
    log_tail:
      description: The end of the task's log; of a failed DISM the end of its log too.
      type: str
"""
