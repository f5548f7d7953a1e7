{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  delete 0 1 2 3 4 5 6 7 8 9 10
  # Only while that was not enough.
  delete 11
  delete 12 13
  delete 14 15
  delete 16
} </dev/null
