import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

// https://www.w3.org/TR/png-3/#11tEXt
const [KEYWORD, TYPE] = ["Source", "tEXt"];
const SIGNATURE = 8;

/** A picture with a chunk that says which text it was made from. */
export function stamped(png: Buffer, source: string): Buffer {
  const data = Buffer.from(`${TYPE}${KEYWORD}\0${digestOf(source)}`, "latin1");
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length - TYPE.length);
  check.writeUInt32BE(crc32(data));
  // Behind the header, which is the first chunk.
  const after = SIGNATURE + 12 + png.readUInt32BE(SIGNATURE);
  return Buffer.concat([png.subarray(0, after), length, data, check, png.subarray(after)]);
}

/** Whether a picture says that it was made from this text. */
export function isStamped(png: Buffer, source: string): boolean {
  return png.includes(`${TYPE}${KEYWORD}\0${digestOf(source)}`, 0, "latin1");
}

function digestOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}
