export type ReplyBody =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "bytes"; readonly contentType: string; readonly bytes: Uint8Array };

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: { kind: "json", value } };
}

/** An error as GitHub words it. */
export function refusal(status: number, message: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  return json({ message, ...more, documentation_url: "https://docs.github.com/rest", status: String(status) }, status);
}

export function notFound(): Reply {
  return refusal(404, "Not Found");
}

export function noCommonAncestor(base: string, head: string): Reply {
  return refusal(404, `No common ancestor between ${base} and ${head}.`);
}
