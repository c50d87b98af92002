import type { SeededRandom } from './random.ts';

/** One to three small changes of a JSON text. */
export function editJson(random: SeededRandom, json: string): string {
  const characters = [...'{}[]":,\\u0123456789dDabcfeE+-.tnr \n\t\0é/'];
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(json.length + 1);
    json = json.slice(0, at) + random.pick(characters) + json.slice(at + random.below(3));
  }
  return json;
}

/** None to three of the members, none of them twice. */
export function some(random: SeededRandom, members: readonly string[]): string[] {
  return [...new Set(Array.from({ length: random.below(4) }, () => random.pick(members)))];
}

/** An object of members in any order, with white space that means nothing in some places. */
export function objectText(random: SeededRandom, members: readonly string[]): string {
  const ordered = [...members];
  for (let i = ordered.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    const moved = ordered[i] ?? '';
    ordered[i] = ordered[other] ?? '';
    ordered[other] = moved;
  }
  const space = random.pick(['', '', '', ' ', '\n\t', '\r\n']);
  return `${space}{${space}${ordered.join(`${space},${space}`)}${space}}${space}`;
}

/** The same text for a reader of JSON, with some characters escaped. */
export function escapeSome(random: SeededRandom, text: string): string {
  return [...text]
    .map((character) => {
      const code = character.charCodeAt(0).toString(16).padStart(4, '0');
      return random.isHeads() ? `\\u${random.isHeads() ? code : code.toUpperCase()}` : character;
    })
    .join('');
}
