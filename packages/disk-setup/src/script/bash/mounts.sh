# The last mount point at or below $1, or nothing -> mounted. Read from the kernel: a bind mount from the same device
# has the same device number as what surrounds it, so comparing device numbers would walk into it.
find_mount() {
  local -a fields
  local point
  mounted=''
  while IFS=" " read -r -a fields; do
    # A space in a path stands there as \040.
    printf -v point '%b' "${fields[4]}"
    if [[ "${point}" == "$1" || "${point}" == "$1"/* ]]; then mounted=${point}; fi
  done </proc/self/mountinfo
}
