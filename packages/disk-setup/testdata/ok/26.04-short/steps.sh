prepare() {
  shopt -s inherit_errexit && export LC_ALL=C && umask 022
  stopped='' && trap 'stopped=yes' HUP INT TERM
  need=115000000000 fewest_inodes=10000
  places=(/)
  tmpdir=/var/lib/disk-setup/tmp tmpdir_target=/
  trees=(/opt/google/chrome /opt/microsoft/msedge /usr/lib/firefox /usr/local/share/chromium /usr/local/julia1.12.1 /usr/local/.ghcup /opt/hostedtoolcache/CodeQL /usr/share/dotnet /usr/local/share/powershell /usr/local/lib/android /opt/hostedtoolcache/PyPy /opt/hostedtoolcache/Python /opt/hostedtoolcache/Ruby /opt/hostedtoolcache/go /opt/hostedtoolcache/node /usr/share/miniconda /opt/az /usr/share/az_14.6.0 /usr/local/aws-cli /usr/local/aws-sam-cli /usr/local/share/vcpkg)
}

main() {
  prepare
  event "pid $$"
  make_tmpdir
  delete 0 1 2 3 4 5 6 7 8 9
  delete 10 11 12 13 14 15 16 17 18 19 20 # only while that was not enough
  if ! enough && need=$((need - 1900000000)) enough; then remove_images; fi
}
