# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An envelope is the document that pywinrm would write."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import xmltodict
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._envelope import element, envelope, text
from hypothesis import given
from hypothesis import strategies as st
from winrm.protocol import Protocol

ACTION, RESOURCE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", "http://example.test/a?b&c"
# No line ends but line feeds: XML reads each as one.
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.just("\n")).map(str.strip)


def by_pywinrm(body: object, selectors: dict[str, str], options: dict[str, str]) -> str:
    protocol = Protocol("http://host:5985/wsman", "ntlm", username="u", password="p", operation_timeout_sec=7)
    written = protocol.build_wsman_header(ACTION, RESOURCE, message_id="same")
    for name, values in (("w:Selector", selectors), ("w:Option", options)):
        if values:
            named = [{"@Name": key, "#text": value} for key, value in values.items()]
            written["env:Header"][f"{name}Set"] = {name: named}
    written["env:Body"] = body
    document: str = xmltodict.unparse({"env:Envelope": written})
    return document


def same(document: str) -> str:
    """One form of all documents that mean the same, but for their MessageID."""
    root = ET.fromstring(document)
    for node in root.iter("{http://schemas.xmlsoap.org/ws/2004/08/addressing}MessageID"):
        node.text = "same"
    for header in root.iter("{http://www.w3.org/2003/05/soap-envelope}Header"):
        header[:] = sorted(header, key=lambda child: child.tag)
    return ET.canonicalize(ET.tostring(root, encoding="unicode"))


@given(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3), st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_any_text_arrives_as_pywinrm_would_send_it(
    said: str, selectors: dict[str, str], options: dict[str, str]
) -> None:
    body = element("n:Pull", text("n:EnumerationContext", said, {"Name": said}) + element("n:MaxElements"))
    ours = envelope(ACTION, RESOURCE, body, operation_timeout=7, selectors=selectors, options=options)
    content = {"n:EnumerationContext": {"@Name": said, "#text": said}, "n:MaxElements": None}
    assert same(ours) == same(by_pywinrm({"n:Pull": content}, selectors, options))


def test_each_message_has_an_id_of_its_own() -> None:
    documents = {
        envelope(ACTION, RESOURCE, "", operation_timeout=7, selectors={}, options={}) for _unused in range(3)
    }
    assert len(documents) == 3
