const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `1,234`; below ten with a digit after the point, where there is one. */
export function number(value: number): string {
  return (Math.abs(value) < 10 ? tenths : numbers).format(value);
}

/** `1,234 pushes` */
export function count(value: number, singular: string, plural: string = `${singular}s`): string {
  return `${number(value)} ${value === 1 ? singular : plural}`;
}

/** `2.7 %` */
export function share(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 0.1) return "under 0.1 %";
  if (part < whole && percent > 99.9) return "over 99.9 %";
  return `${tenths.format(percent)} %`;
}

/** `41 s`, `12 min`, `5.2 h` */
export function duration(seconds: number): string {
  if (seconds < 100) return `${number(Math.round(seconds))} s`;
  const minutes = seconds / 60;
  if (minutes < 100) return `${number(minutes)} min`;
  return `${number(minutes / 60)} h`;
}

/** `2026-11-27` */
export function day(iso: string): string {
  return moment(iso).slice(0, 10);
}

/** `2026-11-27 05:54`, in UTC as nobody knows where it is read. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toISOString().slice(0, 16).replace("T", " ");
}

/** `5 min`, `3 h`, `12 days`, between two times. */
export function age(from: string, to: string): string {
  const minutes = Math.max(0, Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${number(Math.floor(hours / 24))} days`;
}
