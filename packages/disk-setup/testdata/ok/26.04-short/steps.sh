{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  make_tmpdir
  name_tmpdir
  delete 0 1 2 3 4 5 6 7 8
  # Only while that was not enough.
  delete 9
  delete 10 11 12 13 14 15
  delete 16
  delete 17 18
  delete 19 20
  delete 21
  prune_images 1900000000
} </dev/null
