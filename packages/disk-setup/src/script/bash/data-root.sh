# Docker is told by its configuration; containerd's store is mounted over its old place as ever.
switch_store() {
  if [[ "${stores_from[$1]}" != "${docker_store}" ]]; then
    bind_store "$1"
    return
  fi
  check_configuration
  "${as_root[@]}" mkdir --parents -- "${daemon_json%/*}"
  "${as_root[@]}" rm -f -- "${daemon_json}.disk-setup-old"
  # Owner and mode stay.
  if [[ -n "${daemon_json_sum}" ]]; then "${as_root[@]}" cp --archive -- "${daemon_json}" "${daemon_json}.disk-setup-new"; fi
  printf '%s' "${daemon_json_text}" | "${as_root[@]}" tee -- "${daemon_json}.disk-setup-new" >/dev/null
  configured=yes
  if [[ -n "${daemon_json_sum}" ]]; then "${as_root[@]}" mv --no-target-directory -- "${daemon_json}" "${daemon_json}.disk-setup-old"; fi
  "${as_root[@]}" mv --no-target-directory -- "${daemon_json}.disk-setup-new" "${daemon_json}"
}

# The plan has read the configuration and written the new one from it: it is still that file, and none but that.
check_configuration() {
  local sum=''
  doing 'reading the configuration of Docker' "Look at ${daemon_json_file}"
  if "${as_root[@]}" test -L "${daemon_json}"; then fail "${daemon_json_file} has become a symbolic link since the plan was made: make a new plan"; fi
  if "${as_root[@]}" test -e "${daemon_json}"; then
    sum=$("${as_root[@]}" sha256sum -- "${daemon_json}")
    # A path with a backslash makes sha256sum put one in front of the line.
    sum=${sum#\\}
    sum=${sum%% *}
  fi
  if [[ "${sum}" != "${daemon_json_sum}" ]]; then fail "${daemon_json_file} has changed since the plan was made: make a new plan"; fi
}

# The device of store $1 as it is now -> device
find_store() {
  local root
  root=$("${as_root[@]}" docker info --format '{{.DockerRootDir}}')
  if [[ "${stores_from[$1]}" == "${docker_store}" && "${root}" == "${docker_root_planned}" ]]; then device_of "${root}"; else device_of "${stores_from[$1]}"; fi
}

settle() { "${as_root[@]}" rm -f -- "${daemon_json}.disk-setup-old"; }

configured=''
restore_configuration() {
  "${as_root[@]}" rm -f -- "${daemon_json}.disk-setup-new"
  if [[ -z "${configured}" ]]; then return; fi
  if [[ -z "${daemon_json_sum}" ]]; then
    "${as_root[@]}" rm -f -- "${daemon_json}" || broken=1
  elif "${as_root[@]}" test -e "${daemon_json}.disk-setup-old"; then
    "${as_root[@]}" mv --no-target-directory -- "${daemon_json}.disk-setup-old" "${daemon_json}" || broken=1
  fi
}
