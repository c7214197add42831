# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at many hosts from few processes, and hand on each answer as it comes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from ansible.utils.display import Display

from .progress import warn
from .sharing import Dealt, Share
from .stopping import Stop
from .worker import ROW, SHOWN, Answer, Look, serve

_GLANCE = 0.5
"""Seconds between two looks at whether the scan is to end."""


def scan(
    dealt: Dealt,
    look: Look,
    *,
    host_timeout: float,
    take: Callable[[str, Answer], None],
    tick: Callable[[], None],
    stop: Stop,
) -> None:
    """Look at all hosts, or at as many as there is time for.

    Args:
        dealt: The hosts, dealt out to processes.
        look: Looks at one host, in a thread of a process of its own; what it raises is a defect.
        host_timeout: Seconds after which a host is given up.
        take: Gets the answer of each host, in the order in which they come.
        tick: Called about twice a second.
        stop: Says when to end early; no process is left then.
    """
    waiting = list(dealt.shares)
    running: dict[Connection, _Process] = {}
    try:
        while waiting or running:
            while waiting and len(running) < dealt.processes:
                process = _Process(waiting.pop(0), look, host_timeout)
                running[process.pipe] = process
            ready = wait(list(running), timeout=_GLANCE)
            if stop.why:  # before the answers: a signal to all processes has ended those of the scan
                return
            for pipe in ready:
                waiting += _receive(running, pipe, take)  # type: ignore[arg-type]
            tick()
    finally:
        for process in running.values():
            process.kill()


class _Process:
    """A process at work on a share."""

    def __init__(self, share: Share, look: Look, host_timeout: float) -> None:
        # fork, as Ansible does itself: the processes share what is loaded, and inherit the hosts' variables.
        context = get_context("fork")
        self.pipe, theirs = context.Pipe(duplex=False)
        self.share = share
        self._open = {reach.host for reach in share.reaches}
        self._process = context.Process(target=serve, args=(share, look, theirs, host_timeout), daemon=False)
        self._process.start()
        theirs.close()

    def answered(self, host: str) -> None:
        self._open.discard(host)

    def end(self) -> Share:
        """Wait for the process, and return the hosts that have no answer: it died."""
        self.pipe.close()
        self._process.join()
        left = tuple(reach for reach in self.share.reaches if reach.host in self._open)
        return replace(self.share, reaches=left)

    def kill(self) -> None:
        self._process.kill()
        self.end()


def _receive(
    running: dict[Connection, _Process], pipe: Connection, take: Callable[[str, Answer], None]
) -> list[Share]:
    """Take a message of a process; return what another process has to look at, because this one died."""
    process = running[pipe]
    try:
        kind, *content = pickle.loads(pipe.recv_bytes())
    except (EOFError, OSError):  # OSError in the middle of a message
        del running[pipe]
        return _after(process.end(), take)
    if kind == ROW:
        host, answer = content
        process.answered(host)
        take(host, answer)
    elif kind == SHOWN:
        method, arguments, options = content
        getattr(Display(), method)(*arguments, **options)
    return []


def _after(left: Share, take: Callable[[str, Answer], None]) -> list[Share]:
    """Return what is left of the share of a process that has ended, for another one; nothing if it was done.

    The next one looks at half as many hosts at the same time, as it may be memory that lacked. If there was
    only one at a time, it is to blame, and the others go on without it.
    """
    if left.reaches and left.threads == 1:
        said = "The process that looked at this host ended unexpectedly: it was killed, or a library crashed."
        take(left.reaches[0].host, {"failed": True, "msg": said})
        left = replace(left, reaches=left.reaches[1:])
    if not left.reaches:
        return []
    warn(f"A process of the scan ended unexpectedly. Another takes its {len(left.reaches)} hosts.")
    return [replace(left, threads=max(1, left.threads // 2))]
