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
need=0
# Whether it is a warning when they are not.
enforced='true'
places=('/')
tmpdir='/mnt/disk-setup/tmp'
docker_root='/var/lib/docker'
devices=('/' '/mnt')
device_names=('"/"' '"/mnt"')
device_cells=($'\140/\140' $'\140/mnt\140')
device_texts=('/' '/mnt')
not_done=('delete:android, delete:haskell, delete:swift, delete:dotnet, delete:codeql, delete:toolcache, delete:browsers, delete:azure, delete:aws, delete:gcloud, delete:julia, delete:powershell, delete:miniconda, delete:vcpkg: it lies on /, and images are built elsewhere' 'prune-images: Docker holds no image that nothing uses')

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

target='/mnt'
target_text='/mnt'
target_directory='/mnt/disk-setup'
copy_with='rsync'
units=('docker.socket' 'docker.service' 'containerd.service')
stores_from=('/var/lib/docker' '/var/lib/containerd')
stores_from_texts=('/var/lib/docker' '/var/lib/containerd')
stores_to=('/mnt/disk-setup/docker' '/mnt/disk-setup/containerd')
stores_to_texts=('/mnt/disk-setup/docker' '/mnt/disk-setup/containerd')
# Where each store must be found on the target device afterwards.
stores_proof=('/var/lib/docker' '/var/lib/containerd')
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

# One container is created from an image that was there, or from an empty one where there was none.
create_container() {
  local line container made='' ids=()
  while read -r line; do
    if [[ -n "${line}" ]]; then ids+=("${line%% *}"); fi
  done <<<"${images}"
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
  set +e
  say 'undoing: the stores go back to where they were'
  for unit in "${units[@]}"; do "${as_root[@]}" systemctl stop "${unit}" || broken=1; done
  for ((index = ${#bound[@]} - 1; index >= 0; index--)); do
    "${as_root[@]}" umount -- "${bound[index]}" || broken=1
  done
  restore_configuration
  # Never while a mount may still show the copy as the store itself.
  if [[ -z "${broken}" ]]; then
    for ((index = ${#copies[@]} - 1; index >= 0; index--)); do
      "${as_root[@]}" rm -rf --one-file-system -- "${copies[index]}"
    done
  fi
  # A service that failed a few times in a row is not started again until that is forgotten.
  "${as_root[@]}" systemctl reset-failed "${units[@]}" 2>/dev/null
  for ((index = ${#units[@]} - 1; index >= 0; index--)); do
    "${as_root[@]}" systemctl start "${units[index]}" || broken=1
  done
  wait_for_docker
  if [[ "${answer}" == yes ]]; then list_images; fi
  if [[ "${answer}" == yes && "${images}" == "${images_before}" && -z "${broken}" ]]; then
    say 'undone: the old daemon is up again with its images'
  else
    warn 'the undoing was not clean: look at "systemctl status docker containerd" before using Docker in this job'
  fi
}

relocate() {
  local index from to unit engine was running
  local -a moving=()
  copies=()
  bound=()
  device_of "${target}"
  local -r target_device=${device}
  for index in "${!stores_from[@]}"; do
    find_store "${index}"
    if [[ "${device}" != "${target_device}" ]]; then moving+=("${index}"); fi
  done
  if ((${#moving[@]} == 0)); then
    say "the stores are on ${target_text} already: nothing is copied, nothing restarted"
    return
  fi
  running=$("${as_root[@]}" docker ps --quiet)
  if [[ -n "${running}" ]]; then fail 'containers have been started since the plan was made, and a restart would end them; nothing was changed'; fi
  for index in "${moving[@]}"; do
    to=${stores_to[index]}
    if "${as_root[@]}" test -e "${to}"; then fail "a directory of an earlier attempt is in the way on ${target_text}: remove ${stores_to_texts[index]}; nothing was changed"; fi
  done
  engine=$("${as_root[@]}" docker info --format '{{.Driver}}')
  was=${engine}
  list_images
  images_before=${images}

  trap 'status=$?; undo_relocation; finish' EXIT
  for unit in "${units[@]}"; do "${as_root[@]}" systemctl stop "${unit}"; done
  "${as_root[@]}" mkdir --parents -- "${target_directory}"
  for index in "${moving[@]}"; do
    from=${stores_from[index]}
    to=${stores_to[index]}
    find_mount "${from}"
    if [[ -n "${mounted}" && "${mounted}" != "${from}" ]]; then fail "something is still mounted below ${stores_from_texts[index]}"; fi
    copies+=("${to}")
    "${as_root[@]}" mkdir -- "${to}"
    say "copying ${stores_from_texts[index]}"
    copy_store "${from}" "${to}"
  done
  for index in "${moving[@]}"; do switch_store "${index}"; done
  for ((index = ${#units[@]} - 1; index >= 0; index--)); do "${as_root[@]}" systemctl start "${units[index]}"; done
  wait_for_docker
  if [[ "${answer}" == no ]]; then fail 'Docker did not answer within a minute of its start'; fi

  for index in "${!stores_proof[@]}"; do
    device_of "${stores_proof[index]}"
    if [[ "${device}" != "${target_device}" ]]; then fail "${stores_from_texts[index]} is not on ${target_text} after the move"; fi
  done
  engine=$("${as_root[@]}" docker info --format '{{.DockerRootDir}}')
  if [[ "${engine}" != "${docker_root}" ]]; then fail 'Docker came back with another data root than planned'; fi
  engine=$("${as_root[@]}" docker info --format '{{.Driver}}')
  if [[ "${engine}" != "${was}" ]]; then fail 'Docker came back with another storage driver'; fi
  list_images
  if [[ "${images}" != "${images_before}" ]]; then fail 'Docker came back with other images than before'; fi
  create_container
  trap 'status=$?; finish' EXIT
  settle
  record relocate "${relocate_text}"
}

bind_store() {
  "${as_root[@]}" mount --bind -- "${stores_to[$1]}" "${stores_from[$1]}"
  bound+=("${stores_from[$1]}")
}

switch_store() { bind_store "$1"; }

# The device of store $1 as it is now -> device
find_store() { device_of "${stores_from[$1]}"; }

settle() { :; }

restore_configuration() { :; }

tmpdir_text='/mnt/disk-setup/tmp'
tmpdir_device='/mnt'

move_tmpdir() {
  local device file line
  if [[ "${TMPDIR:-}" == "${tmpdir}" ]]; then
    say "TMPDIR is ${tmpdir_text} already"
    return
  fi
  "${as_root[@]}" mkdir --parents -- "${tmpdir}"
  if "${as_root[@]}" test -L "${tmpdir}"; then fail "${tmpdir_text} is a symbolic link: remove it"; fi
  "${as_root[@]}" chmod 1777 -- "${tmpdir}"
  device=$(stat --format=%d -- "${tmpdir_device}")
  file=$("${as_root[@]}" stat --format=%d -- "${tmpdir}")
  if [[ "${file}" != "${device}" ]]; then fail "${tmpdir_text} is not on the device it was planned for"; fi
  # Steps write here without being root, so that is what is tried.
  if ((EUID == 0)); then
    file=$(setpriv --reuid=65534 --regid=65534 --clear-groups -- mktemp --tmpdir="${tmpdir}" disk-setup.XXXXXXXX) \
      || fail "an ordinary user cannot write to ${tmpdir_text}: the directories above it must let everyone pass (mode 0755)"
  else
    file=$(mktemp --tmpdir="${tmpdir}" disk-setup.XXXXXXXX) \
      || fail "this user cannot write to ${tmpdir_text}: the directories above it must let everyone pass (mode 0755)"
  fi
  rm -- "${file}"
  if [[ -n "${GITHUB_ENV:-}" ]]; then
    while IFS= read -r line; do
      if [[ "${line}" == "TMPDIR=${tmpdir}" ]]; then
        say "GITHUB_ENV has TMPDIR ${tmpdir_text} already"
        return
      fi
    done <"${GITHUB_ENV}"
    printf 'TMPDIR=%s\n' "${tmpdir}" >>"${GITHUB_ENV}"
  fi
  record tmpdir "TMPDIR of the steps that follow is ${tmpdir_text}"
}

say 'not done: delete:android, delete:haskell, delete:swift, delete:dotnet, delete:codeql, delete:toolcache, delete:browsers, delete:azure, delete:aws, delete:gcloud, delete:julia, delete:powershell, delete:miniconda, delete:vcpkg: it lies on /, and images are built elsewhere'
say 'not done: prune-images: Docker holds no image that nothing uses'
df --human-readable >&2 || true
relocate
places=('/mnt')
move_tmpdir
