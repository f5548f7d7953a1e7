import { buildkitOracle } from "@fanfold-rigs/testbed";
import { parseDockerfile } from "./src/dockerfile/dockerfile.ts";
import { readNodes, type DockerfileNode } from "./src/dockerfile/nodes.ts";
import { expandWord } from "./src/dockerfile/word.ts";
import { RefusedText } from "./src/dockerfile/refusal.ts";
import { mutant, Random, randomText, randomWord } from "./src/testing/random-dockerfile.ts";
const oracle = await buildkitOracle();
if ("unavailable" in oracle) throw new Error(oracle.unavailable);
const words = (n: DockerfileNode): string[] => {
  if (n.inner) return [n.inner.command, ...words(n.inner)];
  return [...n.words];
};
const strip = (ns: any) => ns?.map((n: any) => /^healthcheck$/i.test(n.command) || /^onbuild$/i.test(n.command) && /^healthcheck$/i.test(n.words[0]) ? { ...n, words: [] } : n);
const N = Number(process.argv[2] ?? 2000);
const texts = Array.from({ length: N }, (_, i) => { const r = new Random(i); const t = randomText(r); return i % 3 ? t : mutant(t, r); });
const answers = await oracle.ask(texts.map((dockerfile) => ({ kind: "nodes", dockerfile })));
let same = 0, bad = 0, ok=0;
for (const [i, text] of texts.entries()) {
  const a = answers[i]!;
  let mine: unknown; let err = "";
  try {
    mine = readNodes(text).nodes.map((n) => ({ command: n.command, flags: n.flags, words: words(n), json: n.json, heredocs: n.heredocs.flatMap(h => [h.name, h.content]), start: n.start, end: n.end }));
  } catch (e) { if (!(e instanceof RefusedText)) { console.log(JSON.stringify(text)); throw e; } err = e.message; }
  const theirs = a.nodes?.map((n) => {
    const w = /^(env|label)$/i.test(n.command) ? n.words.filter((_, k) => k % 3 !== 2) : /^healthcheck$/i.test(n.command) ? n.words : /^onbuild$/i.test(n.command) && /^(env|label)$/i.test(n.words[0] ?? "") ? [n.words[0], ...n.words.slice(1).filter((_, k) => k % 3 !== 2)] : n.words;
    const known = /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/i;
    return { ...n, words: known.test(n.command) ? w.filter((x,k)=>!(/^onbuild$/i.test(n.command)&&k>0&&!known.test(w[0]!))) : [] };
  });
  const p = parseDockerfile(text);
  const valid = a.valid === true;
  const nodesSame = a.nodes === undefined ? mine === undefined : JSON.stringify(strip(mine)) === JSON.stringify(strip(theirs));
  const validSame = (p.kind === "dockerfile") === valid;
  const syntaxSame = (p.syntax ?? "") === (a.syntax ?? "");
  if (valid) ok++;
  if (nodesSame && validSame && syntaxSame) same++;
  else if (bad++ < 6) console.log(i, { nodesSame, validSame, syntaxSame }, JSON.stringify(text), "\n mine ", process.argv[3] ? JSON.stringify(mine):"", err, p.kind === "refused" ? p.reason : "", p.syntax, "\n their", process.argv[3]?JSON.stringify(theirs):"", a.error, a.syntax);
}
console.log({ same, bad, ok });
const rw = Array.from({ length: N }, (_, i) => randomWord(new Random(i * 7 + 1)));
const envs = [{ A: "ab/c.d/*x", B: "" }, { A: "", "é": "y" }, { B: "b/a?b", A: "aaa" }];
const was = await oracle.ask(envs.flatMap((env) => ["\\", "`"].map((escape) => ({ kind: "words" as const, words: rw, env, escape }))));
let wbad = 0, wsame = 0; let k = 0;
for (const env of envs) for (const escape of ["\\", "`"]) {
  const texts = was[k++]!.texts!;
  for (const [i, w] of rw.entries()) {
    let mine: string;
    try { mine = "=" + expandWord(w, { escape, lookup: (n) => (env as Record<string, string>)[n] }); } catch { mine = "!"; }
    if (mine === texts[i] || mine.includes("\0")) wsame++;
    else if (wbad++ < 10) console.log("word", JSON.stringify(w), escape, JSON.stringify(env), JSON.stringify(mine), JSON.stringify(texts[i]));
  }
}
console.log({ wsame, wbad });
