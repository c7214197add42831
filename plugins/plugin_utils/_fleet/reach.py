# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible would reach a host: its connection plugin, with the host's own templated variables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.loader import connection_loader

from .._wsman.before_fork import keep_shared
from .._wsman.host_work import transports_of, without_winrm
from .stopping import Stop

_CONNECTION = "ansible_connection"
_OF_PLAY = (
    *("hostvars", "play_hosts", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch"),
)
"""Variables that are the same for all hosts of a play."""


@dataclass(frozen=True)
class Reach:
    """How to reach one host, or the reason why it cannot be tried.

    Attributes:
        host: Its name in the inventory.
        plugin: The connection plugin.
        options: Its options by variable, templated; those of pywinrm under ``_extras``.
        ticket: Tells apart the Kerberos tickets that connections make themselves; empty without one.
        problem: Why the host cannot be tried, in words; empty if it can.
        lack: What it lacks to log on, in words. It is tried nevertheless: its connection refuses it without a
            request, in the words of a play.
    """

    host: str
    plugin: str = "winrm"
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ticket: str = ""
    problem: str = ""
    lack: str = ""


class Inventory:
    """The hosts of a run, and the connections that Ansible would make to them.

    Args:
        task: The task of the scan: its keywords apply to every host, as they would in a play.
        play_context: Has the passwords that Ansible asked for.
        templar: Ansible's, for any host.
        known: The variables of the task.
    """

    def __init__(self, *, task: Any, play_context: Any, templar: Any, known: Mapping[str, Any]) -> None:
        self._task = task
        self._play_context = play_context
        self._templar = templar
        self._hostvars = known["hostvars"]
        self._of_play = {name: known[name] for name in _OF_PLAY if name in known}
        self._play = _PlayRead.of(task.get_play(), self._hostvars._variable_manager)
        self._keywords = task.dump_attrs()
        # As Ansible's own executor does: the timeout of a task is not that of its connection.
        self._keywords["timeout"] = play_context.timeout
        self._keywords.pop("retries", None)
        if play_context.password:
            self._keywords["password"] = play_context.password

    def reaches(
        self, hosts: Iterable[str], refused: Mapping[str, str], action: str, stop: Stop
    ) -> list[Reach]:
        """Read the connection variables of all hosts, or of as many as there is time for.

        Args:
            hosts: The hosts.
            refused: Why hosts are not to be looked at.
            action: The module, for messages.
            stop: Says when to end early.
        """
        keep_shared()  # before many objects are made, each of which brings the next search for garbage nearer
        reaches: list[Reach] = []
        for host in hosts:
            if stop.why:
                break
            if host in refused:
                reaches.append(Reach(host, problem=refused[host]))
            elif host not in self._hostvars:
                reaches.append(Reach(host, problem="The inventory has no host of this name."))
            else:
                reaches.append(self._reach(host, action))
        return reaches

    def _reach(self, host: str, action: str) -> Reach:
        variables = self._variables(host)
        templar = self._templar.copy_with_new_env(available_variables=variables)
        try:
            plugin = str(templar.template(variables.get(_CONNECTION) or self._keywords.get("connection")))
            connection = self._plugin(plugin)
            refused = without_winrm(action, connection.transport)
            options, lack = {} if refused else _options(connection, variables, templar), ""
            if not refused:
                connection.set_options(task_keys=self._keywords, var_options=options)
                lack = _without_account(connection)
        except AnsibleError as error:
            return Reach(host, problem=f"Its connection variables cannot be used: {error}")
        if refused:
            return Reach(host, plugin, problem=refused)
        return Reach(host, plugin, options, _ticket(connection), lack=lack)

    def _variables(self, host: str) -> dict[str, Any]:
        """Return the variables that the task would have on the host: also those of the play and its files."""
        variables: dict[str, Any] = self._hostvars._variable_manager.get_vars(
            play=self._play,
            host=self._hostvars._inventory.get_host(host),
            task=self._task,
            include_hostvars=False,
            # In the place of all hosts of the play, which Ansible would look for anew for each host.
            _hosts=[host],
            _hosts_all=[host],
        )
        return {**variables, **self._of_play}

    def connection(self, reach: Reach) -> Any:
        """Return the connection plugin of a host with its options; it is not connected."""
        # `_reach` has made one of this plugin before there were threads: Ansible's plugin loader is not safe
        # for several on its first use ("has no attribute ModuleDocFragment").
        connection = self._plugin(reach.plugin)
        connection.set_options(task_keys=self._keywords, var_options=reach.options)
        return connection

    def _plugin(self, name: str) -> Any:
        connection = connection_loader.get(name, self._play_context, new_stdin=None)
        if connection is None:
            raise AnsibleError(f"the connection plugin '{name}' was not found")
        return connection


class _PlayRead:
    """A play whose files of variables were read once: Ansible parses them anew for each host."""

    def __init__(self, play: Any, variables: Mapping[str, Any]) -> None:
        self._play, self._variables = play, variables

    @classmethod
    def of(cls, play: Any, manager: Any) -> Any:
        """Return the play; the same where the name of a file depends on the host."""
        if "{{" in str(play.get_vars_files()):
            return play
        # Among them are those of the command line and of Ansible itself, which win once more later.
        return cls(play, manager.get_vars(play=play, include_hostvars=False))

    def get_vars(self) -> Mapping[str, Any]:
        return self._variables

    def get_vars_files(self) -> list[Any]:
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._play, name)


def _options(connection: Any, variables: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """Template the variables of a connection plugin, as Ansible's executor does."""
    if hasattr(connection, "_resolve_option_variables"):  # since ansible-core 2.18
        options: dict[str, Any] = connection._resolve_option_variables(variables, templar)
        return options
    known = constants.config.get_plugin_vars("connection", connection._load_name)
    options = {name: templar.template(variables[name]) for name in known if name in variables}
    prefix = f"ansible_{connection.extras_prefix}_"
    extras = [name for name in variables if name.startswith(prefix) and name not in options]
    options["_extras"] = {name: templar.template(variables[name]) for name in extras}
    return options


def _without_account(connection: Any) -> str:
    """Return what a host lacks to log on with; a certificate or an existing ticket needs no password."""
    transports, extras = transports_of(connection), connection.get_option("_extras") or {}
    if {"certificate", "kerberos"} & {*transports} or "ansible_winrm_cert_pem" in extras:
        return ""
    if connection.get_option("remote_user") and connection.get_option("remote_password"):
        return ""
    missing = (
        "ansible_password" if connection.get_option("remote_user") else "ansible_user and ansible_password"
    )
    return f"It has no credentials: set {missing}, in the inventory or by a credential of AWX."


def _ticket(connection: Any) -> str:
    """Return what differs between two hosts that must not share a ticket cache.

    Where it has a password, or is told to, Ansible's plugin runs kinit for a host and names the cache in the
    environment of the process, where every other connection of the process would find it
    (plugins/connection/winrm.py, `_build_winrm_kwargs` and `_kerb_auth`).
    """
    password = str(connection.get_option("remote_password") or "")
    mode = connection.get_option("kerberos_mode")
    if mode == "manual" or (mode is None and not ("kerberos" in transports_of(connection) and password)):
        return ""
    extras = connection.get_option("_extras") or {}
    parts = (
        connection.get_option("remote_user"),
        connection.get_option("kerberos_command"),
        connection.get_option("kinit_args"),
        extras.get("ansible_winrm_kerberos_delegation"),
        hashlib.sha256(password.encode()).hexdigest(),
    )
    return "\n".join(str(part) for part in parts)
