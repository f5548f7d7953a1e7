import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  // Changesets become parts of changelogs, elsewhere.
  .filter((page) => page !== "" && !page.startsWith(".changeset/") && existsSync(join(root, page)));

/** Code is no text: what looks like a link or a heading there is none. */
function prose(page: string): string {
  const text = readFileSync(join(root, page), "utf8");
  return text
    .replaceAll(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, "")
    .replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll(/[[\]()]/g, " "));
}

/** As GitHub names the headings of a page. */
function anchors(page: string): ReadonlySet<string> {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, "");
  const seen = new Map<string, number>();
  const names = [...text.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, title = ""]) => {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const name = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
  return new Set(names);
}

test("the tree has pages", () => {
  expect(pages).toContain("README.md");
  expect(pages).toContain("docs/README.md");
});

test.each(pages)("%s: what it links to in this repository is there", (page) => {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));
  const broken = local.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(root, join(root, dirname(page), decodeURIComponent(path)));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && file.endsWith(".md") && !anchors(file).has(anchor);
  });
  expect(broken).toEqual([]);
});
