#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: definition
short_description: Derives the definition of a hotfix from its packages
version_added: 0.1.0
description:
  - Reads the packages of a hotfix and writes one definition for all their architectures, for a person to review. The
    other modules and the roles take the definition, never a package.
  - The definition has the files with their folders, builds, branches, sizes, dates and hashes, and the manifests. A
    comment says for each file by which rule it decides or does not, and the head of the file lists what the packages
    do not show. Read RV(underived).
  - The files in most packages are differences that only Windows puts together. So the version of a program that was
    built for the hotfix is that of its component, and the times in the package show which programs those are.
  - Refuses damaged and forged packages. Every manifest must have the name that follows from its content, and the
    files must have the hashes that the package states.
  - Refuses packages from which nothing follows, with the reason. These are packages that have only drivers, packages
    of Internet Explorer, packages whose files lie in a C(.psf), rollups, and packages for another Windows.
  - Runs on the controller and connects to no host. Use it in a play on C(localhost).
options:
  packages:
    description:
      - Packages, and folders with packages, on the controller. A package is an C(.msu), or the C(.cab) in it, which
        WSUS and Configuration Manager keep alone.
      - A folder and those below it are searched for the packages of O(hotfix), whatever their files are called. The
        latest revision for each architecture is used.
    type: list
    elements: path
    required: true
  path:
    description:
      - The definition file to write, or a folder for it. In a folder, the KB number is its name.
      - A name that does not end in C(.yml) or C(.yaml) is a folder.
    type: path
    required: true
  hotfix:
    description: The hotfix, such as V(KB2465285). Required if O(packages) has folders.
    type: str
  ca_path:
    description:
      - File with Microsoft's root certificates, in PEM format. With it, the signature of each package must lead to one
        of them.
      - It needs the program C(osslsigncode) on the controller.
    type: path
  force:
    description: Whether to replace a definition file that has another content, which somebody may have reviewed.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Derives the definition, returns whether the file would change, and writes nothing.
  diff_mode:
    support: full
    description: Shows the file before and after.
notes:
  - Most packages are compressed by LZX. The controller needs C(libarchive) with the Python library C(libarchive-c), or
    the program C(cabextract).
  - If the controller has C(osslsigncode), the module also compares the signed digest of each package with its content.
    RV(signature) says what was checked.
  - A definition file whose comments alone differ counts as unchanged.
seealso:
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Define a hotfix
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Derive the definition from the packages for both architectures
      winfleet.hotfix.definition:
        packages:
          - packages/Windows6.1-KB2465285-x64.msu
          - packages/Windows6.1-KB2465285-x86.msu
        path: hotfixes
      register: derived

    - name: Name what somebody has to look up
      ansible.builtin.debug:
        var: derived.underived

    - name: Derive it from a folder with packages of several hotfixes
      winfleet.hotfix.definition:
        packages: packages
        hotfix: KB2465285
        path: hotfixes/KB2465285.yml
"""

RETURN = r"""
path:
  description: The definition file.
  returned: success
  type: str
  sample: /srv/hotfixes/KB2465285.yml
definition:
  description: The definition as data, as the option O(winfleet.hotfix.hotfix_info#module:definition) takes it.
  returned: success
  type: dict
underived:
  description: What the packages do not show, and why. Look it up in the article before you use the definition.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: A field of the definition, a file or a component.
      type: str
    why:
      description: Why it is not known, and which value stands there meanwhile.
      type: str
  sample:
    - what: supersedes
      why: no package names what it replaces. See http://support.microsoft.com/?kbid=2465285
rules:
  description: By which rule each file decides or does not.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    architecture:
      description: The architecture of Windows.
      type: str
    build:
      description: The build of Windows; null for every build.
      type: int
    rule:
      description:
        - V(own_version) (the file itself is in the package, and has the version of its component), V(component_version)
          (a program that was built for the hotfix) and V(hash) (another file that was built for the hotfix, if its
          component has no such program) decide.
        - V(beside) (programs of its component decide), V(carried) (older than the hotfix), V(doubtful) (its time does
          not show whether it was built for the hotfix), V(other_version), V(no_evidence), V(branches_differ) (built for
          the hotfix in one branch only) and V(components_differ) (several components bring it, in different versions)
          do not decide.
      type: str
    why:
      description: The rule in words.
      type: str
  sample:
    - path: '%SystemRoot%\System32\drivers\bridge.sys'
      architecture: x64
      build: 7601
      rule: component_version
      why: "decides: a program built for this hotfix has its component's version"
packages:
  description: The packages that the definition is derived from.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    sha256:
      description: The SHA-256 of the file.
      type: str
    architecture:
      description: V(x86), V(x64) or V(ia64).
      type: str
    identity:
      description: The package, as DISM names it.
      type: str
    note:
      description: What else was found in the folder, such as an earlier revision; empty if there is nothing to say.
      type: str
signature:
  description: What is known of the signature of each package.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The package.
      type: str
    checked:
      description: Whether C(osslsigncode) looked at it.
      type: bool
    fits:
      description: Whether the signed digest is that of the file; null if it was not checked or nobody signed the file.
      type: bool
    signer:
      description: The organisation in the certificate; empty if there is none.
      type: str
    chain:
      description: Whether the certificate leads to one in O(ca_path); null without O(ca_path).
      type: bool
    says:
      description: The same in words.
      type: str
  sample:
    - path: /srv/packages/Windows6.1-KB2465285-x64.msu
      checked: true
      fits: true
      signer: Microsoft Corporation
      chain: null
      says: >-
        signed by Microsoft Corporation: the digest fits, but nobody checked whose its certificate is, because ca_path
        is not given
"""
