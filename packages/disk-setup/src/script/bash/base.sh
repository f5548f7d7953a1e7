# For people; for the program that started this, if one did; and the end of what fails.
say() { printf 'disk-setup: %s\n' "$1" >&2 || true; }
event() { if [[ -n "${DISK_SETUP_EVENTS:-}" ]]; then printf 'disk-setup-event %s\n' "$1" || true; fi; }
fail() { say "error: $1" && exit 1; }
