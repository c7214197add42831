# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of everything that sizes tokens: the rules, and how to read a directory by LDAP."""

from __future__ import annotations

import re
from typing import ClassVar


class ModuleDocFragment:
    """Options of plugin documentation, chosen by ``extends_documentation_fragment``."""

    LOOKUP = r"""
options:
  include:
    description:
      - V(flagged) takes the users who are near or over the limit, or in more than 1,010 groups.
      - V(all) takes everyone.
    type: str
    choices: [flagged, all]
    default: flagged
  limit:
    description: Largest size of a token in bytes. Without KB978918, CredSSP fails above the default.
    type: int
    default: 16384
  warn_percent:
    description: A user is C(near) from this share of O(limit) on.
    type: float
    default: 80
  kdc:
    description:
      - The version of the domain controllers. Up to V(2008r2) a domain-local group costs 40 bytes, from
        V(2012) on 8.
    type: str
    choices: ['2008r2', '2012']
    default: '2008r2'
  resource_sid_compression:
    description:
      - Whether domain controllers from 2012 on compress the SIDs of domain-local groups. They do unless an
        administrator disabled it on the service account or on krbtgt (0x80000 in
        C(msDS-SupportedEncryptionTypes)).
      - Has no effect with O(kdc=2008r2).
    type: bool
    default: true
  delegation:
    description: Size tokens for services that are trusted for unconstrained delegation, which doubles them.
    type: bool
    default: false
  base:
    description:
      - DN below which to search. The default is the server's own domain.
      - It applies to all LDAP sources. Leave it out to read several domains.
      - If not given, E(WINFLEET_LDAP_BASE) applies.
    type: str
    env: [{name: WINFLEET_LDAP_BASE}]
  bind_dn:
    description:
      - Account for a simple bind, as DN, C(user@domain) or C(DOMAIN\user). An ordinary user is enough.
      - If not given, E(WINFLEET_LDAP_BIND_DN) applies.
    type: str
    env: [{name: WINFLEET_LDAP_BIND_DN}]
  bind_password:
    description:
      - Password of O(bind_dn). It is never shown.
      - If not given, E(WINFLEET_LDAP_BIND_PASSWORD) applies.
    type: str
    env: [{name: WINFLEET_LDAP_BIND_PASSWORD}]
  auth:
    description:
      - V(simple) sends O(bind_dn) and O(bind_password), over TLS only.
      - V(gssapi) uses the Kerberos ticket cache (C(kinit), C(KRB5CCNAME)). Without TLS it seals the traffic.
      - If not given, E(WINFLEET_LDAP_AUTH) applies.
    type: str
    choices: [simple, gssapi]
    default: simple
    env: [{name: WINFLEET_LDAP_AUTH}]
  start_tls:
    description:
      - Turn on TLS over C(ldap://).
      - If not given, E(WINFLEET_LDAP_START_TLS) applies.
    type: bool
    default: false
    env: [{name: WINFLEET_LDAP_START_TLS}]
  ca_path:
    description:
      - PEM file of the certificate authority. The default is the system's authorities.
      - If not given, E(WINFLEET_LDAP_CA_PATH) applies.
    type: path
    env: [{name: WINFLEET_LDAP_CA_PATH}]
  validate_certs:
    description:
      - Whether the server's certificate must be valid for its name.
      - If not given, E(WINFLEET_LDAP_VALIDATE_CERTS) applies.
    type: bool
    default: true
    env: [{name: WINFLEET_LDAP_VALIDATE_CERTS}]
  timeout:
    description:
      - Seconds to wait for the connection, with TLS and sign-in, and then for each answer.
      - If not given, E(WINFLEET_LDAP_TIMEOUT) applies.
    type: float
    default: 30
    env: [{name: WINFLEET_LDAP_TIMEOUT}]
"""

    # A module's documentation has no field for environment variables. The annotation keeps ansible-test's
    # yamllint, which reads assignments of literals only, from failing on this one.
    DOCUMENTATION: ClassVar[str] = re.sub(r"^ +env: .*\n", "", LOOKUP, flags=re.MULTILINE)
