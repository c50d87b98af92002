import { get } from './measure/readiness.ts';
import type { StartedSystem, System } from './systems/system.ts';
import { LIMITED_PATH, MEASURED_PATH, UPSTREAM_BODY } from './systems/system.ts';

const INJECTION = `${MEASURED_PATH}?q=${encodeURIComponent("' OR 1=1--")}`;

/**
 * Proves that a system does what its row says, before it is measured: a figure for a check that is not on is worth
 * less than none. Returns what is wrong, in words; an empty list means the row is honest.
 */
export async function canary(system: System, started: StartedSystem): Promise<string[]> {
  const faults: string[] = [];
  const { port, key } = started;
  const withKey = (value: string | undefined): Record<string, string> =>
    value === undefined ? {} : { 'x-api-key': value };
  const expect = async (what: string, path: string, headers: Record<string, string>, statuses: readonly number[]) => {
    const answer = await get(port, path, headers);
    if (!statuses.includes(answer.status)) faults.push(`${what}: ${answer.status} instead of ${statuses.join(' or ')}`);
    return answer;
  };

  const good = await expect('a permitted call', MEASURED_PATH, withKey(key), [200]);
  if (good.body !== UPSTREAM_BODY) faults.push("a permitted call: the body is not the upstream's");
  if (system.checks.includes('key')) {
    if (key === undefined) faults.push('the key check has no key');
    await expect('a call without a key', MEASURED_PATH, {}, [401, 403]);
    await expect('a call with an invented key', MEASURED_PATH, withKey('wrong-key'), [401, 403]);
    await expect('a call with an altered key', MEASURED_PATH, withKey(altered(key ?? '')), [401, 403]);
  }
  if (system.checks.includes('scope')) {
    await expect('a call whose key lacks the scope', MEASURED_PATH, withKey(started.keyWithoutScope), [403]);
  }
  if (system.checks.includes('limit')) {
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) seen.push((await get(port, LIMITED_PATH, withKey(key))).status);
    if (seen[0] !== 200) faults.push(`the first call under a limit: ${seen[0]} instead of 200`);
    if (!seen.includes(429)) faults.push(`six calls under a limit of one a minute: ${seen.join(', ')} and no 429`);
  }
  if (system.checks.includes('payload')) {
    await expect('a call with SQL injection', INJECTION, withKey(key), [403]);
  }
  if (system.checks.includes('event')) {
    const recorded = (await started.provesEvent?.(good.headers)) ?? false;
    if (!recorded) faults.push('a permitted call: its event was not found');
  }
  return faults;
}

/** The key with one character changed in its middle: of the right form, of no key. */
function altered(key: string): string {
  const at = key.length >> 1;
  return key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1);
}
