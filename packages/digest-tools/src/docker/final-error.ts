/**
 * What BuildKit gave up with: the last line of buildx's output that begins with ERROR. What came before may be anything,
 * the output of what a build ran among it.
 */
export function finalError(said: string): string | undefined {
  return said.split("\n").findLast((line) => line.startsWith("ERROR: "));
}

/**
 * Whether the same build may succeed in a moment, as far as its final error says: a registry or another server answered with
 * 429 or 5xx, or the network failed. What a build ran itself is never run again: it has done what it has done.
 */
export function mayPass(error: string): boolean {
  return !error.includes("did not complete successfully") && PASSING.some((pattern) => pattern.test(error));
}

const PASSING = [
  /\bstatus\b.{0,200}\b5\d\d\b/i,
  /\b5\d\d (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)/i,
  /\b429 Too Many Requests\b|\btoomanyrequests\b/i,
  /\bconnection re(?:set|fused)\b|\bbroken pipe\b/i,
  /\bi\/o timeout\b|\bTLS handshake timeout\b|\bnetwork is unreachable\b|\bno route to host\b/i,
  /\blookup \S+.*(?:no such host|server misbehaving|Temporary failure)/i,
  /\bremote error: tls\b|\btls: (?!failed to verify)/i,
  /\bunexpected EOF\b|: EOF$/,
];
