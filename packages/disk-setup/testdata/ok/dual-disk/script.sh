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
need=60000000000
fewest_inodes=10000
# Whether it is a warning when they are not.
enforced='true'
places=('/')
# As they are before anything is done.
tmpdir='/tmp'
docker_root='/var/lib/docker'
devices=('/' '/mnt')
device_names=('"/"' '"/mnt"')
device_cells=($'\140/\140' $'\140/mnt\140')
device_texts=('/' '/mnt')
not_done=('delete:android, delete:haskell, delete:swift, delete:dotnet, delete:codeql, delete:toolcache, delete:browsers, delete:azure, delete:aws, delete:gcloud, delete:julia, delete:powershell, delete:miniconda, delete:vcpkg: it lies on /, and images are built elsewhere' 'prune-images: Docker holds no image that nothing uses')

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

target='/mnt'
target_text='/mnt'
target_directory='/mnt/disk-setup'
copy_with='rsync'
units=('docker.socket' 'docker.service' 'containerd.service')
stores_from=('/var/lib/docker' '/var/lib/containerd')
stores_from_texts=('/var/lib/docker' '/var/lib/containerd')
stores_to=('/mnt/disk-setup/docker' '/mnt/disk-setup/containerd')
stores_to_texts=('/mnt/disk-setup/docker' '/mnt/disk-setup/containerd')
docker_root_planned='/var/lib/docker'
relocate_text='moved /var/lib/docker and /var/lib/containerd to /mnt/disk-setup'

# Docker's images as sorted lines -> images
list_images() {
  images=$("${as_root[@]}" docker image ls --all --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort)
}

# Whether the engine answers within a minute -> answer
wait_for_docker() {
  local deadline=$((SECONDS + 60))
  answer=yes
  until "${as_root[@]}" timeout 10 docker info >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      answer=no
      return
    fi
    sleep 0.5
  done
}

device_of() { device=$("${as_root[@]}" stat --format=%d -- "$1"); }

copy_store() {
  if [[ "${copy_with}" == rsync ]]; then
    "${as_root[@]}" rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids -- "$1/" "$2/"
  else
    "${as_root[@]}" cp --archive -- "$1/." "$2/"
  fi
}

stop_unit() {
  doing "stopping $1" "Look at: systemctl status $1"
  "${as_root[@]}" systemctl stop "$1"
}

# What stays behind is not to hold the pipe that the outputs go through.
start_unit() {
  doing "starting $1" "Look at: systemctl status $1"
  "${as_root[@]}" systemctl start "$1" 3>&-
}

# One container is created from an image that was there, or from an empty one where there was none.
create_container() {
  local line container made='' left=${images} ids=()
  # No here-document: bash may want a file for one, on a disk that may be full.
  while [[ -n "${left}" ]]; do
    ids+=("${left%% *}")
    if [[ "${left}" == *$'\n'* ]]; then left=${left#*$'\n'}; else left=''; fi
  done
  if ((${#ids[@]} == 0)); then
    made=$(head --bytes=10240 /dev/zero | "${as_root[@]}" docker import - disk-setup-proof:empty)
    ids=("${made}")
  fi
  container=''
  for line in "${ids[@]}"; do
    # Not every image can: one of another architecture, one whose content was never pulled.
    if container=$("${as_root[@]}" docker create --network none "${line}" /disk-setup-proof 2>/dev/null); then break; fi
    container=''
  done
  if [[ -z "${container}" ]]; then fail 'Docker came back, but can create no container from any of its images'; fi
  "${as_root[@]}" docker rm "${container}" >/dev/null
  if [[ -n "${made}" ]]; then "${as_root[@]}" docker image rm disk-setup-proof:empty >/dev/null; fi
}

undo_relocation() {
  local index unit broken=''
  say 'undoing: the stores go back to where they were'
  for unit in "${units[@]}"; do "${as_root[@]}" systemctl stop "${unit}" || broken=1; done
  for ((index = ${#bound[@]} - 1; index >= 0; index--)); do
    "${as_root[@]}" umount -- "${bound[index]}" || broken=1
  done
  # Never while a mount may still show the copy as the store itself.
  if [[ -z "${broken}" ]]; then
    for ((index = ${#copies[@]} - 1; index >= 0; index--)); do
      "${as_root[@]}" rm -rf --one-file-system -- "${copies[index]}"
    done
  fi
  # A service that failed a few times in a row is not started again until that is forgotten.
  "${as_root[@]}" systemctl reset-failed "${units[@]}" 2>/dev/null
  for ((index = ${#units[@]} - 1; index >= 0; index--)); do
    "${as_root[@]}" systemctl start "${units[index]}" 3>&- || broken=1
  done
  wait_for_docker
  if [[ "${answer}" == yes ]]; then list_images; fi
  if [[ "${answer}" == yes && "${images}" == "${images_before}" && -z "${broken}" ]]; then
    say 'undone: the old daemon is up again with its images'
  else
    warn 'the undoing was not clean: look at "systemctl status docker containerd" before using Docker in this job'
  fi
}

# Whatever is no reason to begin -> moving: numbers of the stores that are not on the target yet
choose_stores() {
  local index running
  moving=()
  doing 'asking Docker for its stores' 'Look at: docker info; nothing was changed'
  for index in "${!stores_from[@]}"; do
    device_of "${stores_from[index]}"
    if [[ "${device}" != "${target_device}" ]]; then moving+=("${index}"); fi
  done
  if ((${#moving[@]} == 0)); then return; fi
  running=$("${as_root[@]}" docker ps --quiet)
  if [[ -n "${running}" ]]; then fail 'containers have been started since the plan was made, and a restart would end them; nothing was changed'; fi
  for index in "${moving[@]}"; do
    if "${as_root[@]}" test -e "${stores_to[index]}"; then fail "a directory of an earlier attempt is in the way on ${target_text}: remove ${stores_to_texts[index]}; nothing was changed"; fi
  done
}

copy_stores() {
  local index from to begun
  "${as_root[@]}" mkdir --parents -- "${target_directory}"
  for index in "${moving[@]}"; do
    from=${stores_from[index]}
    to=${stores_to[index]}
    find_mount "${from}"
    if [[ -n "${mounted}" && "${mounted}" != "${from}" ]]; then fail "something is still mounted below ${stores_from_texts[index]}"; fi
    doing "copying ${stores_from_texts[index]}" "Look at what is free on ${target_text}, bytes and inodes"
    copies+=("${to}")
    "${as_root[@]}" mkdir -- "${to}"
    say "copying ${stores_from_texts[index]} to ${stores_to_texts[index]}"
    begun=${SECONDS}
    copy_store "${from}" "${to}"
    say "copied ${stores_from_texts[index]} in $((SECONDS - begun)) s"
  done
}

prove_stores() {
  local index engine
  for index in "${!stores_from[@]}"; do
    device_of "${stores_from[index]}"
    if [[ "${device}" != "${target_device}" ]]; then fail "${stores_from_texts[index]} is not on ${target_text} after the move"; fi
  done
  engine=$("${as_root[@]}" docker info --format '{{.DockerRootDir}}')
  if [[ "${engine}" != "${docker_root_planned}" ]]; then fail 'Docker came back with another data root than planned'; fi
  engine=$("${as_root[@]}" docker info --format '{{.Driver}}')
  if [[ "${engine}" != "$1" ]]; then fail 'Docker came back with another storage driver'; fi
  list_images
  if [[ "${images}" != "${images_before}" ]]; then fail 'Docker came back with other images than before'; fi
  create_container
}

relocate() {
  local index unit driver
  copies=()
  bound=()
  group "Move the stores to ${target_text}"
  device_of "${target}"
  target_device=${device}
  choose_stores
  if ((${#moving[@]} == 0)); then
    docker_root=${docker_root_planned}
    say "the stores are on ${target_text} already: nothing is copied, nothing restarted"
    ungroup
    return
  fi
  driver=$("${as_root[@]}" docker info --format '{{.Driver}}')
  list_images
  images_before=${images}

  undoing+=(undo_relocation)
  for unit in "${units[@]}"; do stop_unit "${unit}"; done
  copy_stores
  doing 'putting the copies in the place of the stores' 'Look at: findmnt'
  for index in "${moving[@]}"; do bind_store "${index}"; done
  for ((index = ${#units[@]} - 1; index >= 0; index--)); do start_unit "${units[index]}"; done
  wait_for_docker
  if [[ "${answer}" == no ]]; then fail 'Docker did not answer within a minute of its start'; fi
  doing 'proving that Docker works on the copies' 'Look at: docker info'
  prove_stores "${driver}"
  undoing=()
  docker_root=${docker_root_planned}
  record relocate "${relocate_text}"
  say "${relocate_text}"
  ungroup
}

bind_store() {
  "${as_root[@]}" mount --bind -- "${stores_to[$1]}" "${stores_from[$1]}"
  bound+=("${stores_from[$1]}")
}

tmpdir_planned='/mnt/disk-setup/tmp'
tmpdir_text='/mnt/disk-setup/tmp'
tmpdir_device='/mnt'

# Before anything is moved, since without it nothing need be: the directory, open to every user.
make_tmpdir() {
  local device file
  if [[ "${TMPDIR:-}" == "${tmpdir_planned}" ]]; then return; fi
  doing "making ${tmpdir_text}" 'Look at that directory and at those above it'
  if "${as_root[@]}" test -L "${tmpdir_planned}"; then fail "${tmpdir_text} is a symbolic link: remove it; nothing was changed"; fi
  if ! "${as_root[@]}" test -e "${tmpdir_planned}"; then undoing+=(undo_tmpdir); fi
  "${as_root[@]}" mkdir --parents -- "${tmpdir_planned}"
  "${as_root[@]}" chmod 1777 -- "${tmpdir_planned}"
  device=$(stat --format=%d -- "${tmpdir_device}")
  file=$("${as_root[@]}" stat --format=%d -- "${tmpdir_planned}")
  if [[ "${file}" != "${device}" ]]; then fail "${tmpdir_text} is not on the device it was planned for; nothing was changed"; fi
  # Steps write here without being root, so that is what is tried.
  if ((EUID == 0)); then
    file=$(setpriv --reuid=65534 --regid=65534 --clear-groups -- mktemp --tmpdir="${tmpdir_planned}" disk-setup.XXXXXXXX) \
      || fail "an ordinary user cannot write to ${tmpdir_text}: the directories above it must let everyone pass (mode 0755); nothing was changed"
  else
    file=$(mktemp --tmpdir="${tmpdir_planned}" disk-setup.XXXXXXXX) \
      || fail "this user cannot write to ${tmpdir_text}: the directories above it must let everyone pass (mode 0755); nothing was changed"
  fi
  rm -- "${file}"
}

undo_tmpdir() { "${as_root[@]}" rmdir -- "${tmpdir_planned}" 2>/dev/null; }

name_tmpdir() {
  local line
  if [[ "${TMPDIR:-}" == "${tmpdir_planned}" ]]; then
    tmpdir=${tmpdir_planned}
    say "TMPDIR is ${tmpdir_text} already"
    return
  fi
  if [[ -n "${GITHUB_ENV:-}" ]]; then
    while IFS= read -r line; do
      if [[ "${line}" == "TMPDIR=${tmpdir_planned}" ]]; then
        tmpdir=${tmpdir_planned}
        say "GITHUB_ENV has TMPDIR ${tmpdir_text} already"
        return
      fi
    done <"${GITHUB_ENV}"
    if ! printf 'TMPDIR=%s\n' "${tmpdir_planned}" >>"${GITHUB_ENV}"; then
      warn "TMPDIR stays what it is: GITHUB_ENV could not be written"
      return
    fi
  fi
  undoing=()
  tmpdir=${tmpdir_planned}
  record tmpdir "TMPDIR of the steps that follow is ${tmpdir_text}"
  say "TMPDIR of the steps that follow is ${tmpdir_text}"
}

{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  make_tmpdir
  relocate
  places=('/mnt')
  name_tmpdir
} </dev/null
