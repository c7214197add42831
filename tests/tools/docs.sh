#!/usr/bin/env bash
# Checks the documentation of the plugins and builds the site under docs/site, without network access.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export PATH=$root/.venv/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$root/collections
cd "$root"
antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --disallow-semantic-markup=false . 2>/dev/null || antsibull-docs lint-collection-docs --plugin-docs .
