import { expect, it } from "vitest";
import { ScratchStandIn } from "../scratch-stand-in.ts";

it("makes a release of a tag that is there, once, and finds it by the tag", async () => {
  await using world = await ScratchStandIn.start({ token: "t0ken" });
  await world.repository.commit({ files: { a: "1" } });
  await world.repository.git("tag", "v1.0.0");
  const post = async (token: string) =>
    await fetch(`${world.standIn.apiUrl}/repos/octo/images/releases`, {
      method: "POST",
      headers: token === "" ? {} : { authorization: `Bearer ${token}` },
      body: JSON.stringify({ tag_name: "v1.0.0", name: "v1.0.0", body: "notes" }),
    });
  expect((await world.fetch("releases/tags/v1.0.0")).status).toBe(404);
  expect((await post("")).status).toBe(404);
  expect((await post("other")).status).toBe(401);
  const made = await post("t0ken");
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({ tag_name: "v1.0.0", body: "notes", draft: false });
  expect(await world.json("releases/tags/v1.0.0")).toMatchObject({ id: 1, tag_name: "v1.0.0", body: "notes" });
  const again = await post("t0ken");
  expect(again.status).toBe(422);
  expect(await again.json()).toMatchObject({ errors: [{ code: "already_exists" }] });
});
