/** Whatever no tag can hold becomes a dash, as in docker/metadata-action. */
export function sanitizeTag(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, "-");
}
