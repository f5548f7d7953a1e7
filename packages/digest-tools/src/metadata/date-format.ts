// cspell:ignore Hmmss hmmss BCFIJKOPRTU Vbcfijnopqrtuv
import dayjs from "dayjs";
import advancedFormat from "dayjs/plugin/advancedFormat.js";
import isoWeek from "dayjs/plugin/isoWeek.js";
import timezone from "dayjs/plugin/timezone.js";
import utc from "dayjs/plugin/utc.js";
import weekOfYear from "dayjs/plugin/weekOfYear.js";

dayjs.extend(utc);
dayjs.extend(timezone);
dayjs.extend(isoWeek);
dayjs.extend(weekOfYear);
dayjs.extend(advancedFormat);

// Moment's tokens (https://momentjs.com/docs/#/displaying/format/), the longest first, as it cuts a format into them.
const MOMENT_TOKEN =
  /\[[^[\]]*\]|Hmmss|Hmm|hmmss|hmm|MMMM|MMM|Mo|MM|M|DDDD|DDDo|DDD|Do|DD|D|dddd|ddd|do|dd|d|wo|ww|w|Wo|WW|W|Qo|Q|N{1,5}|Y{1,6}|y{1,4}o?|gg(?:ggg?)?|GG(?:GGG?)?|e|E|a|A|hh|h|HH|H|kk|k|mm|m|ss|s|S{1,9}|x|X|zz?|ZZ|Z|LTS|LT|L{1,4}|l{1,4}|[\s\S]/g;

// Those that mean the same here.
const TAKEN = new Set(
  "YYYY YY MMMM MMM MM M DD D Do dddd ddd dd d HH H hh h kk k mm m ss s SSS A a ZZ Z X x Q WW W ww w Hmm Hmmss hmm hmmss".split(
    " ",
  ),
);

/** What in a date format is not taken, or undefined. */
export function unknownDateToken(format: string): string | undefined {
  return format
    .match(MOMENT_TOKEN)
    ?.find((token) => /^[A-Za-z]/.test(token) && !TAKEN.has(token) && !LITERAL_LETTER.test(token));
}

// Letters that stand for themselves in Moment's formats and in dayjs's.
// cspell:ignore BCFIJKOPRTU Vbcfijnopqrtuv
const LITERAL_LETTER = /^[BCFIJKOPRTUVbcfijnopqrtuv]$/;

/** Whether a time zone is one that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A date as Moment's `format` writes it. */
export function formatDate(date: Date, format: string, timeZone = "UTC"): string {
  const zoned = timeZone === "UTC" ? dayjs.utc(date) : dayjs(date).tz(timeZone);
  return (format.match(MOMENT_TOKEN) ?? [])
    .map((token) => {
      // Two parts in one token, which dayjs does not know.
      const [, hours, seconds] = /^([Hh])mm(ss)?$/.exec(token) ?? [];
      const parts = hours === undefined ? [token] : [hours, "mm", ...(seconds === undefined ? [] : [seconds])];
      return parts.map((part) => zoned.format(part)).join("");
    })
    .join("");
}
