{
  for line in "${not_done[@]}"; do say "not done: ${line}"; done
  group 'Disks'
  df --human-readable >&2 || true
  ungroup
  delete 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
} </dev/null
