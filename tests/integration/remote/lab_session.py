# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session on a simulated host, over Ansible's own winrm connection and real HTTP, without a playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session


@contextmanager
def lab_session(host: str, host_vars: Mapping[str, Any]) -> Iterator[Session]:
    """Connects to a host by the variables of the lab's inventory."""
    connection = connection_loader.get("winrm", PlayContext())
    options = {
        "remote_addr": host_vars["ansible_host"],
        "remote_user": host_vars["ansible_user"],
        "remote_password": host_vars["ansible_password"],
        "port": host_vars["ansible_port"],
        "scheme": host_vars["ansible_winrm_scheme"],
        "transport": ["ntlm"],
    }
    # What the connection plugin does not know as an option goes on to pywinrm by its full name.
    extras = {"_extras": {"ansible_winrm_server_cert_validation": "ignore"}}
    connection.set_options(direct=options, var_options=extras)
    session = Session(connection, host, lambda message: None)
    session.connect()
    try:
        yield session
    finally:
        connection.close()
