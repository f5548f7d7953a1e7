# Whether something is mounted at or below $1; with a second argument '?*': below it. Device numbers would not tell.
mounted_in() {
  local point fields=()
  while IFS=' ' read -r -a fields; do
    # The kernel escapes with three octal digits; %b reads \0 and three more, so a digit that follows stays a digit.
    printf -v point '%b' "${fields[4]//\\/\\0}"
    case "${point}/" in "$1/"${2:-*}) return 0 ;; *) ;; esac
  done </proc/self/mountinfo
  return 1
}
