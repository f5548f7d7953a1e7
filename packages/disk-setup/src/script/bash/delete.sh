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
