# A directory for temporary files, open to every user.
make_tmpdir() {
  local file advice="nothing was changed; look at ${tmpdir} and at the directories above it"
  if [[ ! -e "${tmpdir}" ]]; then new_tmpdir=${tmpdir}; fi
  if [[ -L "${tmpdir}" ]] || ! mkdir --parents -- "${tmpdir}"; then fail "${tmpdir} cannot be made; ${advice}"; fi
  chmod 1777 -- "${tmpdir}"
  file=$(stat --format=%d -- "${tmpdir}" "${tmpdir_target}" | sort --unique | wc --lines)
  if ((file != 1)); then drop_tmpdir && fail "${tmpdir} is not on the device that was planned; ${advice}"; fi
  # Steps write here without being root.
  if ! file=$(setpriv --reuid=65534 --regid=65534 --clear-groups -- mktemp --tmpdir="${tmpdir}"); then
    drop_tmpdir && fail "an ordinary user cannot write to ${tmpdir}: the directories above it must let everyone pass (mode 0755); ${advice}"
  fi
  rm -- "${file}"
  event tmpdir
}
drop_tmpdir() { if [[ -n "${new_tmpdir:-}" ]]; then rmdir -- "${new_tmpdir}" || true; fi; }
