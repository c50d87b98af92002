import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followUp } from './follow-up.ts';

test('a command to paste says again which gateway it is for, as one word of a shell', () => {
  const said = (values: Readonly<Record<string, string>>): string =>
    followUp({ values, positionals: [] }, "observe '/orders/*'");
  assert.equal(said({}), "./sallyport observe '/orders/*'");
  assert.equal(said({ since: '24h', data: '/srv/data' }), "./sallyport observe '/orders/*' --data /srv/data");
  assert.equal(
    said({ data: "it's here", config: 'gateway.yaml', admin: 'https://gateway.example:8081' }),
    `./sallyport observe '/orders/*' --config gateway.yaml --data 'it'\\''s here' --admin https://gateway.example:8081`,
  );
});
