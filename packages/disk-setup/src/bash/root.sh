if ((EUID == 0)); then as_root=(); else as_root=(sudo -n --); fi
