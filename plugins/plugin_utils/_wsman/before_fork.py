# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do once what the process of each host would do anew at its first request.

The libraries below pywinrm look for ciphers, compile patterns and fill caches when they are first used, which
took a tenth of the processor time of an assessment. Ansible imports an action plugin before it forks
(`StrategyModule.run` in plugins/strategy/linear.py), so its processes inherit what this module has prepared.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from functools import lru_cache
from http.client import parse_headers
from io import BufferedReader, BytesIO

from ._http_answer import read_answer
from .host_work import installed_pywinrm

_CHALLENGE = bytes.fromhex(
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef0000000000000000240024004400000006007017"
    "0000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000"
)
"""The CHALLENGE_MESSAGE of [MS-NLMP] 4.2.4.3."""


def keep_shared() -> None:
    """Let the memory that a process has inherited stay shared with the others.

    A collection of garbage writes to each object that it looks at, and so would copy all of Ansible's.
    """
    gc.freeze()


def keep_lm_hashes() -> None:
    """Let a process that logs on to many hosts compute the LM hash of each password once.

    pyspnego computes it for every log-on, with DES in Python, though NTLMv2 has no use for it. That was a
    tenth of the processor time of a scan. The passwords are kept with them, as they are in the options of the
    hosts that are still to be looked at.
    """
    with suppress(ImportError, AttributeError):  # without pyspnego, or with one that has no such function
        from spnego import _ntlm

        _ntlm.lmowfv1 = lru_cache(_ntlm.lmowfv1)


def _log_on() -> None:
    import spnego

    options = spnego.NegotiateOptions.use_ntlm
    client = spnego.client("User", "Password", protocol="ntlm", options=options)
    client.step()
    client.step(_CHALLENGE)
    client.wrap_winrm(b"")


def _prepare_a_request() -> None:
    import requests
    import xmltodict

    document = xmltodict.unparse({"env:Envelope": {"@xmlns:env": ""}})
    with requests.Session() as session:
        session.prepare_request(requests.Request("POST", "http://127.0.0.1:5985/wsman", data=document))


def _read_an_answer() -> None:
    head = b'Content-Type: multipart/encrypted;boundary="Encrypted Boundary"\r\nContent-Length: 0\r\n\r\n'
    read_answer(BufferedReader(BytesIO(b"HTTP/1.1 200 \r\n" + head)))
    import requests
    from urllib3 import HTTPHeaderDict  # since urllib3 2

    requests.structures.CaseInsensitiveDict(HTTPHeaderDict(parse_headers(BytesIO(head)).items()))


for _first_use in (installed_pywinrm, _log_on, _prepare_a_request, _read_an_answer):
    with suppress(Exception):  # whoever needs what is missing here says so, with advice
        _first_use()
