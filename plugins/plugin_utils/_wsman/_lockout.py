# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop logging on with an account of a domain that is refused, before the domain locks it.

A wrong password in the variables of a group is refused on each of its hosts, and each refusal counts for the
lockout of the account. All processes and threads of a run share what they know of an account, as files in the
folder that Ansible makes for the run. A success sets the domain's counter to zero, and this one (verified.md,
lockout-count).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ansible import constants
from ansible.utils.display import Display

from .waiting import Clock, waited_for_others

MOST_REFUSALS = 3
"""In a row. The CIS benchmarks let a domain lock an account after five."""

_FRESH_SECONDS = 60.0
"""For so long after a success nobody waits for the log-on of another host to end."""
_SILENT_SECONDS = 10.0
"""Others wait so long for a log-on. A host that takes connections and says nothing never gets the password;
one that is slow to refuse it counts when it does."""
_PAUSE = 0.05

# How often a domain counts one refusal: for CredSSP, pyspnego asks the KDC and then tries NTLM (measured).
_COUNTED = {"credssp": 2, "certificate": 0}


class NotTriedError(Exception):
    """The account must not be tried; ``str()`` names the hosts that refused it."""


@dataclass(frozen=True)
class LogOns:
    """The log-ons of a run with one account.

    Each takes places, of which there are `MOST_REFUSALS`, while it is under way, and keeps them if refused.

    Args:
        folder: Of the account, for this run; None for an account that no domain can lock.
        account: As in the inventory, for messages.
        cost: How many places a log-on takes.
    """

    folder: Path | None
    account: str
    cost: int

    @property
    def free(self) -> bool:
        """Whether the next log-on need not wait for others."""
        return self.folder is None or _accepted_within(_FRESH_SECONDS, self.folder)

    @contextmanager
    def turn(self, clock: Clock) -> Iterator[None]:
        """Wait until a log-on could not be one refusal too many, and let it happen in the block.

        Raises:
            NotTriedError: Too many were refused.
        """
        with ExitStack() as held:
            last = clock.now()
            while self._has_to_wait(held):
                clock.sleep(_PAUSE)
                now = clock.now()
                waited_for_others.get()(now - last)
                last = now
            yield

    def check(self) -> None:
        """Make sure, for a log-on that takes no turn, that too many were not refused already.

        Raises:
            NotTriedError: Too many were.
        """
        if self.folder:
            with self._or_uncounted():
                self._check(_refusals(self.folder))

    def accepted(self) -> None:
        """Note that the account was accepted."""
        if self.folder and not _accepted_within(_FRESH_SECONDS / 2, self.folder):
            with self._or_uncounted(), _alone(self.folder):
                (self.folder / "refused").write_text("")
                (self.folder / "accepted").touch()

    def refused(self, host: str) -> None:
        """Note that the account was refused; call it before the turn ends."""
        if self.folder:
            with self._or_uncounted(), _alone(self.folder):
                (self.folder / "accepted").unlink(missing_ok=True)
                with (self.folder / "refused").open("a", encoding="utf-8") as refused:
                    refused.write(f"{host}\n" * self.cost)

    def _has_to_wait(self, held: ExitStack) -> bool:
        with self._or_uncounted():
            return self.folder is not None and not (self.free or self._takes_places(self.folder, held))
        return False

    def _takes_places(self, folder: Path, held: ExitStack) -> bool:
        """Return whether enough places are free, which are then held."""
        with _alone(folder), ExitStack() as taken:
            hosts = _refusals(folder)
            self._check(hosts)
            places = [folder / f"place-{number}" for number in range(MOST_REFUSALS)]
            free = [lock for place in places if (lock := _locked(taken, place))]
            if len(hosts) + self.cost > len(free):
                return False
            for lock in free[self.cost :]:
                lock.close()
            for lock in free[: self.cost]:
                os.utime(lock.fileno())
            held.push(taken.pop_all())
            return True

    def _check(self, hosts: list[str]) -> None:
        if len(hosts) + self.cost > MOST_REFUSALS:
            names = ", ".join(dict.fromkeys(hosts))
            raise NotTriedError(f"not tried: {names} refused {self.account}")

    @contextmanager
    def _or_uncounted(self) -> Iterator[None]:
        """Warn where the files cannot be used, and go on: a healthy fleet does not need them."""
        try:
            yield
        except OSError as error:
            Display().warning(
                f"Refusals of {self.account} are not counted, so a wrong password is tried on each host and "
                f"could lock the account: {error}. Ansible's setting local_tmp must name a folder with free "
                f"space and file locks, and names {Path(str(constants.DEFAULT_LOCAL_TMP)).parent}."
            )


def log_ons_of(connection: Any, transports: Iterable[str]) -> LogOns:
    """Return the log-ons of a run with the account and the password of a connection by these transports."""
    account = str(connection.get_option("remote_user") or "")
    cost = min(MOST_REFUSALS, sum(_COUNTED.get(transport, 1) for transport in transports))
    name = _name_in_domain(account, str(connection.get_option("remote_addr") or ""))
    if not (cost and name and connection.get_option("remote_password")):
        return LogOns(None, account, cost)
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return LogOns(Path(str(constants.DEFAULT_LOCAL_TMP)) / f"log-ons-{digest}", account, cost)


def transports_of(connection: Any) -> list[str]:
    """Return the transports that the plugin will use; without a setting, as it chooses them itself."""
    named = [str(name) for name in connection.get_option("transport") or [] if name]
    by_default = ["kerberos"] if "@" in str(connection.get_option("remote_user") or "") else ["plaintext"]
    return named or by_default


def _name_in_domain(account: str, address: str) -> str:
    """Return one name for ``CORP\\user`` and ``user@corp.example``; empty for an account of a host."""
    domain, _unused, user = account.rpartition("\\")
    if not domain:
        user, _unused, domain = account.partition("@")
    short = domain.partition(".")[0].lower()
    return f"{short}/{user.lower()}" if short not in ("", address.partition(".")[0].lower()) else ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "mutex").open("a") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        yield


def _accepted_within(seconds: float, folder: Path) -> bool:
    try:
        return time.time() - (folder / "accepted").stat().st_mtime < seconds
    except OSError:
        return False


def _refusals(folder: Path) -> list[str]:
    try:
        return (folder / "refused").read_text("utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []


def _locked(stack: ExitStack, place: Path) -> IO[bytes] | None:
    """Return the file of a place unless somebody holds it who may get an answer yet.

    Its lock ends with the file, or with the process.
    """
    file = stack.enter_context(place.open("ab"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        if time.time() - place.stat().st_mtime < _SILENT_SECONDS:
            return None
        place.unlink()  # whoever holds it keeps the file without a name
        return _locked(stack, place)
    return file
