prepare() {
  shopt -s inherit_errexit && export LC_ALL=C && umask 022
  stopped='' && trap 'stopped=yes' HUP INT TERM
  note=/run/disk-setup/move
  units=(docker.socket docker.service containerd.service)
  stores_from=(/var/lib/docker /var/lib/containerd)
  stores_to=(/mnt/disk-setup/docker /mnt/disk-setup/containerd)
  target=/mnt copy_with=rsync
  tmpdir=/mnt/disk-setup/tmp tmpdir_target=/mnt
}

main() {
  prepare
  event "pid $$"
  make_tmpdir
  remove_images alpine:3.22 node:24 ubuntu:24.04
  relocate
}
