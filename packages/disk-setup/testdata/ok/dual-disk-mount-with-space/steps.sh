prepare() {
  shopt -s inherit_errexit && export LC_ALL=C && umask 022
  stopped='' && trap 'stopped=yes' HUP INT TERM
  note=/run/disk-setup/move
  units=(docker.socket docker.service containerd.service)
  stores_from=(/var/lib/docker /var/lib/containerd)
  stores_to=('/mnt/big disk/disk-setup/docker' '/mnt/big disk/disk-setup/containerd')
  target='/mnt/big disk' copy_with=rsync
  tmpdir='/mnt/big disk/disk-setup/tmp' tmpdir_target='/mnt/big disk'
}

main() {
  prepare
  event "pid $$"
  make_tmpdir
  relocate
}
