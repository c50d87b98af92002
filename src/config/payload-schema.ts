import type { PayloadException, PayloadPolicy } from '../core/payload.ts';
import { ATTACK_CLASSES, PROFILES } from '../detect/attack-class.ts';
import { exceptionPathProblem } from '../detect/payload/exceptions.ts';
import { DEFAULT_PAYLOAD_POLICY } from './defaults.ts';
import { name } from './formats-places.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { list, refined, wordOrObject } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { boolean, integer, malformed, text, word } from './schema-values.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

const unread = word(['refuse', 'scan-what-fits', 'pass']);

const exception: Schema<PayloadException> = refined(
  object({
    path: required(
      keyPath(),
      'Key path that findings name, such as body.note, body.items[].html or query.q; a last * stands for everything beneath.',
    ),
    class: required(word(ATTACK_CLASSES), 'Class of attack that is let through there; every other is still refused.'),
    consumer: optional(name('a consumer'), 'Only calls of this consumer.'),
    expires: required(day(), 'Last day it counts, in UTC, such as 2027-01-31.'),
  }),
  ({ path, class: attack, consumer, expires }) => ({ path, class: attack, consumer, expiresMs: expires }),
);

/** `off`, a profile, or a record. */
export const payload: Schema<PayloadPolicy | 'off'> = refined(
  wordOrObject(
    word(['off', ...PROFILES]),
    object({
      profile: withDefault(
        word(PROFILES),
        'default',
        'How much has to speak for an attack: of benign calls relaxed refuses one in a thousand, default one in two hundred, strict one in a hundred.',
      ),
      onLimit: withDefault(
        unread,
        DEFAULT_PAYLOAD_POLICY.onLimit,
        'Beyond 2,000 values, 64 levels or 256 KiB of text: refuse with 413, scan what fits from both ends, or pass. A body of which nothing fits is refused unless it says pass.',
      ),
      onMalformed: withDefault(
        unread,
        DEFAULT_PAYLOAD_POLICY.onMalformed,
        'What servers could read in two ways, such as a JSON key that comes twice: refuse with 400, look at it as it stands, or pass it as it stands.',
      ),
      suspiciousMax: withDefault(
        integer(0, 100_000),
        DEFAULT_PAYLOAD_POLICY.suspiciousMax,
        'Suspicious calls of one consumer, else of one address, that pass in ten minutes; 0: all of them.',
      ),
      learn: withDefault(
        boolean(),
        DEFAULT_PAYLOAD_POLICY.learn,
        'Learn from accepted calls what each parameter holds, take what it never holds for more of an attack, and what it usually holds for less.',
      ),
      exceptions: withDefault(list(exception, { max: 256 }), [], 'What is let through, and until when.', 'none'),
    }),
  ),
  (value): PayloadPolicy | 'off' => {
    if (value === 'off') return 'off';
    return typeof value === 'string' ? { ...DEFAULT_PAYLOAD_POLICY, profile: value } : value;
  },
);

function keyPath(): Schema<string> {
  return text({
    expected: 'a key path such as body.note or query.q',
    parse(value) {
      const problem = exceptionPathProblem(value);
      return problem === undefined
        ? { ok: true, value }
        : malformed(`is not a key path: it ${problem}`, 'copy the path out of the detail of the finding');
    },
  });
}

/** The moment after a day, in milliseconds of Unix time. */
function day(): Schema<number> {
  return text({
    expected: 'a day such as 2027-01-31',
    pattern: DAY.source,
    parse(value) {
      const startMs = DAY.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
      if (Number.isNaN(startMs) || !new Date(startMs).toISOString().startsWith(value))
        return malformed('is not a day', 'write year, month and day, such as 2027-01-31');
      return { ok: true, value: startMs + DAY_MS };
    },
  });
}
