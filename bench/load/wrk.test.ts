import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWrk } from './wrk.ts';

const OUTPUT = `Running 2s test @ http://127.0.0.1:1/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms  310.00us   6.01ms   91.25%
    Req/Sec    26.51k     1.02k   28.00k    80.00%
  52741 requests in 2.00s, 16.45MB read
Requests/sec:  26370.50
Transfer/sec:      8.22MB
`;

test('requests and rate are read from what wrk prints', () => {
  assert.deepEqual(parseWrk(OUTPUT), { requests: 52_741, requestsPerSecond: 26_370.5 });
});

test('a run with refused calls or broken connections is no measurement', () => {
  assert.throws(() => parseWrk(`${OUTPUT}  Non-2xx or 3xx responses: 3\n`), /3 of 52741/);
  assert.throws(() => parseWrk(`${OUTPUT}  Socket errors: connect 0, read 5, write 0, timeout 0\n`), /Socket errors/);
  assert.throws(() => parseWrk('unable to connect'), /unreadable/);
});
