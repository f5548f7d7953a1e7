{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  make_tmpdir
  name_tmpdir
} </dev/null
