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

# Bytes that must be free (0: no need stated), and the places where they must be.
need=60000000000
fewest_inodes=10000
# Whether it is a warning when they are not.
enforced='false'
places=('/')
# As they are before anything is done.
tmpdir='/tmp'
docker_root='none'
devices=('/')
device_names=('"/"')
device_cells=($'\140/\140')
device_texts=('/')
not_done=('everything: this job runs in a container: neither the disks nor the daemons of the machine can be reached')

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

say 'nothing to do: this job runs in a container: neither the disks nor the daemons of the machine can be reached'
