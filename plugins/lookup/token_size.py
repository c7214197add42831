# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup token_size: take options, survey the sources, return one item per user."""

from __future__ import annotations

DOCUMENTATION = r"""
name: token_size
author:
  - The winfleet.hotfix developers (@winfleet)
version_added: 0.1.0
short_description: Sizes the security tokens of a directory's users
description:
  - Finds the users of Active Directory whose token is near or over the 16 KB at which CredSSP fails without
    KB978918 (0x80090329, "The specified data could not be encrypted"), and the groups to remove first.
  - Reads a live directory over LDAP, or an export that somebody else made. Changes nothing.
  - Sizes each token twice, by the formula of KB327825 (C(token_bytes)) and as the message that CredSSP sends
    (C(wire_bytes)). The larger size decides.
  - Counts security groups through all nesting and cycles, the primary group and every sIDHistory. Does not
    count distribution groups and BUILTIN.
options:
  _terms:
    description:
      - The sources. Each is C(ldap://SERVER) or C(ldaps://SERVER) with an optional port, or the path of an
        export.
      - The suffix of a file gives its format. C(ldifde) writes C(.ldif), C(csvde) writes C(.csv), and
        C(Get-ADUser) and C(Get-ADGroup) with C(ConvertTo-Json) write C(.json). The guide on token sizes lists
        what else is read in these formats.
      - Several sources are read as one, such as two domains, or a file of users and a file of groups. With
        several domains the groups need their C(member) attribute, which names users of other domains.
    required: true
    type: list
    elements: str
  users:
    description:
      - Return only these users, whatever their size. Name them by sAMAccountName, userPrincipalName or DN.
      - The lookup fails if no source contains one of them, or if a name has the form C(DOMAIN\jdoe).
    type: list
    elements: str
    default: []
  select:
    description:
      - A JMESPath expression to apply to the list of all items, such as V([?status=='over'].user).
      - Needs the Python library C(jmespath) on the controller.
    type: str
extends_documentation_fragment:
  - winfleet.hotfix.token_options.lookup
notes:
  - O(include=all) fails with more than 50,000 users. The module M(winfleet.hotfix.token_report) writes any
    number to files.
  - Use C(query) with M(ansible.builtin.set_fact) and C(run_once). A lookup in C(vars) reads the whole
    directory again at every reference and for every host.
  - LDAP sources need the Python library C(python-ldap) on the controller (package C(python3-ldap), or C(pip
    install python-ldap), which needs gcc and the headers of OpenLDAP and SASL). Exports do not need it.
  - The lookup warns about attributes that it may not read and memberships that name missing objects. The
    sizes of the users concerned are lower bounds.
  - A user whom several sources show counts once, as the first source shows it, with a warning.
  - The Global Catalog (ports 3268 and 3269) shows groups of other domains only if they are universal.
  - The size includes the domain-local groups of all sources. A real ticket carries only those of the
    service's domain.
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

    - name: Name the flagged users
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
  description: One item per user, largest first.
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
      description: V(ok), V(near) or V(over), from the larger size against O(limit) and O(warn_percent).
      type: str
      returned: always
      sample: near
    token_bytes:
      description: Size in bytes by the formula of KB327825.
      type: int
      returned: always
      sample: 13520
    wire_bytes:
      description: Size in bytes of the TSRequest with the service ticket, as CredSSP sends it.
      type: int
      returned: always
      sample: 13844
    percent:
      description: The larger size as a percentage of O(limit).
      type: float
      returned: always
      sample: 84.5
    sids:
      description: Number of distinct SIDs, excluding the user's own.
      type: int
      returned: always
      sample: 412
    groups:
      description:
        - Number of SIDs by kind, C(global) (including the primary group), C(universal), C(universal_foreign)
          (of other domains), C(domain_local) and C(sid_history).
      type: dict
      returned: always
      sample: {global: 96, universal: 12, universal_foreign: 0, domain_local: 280, sid_history: 24}
    limits_exceeded:
      description:
        - The limits that the token exceeds, out of V(12000), V(48000), V(65535) (values of MaxTokenSize),
          O(limit), and V(1010_sids), beyond which a user cannot sign in at all. All are strings.
      type: list
      elements: str
      returned: always
      sample: ['12000']
    top_groups:
      description:
        - Up to ten direct memberships whose removal saves most, each with C(dn) and C(bytes), largest first.
          A group that two of them bring counts for neither, because removing one does not remove it.
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
    """Read directories and size tokens."""

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
