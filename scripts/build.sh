# shellcheck shell=bash
# Sourced by test.sh and demo.sh: restores and builds a project or solution, silent unless it fails.

quiet_build() {
  local log="$ROOT/TestResults/build.log"
  local quietly=(-nologo -v quiet)
  # Elsewhere the build servers are kept for the next build; a CI machine should have no process left.
  if [ "${CI:-}" = true ]; then quietly+=(--disable-build-servers); fi
  mkdir -p "$ROOT/TestResults"
  # With CI=true the restore is locked (Directory.Build.props): a package that is not in packages.lock.json stops it.
  if ! { dotnet restore "$1" "${quietly[@]}" && dotnet build "$1" -c Release --no-restore "${quietly[@]}"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    return 1
  fi
}
