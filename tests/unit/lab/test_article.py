# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two transcriptions of the article's tables, the lab's and the collection's, made apart: they must agree."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import (
    ProductFiles,
    load_definition,
)

from tests.lab.packages import article

ARCHITECTURES = ("x86", "x64", "ia64")


def products(architecture: str) -> list[ProductFiles]:
    found = [each for each in load_definition("KB978918").products if each.architecture == architecture]
    assert found
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_lab_and_the_catalogue_list_the_same_files(architecture: str) -> None:
    rows = {
        (file.path.lower(), file.version or None, file.size, file.date)
        for file in article.files(architecture)
    }
    assert len(rows) == len(article.files(architecture))
    for product in products(architecture):
        assert rows == {
            (
                file.path.lower().replace("%systemroot%", "c:\\windows"),
                str(file.version) if file.version else None,
                file.size,
                file.date,
            )
            for file in product.files
        }


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_lab_and_the_catalogue_list_the_same_manifests(architecture: str) -> None:
    rows = {(each.name.lower(), each.size, each.date) for each in article.manifests(architecture)}
    assert len(rows) == len(article.manifests(architecture))
    for product in products(architecture):
        assert rows == {(each.name.lower(), each.size, each.date) for each in product.manifests}
