#!/usr/bin/env bash
# Written by disk-setup from a plan; do not edit. Exit code: 0 done or nothing to do, 1 failed and undone.
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2254,SC2310,SC2312 # parts fit each other, not each alone
say() { printf 'disk-setup: %s\n' "$1" >&2; }
say 'nothing to do: RUNNER_ENVIRONMENT is "self-hosted", not "github-hosted": this machine belongs to someone'
