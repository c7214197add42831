#!/usr/bin/env bash
# Builds the collection and imports it as Galaxy does, offline. A warning of the importer fails.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build/galaxy
export PATH=$root/${VENV:-.venv}/bin:$PATH
rm -rf "$work"
mkdir -p "$work"
# The importer lints with the settings inside the archive; ansible-test runs by itself (sanity.sh).
printf '%s\n' '[galaxy-importer]' 'run_ansible_test = false' 'check_required_tags = true' >"$work/galaxy-importer.cfg"
export GALAXY_IMPORTER_CONFIG=$work/galaxy-importer.cfg ANSIBLE_HOME=$work/ansible
cd "$work"
ansible-galaxy collection build --output-path "$work" "$root"
python -m galaxy_importer.main "$work"/winfleet-hotfix-*.tar.gz | tee "$work/importer.log"
grep -q 'processing completed successfully' "$work/importer.log"
if grep -E '^(WARNING|ERROR)' "$work/importer.log" >&2; then
  echo "The importer of Galaxy warned: see above." >&2
  exit 1
fi
