# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a derived definition as YAML for a person to review: each doubt and each rule stands in a comment."""

from __future__ import annotations

import os
import tempfile
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .derive import Derived
from .file_rules import RULES

_WIDTH = 118
# No value of a definition is folded over lines: a path or a name of a manifest stays on one.
_UNFOLDED = 1000


@dataclass(frozen=True)
class Source:
    """A package that the definition comes from: its file name, SHA-256 and what is known of its signature."""

    name: str
    sha256: str
    signature: str


def definition_text(derived: Derived, sources: Sequence[Source]) -> str:
    """Return the YAML, with comments for the reviewer."""
    definition = derived.definition
    head = {key: value for key, value in definition.items() if key not in ("products", "components")}
    parts = [
        *_comment("Derived by winfleet.hotfix.definition from these packages:"),
        *(line for source in sources for line in _of_source(source)),
        "#",
        *_comment("Review it before you use it. The packages do not show:"),
        *(line for each in derived.underived for line in _comment(f"{each.what}: {each.why}", "  ")),
        "---",
        _dump(head),
        _dump({"components": definition["components"]}),
        "products:",
        *(_product(product, derived) for product in definition["products"]),
    ]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def write_definition(path: Path, text: str) -> None:
    """Replace a file as a whole, or leave it as it is.

    Raises:
        OSError: The folder or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # mkstemp lets only the user read it; a definition is for everyone who runs the collection.
        umask = os.umask(0)
        os.umask(umask)
        Path(part).chmod(0o666 & ~umask)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _of_source(source: Source) -> Iterable[str]:
    yield from _comment(source.name, "  ")
    yield from _comment(f"sha256 {source.sha256}", "    ")
    yield from _comment(source.signature, "    ")


def _product(product: dict[str, Any], derived: Derived) -> str:
    head = {key: product[key] for key in ("architecture", "build") if key in product}
    rules = {
        each.path: each.rule
        for each in derived.rules
        if (each.architecture, each.build) == (product["architecture"], product.get("build"))
    }
    lines = [
        f"- names: {_dump(product['names'], flow=True).strip()}",
        *_indented(_dump(head), "  "),
        "  files:",
    ]
    last = ""
    for file in product["files"]:
        rule = rules[file["path"]]
        if rule != last:
            lines += [f"    {line}" for line in _comment(RULES[rule])]
        lines += _indented(_dump([file]), "    ")
        last = rule
    if product["manifests"]:
        lines += ["  manifests:", *_indented(_dump(product["manifests"]), "    ")]
    return "\n".join(_indented("\n".join(lines), "  "))


def _dump(value: Any, *, flow: bool = False) -> str:
    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=_UNFOLDED, default_flow_style=flow
    )
    return text


def _indented(text: str, by: str) -> list[str]:
    return [by + line for line in text.rstrip("\n").split("\n")]


def _comment(text: str, by: str = "") -> list[str]:
    """Return lines of a comment; what a package says cannot end the comment."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return textwrap.wrap(
        plain,
        _WIDTH,
        initial_indent=f"# {by}",
        subsequent_indent=f"# {by}  ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or ["#"]
