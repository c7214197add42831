# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup token_size: arguments in, one survey, items out."""

from __future__ import annotations

DOCUMENTATION = r"""
name: token_size
author:
  - The winfleet.hotfix developers (@winfleet)
version_added: 0.1.0
short_description: Sizes the security tokens of a directory's users
description:
  - Tells which users of Active Directory are near or over the 16 KB at which CredSSP fails without KB978918
    (0x80090329, "The specified data could not be encrypted"), and which groups to remove first.
  - Reads a live directory over LDAP, or an export of it that somebody else made. Nothing is changed anywhere.
  - Sizes each token twice, by the formula of KB327825 (C(token_bytes)) and as the message that CredSSP sends
    (C(wire_bytes)). The larger of both decides.
  - Security groups count through all nesting and cycles, distribution groups and BUILTIN do not. The
    primary group and every sIDHistory count.
options:
  _terms:
    description:
      - Where to read. C(ldap://SERVER) or C(ldaps://SERVER), each with an optional port, or the path of an
        export.
      - The ending of a file's name tells its format. C(.ldif) is what C(ldifde) writes, C(.csv) what C(csvde)
        writes, C(.json) what C(Get-ADUser) and C(Get-ADGroup) give to C(ConvertTo-Json).
      - Several sources are read as one, such as two domains, or a file of users and a file of groups. Then
        groups need their C(member) attribute for users of another domain.
    required: true
    type: list
    elements: str
  users:
    description:
      - Only these users, whatever their size, by sAMAccountName, userPrincipalName or DN.
      - It is an error if one is in no source.
    type: list
    elements: str
    default: []
  select:
    description:
      - A JMESPath expression, applied to the list of all items, such as V([?status=='over'].user).
      - Needs the Python library C(jmespath) on the controller.
    type: str
extends_documentation_fragment:
  - winfleet.hotfix.token_options.lookup
notes:
  - V(all) of O(include) refuses more than 50,000 users; the module M(winfleet.hotfix.token_report) writes any
    number to files.
  - Use C(query) with M(ansible.builtin.set_fact) and C(run_once). A lookup in C(vars) reads the whole
    directory again at every reference, and for every host.
  - LDAP sources need the Python library C(python-ldap) on the controller (package C(python3-ldap), or C(pip
    install python-ldap), which needs gcc and the headers of OpenLDAP and SASL). Exports need nothing.
  - Attributes that may not be read, memberships that point at nothing and the like are warnings that name
    the objects. The sizes of those users are lower bounds.
  - The Global Catalog (ports 3268 and 3269) shows groups of other domains only if they are universal.
  - Domain-local groups of all sources count together, although a ticket carries those of the service's
    domain only.
seealso:
  - name: KB327825
    description: Problems with Kerberos authentication when a user belongs to many groups.
    link: https://learn.microsoft.com/en-us/troubleshoot/windows-server/windows-security/kerberos-authentication-problems-if-user-belongs-to-groups
  - module: winfleet.hotfix.token_report
"""

EXAMPLES = r"""
- name: Who is near the limit
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask the directory once
      ansible.builtin.set_fact:
        flagged: >-
          {{ query('winfleet.hotfix.token_size', 'ldaps://dc1.corp.example.com',
                   bind_dn='reader@corp.example.com', bind_password=vault_reader_password,
                   ca_path='/etc/pki/corp-ca.pem', kdc='2012') }}
      run_once: true
      no_log: true

    - name: Name them
      ansible.builtin.debug:
        msg: "{{ item.user }}: {{ item.percent }} %, first remove {{ item.top_groups[0].dn }}"
      loop: "{{ flagged | selectattr('top_groups') }}"
      loop_control:
        label: "{{ item.user }}"

- name: Read exports
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Show the names of those near the limit
      ansible.builtin.debug:
        msg: "{{ query('winfleet.hotfix.token_size', 'corp.ldif', select='[].user') }}"

    - name: Show two users, whatever their size
      ansible.builtin.debug:
        msg: "{{ query('winfleet.hotfix.token_size', 'corp.json', users=['jdoe', 'asmith']) }}"
"""

RETURN = r"""
_raw:
  description: One item a user, largest first.
  type: list
  elements: dict
  contains:
    user:
      description: The sAMAccountName.
      type: str
      returned: always
      sample: jdoe
    dn:
      description: The distinguished name.
      type: str
      returned: always
      sample: CN=Jane Doe,OU=Staff,DC=corp,DC=example,DC=com
    sid:
      description: The user's SID.
      type: str
      returned: always
      sample: S-1-5-21-1004336348-1177238915-682003330-1104
    status:
      description: V(ok), V(near) or V(over), by the larger of both sizes against O(limit) and
        O(warn_percent).
      type: str
      returned: always
      sample: near
    token_bytes:
      description: Size by the formula of KB327825.
      type: int
      returned: always
      sample: 13520
    wire_bytes:
      description: Size of the TSRequest with the service ticket that CredSSP sends.
      type: int
      returned: always
      sample: 13844
    percent:
      description: The larger of both sizes as a share of O(limit).
      type: float
      returned: always
      sample: 84.5
    sids:
      description: Number of distinct SIDs, without the user's own.
      type: int
      returned: always
      sample: 412
    groups:
      description:
        - Number of SIDs by kind, C(global) (with the primary group), C(universal), C(universal_foreign) (of
          other domains), C(domain_local) and C(sid_history).
      type: dict
      returned: always
      sample: {global: 96, universal: 12, universal_foreign: 0, domain_local: 280, sid_history: 24}
    limits_exceeded:
      description:
        - The limits that are exceeded, of V(12000), V(48000), V(65535) (values of MaxTokenSize), O(limit),
          and V(1010_sids), beyond which a user cannot sign in at all. All are strings.
      type: list
      elements: str
      returned: always
      sample: ['12000']
    top_groups:
      description:
        - Up to ten direct memberships whose removal saves most, each with C(dn) and C(bytes), largest
          first. What two of them both bring is saved by removing neither alone.
      type: list
      elements: dict
      returned: always
      sample:
        - dn: CN=ACL-Everything,OU=Groups,DC=corp,DC=example,DC=com
          bytes: 1840
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..plugin_utils._directory.problems import DirectoryError
from ..plugin_utils._directory.progress import Progress
from ..plugin_utils._tokens.lookup_items import ldap_options, token_items, token_rules
from ..plugin_utils._tokens.survey import Survey

display = Display()


class LookupModule(LookupBase):
    """Reads directories and sizes tokens."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return the items.

        Raises:
            AnsibleLookupError: A source cannot be read or an option is out of range.
        """
        self.set_options(var_options=variables, direct=kwargs)
        options: dict[str, Any] = self.get_options()

        def find(name: str) -> str:
            found = self.find_file_in_search_path(variables, "files", name, ignore_missing=True)
            return str(found or name)

        try:
            survey = Survey(
                [str(term) for term in self._flatten(terms)],
                token_rules(options),
                ldap=ldap_options(options),
                progress=Progress(display.display),
                find_file=find,
            )
            try:
                items = token_items(survey, options["include"], options["users"], options["select"])
            finally:
                survey.close()
        except DirectoryError as error:
            raise AnsibleLookupError(f"winfleet.hotfix.token_size: {error}") from None
        for note in survey.notes:
            display.warning(f"token_size: {note}")
        return items
