import { FORM_BYTES_MAX, type PageRequest } from '../../core/sign-in.ts';

const FIELDS_MAX = 32;

export type FormResult =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly fault: string };

/** Reads a form. A field that comes twice is refused: which of the two counts would depend on the reader. */
export function readForm({ body, headers }: Pick<PageRequest, 'body' | 'headers'>): FormResult {
  if (body.length > FORM_BYTES_MAX) return { ok: false, status: 413, fault: 'the form is too long' };
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    return { ok: false, status: 415, fault: 'it is not sent as a form' };
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(Buffer.from(body).toString('utf8'))) {
    if (fields.has(name)) return { ok: false, status: 400, fault: 'a field comes twice' };
    if (fields.size >= FIELDS_MAX) return { ok: false, status: 400, fault: 'it has too many fields' };
    fields.set(name, value);
  }
  return { ok: true, fields };
}
