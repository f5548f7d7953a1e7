/** Why a text is not cosign's public key, as the end of a sentence; undefined: it is one. */
export function publicKeyFault(text: string): string | undefined {
  if (/PRIVATE KEY-----/.test(text)) return "holds a private key";
  if (text.length > 16_384) return `has ${text.length} characters`;
  return /^\s*-----BEGIN PUBLIC KEY-----\s[\sA-Za-z0-9+/=]+-----END PUBLIC KEY-----\s*$/.test(text)
    ? undefined
    : "does not hold one key between -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----";
}
