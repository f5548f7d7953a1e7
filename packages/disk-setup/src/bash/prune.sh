# $1: bytes that Docker says this frees. Images may be what an earlier step pulled on purpose, so they go only where
# that makes the difference.
prune_images() {
  least_free "${places[@]}"
  if ((free_bytes >= need)); then return; fi
  if ((free_bytes + $1 < need)); then
    say 'images are kept: without them it would not be enough either'
    return
  fi
  "${as_root[@]}" docker image prune --all --force >/dev/null
  record prune-images 'removed the images that no container uses'
}
