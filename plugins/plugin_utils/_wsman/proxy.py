# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy to which the controller sends the requests for a host, if it does."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

with suppress(ImportError):  # HostAction reports a missing pywinrm, which brings requests
    from requests.utils import get_environ_proxies, select_proxy

_CREDENTIALS = re.compile(r"(?<=//)[^/@\s'\"]+@")


@dataclass(frozen=True)
class Proxy:
    """A proxy and the setting that names it; ``str()`` gives both, without a password."""

    url: str
    setting: str

    def __str__(self) -> str:
        return f"{without_credentials(self.url)} (set by {self.setting})"


def proxy_of(connection: Any) -> Proxy | None:
    """Return the proxy of an ``ansible.builtin.winrm`` connection, or None if it connects directly.

    pywinrm takes ``ansible_winrm_proxy``, and without it the environment (``Transport.build_session``). This
    asks requests in the same way, so that no_proxy means the same.
    """
    host = connection.get_option("remote_addr")
    if not host:
        return None
    port = connection.get_option("port")
    scheme = connection.get_option("scheme") or ("http" if port == 5985 else "https")
    extras: Mapping[str, Any] = connection.get_option("_extras") or {}
    given = "ansible_winrm_proxy" in extras
    proxy = extras.get("ansible_winrm_proxy")
    proxies: dict[str, Any] = {}
    if given:
        proxies = {"no_proxy": "*"} if proxy is None else {"http": proxy, "https": proxy}
    url = f"{scheme}://{host}:{port}"
    try:
        proxies = {**get_environ_proxies(url, no_proxy=proxies.get("no_proxy")), **proxies}
        found = select_proxy(url, proxies)
    except ValueError:  # an address that cannot be read, which is what the failure says
        return None
    return Proxy(str(found), "ansible_winrm_proxy" if given else _variable(scheme)) if found else None


def without_credentials(text: str) -> str:
    """Return a text without the user and the password of each URL in it."""
    return _CREDENTIALS.sub("", text)


def _variable(scheme: str) -> str:
    names = [name for key in (scheme, "all") for name in (f"{key}_proxy", f"{key.upper()}_PROXY")]
    found = next((name for name in names if os.environ.get(name)), None)
    return f"the environment variable {found}" if found else "the settings of the system"
