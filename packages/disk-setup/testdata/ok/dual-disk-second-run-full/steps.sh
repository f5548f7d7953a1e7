prepare() {
  shopt -s inherit_errexit && export LC_ALL=C && umask 022
  stopped='' && trap 'stopped=yes' HUP INT TERM
  tmpdir=/var/lib/disk-setup/tmp tmpdir_target=/
}

main() {
  prepare
  event "pid $$"
  make_tmpdir
}
