/**
 * `error`: something protected the source and is not carried over; what it protected is closed, or somebody has to look.
 * `warning`: something works differently, never more openly. `note`: what is left to do.
 */
export type ImportSeverity = 'error' | 'warning' | 'note';

export interface ImportNote {
  readonly severity: ImportSeverity;
  readonly file?: string;
  readonly line: number;
  /** What it is about, as the source names it. */
  readonly subject: string;
  readonly message: string;
}

const NOTES_MAX = 1000;
const SUBJECT_LENGTH_MAX = 120;

/** What an importer has to say, in the order of the source. Repetitions are kept once; at most 1000, the last of which says how many are missing. */
export class ImportNotes {
  readonly #notes: ImportNote[] = [];
  readonly #seen = new Set<string>();
  readonly #subjects = new Set<string>();
  #left = 0;
  #errorsLeft = 0;

  add(severity: ImportSeverity, line: number, subject: string, message: string, file?: string): void {
    const shown = printable(subject).slice(0, SUBJECT_LENGTH_MAX);
    const key = `${severity}\n${file ?? ''}\n${line}\n${shown}\n${message}`;
    if (this.#seen.has(key)) return;
    this.#subjects.add(place(line, shown.split(' ', 1)[0] ?? '', file));
    if (this.#notes.length >= NOTES_MAX) {
      this.#left++;
      if (severity === 'error') this.#errorsLeft++;
      return;
    }
    this.#seen.add(key);
    this.#notes.push({ severity, line, subject: shown, message, ...(file === undefined ? {} : { file }) });
  }

  /** Whether something was said of a line about this, or of this at some place. */
  saysOf(line: number, subject: string, file?: string): boolean {
    return this.#subjects.has(place(line, subject, file));
  }

  list(): readonly ImportNote[] {
    const sorted = [...this.#notes].sort(
      (left, right) => (left.file ?? '').localeCompare(right.file ?? '') || left.line - right.line,
    );
    if (this.#left === 0) return sorted;
    const severity = this.#errorsLeft > 0 ? 'error' : 'warning';
    return [...sorted, { severity, line: 0, subject: '', message: `${this.#left} more are not listed` }];
  }
}

function place(line: number, subject: string, file = ''): string {
  return `${file}\n${line}\n${subject}`;
}

/** Line that has attacks looked for on every route, for what no importer switches on by itself. */
export const PAYLOAD_LINE = 'inspect: { payload: default }';

/** Says what the source does not ask of calls, and how to have it asked. */
export function noteNotAsked(notes: ImportNotes): void {
  notes.add('note', 1, 'payload', `attacks in calls are not looked for yet: write ${PAYLOAD_LINE} beside mode`);
}

/** One line without characters that act on a terminal or end a comment. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
