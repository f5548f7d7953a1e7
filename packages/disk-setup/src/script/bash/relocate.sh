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
