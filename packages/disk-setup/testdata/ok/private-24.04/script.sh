#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2254,SC2310,SC2312 # parts fit each other, not each alone
set -euo pipefail
prepare() {
  stopped='' && trap 'stopped=yes' HUP INT TERM
  need=30000000000 fewest_inodes=10000
  places=(/)
  trees=(/opt/google/chrome /opt/microsoft/msedge /usr/lib/firefox /usr/local/share/chromium /usr/share/swift /usr/local/julia1.12.1 /usr/local/.ghcup /opt/hostedtoolcache/CodeQL /usr/share/dotnet /usr/local/share/powershell /usr/local/lib/android /usr/lib/google-cloud-sdk /opt/hostedtoolcache/PyPy /opt/hostedtoolcache/Python /opt/hostedtoolcache/Ruby /opt/hostedtoolcache/go /opt/hostedtoolcache/node /usr/share/miniconda /opt/az /usr/share/az_14.6.0 /usr/local/aws-cli /usr/local/aws-sam-cli /usr/local/share/vcpkg)
}

# For people; for the program that started this, if one did; and the end of what fails.
say() { printf 'disk-setup: %s\n' "$1" >&2 || true; }
event() { if [[ -n "${DISK_SETUP_EVENTS:-}" ]]; then printf 'disk-setup-event %s\n' "$1" || true; fi; }
fail() { say "error: $1" && exit 1; }

# Whether something is mounted at or below $1; with a second argument '?*': below it. Device numbers would not tell.
mounted_in() {
  local point fields=()
  while IFS=' ' read -r -a fields; do
    # The kernel escapes with three octal digits; %b reads \0 and three more, so a digit that follows stays a digit.
    printf -v point '%b' "${fields[4]//\\/\\0}"
    case "${point}/" in "$1/"${2:-*}) return 0 ;; *) ;; esac
  done </proc/self/mountinfo
  return 1
}

# Whether the need is free at every place, with inodes to write it. A place that cannot be measured has nothing free.
enough() {
  local bytes size inodes all measured=0
  while read -r bytes size inodes all; do
    if ((bytes * size < need || (all > 0 && inodes < fewest_inodes))); then return 1; fi
    measured=$((measured + 1))
  done < <(stat --file-system --format='%a %S %d %c' -- "${places[@]}")
  ((measured == ${#places[@]}))
}

# Renames tree number $1, so that it is gone at once and as a whole -> aside. Fails where it must stay or is not there.
take_away() {
  local name tree=${trees[$1]} again=''
  aside="${tree}.disk-setup-deleted"
  for name in "${tree}" "${aside}"; do
    # Mount points are known by their real paths only, so one would not be found by way of a link.
    if mounted_in "${name}" || [[ -e "${name}" && "$(realpath -- "${name}")" != "${name}" ]]; then
      say "warning: ${tree} is left alone: something is mounted in it, or there is a link in its path"
      return 1
    fi
  done
  # The rest of a deletion that was stopped takes in what came after it.
  if [[ -d "${aside}" ]]; then again="/${BASHPID}.$1"; fi
  if [[ -d "${tree}" ]]; then mv --no-target-directory -- "${tree}" "${aside}${again}" || return; fi
  [[ -d "${aside}" ]] && ! mounted_in "${aside}"
}

# Deletes $1, eight groups of directories at a time, the deepest first. What takes long is split again.
remove_tree() {
  local depth=0 before=0 count=1
  while ((count < 64 && count > before)); do
    depth=$((depth + 1)) before=${count}
    count=$(find "$1" -maxdepth "${depth}" -type d -printf x | wc --bytes)
  done
  find "$1" -depth -mindepth 1 -maxdepth "${depth}" -type d -print0 | xargs --null --no-run-if-empty -n "$((count / 16 + 1))" -P 8 \
    bash -c 'timeout --foreground 10 rm -rf --one-file-system -- "$@" 2>/dev/null; if (($? == 124)); then for tree; do if [[ -d "${tree}" ]]; then remove_tree "${tree}"; fi; done; fi' _
  rm -rf --one-file-system -- "$1"
}

# Deletes the trees of these numbers, two at a time and in a process group of its own, until enough is free.
delete() {
  local number pool running=0
  if enough; then return; fi
  export -f remove_tree && set -m
  for number; do
    if ((++running > 2)); then wait -n || true; fi
    if take_away "${number}"; then say "deleting ${trees[number]}" && remove_tree "${aside}" & fi
  done && wait &
  pool=$! && set +m
  while kill -0 "${pool}" 2>/dev/null; do
    if [[ -n "${stopped}" ]] || enough; then kill -KILL -- "-${pool}" 2>/dev/null || true; fi
    sleep 0.1
  done
  wait "${pool}" 2>/dev/null || true
  if [[ -n "${stopped}" ]]; then fail 'stopped by a signal while deleting; what was deleted is gone'; fi
}

main() {
  prepare
  event "pid $$"
  delete 0 1 2 3 4 5 6 7 8
  delete 9 10 11 12 13 14 15 16 17 18 19 20 21 22 # only while that was not enough
}

if [[ "${RUNNER_ENVIRONMENT:-}" != github-hosted ]]; then
  say 'nothing done: RUNNER_ENVIRONMENT is not github-hosted'
elif ((EUID == 0)); then
  main </dev/null
elif sudo -n -- true; then
  sudo -n -- env "DISK_SETUP_EVENTS=${DISK_SETUP_EVENTS:-}" bash -c "set -euo pipefail; $(declare -f); main" </dev/null
else
  fail 'expected root, or a user who may become root without a password (sudo -n), found neither; nothing was changed'
fi
