append_outputs() {
  local index words='' disks=''
  for index in "${!done_words[@]}"; do words+="${words:+,}\"${done_words[index]}\""; done
  for index in "${!devices[@]}"; do
    disks+="${disks:+,}${device_names[index]}:{\"before\":${before[index]},\"after\":${after[index]}}"
  done
  printf '%s=%s\n' \
    acted "$1" need-met "$2" free "$3" freed "$4" seconds "$5" tmpdir "${tmpdir}" docker-root "${docker_root}" \
    actions "[${words}]" devices "{${disks}}" >>"${GITHUB_OUTPUT}"
}

append_summary() {
  local index line was now
  {
    printf '### Disk space\n\n%s, in %s s.\n\n| device | free before | free after |\n| --- | ---: | ---: |\n' "$1" "$2"
    for index in "${!devices[@]}"; do
      in_gb "${before[index]}"
      was=${text}
      in_gb "${after[index]}"
      now=${text}
      printf '| %s | %s | %s |\n' "${device_cells[index]}" "${was}" "${now}"
    done
    printf '\n'
    for line in "${done_texts[@]}"; do printf -- '- done: %s\n' "${line}"; done
    for line in "${not_done[@]}"; do printf -- '- not done: %s\n' "${line}"; done
  } >>"${GITHUB_STEP_SUMMARY}"
}

finish() {
  local index free freed met acted result was
  trap - EXIT INT TERM
  if ((status != 0)); then status=1; fi
  for index in "${!devices[@]}"; do
    free_on "${devices[index]}"
    after[index]=${free_bytes}
    in_gb "${before[index]}"
    was=${text}
    in_gb "${free_bytes}"
    say "${device_texts[index]}: ${was} free before, ${text} free now"
  done
  least_free "${places[@]}"
  free=${free_bytes}
  freed=$((free > free_before ? free - free_before : 0))
  if ((${#done_words[@]} > 0)); then acted=true; else acted=false; fi
  if ((need == 0)); then met=not-asked; elif ((free >= need)); then met=true; else met=false; fi
  in_gb "${free}"
  result="${text} free where images are built"
  if ((need > 0)); then
    in_gb "${need}"
    result+=", ${text} needed"
  fi
  if [[ "${status}" != 0 ]]; then result="Failed: ${result}"; fi
  say "${result}; ${SECONDS} s"
  if [[ -n "${GITHUB_OUTPUT:-}" ]]; then append_outputs "${acted}" "${met}" "${free}" "${freed}" "${SECONDS}"; fi
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then append_summary "${result}" "${SECONDS}"; fi
  if [[ "${status}" == 0 && "${met}" == false && "${enforced}" == true ]]; then
    warn "${result}: the plan's actions gave all they can; see the list of what was not done"
  fi
  exit "${status}"
}
