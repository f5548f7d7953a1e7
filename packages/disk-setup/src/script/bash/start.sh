# The plan has decided; from here on it is carried out and proven.
# lastpipe: the loop that a command is piped into runs in this shell, so what it records stays.
shopt -s inherit_errexit lastpipe
export LC_ALL=C
umask 022

if [[ "${GITHUB_ACTIONS:-}" == true ]]; then in_actions=yes; else in_actions=''; fi

say() { printf 'disk-setup: %s\n' "$1" >&2; }

# $1: warning or error; $2: one for GitHub too, where that reads along
annotate() {
  local message=$2
  if [[ -z "${in_actions}" ]]; then
    say "$1: ${message}"
    return
  fi
  message=${message//'%'/'%25'}
  message=${message//$'\r'/'%0D'}
  message=${message//$'\n'/'%0A'}
  printf '::%s::disk-setup: %s\n' "$1" "${message}" >&2
}

warn() { annotate warning "$1"; }

blamed=''
fail() {
  blamed=yes
  ungroup
  annotate error "$1"
  exit 1
}

# What is being done, and what to do when a command of it fails.
step='measuring the disks'
remedy='run "disk-setup probe" and look at its file systems'
doing() {
  step=$1
  remedy=$2
}

# A command that failed has said why in its own words; what it was for is still to be said.
stopped=''
blame() {
  if [[ "${status}" == 0 || -n "${blamed}" ]]; then return; fi
  if [[ -n "${stopped}" ]]; then
    annotate error "stopped by SIG${stopped} while ${step}"
  else
    annotate error "${step} failed with exit code ${status}; the command's own words stand above. ${remedy}"
  fi
}

# Lines that belong together are folded where GitHub shows them.
grouped=''
ungroup() {
  if [[ -n "${grouped}" ]]; then printf '::endgroup::\n' >&2; fi
  grouped=''
}
group() {
  ungroup
  if [[ -z "${in_actions}" ]]; then return; fi
  printf '::group::%s\n' "$1" >&2
  grouped=yes
}

# What an ordinary user can still write on the file system of $1 -> free_bytes, free_inodes (-1: it counts none)
free_on() {
  local numbers inodes
  numbers=$(stat --file-system --format='%a*%S %c %d' -- "$1")
  free_bytes=$((${numbers%% *}))
  inodes=${numbers#* }
  free_inodes=${inodes#* }
  if ((${inodes% *} == 0)); then free_inodes=-1; fi
}

# Whether $1 bytes are free at all the places that follow, and inodes to write them -> met; the least bytes -> free_bytes
measure() {
  local place least=-1
  scarce=''
  for place in "${@:2}"; do
    free_on "${place}"
    if ((least < 0 || free_bytes < least)); then least=${free_bytes}; fi
    if ((free_inodes >= 0 && free_inodes < fewest_inodes)); then scarce=yes; fi
  done
  free_bytes=${least}
  if [[ -z "${scarce}" ]] && ((least >= $1)); then met=yes; else met=''; fi
}

# $1 bytes, for people -> text
in_gb() { printf -v text '%d.%d GB' "$(($1 / 1000000000))" "$(($1 % 1000000000 / 100000000))"; }

# Whether $1 is one of the words that follow -> among
find_word() {
  local word
  among=''
  for word in "${@:2}"; do
    if [[ "${word}" == "$1" ]]; then among=yes; fi
  done
}

# What was done: one word for programs, a sentence for people.
done_words=()
done_texts=()
record() {
  find_word "$1" "${done_words[@]}"
  if [[ -z "${among}" ]]; then done_words+=("$1"); fi
  done_texts+=("$2")
}

# What the need was met without.
spared_words=()
spare() {
  find_word "$1" "${spared_words[@]}"
  if [[ -z "${among}" ]]; then spared_words+=("$1"); fi
}
