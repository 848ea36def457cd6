/** Numbers, durations, sizes and dates for people. Pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

/** A metric value in a few characters; non-finite ones as NaN, ∞ and -∞. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : '-∞';
  }
  if (value === 0) {
    return '0';
  }
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    return trimZeros(value.toExponential(3));
  }
  if (Number.isInteger(value)) {
    return String(value);
  }
  return trimZeros(
    size >= 1000 ? value.toFixed(1) : value.toPrecision(size >= 1 ? 5 : 4)
  );
}

/** The whole value, for tooltips and copying. */
export function exactNumber(value: number): string {
  return Number.isNaN(value)
    ? 'NaN'
    : value === Infinity
      ? 'Infinity'
      : value === -Infinity
        ? '-Infinity'
        : String(value);
}

function trimZeros(text: string): string {
  return text.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something took: `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10 * SECOND) {
    return `${trimZeros((Math.max(0, ms) / SECOND).toFixed(1))} s`;
  }
  const pair = (
    big: number,
    small: number,
    bigUnit: string,
    smallUnit: string
  ) => {
    const whole = Math.floor(ms / big);
    const rest = Math.floor((ms % big) / small);
    return rest
      ? `${whole} ${bigUnit} ${rest} ${smallUnit}`
      : `${whole} ${bigUnit}`;
  };
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }
  if (ms < HOUR) {
    return pair(MINUTE, SECOND, 'min', 's');
  }
  return ms < DAY ? pair(HOUR, MINUTE, 'h', 'min') : pair(DAY, HOUR, 'd', 'h');
}

/** How long ago, in one short word: `now`, `5 min`, `3 h`, `2 d`, `4 mo`, `2 y`. */
export function formatAge(
  timeMs: number,
  nowMs: number,
  trans: TranslationBundle
): string {
  const ms = nowMs - timeMs;
  if (ms < MINUTE) {
    return trans.__('now');
  }
  if (ms < HOUR) {
    return trans.__('%1 min', Math.floor(ms / MINUTE));
  }
  if (ms < DAY) {
    return trans.__('%1 h', Math.floor(ms / HOUR));
  }
  if (ms < 60 * DAY) {
    return trans.__('%1 d', Math.floor(ms / DAY));
  }
  return ms < 730 * DAY
    ? trans.__('%1 mo', Math.floor(ms / (30 * DAY)))
    : trans.__('%1 y', Math.floor(ms / (365 * DAY)));
}

/** Date and time in the reader's zone and language; with seconds unless `isShort`. */
export function formatTime(timeMs: number, isShort: boolean = false): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime())
    ? String(timeMs)
    : date.toLocaleString(undefined, {
        dateStyle: 'medium',
        timeStyle: isShort ? 'short' : 'medium'
      });
}

/** A size: `0 B`, `999 B`, `1.5 kB`, `20 MB` (steps of 1,000). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${trimZeros(size.toFixed(digits))} ${units[unit]}`;
}

/** Text on one line for tooltips and labels: line breaks and control characters become spaces, long text is cut. */
export function oneLine(text: string, limit: number = 200): string {
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}
