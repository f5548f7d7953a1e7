import fc from "fast-check";
import { expect, it } from "vitest";
import { credentialFiles, credentialVariables, missingCredentials, usesCredentials } from "./credentials.ts";

// Texts with commas have a grammar; these are names and paths that mean the same in both forms.
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const path = fc.stringMatching(/^[a-z][a-z0-9/._-]{0,12}$/);
const secret = fc.oneof(
  fc.record({ id: name }),
  fc.record({ id: name, env: name }),
  fc.record({ id: name, src: path }),
  fc.record({ id: name, source: path }),
  fc.record({ id: name, type: fc.constant("env") }),
);
const ssh = fc.record({ id: name, paths: fc.array(path, { maxLength: 3 }) });

const all = (target: Parameters<typeof usesCredentials>[0], env: Readonly<Record<string, string>>) => ({
  uses: usesCredentials(target),
  files: credentialFiles(target),
  variables: credentialVariables(target),
  missing: missingCredentials(target, env),
});

it("a credential is the same in text and as a mapping", () => {
  fc.assert(
    fc.property(fc.array(secret), fc.array(ssh), fc.boolean(), (secrets, agents, set) => {
      const env = set
        ? Object.fromEntries(secrets.flatMap((each) => Object.values(each).map((key) => [key, "x"])))
        : { OTHER: "x" };
      const mappings = { secret: secrets, ssh: agents };
      const texts = {
        secret: secrets.map((fields) =>
          Object.entries(fields)
            .map(([key, value]) => `${key}=${value}`)
            .join(","),
        ),
        ssh: agents.map(({ id, paths }) => (paths.length === 0 ? id : `${id}=${paths.join(",")}`)),
      };
      const found = all(mappings, env);
      expect(all(texts, env)).toEqual(found);
      expect(found.uses).toBe(secrets.length + agents.length > 0);
      expect(found.files.filter(([key]) => key === "ssh").map(([, file]) => file)).toEqual(
        agents.flatMap(({ paths }) => paths),
      );
      // What is missing has a variable, and none is missing that is set.
      const variables = new Set(found.variables);
      expect(found.missing.length).toBeLessThanOrEqual(secrets.length + agents.length);
      for (const line of found.missing) {
        const variable = /from the variable (\w+)$/.exec(line)?.[1] ?? "";
        expect(variables).toContain(variable);
        expect(env).not.toHaveProperty(variable);
      }
    }),
  );
});
