import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdminClient, type AdminReply, AdminUnreachable } from './admin-client.ts';
import { askHoldings, type HoldingsAnswer } from './stored-holdings.ts';

const NOW = 1_800_000_000_000;

/** What is found out of a gateway that holds these keys and consumers, and what it was asked. */
async function asked(
  answer: (path: string) => AdminReply,
): Promise<HoldingsAnswer & { readonly paths: readonly string[]; readonly closed: number }> {
  const paths: string[] = [];
  let closed = 0;
  const client: AdminClient = {
    dataUrl: '',
    offline: false,
    request: (_method, path) => {
      paths.push(path);
      return Promise.resolve(answer(path));
    },
    close: () => {
      closed++;
    },
  };
  const answered = await askHoldings('nowhere', NOW, () => Promise.resolve(client));
  return { ...answered, paths, closed };
}

const page = (items: readonly unknown[], next?: string): AdminReply => ({ status: 200, body: { items, next } });

test('keys that have ended hold no scopes, those that never end and those that end later do', async () => {
  const keys = [
    { scopes: ['ended'], expiresAtMs: NOW - 1 },
    { scopes: ['ends-now'], expiresAtMs: NOW },
    { scopes: ['ends-later', 'shared'], expiresAtMs: NOW + 1 },
    { scopes: ['endless', 'shared'], expiresAtMs: 0 },
  ];
  const { stored, notAsked, paths, closed } = await asked((path) => page(path.startsWith('/api/v1/keys') ? keys : []));
  assert.deepEqual([...(stored?.keyScopes ?? [])].sort(), ['endless', 'ends-later', 'shared']);
  assert.deepEqual([notAsked, closed], [[], 1]);
  assert.ok(paths[0]?.startsWith('/api/v1/keys?status=active&'), 'revoked and disabled ones are not asked for');
});

test('all pages of a list are read, and a list that has no end is said not to have been asked', async () => {
  const consumers: Readonly<Record<string, AdminReply>> = {
    '': page([{ groups: ['a'], tier: 'gold' }], 'b/c'),
    '&cursor=b%2Fc': page([{ groups: ['b'], tier: '' }]),
  };
  const { stored, notAsked } = await asked((path) =>
    path.startsWith('/api/v1/keys') ? page([], 'again') : (consumers[path.split('limit=400')[1] ?? ''] ?? page([])),
  );
  assert.deepEqual(
    [[...(stored?.groups ?? [])], [...(stored?.tiers ?? [])]],
    [
      ['a', 'b'],
      ['gold', ''],
    ],
  );
  assert.equal(stored?.keyScopes, undefined);
  assert.match(notAsked.join(), /scopes of keys: there are more than 20000/);
});

test('a gateway that refuses, and one that cannot be reached, leave the file to be judged alone', async () => {
  const refused = await asked(() => ({ status: 503, body: {} }));
  assert.equal(refused.stored, undefined);
  assert.match(refused.notAsked.join(), /answered 503/);
  const gone = await askHoldings('nowhere', NOW, () => Promise.reject(new AdminUnreachable('it is gone', 'start it')));
  assert.deepEqual(gone, {
    stored: undefined,
    notAsked: ['scopes of keys, groups and tiers of consumers: it is gone'],
  });
});
