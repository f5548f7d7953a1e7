#!/usr/bin/env bash
# A machine for tests, in its own mount, process and network namespaces: its root directory is a disk of its own (a
# file with ext4), of this machine it has only programs and libraries, read-only. Nothing that is done in it reaches
# this machine's disks, daemons or network.
#   unshare --mount --pid --net --fork --kill-child --propagation private bash boot.sh SCRATCH ROOT_SIZE SECOND SECOND_SIZE TOOL...
# SECOND is the mount point of its second disk, or `none`; a TOOL `name=path` becomes /usr/local/bin/name.
set -euo pipefail
scratch=$1 root_size=$2 second=$3 second_size=$4
tools=("${@:5}")
here=$(dirname -- "$(readlink -f -- "$0")")

# Our own number as the machine outside knows us: its /proc is still the one that is mounted.
while read -r key value; do
  if [[ "${key}" == Pid: ]]; then printf '%s' "${value}" >"${scratch}/pid"; fi
done </proc/self/status

disk() {
  truncate --size="$2" "$1"
  mkfs.ext4 -q -m 0 -N "${inodes:-60000}" -E lazy_itable_init=1 "$1"
}

disk "${scratch}/root.img" "${root_size}"
root="${scratch}/root"
mkdir -p "${root}"
mount -o loop "${scratch}/root.img" "${root}"
cd "${root}"
mkdir -p dev etc/docker home/runner/work mnt opt old proc root run/systemd/system sys tmp usr/{bin,lib,lib64,local/{bin,lib,share},sbin,share} var/lib
chmod 1777 tmp
ln -s usr/bin usr/sbin usr/lib usr/lib64 .
ln -s /run var/run
for directory in usr/bin usr/sbin usr/lib usr/lib64; do
  mount --bind "/${directory}" "${directory}"
  mount -o remount,bind,ro "${directory}"
done
cp /etc/ld.so.cache etc/
printf 'root:x:0:0::/root:/bin/bash\nrunner:x:1001:1001::/home/runner:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n' >etc/passwd
printf 'root:x:0:\ndocker:x:999:runner\nrunner:x:1001:\nnogroup:x:65534:\n' >etc/group
chown 1001:1001 home/runner home/runner/work
for tool in "${tools[@]}"; do
  touch "usr/local/bin/${tool%%=*}"
  mount --bind "${tool#*=}" "usr/local/bin/${tool%%=*}"
done
touch run/systemctl.log
chmod 0666 run/systemctl.log
cp "${here}/systemctl" "${here}/sudo" usr/local/bin/
cp usr/bin/setpriv usr/local/bin/become-root
chmod 4755 usr/local/bin/become-root
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
if [[ "${second}" != none ]]; then
  disk "${scratch}/second.img" "${second_size}"
  mkdir -p "./${second}"
  mount -o loop "${scratch}/second.img" "./${second}"
fi
mkdir -p share package
mount --bind "${scratch}" share
mount --bind "${here}/../.." package
mount -o remount,bind,ro package
# Both disks are busy now; without a name they go with the machine.
rm -- "${scratch}"/*.img
ip link set lo up 2>/dev/null || true
pivot_root . old
umount --lazy /old
cd /
touch /share/booted
# The first process of its kind: it has to bury those whose parents are gone.
while :; do sleep 0.2; done
