#!/usr/bin/env bash
# Checks the documentation of the plugins and builds the site in docs/site. Warnings are errors; nothing is downloaded.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
source=$root/build/docs
export PATH=$root/${VENV:-.venv}/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$root/collections
cd "$root"
umask 022

antsibull-docs lint-collection-docs --plugin-docs .
antsibull-changelog lint

# The site is made of a copy, in which the reference pages lie beside the guides.
rm -rf "$source"
mkdir -p "$source/reference"
# shellcheck disable=SC2016  # the inner shell expands it
git ls-files -z --cached --others --exclude-standard -- . ':!collections' \
  | xargs -0 -r sh -c 'for f; do [ -f "$f" ] && printf "%s\0" "$f"; done' sh \
  | tar --null -T - -cf - | tar -C "$source" -xf -
cp docs/docsite/index.rst "$source/index.rst"
antsibull-docs --config-file docs/docsite/antsibull-docs.cfg collection \
  --use-current --fail-on-error --squash-hierarchy --dest-dir "$source/reference" winfleet.hotfix
rm -rf docs/site
sphinx-build --quiet --fail-on-warning --keep-going -b html -d build/docs-cache -c docs/docsite "$source" docs/site
echo "The site: docs/site/index.html"
