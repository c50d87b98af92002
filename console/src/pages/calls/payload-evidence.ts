import type { Call } from '../../api/shapes.ts';

/** A value of a call that looked like an attack, as far as it is recorded. */
export interface PayloadEvidence {
  /** Kind of attack, for instance `sqli`. */
  readonly attack: string;
  /** The mildest profile that refuses it, or `near` where none does. */
  readonly severity: string;
  /** Key path, as exceptions name it. */
  readonly path: string;
  /** What was found, piece by piece; only of the value that decided. */
  readonly pieces: readonly string[];
}

const SIGNAL = /^payload\.([a-z0-9]+):(relaxed|default|strict|near):(.+)$/;

/** What the record says of the values of a call, the one that decided first. Values themselves are never recorded. */
export function payloadEvidence(call: Call): readonly PayloadEvidence[] {
  const detail = detailOf(call);
  return call.signals.flatMap((signal) => {
    const [, attack = '', severity = '', path = ''] = SIGNAL.exec(signal) ?? [];
    if (attack === '') return [];
    const decided = detail.startsWith(`${attack} with `) && isPlace(detail, path);
    return [{ attack, severity, path, pieces: decided ? detail.split('; ').filter(isEvidence) : [] }];
  });
}

/** The detail of the stage that inspects, whether it enforced or not. */
function detailOf({ trace, detail }: Call): string {
  return trace.find(({ stage }) => stage === 'inspect')?.detail ?? detail;
}

function isPlace(detail: string, path: string): boolean {
  const place = path.replace(/\.\*$/, '');
  return detail.includes(` in ${place} (`) || detail.includes(` in a name in ${place} (`);
}

/** The command that makes an exception is a button here. */
function isEvidence(piece: string): boolean {
  return !piece.startsWith('exception: ');
}
