import { describe, expect, test } from "vitest";
import { type AptFolder, libraryDependencies, mirrorFor, renderAptConfig, renderSources } from "./apt-sources.ts";

const folder: AptFolder = {
  folder: "/cache/apt",
  mirror: { uri: "http://mirror.example/debian/", release: "bookworm" },
  architectures: ["amd64", "arm64"],
  keyring: "/usr/share/keyrings/debian.gpg",
};

describe("the mirror of this machine", () => {
  test("is the first source of main packages of its own release, not of updates or security", () => {
    const targets = `Packages|bookworm-updates|main|http://a.example/debian/
Packages|bookworm-security|main|http://security.example/
Translations|bookworm|main|http://b.example/debian/
Packages|bookworm|contrib|http://c.example/debian/
Packages|bookworm|main|http://d.example/debian/
Packages|bookworm|main|http://e.example/debian/
`;
    expect(mirrorFor(targets, "bookworm")).toEqual({ uri: "http://d.example/debian/", release: "bookworm" });
  });

  test("may name the release by its suite", () => {
    expect(mirrorFor("Packages|stable|main|http://a.example/\n", "trixie")).toEqual({
      uri: "http://a.example/",
      release: "stable",
    });
  });

  test("is none where apt has other vendors' packages only", () => {
    expect(mirrorFor("Packages|nodistro|main|http://other.example/\n", "bookworm")).toBeUndefined();
    expect(mirrorFor("", "bookworm")).toBeUndefined();
  });
});

describe("the sources", () => {
  test("take the other architecture from the machine's own release only", () => {
    expect(renderSources(folder)).toBe(
      "deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian/ bookworm main\n" +
        "deb [arch=amd64 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian/ forky main\n",
    );
  });

  test("name a release once", () => {
    const mirror = { ...folder.mirror, release: "forky" };
    expect(renderSources({ ...folder, mirror, keyring: undefined })).toBe(
      "deb [arch=amd64,arm64] http://mirror.example/debian/ forky main\n",
    );
  });
});

test("apt's configuration keeps the way to a mirror and drops hooks and other indexes", () => {
  const config = renderAptConfig(
    folder,
    `APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";
DPkg::Post-Invoke:: "true";
Dir::State "var/lib/apt";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::IndexTargets::deb::DEP-11::MetaKey "x";
`,
  );
  expect(config).toContain('Acquire::http::Proxy "http://proxy.example:3128";\n');
  expect(config).not.toMatch(/Invoke|IndexTargets|var\/lib/);
  const paths = [...config.matchAll(/^Dir::\S+ "([^"]*)"/gm)].map(([, path]) => path);
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) expect(path).toMatch(/^\/cache\/apt\/|^\/dev\/null$/);
});

test("libraries are the direct dependencies named lib…, without the C library", () => {
  const depends = `skopeo
  Depends: golang-github-containers-common
  Depends: libc6
  Depends: libdevmapper1.02.1
 |Depends: libgpgme11
  Depends: libgpgme11t64
    libassuan0
libgpgme11
  Depends: libdevmapper1.02.1
`;
  expect(libraryDependencies(depends)).toEqual(["libdevmapper1.02.1", "libgpgme11", "libgpgme11t64"]);
});
