prepare() {
  stopped='' && trap 'stopped=yes' HUP INT TERM
}

main() {
  prepare
  event "pid $$"
  remove_images alpine:3.22 node:24 ubuntu:24.04
}
