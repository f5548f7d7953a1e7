{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  delete 0 1 2 3 4 5 6 7 8
  # Only while that was not enough.
  delete 9
  delete 10
  delete 11
  delete 12 13 14 15 16 17
  delete 18
  delete 19 20
  delete 21 22
  delete 23
} </dev/null
