import { isName } from '../schema-reports.ts';
import { holdsCredential } from '../shown-text.ts';

const NAME_LENGTH_MAX = 56;

/** Names of routes, upstreams and methods, made from any text and each given once. */
export class DraftNames {
  readonly #taken = new Set<string>();

  take(wanted: string, otherwise: string): string {
    const plain = nameFrom(wanted) ?? otherwise;
    for (let count = 1; ; count++) {
      const name = count === 1 ? plain : `${plain}-${count}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

/** The text as a name of the configuration, or undefined where nothing is left of it. */
export function nameFrom(text: string): string | undefined {
  if (holdsCredential(text)) return undefined;
  const name = text
    .slice(0, 512)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, NAME_LENGTH_MAX)
    .replace(/[-._]+$/, '');
  return isName(name) ? name : undefined;
}

/** Whether text of a foreign file may be written as a value: it refers to nothing, is no credential, and is one short line. */
export function isPlainText(text: string): boolean {
  if (text === '' || text.length > 512 || text.includes('${') || holdsCredential(text)) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000)) return false;
  }
  return true;
}
