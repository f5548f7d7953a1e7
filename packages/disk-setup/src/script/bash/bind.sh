switch_store() { bind_store "$1"; }

# The device of store $1 as it is now -> device
find_store() { device_of "${stores_from[$1]}"; }

check_configuration() { :; }

settle() { :; }

restore_configuration() { :; }
