# What the steps that follow, and people, are told in. Looked at first: later there would be something to undo.
check_files() {
  local name
  for name in GITHUB_OUTPUT GITHUB_ENV GITHUB_STEP_SUMMARY; do
    if [[ -z "${!name:-}" ]] || { : >>"${!name}"; } 2>/dev/null; then continue; fi
    fail "expected ${name} to name a file that can be written, found ${!name}; nothing was changed. Unset it, or let the runner set it"
  done
}

print_outputs() {
  local index words='' disks=''
  for index in "${!done_words[@]}"; do words+="${words:+,}\"${done_words[index]}\""; done
  for index in "${!devices[@]}"; do
    disks+="${disks:+,}${device_names[index]}:{\"before\":${before[index]},\"after\":${after[index]}}"
  done
  printf '%s=%s\n' \
    acted "$1" need-met "$2" free "$3" freed "$4" seconds "$5" tmpdir "${tmpdir}" docker-root "${docker_root}" \
    actions "[${words}]" devices "{${disks}}"
}

# $1 as Markdown in which nothing is markup -> text
as_markdown() {
  local index char
  text=''
  for ((index = 0; index < ${#1}; index++)); do
    char=${1:index:1}
    case "${char}" in
      \\ | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '@')
        printf -v char '&#%d;' "'${char}"
        ;;
      *) ;;
    esac
    text+=${char}
  done
}

print_summary() {
  local index line was now
  printf '### Disk space\n\n%s, in %s s.\n\n| device | free before | free after |\n| --- | ---: | ---: |\n' "$1" "$2"
  for index in "${!devices[@]}"; do
    in_gb "${before[index]}"
    was=${text}
    in_gb "${after[index]}"
    now=${text}
    printf '| %s | %s | %s |\n' "${device_cells[index]}" "${was}" "${now}"
  done
  printf '\n'
  for line in "${done_texts[@]}"; do
    as_markdown "${line}"
    printf -- '- done: %s\n' "${text}"
  done
  for line in "${not_done[@]}"; do
    as_markdown "${line}"
    printf -- '- not done: %s\n' "${text}"
  done
}

# What was spared as a whole is said with what was not done.
tell_spared() {
  local word words=''
  for word in "${spared_words[@]}"; do
    find_word "${word}" "${done_words[@]}"
    if [[ -z "${among}" ]]; then words+="${words:+, }${word}"; fi
  done
  if [[ -z "${words}" ]]; then return; fi
  not_done+=("${words}: the need is met without")
  say "not done: ${words}: the need is met without"
}

finish() {
  local index free freed acted answer result was
  if ((status != 0)); then status=1; fi
  tell_spared
  for index in "${!devices[@]}"; do
    free_on "${devices[index]}"
    after[index]=${free_bytes}
    in_gb "${before[index]}"
    was=${text}
    in_gb "${free_bytes}"
    say "${device_texts[index]}: ${was} free before, ${text} free now"
  done
  measure "${need}" "${places[@]}"
  free=${free_bytes}
  freed=$((free > free_before ? free - free_before : 0))
  if ((${#done_words[@]} > 0)); then acted=true; else acted=false; fi
  if ((need == 0)); then answer=not-asked; elif [[ -n "${met}" ]]; then answer=true; else answer=false; fi
  in_gb "${free}"
  result="${text} free where images are built"
  if ((need > 0)); then
    in_gb "${need}"
    result+=", ${text} needed"
  fi
  if [[ -n "${scarce}" ]]; then result+=', but hardly an inode'; fi
  if [[ "${status}" != 0 ]]; then result="Failed: ${result}"; fi
  say "${result}; ${SECONDS} s"
  if [[ "${status}" == 0 && "${answer}" == false && "${enforced}" == true ]]; then
    warn "${result}: the plan's actions gave all they can; see the list of what was not done"
  fi
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then
    text=$(print_summary "${result}" "${SECONDS}")
    printf '%s\n' "${text}" >>"${GITHUB_STEP_SUMMARY}" || warn 'the summary could not be written'
  fi
  text=$(print_outputs "${acted}" "${answer}" "${free}" "${freed}" "${SECONDS}")
  if [[ -n "${DISK_SETUP_OUTPUTS:-}" ]]; then
    printf '%s\n' "${text}" >&"${DISK_SETUP_OUTPUTS}"
  elif [[ -n "${GITHUB_OUTPUT:-}" ]]; then
    printf '%s\n' "${text}" >>"${GITHUB_OUTPUT}" || warn 'the outputs could not be written'
  fi
  exit "${status}"
}

# Functions that take back what was begun, the last first, should it come to nothing.
undoing=()
leave() {
  local index
  trap - EXIT
  # Half undone would be worse than late.
  trap : HUP INT PIPE TERM
  set +e
  ungroup
  blame
  if [[ "${status}" != 0 ]]; then
    for ((index = ${#undoing[@]} - 1; index >= 0; index--)); do "${undoing[index]}"; done
  fi
  finish
}
