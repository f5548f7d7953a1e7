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
