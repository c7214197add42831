# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read sources and size the tokens of their users, for the lookup and the report."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .._directory.csv_export import CsvSource
from .._directory.json_export import JsonSource
from .._directory.ldap_options import LdapOptions
from .._directory.ldap_source import LdapSource
from .._directory.ldif import LdifSource
from .._directory.problems import DirectoryError, Notes
from .._directory.progress import Progress
from .._directory.records import GroupRecord
from .._directory.sid import SidSet
from .._directory.source import Source
from ._membership import Account, Membership
from ._sizer import GroupCost, TokenSize, TokenSizer
from ._token_rules import TokenRules
from ._user_names import UserNames

_TWICE = (
    "users that the sources show more than once are counted once, with the groups that the first source "
    "shows; the others may show more"
)
EXPORTS: dict[str, Callable[[Path, Notes, Progress], Source]] = {
    ".ldif": LdifSource,
    ".ldf": LdifSource,
    ".csv": CsvSource,
    ".json": JsonSource,
}


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keep Python's cyclic garbage collector from walking what is being loaded.

    Groups are hundreds of thousands of small lists and tuples without a cycle among them, and users come by
    the thousand on top. Walking them again and again takes a quarter of the time of loading (measured with
    100,000 groups). Reference counts still free what nobody holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Survey:
    """The sizes of the tokens of all users in some sources.

    Args:
        sources: URLs and export files.
        find_file: Returns the path of an export for a name in `sources`.
    """

    def __init__(
        self,
        sources: Sequence[str],
        rules: TokenRules,
        *,
        ldap: LdapOptions | None = None,
        progress: Progress | None = None,
        find_file: Callable[[str], str] = str,
    ) -> None:
        if not sources:
            raise DirectoryError(
                "no source given: name an ldap:// or ldaps:// URL or a .ldif, .csv or .json export"
            )
        self.notes = Notes()  # complete after the users were read
        self.rules = rules
        progress = progress or Progress(lambda line: None)
        self._sources = [
            _open(source, ldap or LdapOptions(), self.notes, progress, find_file, several=len(sources) > 1)
            for source in sources
        ]
        self._membership = Membership(self.notes, ", ".join(self.source_names))
        self._sizer: TokenSizer | None = None

    @property
    def source_names(self) -> list[str]:
        """The names of the sources."""
        return [source.name for source in self._sources]

    @property
    def users_seen(self) -> int:
        """Users read so far."""
        return self._sizer.users if self._sizer else 0

    def flagged(self) -> Iterator[TokenSize]:
        """Yield the users near or over the limit, or with too many SIDs, in the order of the sources."""
        sizer = self._load()
        with paused_collector():
            yield from sizer.flagged(self._accounts())
        self._finish()

    def all(self) -> Iterator[TokenSize]:
        """Yield every user, in the order of the sources."""
        sizer = self._load()
        with paused_collector():
            yield from sizer.all(self._accounts())
        self._finish()

    def named(self, names: Iterable[str]) -> Iterator[TokenSize]:
        """Yield the users with these names (sAMAccountName, userPrincipalName or DN).

        Raises:
            DirectoryError: No source contains one of them, or one has another form.
        """
        wanted = UserNames(names)
        sizer = self._load()
        for account in self._accounts(wanted.given):
            if wanted.take(account.user):
                sizer.users += 1
                yield sizer.measure(account)
        if wanted.missing:
            raise DirectoryError(
                f"no such user in {', '.join(self.source_names)}: {', '.join(wanted.missing)}; "
                f"name users by sAMAccountName, userPrincipalName or DN{self._noted()}"
            )

    def top_groups(self, size: TokenSize) -> list[GroupCost]:
        """Return the direct memberships whose removal saves this user most."""
        return self._load().top_groups(size.account)

    def close(self) -> None:
        """Close all connections."""
        for source in self._sources:
            source.close()

    def _load(self) -> TokenSizer:
        if self._sizer is None:
            with paused_collector():
                for source in self._sources:
                    for record in source.groups():
                        if isinstance(record, GroupRecord):
                            self._membership.add_group(record)
                        else:
                            self._membership.add_foreign_principal(record)
                self._membership.connect()
                self._sizer = TokenSizer(self._membership, self.rules)
        return self._sizer

    def _accounts(self, names: Collection[str] = ()) -> Iterator[Account]:
        """Yield each user once, because one SID is one user, whatever shows it."""
        seen = SidSet()
        for source in self._sources:
            for user in source.users(names):
                if seen.add(user.sid):
                    yield self._membership.account(user)
                elif not names:  # searches for names may find a user more than once
                    self.notes.add(_TWICE, user.account)

    def _finish(self) -> None:
        if not self.users_seen:
            raise DirectoryError(
                f"found no user in {', '.join(self.source_names)}; "
                f"check the base or the export's query, and the account's right to list users{self._noted()}"
            )
        self._membership.note_strangers()

    def _noted(self) -> str:
        """Return what the sources do not show, which may be why a user is missing."""
        return "".join(f". Note: {note}" for note in self.notes)


def _open(
    source: str,
    ldap: LdapOptions,
    notes: Notes,
    progress: Progress,
    find_file: Callable[[str], str],
    *,
    several: bool,
) -> Source:
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in ("ldap", "ldaps"):
        return LdapSource(source, ldap, notes, progress, with_members=several)
    if scheme:
        raise DirectoryError(
            f"{source.rpartition('@')[2]}: a source is an ldap:// or ldaps:// URL, or a file"
        )
    export = EXPORTS.get(Path(source).suffix.lower())
    if export is None:
        raise DirectoryError(
            f"{source} is not a source; name an ldap(s):// URL or a .ldif, .csv or .json file"
        )
    return export(Path(find_file(source)), notes, progress)
