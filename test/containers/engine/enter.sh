#!/usr/bin/env bash
# enter.sh FOLDER TOOLS IMAGE_STORE: runs Docker in new namespaces, with the engine's file system as the root.
set -euo pipefail
folder=$1 tools=$2 image_store=$3
engine=$folder/engine
mount --make-rprivate /
for _ in $(seq 100); do
  grep -q tap0 /proc/net/dev && break
  sleep .1
done
mount --bind "$engine" "$engine"
mount -t proc proc "$engine/proc"
mount -t sysfs sysfs "$engine/sys"
mount --rbind /sys/fs/cgroup "$engine/sys/fs/cgroup"
mount --rbind /dev "$engine/dev"
mount -t tmpfs tmpfs "$engine/run"
mount -t tmpfs tmpfs "$engine/tmp"
mkdir -p "$engine/lab"
mount --bind "$folder/work" "$engine/lab"
mount --bind -o ro "$tools" "$engine/lab/tools"
# The name server of slirp4netns.
rm -f "$engine/etc/resolv.conf"
echo nameserver 10.0.2.3 >"$engine/etc/resolv.conf"

cd "$engine"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
# The two kinds of image store can't share a folder. Docker isn't process 1 of its namespace, because a check stops it for a
# while from inside, and process 1 ignores that signal.
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root dockerd --data-root "/var/lib/docker-$image_store" &
dockerd=$!
trap 'kill $dockerd' TERM
wait $dockerd || wait $dockerd
