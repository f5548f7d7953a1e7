// Stands in for docker/setup-qemu-action: nothing runs in these images while they are built, so nothing is emulated.
process.stdout.write("no emulation\n");
