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
