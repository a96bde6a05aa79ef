# Sourced by ../run: starts and stops Docker in its own namespaces (mount, network, processes). $folder/inside runs a command
# in them.
# shellcheck shell=bash disable=SC2154

start_engine() {
  local unshared
  ! engine_runs || stop_engine
  write_inside
  mkdir -p "$folder/engine/etc/docker"
  if [[ $image_store == containerd ]]; then echo '{"features":{"containerd-snapshotter":true}}'; else echo '{}'; fi \
    >"$folder/engine/etc/docker/daemon.json"
  # Neither process inherits the lock, because with KEEP they outlive this run.
  setsid unshare --mount --net --pid --uts --ipc --fork --kill-child \
    "$here/engine/enter.sh" "$folder" "$tools" "$image_store" >"$folder/dockerd.log" 2>&1 {lock}>&- &
  unshared=$!
  for _ in $(seq 100); do
    pgrep -P $unshared >"$folder/engine.pid" && break
    sleep .1
  done
  setsid slirp4netns --configure --mtu=1500 --disable-host-loopback "$(cat "$folder/engine.pid")" tap0 >"$folder/slirp.log" 2>&1 {lock}>&- &
  echo $! >"$folder/slirp.pid"
  for _ in $(seq 240); do
    "$folder/inside" docker info >/dev/null 2>&1 && return 0
    sleep .5
  done
  echo "the engine does not start:" >&2
  tail -5 "$folder/dockerd.log" >&2
  return 1
}

# Stops every process in the engine's namespaces, containers included.
stop_engine() {
  local pid
  ! engine_runs || {
    pid=$(cat "$folder/engine.pid")
    kill "$pid"
    for _ in $(seq 150); do
      [[ -d /proc/$pid ]] || break
      sleep .2
    done
    [[ ! -d /proc/$pid ]] || kill -KILL "$pid"
  }
  rm -f "$folder/engine.pid"
  # It exits with the network that it serves, unless the network never came up.
  [[ $(cat "/proc/$(cat "$folder/slirp.pid" 2>/dev/null)/comm" 2>/dev/null) != slirp4netns ]] || kill "$(cat "$folder/slirp.pid")"
}

engine_runs() {
  # The process ID may have been reused.
  [[ -s $folder/engine.pid ]] && tr '\0' ' ' <"/proc/$(cat "$folder/engine.pid")/cmdline" 2>/dev/null | grep -qF "engine/enter.sh $folder "
}

write_inside() {
  cat >"$folder/inside" <<EOF
#!/bin/bash
exec nsenter -t "\$(cat $folder/engine.pid)" -m -n -p -u -i --root --wdns=/lab/app -- /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "\$@"
EOF
  chmod +x "$folder/inside"
}
