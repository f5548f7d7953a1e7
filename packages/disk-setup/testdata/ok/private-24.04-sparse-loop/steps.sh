prepare() {
  stopped='' && trap 'stopped=yes' HUP INT TERM
  need=60000000000 fewest_inodes=10000
  places=(/)
  trees=(/opt/google/chrome /opt/microsoft/msedge /usr/lib/firefox /usr/local/share/chromium /usr/share/swift /usr/local/julia1.12.1 /usr/local/.ghcup /opt/hostedtoolcache/CodeQL /usr/share/dotnet /usr/local/share/powershell /usr/local/lib/android /usr/lib/google-cloud-sdk /opt/hostedtoolcache/PyPy /opt/hostedtoolcache/Python /opt/hostedtoolcache/Ruby /opt/hostedtoolcache/go /opt/hostedtoolcache/node /usr/share/miniconda /opt/az /usr/share/az_14.6.0 /usr/local/aws-cli /usr/local/aws-sam-cli /usr/local/share/vcpkg)
}

main() {
  prepare
  event "pid $$"
  delete 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22
}
