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
