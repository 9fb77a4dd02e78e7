#!/usr/bin/env bash
# The whole flow on this machine: an enterprise IdP, the broker, an authorization server and an MCP server, step by step.
# Options go to the demo (--help lists them).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
# shellcheck source=scripts/prerequisites.sh
. scripts/prerequisites.sh
# shellcheck source=scripts/build.sh
. scripts/build.sh

ensure_prerequisites
quiet_build src/IdJagBroker.Demo || stop "The build failed."
case " $* " in *" --vault "*) quiet_build tests/IdJagBroker.StandInVault || stop "The build failed." ;; esac
# The program itself instead of "dotnet run": a signal to this process reaches it.
exec dotnet exec src/IdJagBroker.Demo/bin/Release/net10.0/IdJagBroker.Demo.dll "$@"
