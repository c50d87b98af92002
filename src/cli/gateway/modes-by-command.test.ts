import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfiguration } from '../../config/default-configuration.ts';
import type { ModeOverride } from '../../ports.ts';
import { shownModes } from './modes-by-command.ts';
import type { GatewayState } from './state.ts';

test('each mode is laid over the routes once, however many are shown', async () => {
  const base = defaultConfiguration();
  let read = 0;
  const modes = Array.from({ length: 20 }, (_, at): ModeOverride => {
    const override = { scope: 'path', target: `/orders/${at}`, setAtMs: at } as const;
    return Object.defineProperty({ ...override, mode: 'enforce' }, 'mode', {
      get: () => {
        read++;
        return 'enforce';
      },
    });
  });
  const settings = { listModes: () => Promise.resolve(modes) };
  const shown = await shownModes(base, { settings } as unknown as GatewayState);
  assert.deepEqual(
    new Set(shown.map(({ inForce, configured }) => `${inForce} ${configured}`)),
    new Set(['enforce observe']),
  );
  assert.equal(read, 2 * modes.length, 'once to be laid, once to be shown');
});
