# The plan has decided; from here on it is carried out and proven.
shopt -s inherit_errexit
export LC_ALL=C
umask 022

say() { printf 'disk-setup: %s\n' "$1" >&2; }

warn() {
  if [[ "${GITHUB_ACTIONS:-}" == true ]]; then printf '::warning::disk-setup: %s\n' "$1" >&2; else say "warning: $1"; fi
}

fail() {
  if [[ "${GITHUB_ACTIONS:-}" == true ]]; then printf '::error::disk-setup: %s\n' "$1" >&2; else say "error: $1"; fi
  exit 1
}

# Bytes that an ordinary user can still write on the file system of $1 -> free_bytes
free_on() {
  local numbers
  numbers=$(stat --file-system --format='%a %S' -- "$1")
  free_bytes=$((${numbers% *} * ${numbers#* }))
}

# The least of what is free at all given places -> free_bytes
least_free() {
  local place least=-1
  for place in "$@"; do
    free_on "${place}"
    if ((least < 0 || free_bytes < least)); then least=${free_bytes}; fi
  done
  free_bytes=${least}
}

# $1 bytes, for people -> text
in_gb() { printf -v text '%d.%d GB' "$(($1 / 1000000000))" "$(($1 % 1000000000 / 100000000))"; }

# What was done: one word for programs, a sentence for people.
done_words=()
done_texts=()
record() {
  done_words+=("$1")
  done_texts+=("$2")
  say "$2"
}
