# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at one host of a scan, and return what the module would return for it in a play."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from .._wsman.host_work import take_ticket, work_on_host
from .._wsman.waiting import Clock
from .questions import Questions
from .reach import Inventory, Reach
from .worker import Answer

_KINIT_TRIES = 3
"""A KDC that is silent takes each kinit its time, so not every host may try what failed for others."""


class Looker:
    """Looks at hosts, from any number of threads of one process.

    Args:
        inventory: Makes the connections.
        action: The module, for messages.
        questions: What to ask a host.
    """

    def __init__(self, inventory: Inventory, action: str, questions: Questions) -> None:
        self._inventory, self._action, self._questions = inventory, action, questions
        self._tickets = threading.Lock()
        self._ticket: Any = None  # the connection whose ticket cache the others of the process use
        self._refused: list[Answer] = []

    def __call__(self, reach: Reach) -> Answer:
        """Return the module's result, or ``unreachable`` or ``failed`` with ``msg``."""
        refused = self._without_ticket(reach) if reach.ticket else None
        if reach.ticket:
            # Another kinit for every host would cost time, and change the ticket cache of the others.
            reach = replace(reach, options={**reach.options, "ansible_winrm_kinit_mode": "manual"})
        connection = self._inventory.connection(reach)
        answer = {**refused} if refused else self._look(connection, reach.host)
        self._questions.probe(reach.host, str(connection.get_option("remote_addr")), answer)
        return answer

    def _without_ticket(self, reach: Reach) -> Answer | None:
        """Make the ticket of this process unless it is there, and return the failure if there is none."""
        with self._tickets:
            if self._ticket is not None:
                return None
            if len(self._refused) >= _KINIT_TRIES:
                return self._refused[-1]
            connection = self._inventory.connection(reach)
            try:
                take_ticket(connection, reach.host, Clock())
            except AnsibleConnectionFailure as error:
                self._refused.append(_failure(error))
                return self._refused[-1]
            except AnsibleError as error:  # a setting of this host, which others need not have
                return _failure(error)
            self._ticket = connection  # its cache lives as long as this object
            return None

    def _look(self, connection: Any, host: str) -> Answer:
        try:
            return work_on_host(connection, host, self._action, self._questions.ask)
        except AnsibleError as error:
            return _failure(error)
        finally:
            with suppress(Exception):  # the shell of a host that is gone cannot be closed
                connection.close()


def _failure(error: AnsibleError) -> Answer:
    """Return what Ansible would make of it in a play."""
    lost = isinstance(error, AnsibleConnectionFailure)
    return {"unreachable" if lost else "failed": True, "msg": str(error)}
