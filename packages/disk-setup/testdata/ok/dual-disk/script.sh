#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2254,SC2310,SC2312 # parts fit each other, not each alone
set -euo pipefail
prepare() {
  shopt -s inherit_errexit && export LC_ALL=C && umask 022
  stopped='' && trap 'stopped=yes' HUP INT TERM
  note=/run/disk-setup/move
  units=(docker.socket docker.service containerd.service)
  stores_from=(/var/lib/docker /var/lib/containerd)
  stores_to=(/mnt/disk-setup/docker /mnt/disk-setup/containerd)
  target=/mnt copy_with=rsync
  tmpdir=/mnt/disk-setup/tmp tmpdir_target=/mnt
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

# A directory for temporary files, open to every user.
make_tmpdir() {
  local file advice="nothing was changed; look at ${tmpdir} and at the directories above it"
  if [[ ! -e "${tmpdir}" ]]; then new_tmpdir=${tmpdir}; fi
  if [[ -L "${tmpdir}" ]] || ! mkdir --parents -- "${tmpdir}"; then fail "${tmpdir} cannot be made; ${advice}"; fi
  chmod 1777 -- "${tmpdir}"
  file=$(stat --format=%d -- "${tmpdir}" "${tmpdir_target}" | sort --unique | wc --lines)
  if ((file != 1)); then drop_tmpdir && fail "${tmpdir} is not on the device that was planned; ${advice}"; fi
  # Steps write here without being root.
  if ! file=$(setpriv --reuid=65534 --regid=65534 --clear-groups -- mktemp --tmpdir="${tmpdir}"); then
    drop_tmpdir && fail "an ordinary user cannot write to ${tmpdir}: the directories above it must let everyone pass (mode 0755); ${advice}"
  fi
  rm -- "${file}"
  event tmpdir
}
drop_tmpdir() { if [[ -n "${new_tmpdir:-}" ]]; then rmdir -- "${new_tmpdir}" || true; fi; }

# Held while stores are moved or put back; the daemons must not inherit it.
lock_moves() {
  mkdir --parents -- "${note%/*}"
  exec 9>>"${note%/*}/lock"
  flock 9
}

start_units() {
  local index
  for ((index = ${#units[@]} - 1; index >= 0; index--)); do
    step="starting ${units[index]}; look at: systemctl status ${units[index]}"
    systemctl start "${units[index]}" 9>&- || return
  done
  step='waiting for Docker to answer; look at: docker info'
  timeout 60 bash -c 'until timeout 10 docker info >/dev/null 2>&1; do sleep 0.5; done'
}

# What is mounted counts, not what was noted: a signal may have come between the two.
undo_move() {
  local index broken='' tries=0
  trap : HUP INT TERM
  set +e
  say 'undoing: the stores go back to where they were'
  for index in "${!units[@]}"; do systemctl stop "${units[index]}" || broken=yes; done
  for index in "${!stores_from[@]}"; do
    while [[ "${stores_from[index]}" -ef "${stores_to[index]}" ]]; do
      # Never is a copy deleted that can still be seen as the store itself.
      if ((++tries > 40)); then broken=yes && break; fi
      umount --recursive -- "${stores_from[index]}" || sleep 0.25
    done
  done
  if [[ -z "${broken}" ]]; then rm -rf --one-file-system -- "${stores_to[@]}" || broken=yes; fi
  # A unit that failed a few times in a row is not started again until that is forgotten.
  systemctl reset-failed "${units[@]}" 2>/dev/null
  start_units || broken=yes
  if [[ -n "${broken}" ]]; then fail 'undoing failed; look at: systemctl status docker containerd, then run disk-setup again'; fi
  rm -f -- "${note}"
  say 'undone: Docker is up again on its old stores'
}

describe_docker() {
  docker info --format '{{.Driver}} {{.DockerRootDir}}'
  docker image ls --all --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort
}

# Creates one container, from an image that was there or from an empty one.
create_container() {
  local image container='' made=''
  if ((${#images[@]} == 0)); then
    made=disk-setup-proof:empty
    images=("$(head --bytes=10240 /dev/zero | docker import - "${made}")")
  fi
  for image in "${images[@]}"; do
    # Not every image can: one of another architecture, one whose content was never pulled.
    if container=$(docker create --network none "${image}" /disk-setup-proof 2>/dev/null); then break; fi
  done
  docker rm "${container}" >/dev/null
  if [[ -n "${made}" ]]; then docker image rm "${made}" >/dev/null; fi
}

blame() { if (($1 > 0)); then say "error: ${step%%;*} failed with exit code $1; its own words stand above; ${step#*; }"; fi; }

# Runs as a process group of its own. Whatever goes wrong in it, `relocate` undoes it.
move() {
  local index unit from to
  trap 'blame "$?"' EXIT
  for unit in "${units[@]}"; do
    step="stopping ${unit}; look at: systemctl status ${unit}"
    systemctl stop "${unit}"
  done
  for index in "${!stores_from[@]}"; do
    from=${stores_from[index]} to=${stores_to[index]}
    step="copying ${from}; look at what is mounted below it, and at what is free on ${target}: bytes and inodes"
    if mounted_in "${from}" '?*'; then exit 1; fi
    say "copying ${from} to ${to}"
    mkdir --parents -- "${to}"
    if [[ "${copy_with}" == rsync ]]; then
      rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids -- "${from}/" "${to}/"
    else
      cp --archive -- "${from}/." "${to}/"
    fi
  done
  step='putting the copies in the place of the stores; look at: findmnt'
  for index in "${!stores_from[@]}"; do mount --bind -- "${stores_to[index]}" "${stores_from[index]}"; done
  start_units
  step='comparing root, storage driver and images of Docker with those before; look at: docker info'
  [[ "$(describe_docker)" == "${before}" ]]
  step='creating a container from any of the images; look at: docker info'
  create_container
  rm -- "${note}"
}

relocate() {
  local index mover code=0 there=0 device target_device
  lock_moves
  target_device=$(stat --format=%d -- "${target}")
  for index in "${!stores_from[@]}"; do
    device=$(stat --format=%d -- "${stores_from[index]}")
    if ((device == target_device)); then
      there=$((there + 1))
    elif [[ -e "${stores_to[index]}" ]]; then
      fail "a directory is in the way on ${target}: remove ${stores_to[index]}; nothing was changed"
    fi
  done
  if ((there == ${#stores_from[@]})); then
    say "the stores are on ${target} already: nothing is copied, nothing restarted"
    return
  elif ((there > 0)) || [[ -n "$(docker ps --quiet)" ]]; then
    fail 'since the plan was made a store was moved, or containers were started that a restart would end; nothing was changed'
  fi
  before=$(describe_docker)
  mapfile -t images < <(docker image ls --all --no-trunc --quiet)
  if [[ -n "${stopped}" ]]; then fail 'stopped by a signal; nothing was changed'; fi
  # So that a move that is killed can be undone by whoever finds this.
  {
    for index in "${!stores_from[@]}"; do printf '%s\t%s\n' "${stores_from[index]}" "${stores_to[index]}"; done
    printf 'units' && printf '\t%s' "${units[@]}"
  } >"${note}.new"
  mv -- "${note}.new" "${note}"
  set -m
  move &
  mover=$! && set +m
  wait "${mover}" || code=$?
  if ((code == 0)); then event relocate && return; fi
  # What is left of it, a copy or a mount that had begun, ends before anything is undone.
  kill -KILL -- "-${mover}" 2>/dev/null || true
  while kill -0 -- "-${mover}" 2>/dev/null; do sleep 0.1; done
  if [[ -n "${stopped}" ]]; then say 'error: stopped by a signal while moving the stores'; fi
  if [[ -n "${new_tmpdir:-}" ]]; then rmdir -- "${new_tmpdir}" || true; fi
  if [[ -e "${note}" ]]; then undo_move; fi
  exit 1
}

main() {
  prepare
  event "pid $$"
  make_tmpdir
  relocate
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
