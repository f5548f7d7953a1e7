import { expect, test } from "vitest";
import { isWithin, mountOf, parseMounts } from "./mounts.ts";

const TABLE = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw,discard
28 27 8:17 / /mnt/big\\040disk rw,relatime shared:5 master:2 - ext4 /dev/sdb1 rw
29 27 8:17 /disk-setup/docker /var/lib/docker rw - ext4 /dev/sdb1 rw
30 27 0:40 / /data ro,relatime - btrfs /dev/sdc1 rw,subvol=/
31 28 0:41 / /mnt/big\\040disk rw - tmpfs tmpfs rw
a line of another form
`;

test("mountinfo, with optional fields, escapes, bind mounts and subvolumes", () => {
  const mounts = parseMounts(TABLE);
  expect(mounts).toHaveLength(6);
  expect(mounts[2]).toEqual({
    path: "/mnt/big disk",
    root: "/",
    type: "ext4",
    source: "/dev/sdb1",
    filesystem: "8:17",
    access: "read-write",
  });
  expect(mounts[3]).toMatchObject({ path: "/var/lib/docker", root: "/disk-setup/docker", filesystem: "8:17" });
  expect(mounts[4]).toMatchObject({ filesystem: "/dev/sdc1", access: "read-only" });
});

test.each([
  ["/", "ext4"],
  ["/var/lib/docker/overlay2", "ext4"],
  ["/mnt/big disk/x", "tmpfs"],
  ["/mnt/big diskette", "ext4"],
  ["/proc/1", "proc"],
])("%s lies on %s", (path, type) => expect(mountOf(parseMounts(TABLE), path)?.type).toBe(type));

test("a directory is not within another that only begins like it", () => {
  expect([isWithin("/a/b", "/a"), isWithin("/a", "/a"), isWithin("/ab", "/a"), isWithin("/ab", "/")]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
