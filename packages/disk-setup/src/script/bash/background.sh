# Renames the trees of these numbers away now; `cleanup` deletes them in a process that outlives this one.
rename_trees() {
  local number
  for number; do take_away "${number}" || true; done
  mkdir --parents -- /run/disk-setup
  # Held for as long as the deletion runs; `disk-setup wait` looks at it.
  exec 8>>/run/disk-setup/deleting
  flock --shared 8
  setsid bash -c "set -euo pipefail; $(declare -f); prepare; cleanup" </dev/null >/dev/null 2>&1 &
  exec 8>&-
  event background
}
