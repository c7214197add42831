#!/usr/bin/env bash
# Runs ansible-test sanity without containers: sanity.sh PROGRAMS, the folder of ansible-test (relative to the project).
# It runs in a copy of the files that git tracks: ansible-test wants the path to end in
# ansible_collections/NAMESPACE/NAME.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build/sanity
copy=$work/ansible_collections/winfleet/hotfix
rm -rf "$copy"
mkdir -p "$copy" "$work/home/.ansible/test/cache"
# Each ansible-core looks for the file of the pip that it wants.
for version in 24_2 25_2; do
  cp "$root/tests/tools/get_pip.py" "$work/home/.ansible/test/cache/get_pip_$version.py"
done
# The link that lets a plain checkout find itself would make the copy contain itself.
git -C "$root" ls-files -z | grep -zv '^collections/' | tar -C "$root" --null -T - -cf - | tar -C "$copy" -xf -
cd "$copy"
git init -q .
git add -A
export PIP_CACHE_DIR=${PIP_CACHE_DIR:-$HOME/.cache/pip}
export HOME=$work/home PATH=$root/$1:$root/${VENV:-.venv}/bin:$PATH
python=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ansible-test sanity --local --python "$python" --color no 2>&1 | tee "$work/sanity.log"
# ansible-test passes over a test whose program is missing with a warning and exit code 0.
if grep -E '^WARNING: (Skipping|Required program|.*due to missing)' "$work/sanity.log" >&2; then
  echo "ansible-test skipped a check: see above." >&2
  exit 1
fi
