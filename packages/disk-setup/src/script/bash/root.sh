if ((EUID == 0)); then as_root=(); else as_root=(sudo -n --); fi
if ! "${as_root[@]}" true </dev/null; then
  fail 'expected root, or a user who may become root without a password (sudo -n), found neither; nothing was changed. Run this as root, or allow the user that'
fi
