#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
set -euo pipefail

# The plan has decided; from here on it is carried out and proven.
shopt -s inherit_errexit
export LC_ALL=C
umask 022

say() { printf 'disk-setup: %s\n' "$1" >&2; }

warn() {
  if [[ "${GITHUB_ACTIONS:-}" == true ]]; then printf '::warning::disk-setup: %s\n' "$1" >&2; else say "warning: $1"; fi
}

fail() {
  if [[ "${GITHUB_ACTIONS:-}" == true ]]; then printf '::error::disk-setup: %s\n' "$1" >&2; else say "error: $1"; fi
  exit 1
}

# Bytes that an ordinary user can still write on the file system of $1 -> free_bytes
free_on() {
  local numbers
  numbers=$(stat --file-system --format='%a %S' -- "$1")
  free_bytes=$((${numbers% *} * ${numbers#* }))
}

# The least of what is free at all given places -> free_bytes
least_free() {
  local place least=-1
  for place in "$@"; do
    free_on "${place}"
    if ((least < 0 || free_bytes < least)); then least=${free_bytes}; fi
  done
  free_bytes=${least}
}

# $1 bytes, for people -> text
in_gb() { printf -v text '%d.%d GB' "$(($1 / 1000000000))" "$(($1 % 1000000000 / 100000000))"; }

# What was done: one word for programs, a sentence for people.
done_words=()
done_texts=()
record() {
  done_words+=("$1")
  done_texts+=("$2")
  say "$2"
}

if [[ "${RUNNER_ENVIRONMENT:-}" != github-hosted ]]; then
  say 'nothing done: RUNNER_ENVIRONMENT is not github-hosted'
  exit 0
fi

# Bytes that must be free (0: no need stated), and the places where they must be.
need=30000000000
# Whether it is a warning when they are not.
enforced='true'
places=('/')
tmpdir='/tmp'
docker_root='none'
devices=('/')
device_names=('"/"')
device_cells=($'\140/\140')
device_texts=('/')
not_done=('relocate: Docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' 'tmpdir: /tmp has 30.6 GB free, enough for the need' 'prune-images: no Docker answers on this machine' 'delete:android, delete:dotnet, delete:gcloud, delete:toolcache, delete:miniconda, delete:azure, delete:aws, delete:vcpkg: the need is met without it; done only if that frees less than expected')

append_outputs() {
  local index words='' disks=''
  for index in "${!done_words[@]}"; do words+="${words:+,}\"${done_words[index]}\""; done
  for index in "${!devices[@]}"; do
    disks+="${disks:+,}${device_names[index]}:{\"before\":${before[index]},\"after\":${after[index]}}"
  done
  printf '%s=%s\n' \
    acted "$1" need-met "$2" free "$3" freed "$4" seconds "$5" tmpdir "${tmpdir}" docker-root "${docker_root}" \
    actions "[${words}]" devices "{${disks}}" >>"${GITHUB_OUTPUT}"
}

append_summary() {
  local index line was now
  {
    printf '### Disk space\n\n%s, in %s s.\n\n| device | free before | free after |\n| --- | ---: | ---: |\n' "$1" "$2"
    for index in "${!devices[@]}"; do
      in_gb "${before[index]}"
      was=${text}
      in_gb "${after[index]}"
      now=${text}
      printf '| %s | %s | %s |\n' "${device_cells[index]}" "${was}" "${now}"
    done
    printf '\n'
    for line in "${done_texts[@]}"; do printf -- '- done: %s\n' "${line}"; done
    for line in "${not_done[@]}"; do printf -- '- not done: %s\n' "${line}"; done
  } >>"${GITHUB_STEP_SUMMARY}"
}

finish() {
  local index free freed met acted result was
  trap - EXIT INT TERM
  if ((status != 0)); then status=1; fi
  for index in "${!devices[@]}"; do
    free_on "${devices[index]}"
    after[index]=${free_bytes}
    in_gb "${before[index]}"
    was=${text}
    in_gb "${free_bytes}"
    say "${device_texts[index]}: ${was} free before, ${text} free now"
  done
  least_free "${places[@]}"
  free=${free_bytes}
  freed=$((free > free_before ? free - free_before : 0))
  if ((${#done_words[@]} > 0)); then acted=true; else acted=false; fi
  if ((need == 0)); then met=not-asked; elif ((free >= need)); then met=true; else met=false; fi
  in_gb "${free}"
  result="${text} free where images are built"
  if ((need > 0)); then
    in_gb "${need}"
    result+=", ${text} needed"
  fi
  if [[ "${status}" != 0 ]]; then result="Failed: ${result}"; fi
  say "${result}; ${SECONDS} s"
  if [[ -n "${GITHUB_OUTPUT:-}" ]]; then append_outputs "${acted}" "${met}" "${free}" "${freed}" "${SECONDS}"; fi
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then append_summary "${result}" "${SECONDS}"; fi
  if [[ "${status}" == 0 && "${met}" == false && "${enforced}" == true ]]; then
    warn "${result}: the plan's actions gave all they can; see the list of what was not done"
  fi
  exit "${status}"
}

for index in "${!devices[@]}"; do
  free_on "${devices[index]}"
  before[index]=${free_bytes}
done
least_free "${places[@]}"
free_before=${free_bytes}
trap 'status=$?; finish' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ((EUID == 0)); then as_root=(); else as_root=(sudo -n --); fi

# The last mount point at or below $1, or nothing -> mounted. Read from the kernel: a bind mount from the same device
# has the same device number as what surrounds it, so comparing device numbers would walk into it.
find_mount() {
  local -a fields
  local point
  mounted=''
  while IFS=" " read -r -a fields; do
    # A space in a path stands there as \040.
    printf -v point '%b' "${fields[4]}"
    if [[ "${point}" == "$1" || "${point}" == "$1"/* ]]; then mounted=${point}; fi
  done </proc/self/mountinfo
}

trees=('/opt/google/chrome' '/opt/microsoft/msedge' '/usr/lib/firefox' '/usr/local/share/chromium' '/usr/share/swift' '/usr/local/julia1.12.1' '/usr/local/.ghcup' '/opt/hostedtoolcache/CodeQL' '/usr/local/share/powershell' '/usr/local/lib/android' '/usr/share/dotnet' '/usr/lib/google-cloud-sdk' '/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk' '/opt/hostedtoolcache/PyPy' '/opt/hostedtoolcache/Python' '/opt/hostedtoolcache/Ruby' '/opt/hostedtoolcache/go' '/opt/hostedtoolcache/node' '/usr/share/miniconda' '/opt/az' '/usr/share/az_14.6.0' '/usr/local/aws-cli' '/usr/local/aws-sam-cli' '/usr/local/share/vcpkg')
tree_words=('browsers' 'browsers' 'browsers' 'browsers' 'swift' 'julia' 'haskell' 'codeql' 'powershell' 'android' 'dotnet' 'gcloud' 'toolcache' 'toolcache' 'toolcache' 'toolcache' 'toolcache' 'toolcache' 'miniconda' 'azure' 'azure' 'aws' 'aws' 'vcpkg')
tree_texts=('/opt/google/chrome' '/opt/microsoft/msedge' '/usr/lib/firefox' '/usr/local/share/chromium' '/usr/share/swift' '/usr/local/julia1.12.1' '/usr/local/.ghcup' '/opt/hostedtoolcache/CodeQL' '/usr/local/share/powershell' '/usr/local/lib/android' '/usr/share/dotnet' '/usr/lib/google-cloud-sdk' '/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk' '/opt/hostedtoolcache/PyPy' '/opt/hostedtoolcache/Python' '/opt/hostedtoolcache/Ruby' '/opt/hostedtoolcache/go' '/opt/hostedtoolcache/node' '/usr/share/miniconda' '/opt/az' '/usr/share/az_14.6.0' '/usr/local/aws-cli' '/usr/local/aws-sam-cli' '/usr/local/share/vcpkg')

# Begins to delete tree number $1 of `trees`, or says why not.
begin_tree() {
  local name real tree=${trees[$1]}
  local -a names=()
  for name in "${tree}" "${tree}.disk-setup-deleted"; do
    find_mount "${name}"
    if [[ -n "${mounted}" ]]; then
      printf 'mounted %s\n' "$1"
      return
    fi
    if [[ ! -d "${name}" || -L "${name}" ]]; then continue; fi
    # Mount points are known by their real paths only, so the mount above would not be found by way of a link.
    real=$(realpath --canonicalize-existing -- "${name}")
    if [[ "${real}" != "${name}" ]]; then
      printf 'linked %s\n' "$1"
      return
    fi
    names+=("${name}")
  done
  if ((${#names[@]} == 0)); then
    printf 'absent %s\n' "$1"
    return
  fi
  if [[ "${names[*]}" == "${tree}" ]]; then
    # Gone at once and as a whole, even when the deletion is stopped halfway.
    name="${tree}.disk-setup-deleted"
    if mv --no-target-directory -- "${tree}" "${name}"; then names=("${name}"); fi
  fi
  rm -rf --one-file-system -- "${names[@]}" >/dev/null &
  pids[$1]=$!
}

# Runs in a root shell of its own, so that what it starts it can also stop. $1: bytes that must become free; $2: how
# many of the next arguments are places where they must be free; the rest are trees, one rm each, side by side: enough
# to keep the disk busy, few enough that the densest are gone first. One line a tree: what became of it, and its number.
delete_trees() {
  local -r want=$1 count=$2
  local -a places=("${@:3:count}") trees=("${@:3+count}") pids=()
  local index status next=0 most
  most=$(nproc)
  most=$((2 * most))
  while ((next < ${#trees[@]} || ${#pids[@]} > 0)); do
    least_free "${places[@]}"
    if ((free_bytes >= want)); then break; fi
    while ((next < ${#trees[@]} && ${#pids[@]} < most)); do
      begin_tree "${next}"
      next=$((next + 1))
    done
    sleep 0.02
    for index in "${!pids[@]}"; do
      if kill -0 "${pids[index]}" 2>/dev/null; then continue; fi
      status=0
      wait "${pids[index]}" || status=$?
      if ((status == 0)); then printf 'deleted %s\n' "${index}"; else printf 'failed %s\n' "${index}"; fi
      unset 'pids[index]'
    done
  done
  for index in "${!pids[@]}"; do
    kill -TERM "${pids[index]}" 2>/dev/null || true
    status=0
    wait "${pids[index]}" 2>/dev/null || status=$?
    if ((status == 0)); then printf 'deleted %s\n' "${index}"; else printf 'stopped %s\n' "${index}"; fi
  done
}

# $1...: numbers of trees to delete side by side, unless the need is met already
delete() {
  local code events word number
  local -a numbers=("$@") paths=()
  least_free "${places[@]}"
  if ((free_bytes >= need)); then return; fi
  for number in "${numbers[@]}"; do paths+=("${trees[number]}"); done
  code=$(declare -f find_mount free_on least_free begin_tree delete_trees)
  events=$("${as_root[@]}" bash -c "set -euo pipefail; ${code}; delete_trees \"\$@\"" disk-setup \
    "${need}" "${#places[@]}" "${places[@]}" "${paths[@]}")
  while read -r word number; do
    if [[ -z "${word}" ]]; then continue; fi
    case "${word}" in
      deleted) record "delete:${tree_words[numbers[number]]}" "deleted ${tree_texts[numbers[number]]}" ;;
      stopped) record "delete:${tree_words[numbers[number]]}" "deleted a part of ${tree_texts[numbers[number]]}, the rest of it stays: enough is free" ;;
      mounted) warn "${tree_texts[numbers[number]]} is left alone: something is mounted in it" ;;
      linked) warn "${tree_texts[numbers[number]]} is left alone: there is a link in its path, which is never followed" ;;
      failed) warn "${tree_texts[numbers[number]]} could not be deleted completely" ;;
      *) say "${tree_texts[numbers[number]]} is not there" ;;
    esac
  done <<<"${events}"
}

say 'not done: relocate: Docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'
say 'not done: tmpdir: /tmp has 30.6 GB free, enough for the need'
say 'not done: prune-images: no Docker answers on this machine'
say 'not done: delete:android, delete:dotnet, delete:gcloud, delete:toolcache, delete:miniconda, delete:azure, delete:aws, delete:vcpkg: the need is met without it; done only if that frees less than expected'
df --human-readable >&2 || true
delete 0 1 2 3 4 5 6 7 8
# Only while that was not enough.
delete 9
delete 10
delete 11
delete 12 13 14 15 16 17
delete 18
delete 19 20
delete 21 22
delete 23
