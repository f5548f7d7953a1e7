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
