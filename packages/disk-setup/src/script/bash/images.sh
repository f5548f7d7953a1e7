# Removes the named images, or all that no container uses. Docker itself refuses those that one uses.
remove_images() {
  say 'removing images that no container uses'
  if (($# > 0)); then docker image rm -- "$@"; else docker image prune --all --force; fi >/dev/null \
    || say 'warning: some images could not be removed; the words of docker stand above'
  event prune-images
}
