# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provoke every failure of cases.py with the ansible-core, pywinrm, requests and urllib3 of one environment.

Run it with the environment's Python, the project and its collections on PYTHONPATH, and a folder; or also
with a file of cases as JSON (name → variables and environment). It prints JSON: case → what the libraries
said, the culprit and the message that an operator gets.
"""

from __future__ import annotations

import datetime
import importlib.util
import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import Any

import winrm.transport
from ansible.constants import config
from ansible.errors import AnsibleError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _connect
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._connection_hints import (
    advice_in,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.failures import Advice, Failure
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.connecting.cases import CASES, PROXIES, Case
from tests.integration.connecting.servers import closed_port, serve, tls

_LIBRARIES = {"kerberos": "kerberos", "credssp": "requests_credssp", "ntlm": "requests_ntlm"}


def main() -> None:
    """Print the failures."""
    folder = Path(sys.argv[1])
    (folder / "nonsense.pem").write_text("nonsense", "utf-8")
    write_certificate(folder / "tls.pem")
    init_plugin_loader()
    cases = _read_cases(Path(sys.argv[2])) if len(sys.argv) > 2 else {**PROXIES, **CASES}
    json.dump({name: _provoke(name, case, folder) for name, case in cases.items()}, sys.stdout)


def _read_cases(path: Path) -> dict[str, Case]:
    written = json.loads(path.read_text("utf-8"))
    return {name: Case("", "", None, **parts) for name, parts in written.items()}


def _provoke(name: str, case: Case, folder: Path) -> dict[str, str]:
    answer = tls(folder / "tls.pem") if name in ("unknown-ca", "trusted") else case.answer
    port = serve(answer) if answer else closed_port()
    variables: dict[str, Any] = {
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": "Administrator",
        "ansible_password": "Secret-42!",
        "ansible_winrm_transport": [case.transport],
        "ansible_winrm_scheme": case.scheme,
        **{key: _filled(value, port, folder) for key, value in case.variables.items()},
    }
    for key in [key for key in os.environ if key.lower().endswith("_proxy") or key == "REQUESTS_CA_BUNDLE"]:
        del os.environ[key]
    os.environ.update({key: _filled(value, port, folder) for key, value in case.environment.items()})
    connection = connection_loader.get("ansible.builtin.winrm", PlayContext(), None)
    # The plugin passes the variables that are not its own to pywinrm.
    own = config.get_plugin_vars("connection", connection._load_name)
    extras = {
        key: value for key, value in variables.items() if key.startswith("ansible_winrm_") and key not in own
    }
    connection.set_options(var_options={**variables, "_extras": extras})
    _hide(case.without, connection)
    found: list[tuple[str, Advice | None]] = []

    def advise(text: str, way: Failure) -> Advice | None:
        found.append((text, advice_in(text, way)))
        return found[-1][1]

    _connect.advice_in = advise  # type: ignore[assignment]
    try:
        _connect.connect(connection, name, Clock())
    except AnsibleError as error:
        said, advice = found[-1]
        return {"said": said, "culprit": advice.culprit.value if advice else "nobody", "message": str(error)}
    finally:
        _hide("", connection)
    connection.close()  # a user has at most five shells on a host, and every environment comes here
    return {"said": "", "culprit": "nobody", "message": "connected"}


def _hide(transport: str, connection: Any) -> None:
    """Let Ansible's plugin and pywinrm find no library for a transport, as if their imports had failed."""
    for module in (sys.modules[type(connection).__module__], winrm.transport):
        for name in _LIBRARIES:
            flag = f"HAVE_{name.upper()}"
            if hasattr(module, flag):
                setattr(module, flag, _found(name) and name != transport)


def _found(transport: str) -> bool:
    return importlib.util.find_spec(_LIBRARIES[transport]) is not None


def _filled(value: Any, port: int, folder: Path) -> Any:
    return (
        value.replace("@PORT@", str(port)).replace("@FOLDER@", str(folder))
        if isinstance(value, str)
        else value
    )


def write_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "srv")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + private)


if __name__ == "__main__":
    main()
