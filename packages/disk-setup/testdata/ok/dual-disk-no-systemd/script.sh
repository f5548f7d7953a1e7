#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
set -euo pipefail

# The plan has decided; from here on it is carried out and proven.
# lastpipe: the loop that a command is piped into runs in this shell, so what it records stays.
shopt -s inherit_errexit lastpipe
export LC_ALL=C
umask 022

if [[ "${GITHUB_ACTIONS:-}" == true ]]; then in_actions=yes; else in_actions=''; fi

say() { printf 'disk-setup: %s\n' "$1" >&2; }

# $1: warning or error; $2: one for GitHub too, where that reads along
annotate() {
  local message=$2
  if [[ -z "${in_actions}" ]]; then
    say "$1: ${message}"
    return
  fi
  message=${message//'%'/'%25'}
  message=${message//$'\r'/'%0D'}
  message=${message//$'\n'/'%0A'}
  printf '::%s::disk-setup: %s\n' "$1" "${message}" >&2
}

warn() { annotate warning "$1"; }

blamed=''
fail() {
  blamed=yes
  ungroup
  annotate error "$1"
  exit 1
}

# What is being done, and what to do when a command of it fails.
step='measuring the disks'
remedy='run "disk-setup probe" and look at its file systems'
doing() {
  step=$1
  remedy=$2
}

# A command that failed has said why in its own words; what it was for is still to be said.
stopped=''
blame() {
  if [[ "${status}" == 0 || -n "${blamed}" ]]; then return; fi
  if [[ -n "${stopped}" ]]; then
    annotate error "stopped by SIG${stopped} while ${step}"
  else
    annotate error "${step} failed with exit code ${status}; the command's own words stand above. ${remedy}"
  fi
}

# Lines that belong together are folded where GitHub shows them.
grouped=''
ungroup() {
  if [[ -n "${grouped}" ]]; then printf '::endgroup::\n' >&2; fi
  grouped=''
}
group() {
  ungroup
  if [[ -z "${in_actions}" ]]; then return; fi
  printf '::group::%s\n' "$1" >&2
  grouped=yes
}

# What an ordinary user can still write on the file system of $1 -> free_bytes, free_inodes (-1: it counts none)
free_on() {
  local numbers inodes
  numbers=$(stat --file-system --format='%a*%S %c %d' -- "$1")
  free_bytes=$((${numbers%% *}))
  inodes=${numbers#* }
  free_inodes=${inodes#* }
  if ((${inodes% *} == 0)); then free_inodes=-1; fi
}

# Whether $1 bytes are free at all the places that follow, and inodes to write them -> met; the least bytes -> free_bytes
measure() {
  local place least=-1
  scarce=''
  for place in "${@:2}"; do
    free_on "${place}"
    if ((least < 0 || free_bytes < least)); then least=${free_bytes}; fi
    if ((free_inodes >= 0 && free_inodes < fewest_inodes)); then scarce=yes; fi
  done
  free_bytes=${least}
  if [[ -z "${scarce}" ]] && ((least >= $1)); then met=yes; else met=''; fi
}

# $1 bytes, for people -> text
in_gb() { printf -v text '%d.%d GB' "$(($1 / 1000000000))" "$(($1 % 1000000000 / 100000000))"; }

# Whether $1 is one of the words that follow -> among
find_word() {
  local word
  among=''
  for word in "${@:2}"; do
    if [[ "${word}" == "$1" ]]; then among=yes; fi
  done
}

# What was done: one word for programs, a sentence for people.
done_words=()
done_texts=()
record() {
  find_word "$1" "${done_words[@]}"
  if [[ -z "${among}" ]]; then done_words+=("$1"); fi
  done_texts+=("$2")
}

# What the need was met without.
spared_words=()
spare() {
  find_word "$1" "${spared_words[@]}"
  if [[ -z "${among}" ]]; then spared_words+=("$1"); fi
}

if [[ "${RUNNER_ENVIRONMENT:-}" != github-hosted ]]; then
  say 'nothing done: RUNNER_ENVIRONMENT is not github-hosted'
  exit 0
fi

# Bytes that must be free (0: no need stated), and the places where they must be.
need=30000000000
fewest_inodes=10000
# Whether it is a warning when they are not.
enforced='true'
places=('/')
# As they are before anything is done.
tmpdir='/tmp'
docker_root='/var/lib/docker'
devices=('/')
device_names=('"/"')
device_cells=($'\140/\140')
device_texts=('/')
not_done=('relocate: systemd does not run here, so Docker cannot be stopped and started safely' 'tmpdir: /tmp will have about 37.2 GB free, enough for the need' 'prune-images: Docker holds no image that nothing uses')

# What the steps that follow, and people, are told in. Looked at first: later there would be something to undo.
check_files() {
  local name
  for name in GITHUB_OUTPUT GITHUB_ENV GITHUB_STEP_SUMMARY; do
    if [[ -z "${!name:-}" ]] || { : >>"${!name}"; } 2>/dev/null; then continue; fi
    fail "expected ${name} to name a file that can be written, found ${!name}; nothing was changed. Unset it, or let the runner set it"
  done
}

print_outputs() {
  local index words='' disks=''
  for index in "${!done_words[@]}"; do words+="${words:+,}\"${done_words[index]}\""; done
  for index in "${!devices[@]}"; do
    disks+="${disks:+,}${device_names[index]}:{\"before\":${before[index]},\"after\":${after[index]}}"
  done
  printf '%s=%s\n' \
    acted "$1" need-met "$2" free "$3" freed "$4" seconds "$5" tmpdir "${tmpdir}" docker-root "${docker_root}" \
    actions "[${words}]" devices "{${disks}}"
}

# $1 as Markdown in which nothing is markup -> text
as_markdown() {
  local index char
  text=''
  for ((index = 0; index < ${#1}; index++)); do
    char=${1:index:1}
    case "${char}" in
      \\ | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '@')
        printf -v char '&#%d;' "'${char}"
        ;;
      *) ;;
    esac
    text+=${char}
  done
}

print_summary() {
  local index line was now
  printf '### Disk space\n\n%s, in %s s.\n\n| device | free before | free after |\n| --- | ---: | ---: |\n' "$1" "$2"
  for index in "${!devices[@]}"; do
    in_gb "${before[index]}"
    was=${text}
    in_gb "${after[index]}"
    now=${text}
    printf '| %s | %s | %s |\n' "${device_cells[index]}" "${was}" "${now}"
  done
  printf '\n'
  for line in "${done_texts[@]}"; do
    as_markdown "${line}"
    printf -- '- done: %s\n' "${text}"
  done
  for line in "${not_done[@]}"; do
    as_markdown "${line}"
    printf -- '- not done: %s\n' "${text}"
  done
}

# What was spared as a whole is said with what was not done.
tell_spared() {
  local word words=''
  for word in "${spared_words[@]}"; do
    find_word "${word}" "${done_words[@]}"
    if [[ -z "${among}" ]]; then words+="${words:+, }${word}"; fi
  done
  if [[ -z "${words}" ]]; then return; fi
  not_done+=("${words}: the need is met without")
  say "not done: ${words}: the need is met without"
}

finish() {
  local index free freed acted answer result was
  if ((status != 0)); then status=1; fi
  tell_spared
  for index in "${!devices[@]}"; do
    free_on "${devices[index]}"
    after[index]=${free_bytes}
    in_gb "${before[index]}"
    was=${text}
    in_gb "${free_bytes}"
    say "${device_texts[index]}: ${was} free before, ${text} free now"
  done
  measure "${need}" "${places[@]}"
  free=${free_bytes}
  freed=$((free > free_before ? free - free_before : 0))
  if ((${#done_words[@]} > 0)); then acted=true; else acted=false; fi
  if ((need == 0)); then answer=not-asked; elif [[ -n "${met}" ]]; then answer=true; else answer=false; fi
  in_gb "${free}"
  result="${text} free where images are built"
  if ((need > 0)); then
    in_gb "${need}"
    result+=", ${text} needed"
  fi
  if [[ -n "${scarce}" ]]; then result+=', but hardly an inode'; fi
  if [[ "${status}" != 0 ]]; then result="Failed: ${result}"; fi
  say "${result}; ${SECONDS} s"
  if [[ "${status}" == 0 && "${answer}" == false && "${enforced}" == true ]]; then
    warn "${result}: the plan's actions gave all they can; see the list of what was not done"
  fi
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then
    text=$(print_summary "${result}" "${SECONDS}")
    printf '%s\n' "${text}" >>"${GITHUB_STEP_SUMMARY}" || warn 'the summary could not be written'
  fi
  text=$(print_outputs "${acted}" "${answer}" "${free}" "${freed}" "${SECONDS}")
  if [[ -n "${DISK_SETUP_OUTPUTS:-}" ]]; then
    printf '%s\n' "${text}" >&"${DISK_SETUP_OUTPUTS}"
  elif [[ -n "${GITHUB_OUTPUT:-}" ]]; then
    printf '%s\n' "${text}" >>"${GITHUB_OUTPUT}" || warn 'the outputs could not be written'
  fi
  exit "${status}"
}

# Functions that take back what was begun, the last first, should it come to nothing.
undoing=()
leave() {
  local index
  trap - EXIT
  # Half undone would be worse than late.
  trap : HUP INT PIPE TERM
  set +e
  ungroup
  blame
  if [[ "${status}" != 0 ]]; then
    for ((index = ${#undoing[@]} - 1; index >= 0; index--)); do "${undoing[index]}"; done
  fi
  finish
}

check_files
for index in "${!devices[@]}"; do
  free_on "${devices[index]}"
  before[index]=${free_bytes}
done
measure "${need}" "${places[@]}"
free_before=${free_bytes}
trap 'status=$?; leave' EXIT
trap 'stopped=HUP; exit 129' HUP
trap 'stopped=INT; exit 130' INT
trap 'stopped=PIPE; exit 141' PIPE
trap 'stopped=TERM; exit 143' TERM

if ((EUID == 0)); then as_root=(); else as_root=(sudo -n --); fi
if ! "${as_root[@]}" true </dev/null; then
  fail 'expected root, or a user who may become root without a password (sudo -n), found neither; nothing was changed. Run this as root, or allow the user that'
fi

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
# to keep the disk busy, few enough that the densest are gone first. One line a tree, as it happens: what became of it,
# and its number.
delete_trees() {
  local -r want=$1 count=$2
  local -a places=("${@:3:count}") trees=("${@:3+count}") pids=()
  local index status next=0 most
  most=$(nproc)
  most=$((2 * most))
  while ((next < ${#trees[@]} || ${#pids[@]} > 0)); do
    measure "${want}" "${places[@]}"
    if [[ -n "${met}" ]]; then break; fi
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
  for ((; next < ${#trees[@]}; next++)); do printf 'spared %s\n' "${next}"; done
}

# $1: what became of tree $2
tell_tree() {
  local -r word="delete:${tree_words[$2]}" name=${tree_texts[$2]}
  case "$1" in
    deleted)
      record "${word}" "deleted ${name}"
      measure "${need}" "${places[@]}"
      in_gb "${free_bytes}"
      say "deleted ${name}: ${text} free now"
      ;;
    stopped)
      record "${word}" "deleted a part of ${name}, the rest of it stays: enough is free"
      say "deleted a part of ${name}, the rest of it stays: enough is free"
      ;;
    spared) spare "${word}" ;;
    mounted) warn "${name} is left alone: something is mounted in it" ;;
    linked) warn "${name} is left alone: there is a link in its path, which is never followed" ;;
    failed) warn "${name} could not be deleted completely" ;;
    *) say "${name} is not there" ;;
  esac
}

# $1...: numbers of trees to delete side by side, unless the need is met already
delete() {
  local code word number
  local -a numbers=("$@") paths=()
  measure "${need}" "${places[@]}"
  if [[ -n "${met}" ]]; then
    for number in "${numbers[@]}"; do spare "delete:${tree_words[number]}"; done
    return
  fi
  for number in "${numbers[@]}"; do paths+=("${trees[number]}"); done
  code=$(declare -f find_mount free_on measure begin_tree delete_trees)
  code="set -euo pipefail; fewest_inodes=${fewest_inodes}; ${code}; delete_trees \"\$@\""
  doing 'deleting' 'What was deleted by then is gone'
  group "Delete until the need is free"
  {
    "${as_root[@]}" bash -c "${code}" disk-setup "${need}" "${#places[@]}" "${places[@]}" "${paths[@]}" 3>&- \
      || printf 'broke %s\n' "$?"
  } | while read -r word number; do
    # Nothing of a deletion can be undone, and nothing needs to be: the need decides what else is done.
    if [[ "${word}" == broke ]]; then
      warn "the deletion broke off with exit code ${number}; its own words stand above"
    else
      tell_tree "${word}" "${numbers[number]}"
    fi
  done
  ungroup
}

{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  delete 0 1 2 3 4 5 6 7 8 9
  # Only while that was not enough.
  delete 10
  delete 11
  delete 12 13 14 15 16 17
  delete 18
  delete 19 20
  delete 21 22
  delete 23
} </dev/null
