# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of a package: .mum files, manifests of components and deployments, the index of the payload.

Elements, attributes and white space after genuine packages of 2010 to 2015; the content is the lab's own.
Evidence for the shape of a deployment: those of KB978918 have exactly the sizes of the article, 704 to 1,056.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from .identity import TOKEN, AssemblyIdentity, PackageIdentity
from .update import Branch, Component, Deployment, Leaf, Tree, Update

NAMESPACE = "urn:schemas-microsoft-com:asm.v3"
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_BOM = "\ufeff"


def _bytes(text: str, *, bom: bool = False) -> bytes:
    return ((_BOM if bom else "") + text.replace("\n", "\r\n")).encode()


def _assembly(identity: AssemblyIdentity, element: str = "assemblyIdentity") -> str:
    kind = f'type="{identity.kind}" ' if identity.kind else ""
    return (
        f'<{element} name="{identity.name}" version="{identity.version}" '
        f'processorArchitecture="{identity.architecture}" language="neutral" buildType="release" '
        f'publicKeyToken="{TOKEN}" {kind}versionScope="nonSxS" />'
    )


def _package(identity: PackageIdentity, *, parent: bool = False) -> str:
    release = ' buildType="release"' if parent else ""
    return (
        f'<assemblyIdentity name="{identity.name}" version="{identity.version}" language="neutral" '
        f'processorArchitecture="{identity.architecture}" publicKeyToken="{TOKEN}"{release} />'
    )


def deployment_manifest(deployment: Deployment) -> bytes:
    """The manifest whose name is 32 hexadecimal digits: it lists the components that change together."""
    parts = "".join(
        '  <dependency discoverable="false">\n    <dependentAssembly dependencyType="install">\n'
        f"      {_assembly(part.identity)}\n    </dependentAssembly>\n  </dependency>\n"
        for part in deployment.components
    )
    return _bytes(
        f'{_XML}<assembly xmlns="{NAMESPACE}" manifestVersion="1.0">\n  {_assembly(deployment.identity)}\n'
        f"  <deployment />\n{parts}</assembly>"
    )


def component_manifest(component: Component) -> bytes:
    """The manifest of a component or a driver.

    Its files with destination and SHA-256, without version or size.
    """
    driver = component.identity.kind == "driverUpdate"
    text = f'{_XML}<assembly xmlns="{NAMESPACE}" manifestVersion="1.0">\n  {_assembly(component.identity)}\n'
    for file in component.files:
        where = f'destinationPath="$(runtime.{file.folder})\\" ' if file.folder else ""
        digest = base64.b64encode(hashlib.sha256(file.content).digest()).decode()
        inside = "    <infFile />\n" if driver and file.name.endswith(".inf") else ""
        text += (
            f'  <file name="{file.name.lower()}" {where}sourceName="{file.name.lower()}" '
            f'importPath="$(build.nttree)\\">\n{inside}'
            '    <asmv2:hash xmlns:asmv2="urn:schemas-microsoft-com:asm.v2" '
            'xmlns:dsig="http://www.w3.org/2000/09/xmldsig#">'
            '<dsig:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha256" />'
            f"<dsig:DigestValue>{digest}</dsig:DigestValue></asmv2:hash>\n  </file>\n"
        )
    text += "  <deployment />\n</assembly>" if driver else "</assembly>"
    return _padded(_bytes(text, bom=not driver), component.manifest_size)


def _padded(data: bytes, size: int) -> bytes:
    """Stretch a document to `size` bytes by a comment; 0 leaves it as it is.

    Raises:
        ValueError: The document is larger.
    """
    room = size - len(data) if size else 0
    if room < 0:
        raise ValueError(f"a manifest of {len(data)} bytes cannot shrink to {size}")
    return data + (b"<!--" + b"." * (room - 7) + b"-->" if room >= 7 else b" " * room)


def _parents(identities: Iterable[PackageIdentity], disposition: str) -> str:
    listed = "".join(f"      {_package(each, parent=True)}\n" for each in identities)
    return (
        '    <parent buildCompare="EQ" serviceCompare="EQ" integrate="separate" '
        f'disposition="{disposition}">\n'
        f"{listed}    </parent>\n"
    )


def _mum(update: Update, identity: PackageIdentity, parents: str, updates: str, *, deep: bool) -> str:
    stamp = update.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    evaluation = 'applicabilityEvaluation="deep" ' if deep else ""
    psf = f'psfName="{update.psf}" ' if update.psf and identity == update.identity else ""
    stack = AssemblyIdentity(
        "Microsoft-Windows-ServicingStack", update.servicing_stack, identity.architecture
    )
    return (
        f'{_XML}<assembly xmlns="{NAMESPACE}" manifestVersion="1.0" description="Fix for {update.kb}" '
        'displayName="default" company="Simulated" copyright="Simulated" '
        f'supportInformation="http://support.microsoft.com/?kbid={update.kb[2:]}" '
        f'creationTimeStamp="{stamp}" lastUpdateTimeStamp="{stamp}">\n  {_package(identity)}\n'
        f'  <package identifier="{update.kb}" {evaluation}{psf}releaseType="Hotfix" restart="possible">\n'
        f"{parents}    {_assembly(stack, 'installerAssembly')}\n{updates}  </package>\n</assembly>"
    )


def container_mum(
    update: Update,
    identity: PackageIdentity,
    parents: Iterable[PackageIdentity],
    children: Iterable[PackageIdentity],
    disposition: str = "detect",
) -> bytes:
    """A package that holds packages: the root (with a byte order mark) or a tree."""
    updates = "".join(
        f'    <update name="{update.kb[2:]}-{number}_neutral_PACKAGE">\n      <package integrate="hidden">\n'
        f"        {_package(child)}\n      </package>\n    </update>\n"
        for number, child in enumerate(children, 1)
    )
    root = identity.name == update.identity.name or identity.name == f"{update.identity.name}_BF"
    return _bytes(_mum(update, identity, _parents(parents, disposition), updates, deep=True), bom=root)


def leaf_mum(update: Update, identity: PackageIdentity, leaf: Leaf, *, force: bool = False) -> bytes:
    """A package that changes components.

    `force`: that of update-bf.mum, which moves them to the LDR branch.
    """
    branches = [branch for branch in leaf.branches if branch.name == "LDR" or not force]
    updates = ""
    for number, branch in enumerate(branches, 1):
        updates += f'    <update name="{update.kb[2:]}-{number}_neutral_{branch.name}">\n'
        updates += _change(branch, _elevate(leaf, branch, force=force)) + "    </update>\n"
    return _bytes(_mum(update, identity, _parents(leaf.parents, "detect"), updates, deep=False))


def _change(branch: Branch, elevate: str) -> str:
    deployment = branch.deployment
    word = "updateDriver" if deployment.driver else "updateComponent"
    applicable = "".join(
        f'        <{word} elevate="{elevate}">\n          {_assembly(part.identity)}\n        </{word}>\n'
        for part in deployment.components
    )
    carried = _assembly(deployment.identity)
    if deployment.driver:
        name = deployment.identity.name
        carried = (
            f'      <driver inf="{name}" ranking="currentDevices">\n        {carried}\n      </driver>\n'
        )
    else:
        carried = f"      <component>\n        {carried}\n      </component>\n"
    return f'      <applicable disposition="staged">\n{applicable}      </applicable>\n{carried}'


def _elevate(leaf: Leaf, branch: Branch, *, force: bool) -> str:
    """How far the change may lift a component.

    `serviceLevel` where the parents are of two builds and `distribution` elsewhere: read off packages of one
    branch. `revision`, no further than the component's own branch, for LDR beside GDR: an assumption.
    """
    if branch.name == "LDR" and leaf.two_branches and not force:
        return "revision"
    return "serviceLevel" if len({each.version for each in leaf.parents}) > 1 else "distribution"


def tree_parents(trees: Iterable[Tree]) -> tuple[PackageIdentity, ...]:
    """The parents of the root: those of all trees, of which one is enough."""
    return tuple(dict.fromkeys(parent for each in trees for parent in each.parents))
