# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which proxy the controller uses for a host."""

from __future__ import annotations

import os

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.proxy import (
    Proxy,
    proxy_of,
    without_credentials,
)

HTTP = {"http_proxy": "http://proxy.corp.example:3128"}


class Connection:
    """The options of a winrm connection."""

    def __init__(self, host: str = "srv1.corp.example", port: int = 5985, **extras: object) -> None:
        self.options = {"remote_addr": host, "port": port, "scheme": None, "_extras": extras}

    def get_option(self, name: str) -> object:
        return self.options[name]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("environment", "port", "setting"),
    [
        (HTTP, 5985, "the environment variable http_proxy"),
        ({"HTTP_PROXY": HTTP["http_proxy"]}, 5985, "the environment variable HTTP_PROXY"),
        ({"https_proxy": HTTP["http_proxy"]}, 5986, "the environment variable https_proxy"),
        ({"ALL_PROXY": HTTP["http_proxy"]}, 5986, "the environment variable ALL_PROXY"),
    ],
)
def test_the_environment_names_the_proxy_of_a_scheme(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], port: int, setting: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(Connection(port=port)) == Proxy("http://proxy.corp.example:3128", setting)


@pytest.mark.parametrize("no_proxy", ["srv1.corp.example", ".corp.example", "*", "other,corp.example"])
def test_no_proxy_means_what_it_means_to_requests(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    monkeypatch.setenv("http_proxy", HTTP["http_proxy"])
    monkeypatch.setenv("no_proxy", no_proxy)
    assert proxy_of(Connection()) is None


def test_the_proxy_of_the_other_scheme_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", HTTP["http_proxy"])
    assert proxy_of(Connection(port=5986)) is None


def test_the_hosts_own_variable_wins_and_null_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", HTTP["http_proxy"])
    own = proxy_of(Connection(ansible_winrm_proxy="http://10.0.0.1:8080"))
    assert own == Proxy("http://10.0.0.1:8080", "ansible_winrm_proxy")
    assert proxy_of(Connection(ansible_winrm_proxy=None)) is None


def test_an_address_that_cannot_be_read_has_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", HTTP["http_proxy"])
    assert proxy_of(Connection(host="[::1")) is None


def test_a_proxys_password_is_not_shown() -> None:
    proxy = Proxy("http://joe:Pr0xy-42@proxy:3128", "ansible_winrm_proxy")
    assert str(proxy) == "http://proxy:3128 (set by ansible_winrm_proxy)"
    assert without_credentials("no socks5://u:p@h:1 here") == "no socks5://h:1 here"
