interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, from `min` on. */
  readonly names: readonly string[];
}

// https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  { name: "day of the week", min: 0, max: 6, names: "sun mon tue wed thu fri sat".split(" ") },
];

/**
 * Why GitHub refuses a schedule; undefined: it does not. What is allowed but pointless passes: runs that are less than
 * five minutes apart are put off, and the 31st of February never comes.
 */
export function cronFault(cron: string): string | undefined {
  const texts = cron.split(/ +/);
  if (texts.length !== FIELDS.length || /[^\S ]/.test(cron)) {
    const white = cron.trim() === cron ? "" : ", white space at its ends counted";
    return `has ${texts.length} ${texts.length === 1 ? "field" : "fields"}, not ${FIELDS.length}${white}`;
  }
  for (const [index, field] of FIELDS.entries()) {
    for (const part of texts[index]?.split(",") ?? []) {
      if (!isPart(part, field)) return `has the ${field.name} ${JSON.stringify(part)}, not ${wanted(field)}`;
    }
  }
  return undefined;
}

/** `*`, a value or a range of them, each with or without a step. */
function isPart(part: string, field: Field): boolean {
  const [span = "", step, ...more] = part.split("/");
  if (more.length > 0 || (step !== undefined && !isStep(step, field))) return false;
  if (span === "*") return true;
  const [first = "", last, ...rest] = span.split("-");
  const from = numberOf(first, field);
  const to = last === undefined ? from : numberOf(last, field);
  return rest.length === 0 && from !== undefined && to !== undefined && from <= to;
}

function isStep(step: string, { max }: Field): boolean {
  return /^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= max;
}

function numberOf(text: string, { min, max, names }: Field): number | undefined {
  const name = names.indexOf(text.toLowerCase());
  if (name !== -1) return min + name;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
}

function wanted({ min, max, names }: Field): string {
  const named = names.length === 0 ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  return `${min} to ${max}${named}`;
}
