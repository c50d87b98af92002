import { createHash } from 'node:crypto';
import type { PageAnswer } from '../../core/sign-in.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

interface Asset {
  readonly type: string;
  readonly text: string;
  readonly etag: string;
}

function asset(type: string, text: string): Asset {
  return { type, text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['style.css', asset('text/css; charset=utf-8', STYLE)],
  ['passkey.js', asset('text/javascript; charset=utf-8', SCRIPT)],
]);

/** The stylesheet or the script; undefined where the name is neither. */
export function assetAnswer(name: string, ifNoneMatch: string | undefined): PageAnswer | undefined {
  const found = ASSETS.get(name);
  if (found === undefined) return undefined;
  const isKnown = ifNoneMatch?.split(',', 16).some((tag) => tag.trim().replace('W/', '') === found.etag) === true;
  return {
    status: isKnown ? 304 : 200,
    headers: {
      'content-type': found.type,
      etag: found.etag,
      'cache-control': 'public, no-cache',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    },
    body: isKnown ? '' : found.text,
  };
}
