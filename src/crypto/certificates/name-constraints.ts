import { contextTag, DerFault, DerReader, TAG } from './der.ts';
import { type GeneralName, generalName } from './general-names.ts';

/** Which names the certificates below an authority may have (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

interface Subtree {
  /** `other`: a form that is not understood here. */
  readonly form: GeneralName['form'];
  /** Lower case; empty stands for every name of the form. */
  readonly base: string;
}

const SUBTREES_MAX = 256;

export function readNameConstraints(contents: Uint8Array): NameConstraints {
  const fields = new DerReader(contents);
  const permitted = readSubtrees(fields.maybe(contextTag(0, true))?.contents);
  const excluded = readSubtrees(fields.maybe(contextTag(1, true))?.contents);
  fields.finish();
  return { permitted, excluded };
}

function readSubtrees(contents: Uint8Array | undefined): readonly Subtree[] {
  if (contents === undefined) return [];
  const list = new DerReader(contents);
  const subtrees: Subtree[] = [];
  while (!list.atEnd) {
    if (subtrees.length >= SUBTREES_MAX) throw new DerFault('there are too many name constraints');
    const fields = list.enter(TAG.sequence);
    const base = fields.next();
    // `minimum` is 0 and `maximum` absent, and DER does not write defaults.
    fields.finish();
    const { form, text, malformed } = generalName(base.tag, base.contents);
    if (malformed && base.contents.length > 0) throw new DerFault('a name constraint is malformed');
    subtrees.push({ form, base: text.toLowerCase() });
  }
  return subtrees;
}

/**
 * Empty, or why the names of a certificate are not within the constraints of an authority above it. Constraints of forms
 * that are not understood (directory names, addresses) refuse every certificate that could be meant by them, since
 * nobody can say whether they hold.
 */
export function violatedConstraint({ permitted, excluded }: NameConstraints, names: readonly GeneralName[]): string {
  for (const { form } of permitted) if (form === 'other') return 'a name constraint has a form that is not understood';
  for (const { form } of excluded) if (form === 'other') return 'a name constraint has a form that is not understood';
  for (const name of names) {
    if (name.form === 'other') continue;
    if (name.malformed) return 'a name that is constrained is malformed';
    for (const subtree of excluded)
      if (subtree.form === name.form && isWithin(name, subtree, true)) return 'a name is excluded by an authority';
    let asked = false;
    let within = false;
    for (const subtree of permitted)
      if (subtree.form === name.form) {
        asked = true;
        within ||= isWithin(name, subtree, false);
      }
    if (asked && !within) return 'a name is not permitted by an authority';
  }
  return '';
}

/** `unclear`: the answer for a name that has no host to compare. */
function isWithin({ form, text }: GeneralName, { base }: Subtree, unclear: boolean): boolean {
  if (base === '') return true;
  const lower = text.toLowerCase();
  switch (form) {
    case 'dns':
      // A wildcard stands for names below it: it is within where they are, and excluded where one of them could be.
      if (unclear && lower.startsWith('*.') && isBelow(base, lower.slice(1))) return true;
      return lower === base || isBelow(lower, base.startsWith('.') ? base : `.${base}`);
    case 'email': {
      const at = lower.lastIndexOf('@');
      if (at === -1) return unclear;
      if (base.includes('@')) return lower === base;
      const host = lower.slice(at + 1);
      return base.startsWith('.') ? isBelow(host, base) : host === base;
    }
    case 'uri': {
      const host = uriHost(lower);
      if (host === undefined) return unclear;
      return base.startsWith('.') ? isBelow(host, base) : host === base;
    }
    case 'other':
      return unclear;
  }
}

function isBelow(name: string, dotted: string): boolean {
  return name.length > dotted.length && name.endsWith(dotted);
}

/** Host of a URI with an authority; undefined where there is none, or where it is an address and not a name. */
function uriHost(uri: string): string | undefined {
  const start = uri.indexOf('://');
  if (start === -1) return undefined;
  let end = start + 3;
  while (end < uri.length && uri[end] !== '/' && uri[end] !== '?' && uri[end] !== '#') end++;
  const authority = uri.slice(start + 3, end);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const colon = host.indexOf(':');
  const name = colon === -1 ? host : host.slice(0, colon);
  if (name === '' || name.startsWith('[') || isNumeric(name)) return undefined;
  return name;
}

function isNumeric(host: string): boolean {
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i);
    if (code !== 0x2e && (code < 0x30 || code > 0x39)) return false;
  }
  return true;
}
