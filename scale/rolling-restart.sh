#!/usr/bin/env bash
# Recreates the three processes one after another, without a failed request: after a change to .env, or to upgrade to a
# newly built image.
#
#     docker compose -f compose.scale.yaml build router1 && scale/rolling-restart.sh
#     scale/rolling-restart.sh router2        # only this one
#
# Stops at the first process that doesn't become ready. The others keep running unchanged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

routers=("$@")
((${#routers[@]} > 0)) || routers=(router1 router2 router3)
longest_seconds=${LONGEST_SECONDS:-120}

compose() {
  docker compose -f compose.scale.yaml "$@" </dev/null
}

# balancer COMMAND: sends a command to HAProxy's control socket, with tools that the image has.
balancer() {
  # shellcheck disable=SC2016
  compose exec -T balancer bash -c \
    'exec 3<>"/dev/tcp/127.0.0.1/${CONTROL_PORT:-9999}" && echo "$1" >&3 && cat <&3' bash "$1"
}

# figure ROUTER COLUMN: prints a value from HAProxy's statistics.
figure() {
  balancer "show stat" | awk -F, -v router="$1" -v column="$2" '
    /^#/ { sub(/^# /, ""); for (at = 1; at <= NF; at++) if ($at == column) wanted = at }
    $1 == "routers" && $2 == router { print $wanted }'
}

# until_is ROUTER COLUMN VALUE: waits until the column has the value.
until_is() {
  local end=$((SECONDS + longest_seconds))
  until [[ $(figure "$1" "$2") == "$3" ]]; do
    if ((SECONDS >= end)); then
      echo "$1: $2 is $(figure "$1" "$2"), not $3, after $longest_seconds s" >&2
      return 1
    fi
    sleep 0.2
  done
}

for router in "${routers[@]}"; do
  echo "$router: draining"
  balancer "set server routers/$router state drain" >/dev/null
  # If the script fails or is stopped, the balancer uses the process again as soon as it is ready.
  trap 'balancer "set server routers/$router state ready" >/dev/null' EXIT
  until_is "$router" scur 0
  compose up -d --no-deps --no-build --force-recreate --wait "$router"
  # The process is ready, but still gets no requests.
  until_is "$router" status DRAIN
  balancer "set server routers/$router state ready" >/dev/null
  trap - EXIT
  echo "$router: recreated and ready"
done
