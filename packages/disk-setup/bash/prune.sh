prune_images() {
  least_free "${places[@]}"
  if ((free_bytes >= need)); then return; fi
  "${as_root[@]}" docker image prune --all --force >/dev/null
  record prune-images 'removed the images that no container uses'
}
