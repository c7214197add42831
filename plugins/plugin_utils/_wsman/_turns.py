# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log on when it is an account's turn (_lockout.py): a connection, Ansible's kinit, or a request.

Each raises NotTriedError instead where the account must not be tried.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from ansible.errors import AnsibleError

from ._connection_hints import advice_in, fault_code, way_of
from ._lockout import LogOns, log_ons_of, transports_of
from .proxy import proxy_of
from .waiting import Clock

_TCP_SECONDS = 3.0
"""In which most hosts take a connection; those that do not may log on without waiting for their turn."""


@contextmanager
def request_in_turn(connection: Any, clock: Clock) -> Iterator[None]:
    """Let the request in the block log on when the account may be tried, and note that it was accepted."""
    log_ons = _of_requests(connection)
    with log_ons.turn(clock):
        yield
        log_ons.accepted()


def request_refused(connection: Any, host: str) -> None:
    """Note that a request was refused for its password."""
    _of_requests(connection).refused(host)


@contextmanager
def connecting_in_turn(connection: Any, host: str, clock: Clock) -> Iterator[None]:
    """Let a connection be made in the block when the account may be tried, and note how that ended."""
    transports = transports_of(connection)
    if transports == ["kerberos"]:  # then only kinit uses the password
        with kinit_in_turn(connection, host, clock):
            yield
        return
    log_ons = log_ons_of(connection, transports)
    # A host that is silent gets no password, and would keep others waiting. One that is only slow gets it.
    waits = log_ons.free or _takes_connections(connection)
    if not waits:
        log_ons.check()
    with log_ons.turn(clock) if waits else nullcontext(), _noted(connection, host, log_ons):
        yield


@contextmanager
def kinit_in_turn(connection: Any, host: str, clock: Clock) -> Iterator[None]:
    """Let every kinit of Ansible's plugin in the block wait for its turn."""
    log_ons = log_ons_of(connection, ["kerberos"])
    kinit = connection._kerb_auth

    def in_turn(principal: str, password: str) -> None:
        with log_ons.turn(clock), _noted(connection, host, log_ons):
            kinit(principal, password)

    connection._kerb_auth = in_turn
    try:
        yield
    finally:
        # A connection that names itself would keep the file of its tickets until it is looked for as garbage.
        del connection._kerb_auth


def _of_requests(connection: Any) -> LogOns:
    transport = connection.protocol.transport.auth_method
    return log_ons_of(connection, [transport] if transport != "kerberos" else [])


@contextmanager
def _noted(connection: Any, host: str, log_ons: LogOns) -> Iterator[None]:
    """Note of a log-on in the block whether the account was accepted; a fault shows that it was."""
    try:
        yield
    except AnsibleError as error:
        advice = advice_in(str(error), way_of(connection))
        if advice and advice.counted:
            log_ons.refused(host)
        elif fault_code(str(error)) is not None:
            log_ons.accepted()
        raise
    log_ons.accepted()


def _takes_connections(connection: Any) -> bool:
    if proxy_of(connection):
        return True
    address = connection.get_option("remote_addr"), connection.get_option("port")
    try:
        socket.create_connection(address, timeout=_TCP_SECONDS).close()
    except (OSError, ValueError, TypeError, OverflowError):  # _connect() says what is wrong with the address
        return False
    return True
