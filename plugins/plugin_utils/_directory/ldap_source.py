# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a live directory in pages with python-ldap.

Only this file imports python-ldap, and only when a source needs it. The server prepares the next page while
the records of the current one are made.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from ._entries import Entry, EntryReader
from ._ldap_errors import CONNECTING, explain
from ._time_limit import TimeLimitError, within
from .ldap_options import LdapOptions, parse_address
from .problems import DirectoryError, Notes
from .progress import Progress
from .records import ATTRIBUTES, GROUP_ATTRIBUTES, USER_ATTRIBUTES, UserRecord, attribute_name
from .source import Group, Source

T = TypeVar("T")
PAGE_SIZE = 1_000  # MaxPageSize of Active Directory's default policy
NAMES_A_SEARCH = 50
_MOST_EMPTY_PAGES = 1_000  # a search that finds little may have some; a broken server has no end of them
GROUP_FILTER = "(|(objectClass=group)(objectClass=foreignSecurityPrincipal))"
USER_FILTER = "(sAMAccountType=805306368)"
_LEAST_SEALING = 56  # bits; the weakest cipher that GSSAPI calls confidentiality
_CATALOG = (
    "in the Global Catalog only universal groups are complete outside its own domain; "
    "sizes of other domains' users are lower bounds"
)
_NOT_VALIDATED = "the server's certificate is not verified (validate_certs: false)"
_BROKEN_LIBRARY = (
    "python-ldap is installed for {python} and cannot be loaded: {error}. If it was built for another "
    "OpenLDAP, install the package python3-ldap, or build it again: pip install --force-reinstall "
    "--no-binary :all: python-ldap. Exports (.ldif, .csv, .json) do not need it"
)
_NO_LIBRARY = (
    "LDAP sources need python-ldap, which is not installed for {python}: install the package python3-ldap, "
    "or pip install python-ldap (needs gcc and the headers libldap2-dev libsasl2-dev python3-dev, on RPM "
    "systems openldap-devel cyrus-sasl-devel python3-devel). Exports (.ldif, .csv, .json) do not need it"
)


class LdapSource(Source):
    """A directory behind ``ldap://`` or ``ldaps://``.

    Args:
        with_members: Also read the members of groups, which may be users of other sources.
    """

    def __init__(
        self, url: str, options: LdapOptions, notes: Notes, progress: Progress, *, with_members: bool = False
    ) -> None:
        self._address = parse_address(url, options)
        self.name = self._address.url
        self._options, self._notes, self._progress = options, notes, progress
        self._with_members = with_members
        self._ldap = _library()
        self._connection: Any = None
        self._base = options.base
        self._reader = EntryReader(self.name, notes)

    def groups(self) -> Iterator[Group]:
        """Yield every group and foreign security principal below the base."""
        self._connect()
        attributes = [*GROUP_ATTRIBUTES, "member"] if self._with_members else list(GROUP_ATTRIBUTES)
        found = self._entries("groups", GROUP_FILTER, attributes)
        yield from filter(None, map(self._reader.group_or_principal, found))
        self._reader.finish_groups()

    def users(self, names: Collection[str] = ()) -> Iterator[UserRecord]:
        """Yield the users below the base, or only the named ones if there are names."""
        self._connect()
        for filter_ in self._user_filters(sorted(names)):
            # `map` needs no Python frame per user: on a large directory this is most of the work.
            found = self._entries("users", filter_, list(USER_ATTRIBUTES))
            yield from filter(None, map(self._reader.asked_for_user, found))
        if not names:
            self._reader.finish_users()

    def close(self) -> None:
        """Unbind."""
        if self._connection is not None:
            with contextlib.suppress(self._ldap.LDAPError):  # the server may have gone first
                self._connection.unbind_ext_s()
            self._connection = None

    def _connect(self) -> None:
        if self._connection is not None:
            return
        try:
            self._connection = self._in_time(self._open)
        except (self._ldap.LDAPError, TimeLimitError) as error:
            raise explain(error, self._address, self._options, doing=CONNECTING) from None
        if self._address.is_global_catalog:
            self._notes.add(f"{self.name}: {_CATALOG}")

    def _open(self) -> Any:
        """Return a connection that is encrypted and bound; all of it counts against one time limit."""
        ldap, options = self._ldap, self._options
        connection = ldap.initialize(self._address.url)
        encrypted = self._address.scheme == "ldaps" or options.start_tls
        connection.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, -1)  # none: see _time_limit.py
        if encrypted:
            self._set_tls(connection)
        if options.start_tls:
            connection.start_tls_s()
        if options.auth == "gssapi":
            connection.set_option(ldap.OPT_X_SASL_NOCANON, 1)
            if encrypted:
                # Active Directory allows one layer of encryption only.
                connection.set_option(ldap.OPT_X_SASL_SSF_MAX, 0)
            else:
                connection.set_option(ldap.OPT_X_SASL_SSF_MIN, _LEAST_SEALING)
            connection.sasl_interactive_bind_s("", ldap.sasl.gssapi())
        else:
            connection.simple_bind_s(options.bind_dn, options.bind_password)
        self._read_root(connection)
        return connection

    def _in_time(self, call: Callable[[], T]) -> T:
        return within(self._options.timeout, self._address.port, call)

    def _set_tls(self, connection: Any) -> None:
        ldap, options = self._ldap, self._options
        if options.validate_certs:
            connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        else:
            connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)
            self._notes.add(f"{self.name}: {_NOT_VALIDATED}")
        authorities = options.ca_path or ssl.get_default_verify_paths().cafile
        if authorities:
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, authorities)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)  # last, because it applies the others

    def _read_root(self, connection: Any) -> None:
        wanted = ["defaultNamingContext", "dnsHostName"]
        found = connection.search_ext_s("", self._ldap.SCOPE_BASE, "(objectClass=*)", wanted)
        root = {key.lower(): values for key, values in found[0][1].items()} if found else {}
        if not self._base and not self._address.is_global_catalog:  # a catalog searches the whole forest
            if "defaultnamingcontext" not in root:
                raise DirectoryError(f"{self.name} has no default domain; set the option base")
            self._base = root["defaultnamingcontext"][0].decode()
        server = root.get("dnshostname", [b""])[0].decode("utf-8", "replace").partition(".")[0]
        self._reader = EntryReader(self.name, self._notes, logon_server=server)

    def _user_filters(self, names: Sequence[str]) -> Iterator[str]:
        if not names:
            yield USER_FILTER
        for at in range(0, len(names), NAMES_A_SEARCH):
            terms = "".join(map(self._name_filter, names[at : at + NAMES_A_SEARCH]))
            yield f"(&{USER_FILTER}(|{terms}))"

    def _name_filter(self, name: str) -> str:
        escape = self._ldap.filter.escape_filter_chars
        if "=" in name:
            return f"(distinguishedName={escape(name)})"
        account = name.partition("@")[0]  # of a principal name whose user may have another or none
        return f"(sAMAccountName={escape(account)})(userPrincipalName={escape(name)})"

    def _entries(self, what: str, filter_: str, attributes: list[str]) -> Iterator[Entry]:
        """Search in pages; request the next page before working on the current one."""
        read = empty_pages = 0
        try:
            control = self._ldap.controls.SimplePagedResultsControl(True, size=PAGE_SIZE, cookie="")
            pending = self._search(filter_, attributes, control)
            while pending is not None:
                _kind, data, _message, controls = self._in_time(partial(self._connection.result3, pending))
                control.cookie = next(
                    (each.cookie for each in controls if each.controlType == control.controlType), b""
                )
                pending = self._search(filter_, attributes, control) if control.cookie else None
                read += len(data)
                empty_pages = 0 if data else empty_pages + 1
                if empty_pages > _MOST_EMPTY_PAGES:
                    raise DirectoryError(
                        f"{self.name}: reading {what} failed: the server sent {empty_pages:,} pages without "
                        "an object, one after the other; use a smaller base"
                    )
                self._progress.step(self.name, what, len(data))
                for dn, values in data:
                    if dn is not None:  # a continuation reference is a result without a name
                        yield self._entry(dn, values)
        except (self._ldap.LDAPError, TimeLimitError) as error:
            self._connection = None  # after the time limit, a call may still be at work on it
            doing = f"reading {what} below {self._base or 'the forest'} (after {read} of them)"
            raise explain(error, self._address, self._options, doing=doing) from None

    def _search(self, filter_: str, attributes: list[str], control: Any) -> Any:
        return self._connection.search_ext(
            self._base, self._ldap.SCOPE_SUBTREE, filter_, attributes, serverctrls=[control]
        )

    def _entry(self, dn: str, values: dict[str, list[bytes]]) -> Entry:
        if values.keys() <= ATTRIBUTES:
            return dn.encode(), values
        attributes: dict[str, list[bytes]] = {}
        for key, value in values.items():
            name, _unused, option = key.partition(";")
            folded = attribute_name(name)
            if option.lower().startswith("range="):
                attributes[folded] = self._all_values(dn, name, option, value)
            elif not attributes.get(folded):  # beside a range the server also sends an empty attribute
                attributes[folded] = value
        return dn.encode(), attributes

    def _all_values(self, dn: str, name: str, option: str, values: list[bytes]) -> list[bytes]:
        """Fetch the remaining values of an attribute that the server sends in parts (MaxValRange)."""
        values = list(values)
        while not option.endswith("*"):
            wanted = f"{name};range={len(values)}-*"
            search = partial(self._connection.search_ext_s, dn, self._ldap.SCOPE_BASE)
            found = self._in_time(partial(search, "(objectClass=*)", [wanted]))
            attributes = found[0][1] if found else {}
            following = f";range={len(values)}-"  # another start would repeat values, perhaps for ever
            option = next((key for key in attributes if following in key.lower()), "")
            if not option or not attributes[option]:
                self._reader.note_cut_off(dn.encode())
                return values
            values += attributes[option]
        return values


def _library() -> Any:
    # libldap reads its environment once, at its first use; AD may demand channel binding.
    os.environ.setdefault("LDAPSASL_CBINDING", "tls-endpoint")
    try:
        import ldap
        import ldap.controls
        import ldap.filter
        import ldap.sasl
    except ModuleNotFoundError:
        raise DirectoryError(_NO_LIBRARY.format(python=sys.executable)) from None
    except ImportError as error:
        raise DirectoryError(_BROKEN_LIBRARY.format(python=sys.executable, error=error)) from None
    return ldap
