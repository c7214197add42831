#!/usr/bin/env bash
# Builds the archive of a release in build/release: release.sh TAG.
# Refuses a tag that is not the version in galaxy.yml, and a version that the changelog does not hold.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PWD/${VENV:-.venv}/bin:$PATH
tag=${1:?Name the tag of the release.}
fail() {
  echo "$1" >&2
  exit 1
}
read_yaml() { python -c 'import sys, yaml; print(*yaml.safe_load(open(sys.argv[1]))[sys.argv[2]], sep=sys.argv[3])' "$@"; }

version=$(read_yaml galaxy.yml version '')
[ "$tag" = "$version" ] || fail "The tag is $tag, but the version in galaxy.yml is $version."
if ! read_yaml changelogs/changelog.yaml releases $'\n' | grep -qxF "$version" || ! grep -qxF "v$version" CHANGELOG.rst; then
  fail "The changelog holds no version $version: run 'antsibull-changelog release' and commit its changes."
fi
if compgen -G 'changelogs/fragments/*.y*ml' >/dev/null; then
  fail "changelogs/fragments holds unreleased changes: run 'antsibull-changelog release' and commit its changes."
fi
rm -rf build/release
ansible-galaxy collection build --output-path build/release
