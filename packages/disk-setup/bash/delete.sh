# Runs in a root shell of its own, so that what it starts it can also stop. $1: bytes that must become free; $2: how
# many of the next arguments are places where they must be free; the rest are trees, one rm each, side by side.
# One line a tree comes out: what became of it, and its number.
delete_trees() {
  local -r want=$1 count=$2
  local -a places=("${@:3:count}") trees=("${@:3+count}") pids=()
  local index tree name status
  local -a names
  for index in "${!trees[@]}"; do
    tree=${trees[index]}
    names=()
    for name in "${tree}" "${tree}.disk-setup-deleted"; do
      find_mount "${name}"
      if [[ -n "${mounted}" ]]; then
        printf 'mounted %s\n' "${index}"
        continue 2
      fi
      if [[ -d "${name}" && ! -L "${name}" ]]; then names+=("${name}"); fi
    done
    if ((${#names[@]} == 0)); then
      printf 'absent %s\n' "${index}"
      continue
    fi
    if [[ "${names[*]}" == "${tree}" ]]; then
      # Gone at once and as a whole, even when the deletion is stopped halfway.
      mv --no-target-directory -- "${tree}" "${tree}.disk-setup-deleted"
      names=("${tree}.disk-setup-deleted")
    fi
    rm -rf --one-file-system -- "${names[@]}" >/dev/null &
    pids[index]=$!
  done
  while ((${#pids[@]} > 0)); do
    for index in "${!pids[@]}"; do
      if kill -0 "${pids[index]}" 2>/dev/null; then continue; fi
      status=0
      wait "${pids[index]}" || status=$?
      if ((status == 0)); then printf 'deleted %s\n' "${index}"; else printf 'failed %s\n' "${index}"; fi
      unset 'pids[index]'
    done
    least_free "${places[@]}"
    if ((free_bytes >= want)); then
      for index in "${!pids[@]}"; do
        status=0
        kill -TERM "${pids[index]}" 2>/dev/null || status=gone
        wait "${pids[index]}" 2>/dev/null || status=$?
        if [[ "${status}" == 0 || "${status}" == gone ]]; then printf 'deleted %s\n' "${index}"; else printf 'stopped %s\n' "${index}"; fi
        unset 'pids[index]'
      done
    fi
    sleep 0.05
  done
}

# $1...: numbers of trees to delete side by side, unless the need is met already
delete() {
  local code events word number
  local -a numbers=("$@") paths=()
  least_free "${places[@]}"
  if ((free_bytes >= need)); then return; fi
  for number in "${numbers[@]}"; do paths+=("${trees[number]}"); done
  code=$(declare -f find_mount free_on least_free delete_trees)
  events=$("${as_root[@]}" bash -c "set -euo pipefail; ${code}; delete_trees \"\$@\"" disk-setup \
    "${need}" "${#places[@]}" "${places[@]}" "${paths[@]}")
  while read -r word number; do
    if [[ -z "${word}" ]]; then continue; fi
    case "${word}" in
      deleted) record "delete:${tree_words[numbers[number]]}" "deleted ${tree_texts[numbers[number]]}" ;;
      stopped) record "delete:${tree_words[numbers[number]]}" "deleted a part of ${tree_texts[numbers[number]]}, the rest of it stays: enough is free" ;;
      mounted) warn "${tree_texts[numbers[number]]} is left alone: something is mounted in it" ;;
      failed) warn "${tree_texts[numbers[number]]} could not be deleted completely" ;;
      *) say "${tree_texts[numbers[number]]} is not there" ;;
    esac
  done <<<"${events}"
}
