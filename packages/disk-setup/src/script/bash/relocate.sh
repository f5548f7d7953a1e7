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
