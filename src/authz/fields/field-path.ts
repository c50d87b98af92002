/** One step from a value to one within it. */
export type FieldStep =
  | { readonly kind: 'member'; readonly name: string }
  /** Any one member of an object. */
  | { readonly kind: 'anyMember' }
  /** Any one element of an array. */
  | { readonly kind: 'element' }
  /** Any number of members and elements, also none. */
  | { readonly kind: 'anyDepth' };

export type FieldPathResult =
  | { readonly ok: true; readonly steps: readonly FieldStep[] }
  | { readonly ok: false; readonly error: string; readonly fix?: string };

const STEPS_MAX = 32;
const ANY_MEMBER: FieldStep = Object.freeze({ kind: 'anyMember' });
const ELEMENT: FieldStep = Object.freeze({ kind: 'element' });
const ANY_DEPTH: FieldStep = Object.freeze({ kind: 'anyDepth' });

/**
 * Reads a path such as `items[].price`, `address.*`, `**.cardNumber` or `"odd.name".x`: names with dots between them, `*` for
 * any member, `[]` for any element, `**` for any depth. Names with other characters stand in quotes, as in JSON.
 */
export function parseFieldPath(text: string): FieldPathResult {
  const steps: FieldStep[] = [];
  let at = 0;
  let afterDot = true;
  while (at < text.length) {
    const element = text.startsWith('[]', at) ? 2 : text.startsWith('[*]', at) ? 3 : 0;
    if (element > 0) {
      if (afterDot && steps.length > 0) return { ok: false, error: 'has a dot before []' };
      steps.push(ELEMENT);
      at += element;
      afterDot = false;
    } else if (text[at] === '[')
      return { ok: false, error: 'names one element of an array', fix: 'write [] for all of them' };
    else if (text[at] === '.') {
      if (afterDot) return { ok: false, error: 'has an empty step' };
      afterDot = true;
      at++;
    } else {
      if (!afterDot) return { ok: false, error: 'has no dot between two steps' };
      const end = text[at] === '"' ? endOfQuoted(text, at) : endOfPlain(text, at);
      const step = stepOf(text.slice(at, end));
      if (step === undefined)
        return {
          ok: false,
          error: `has a step that is no name, at character ${at + 1}`,
          fix: 'put the name in quotes',
        };
      if (step === ANY_DEPTH && steps.at(-1) === ANY_DEPTH) return { ok: false, error: 'has ** twice in a row' };
      steps.push(step);
      at = end;
      afterDot = false;
    }
    if (steps.length > STEPS_MAX) return { ok: false, error: `has more than ${STEPS_MAX} steps` };
  }
  return afterDot ? { ok: false, error: text === '' ? 'is empty' : 'ends in a dot' } : { ok: true, steps };
}

function endOfPlain(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '.' && text[at] !== '[') at++;
  return at;
}

/** Behind the closing quote, or the end of the text. */
function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function stepOf(text: string): FieldStep | undefined {
  if (text === '*') return ANY_MEMBER;
  if (text === '**') return ANY_DEPTH;
  if (!text.startsWith('"')) return /^[^\s"*\\/\p{C}]+$/u.test(text) ? { kind: 'member', name: text } : undefined;
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === 'string' ? { kind: 'member', name } : undefined;
  } catch {
    return undefined;
  }
}
