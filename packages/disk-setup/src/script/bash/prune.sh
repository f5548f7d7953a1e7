# $1: bytes that Docker says this frees. Images may be what an earlier step pulled on purpose, so they go only where
# that makes the difference.
prune_images() {
  measure "${need}" "${places[@]}"
  if [[ -n "${met}" ]]; then
    spare prune-images
    return
  fi
  if ((free_bytes + $1 < need)); then
    not_done+=('prune-images: without the images it would not be enough either')
    say 'images are kept: without them it would not be enough either'
    return
  fi
  group 'Remove images'
  if "${as_root[@]}" docker image prune --all --force >/dev/null; then
    record prune-images 'removed the images that no container uses'
    say 'removed the images that no container uses'
  else
    warn 'the images that no container uses could not be removed; "docker image prune --all" says why'
  fi
  ungroup
}
