# Removes the named images, or without names all that no container uses. Docker refuses those that one uses.
remove_images() {
  if (($# > 0)); then
    say "removing $# images that came with the runner"
    docker image rm -- "$@" >/dev/null || say 'warning: some images that came with the runner could not be removed'
  else
    say 'removing the images that no container uses'
    docker image prune --all --force >/dev/null || say 'warning: images could not be removed; "docker image prune --all" says why'
  fi
  event prune-images
}
