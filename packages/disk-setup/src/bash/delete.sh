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
