# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process of a scan: threads that look at hosts, and one pipe to whoever started it."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from ansible.utils.display import Display

from .._wsman.before_fork import keep_lm_hashes, keep_shared
from .._wsman.waiting import waited_for_others
from .reach import Reach
from .sharing import Share

Answer = dict[str, Any]
Look = Callable[[Reach], Answer]

ROW, SHOWN = "row", "shown"
_GLANCE = 0.2
"""Seconds between two looks at whether a host is overdue, or the scan gone."""


class _Pipe:
    """What the threads and Ansible's display send, whole and one after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, *message: object) -> None:
        with self._lock:
            self._connection.send_bytes(pickle.dumps(message))

    def send_display(self, method: str, *arguments: object, **options: object) -> None:
        """Take the place of Ansible's own queue, to which only one process of a task may write."""
        self.send(SHOWN, method, arguments, options)


class _Threads:
    """The threads of a process. One that a host holds up is left behind, and another takes its place."""

    def __init__(self, share: Share, look: Look, pipe: _Pipe, host_timeout: float) -> None:
        self._look, self._pipe, self._host_timeout = look, pipe, host_timeout
        self._todo: queue.SimpleQueue[Reach] = queue.SimpleQueue()
        for reach in share.reaches:
            self._todo.put(reach)
        self._open = len(share.reaches)
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        for _unused in range(share.threads):
            self._start()

    @property
    def done(self) -> bool:
        return self._open == 0

    def give_up_overdue(self) -> None:
        """Report the hosts that took too long, and go on without waiting for them."""
        now = time.monotonic()
        overdue = [host for host, since in list(self._since.items()) if now - since > self._host_timeout]
        for host in overdue:
            said = (
                f"The host did not answer all questions within {self._host_timeout:g} seconds (host_timeout)."
            )
            if self._end(host, {"unreachable": True, "msg": said}):
                self._start()

    def _start(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                reach = self._todo.get_nowait()
            except queue.Empty:
                return
            self._since[reach.host] = time.monotonic()
            waited_for_others.set(partial(self._leave_out, reach.host))
            if not self._end(reach.host, self._answer(reach)):
                return  # given up meanwhile: another thread has taken this one's place

    def _answer(self, reach: Reach) -> Answer:
        """Look at a host. What that raises must not end the thread: nobody would ask its other hosts."""
        try:
            return self._look(reach)
        except Exception as error:
            details = "".join(traceback.format_exception(error))
            Display().vvv(details, host=reach.host)
            # The system's own words name a path at most; a library's could hold a password.
            cause = f": {error}" if isinstance(error, OSError) else ""
            said = f"{reach.host}: The scan failed unexpectedly ({type(error).__name__}{cause}). "
            said += "Run again with -vvv and report the details as a defect of the collection."
            return {"failed": True, "msg": said}

    def _leave_out(self, host: str, seconds: float) -> None:
        """Leave time out of that of a host, which was not asked anything in it."""
        with self._lock:
            if host in self._since:
                self._since[host] += seconds

    def _end(self, host: str, answer: Answer) -> bool:
        """Send the answer of a host, unless it has one."""
        with self._lock:
            if self._since.pop(host, None) is None:
                return False
        self._pipe.send(ROW, host, answer)
        with self._lock:
            self._open -= 1
        return True


def serve(share: Share, look: Look, connection: Connection, host_timeout: float) -> None:
    """Look at all hosts of a share, send each answer at once, and end the process.

    The process ends without cleaning up, for a thread that was left behind may never end.
    """
    keep_shared()
    keep_lm_hashes()
    started_by = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    pipe = _Pipe(connection)
    code = 1
    try:
        Display().set_queue(pipe)
        threads = _Threads(share, look, pipe, host_timeout)
        while not threads.done and os.getppid() == started_by:
            time.sleep(_GLANCE)
            threads.give_up_overdue()
        code = 0 if threads.done else 1
    finally:
        os._exit(code)
