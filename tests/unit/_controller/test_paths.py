# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path is taken in the forms that operators write; what cannot be one says which field is meant."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._controller.paths import form_of, local_path
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("packages", "packages"),
        ("./packages/a.msu", "packages/a.msu"),
        ("/srv/packages", "/srv/packages"),
        (" /srv/packages ", "/srv/packages"),
        ("~/pk/a.msu", "/home/anna/pk/a.msu"),
        ("file:///srv/a%20b.msu", "/srv/a b.msu"),
        ("FILE://localhost/srv/a.msu", "/srv/a.msu"),
        ("a:b.msu", "a:b.msu"),
    ],
)
def test_a_path_is_taken_as_it_is_written(text: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert local_path(text) == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://user:secret@depot/a.msu", "not a URL: use url"),
        ("HTTPS://depot/a.msu", "not a URL: use url"),
        ("s3://bucket/a.msu", "not a URL: use url"),
        (r"\\files\packages\a.msu", "not a path of Windows: use host_path"),
        (r"C:\packages\a.msu", "not a path of Windows: use host_path"),
        ("D:/packages/a.msu", "not a path of Windows: use host_path"),
        ("file://files/packages/a.msu", "not a file:// URL of another computer"),
        ("~nobody-of-this-name/a.msu", "no user of the controller has"),
    ],
)
def test_what_is_no_path_is_refused_with_the_right_field(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        local_path(text, for_url="use url", for_host_path="use host_path")
    assert "secret" not in str(refusal.value)


def test_without_a_hint_the_message_ends_with_what_it_is() -> None:
    with pytest.raises(InputError, match=r"not a URL$"):
        local_path("http://depot/")


def test_a_name_with_a_colon_is_a_path() -> None:
    assert form_of("c:x") == "path"
