import type { HttpOwnersConfig } from '../../core/ownership.ts';
import type { Fetch } from '../../ports.ts';
import { askJson } from '../outside/json-answer.ts';
import { valueAt } from '../outside/json-pointer.ts';
import { ABSENT, failed, type OwnerSource, owned } from './owner-source.ts';
import { identityText, ownersOf } from './owner-values.ts';

/**
 * Owners that a resource answers: its URL holds the object, percent-encoded, as one segment of the path or one value of the
 * query. 404 and 410 say that there is no such object; everything else but 200 is a failure.
 */
export function createHttpOwners(config: HttpOwnersConfig, send: Fetch): OwnerSource {
  const { url, ownerPointer, objectPointer, token, timeoutSeconds, allowPrivateAddresses, caFile } = config;
  return async (object) => {
    // As a segment, these would be steps up the path of the server (RFC 3986 §5.2.4), however they were encoded.
    if (object === '.' || object === '..') return ABSENT;
    const answer = await askJson(
      {
        method: 'GET',
        url: `${url.before}${encodeURIComponent(object)}${url.after}`,
        body: undefined,
        timeoutMs: timeoutSeconds * 1_000,
        allowPrivateAddresses,
        caFile,
      },
      token,
      send,
    );
    switch (answer.kind) {
      case 'absent':
        return ABSENT;
      case 'failed':
        return answer;
      case 'json': {
        // It answered for another object than was asked: a case that folds, a number that was read from a text.
        if (objectPointer !== undefined && identityText(valueAt(answer.value, objectPointer)) !== object) return ABSENT;
        const owners = ownersOf(valueAt(answer.value, ownerPointer));
        return owners === undefined ? failed('what it answered names no owner', false) : owned(owners);
      }
    }
  };
}
