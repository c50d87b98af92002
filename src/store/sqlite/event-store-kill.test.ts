import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { encodeEvents, sampleEvent } from '../../pipeline/event-samples.test.ts';
import { openSqliteEventStore } from './event-store.ts';

const EVENTS_PER_APPEND = 40;
const idOf = (append: number, i: number): string => `abcdefghjkmn${String(append * 100 + i).padStart(8, '0')}`;

const [, , role, databaseFile] = process.argv;

if (role === 'append-until-killed' && databaseFile !== undefined) {
  const store = openSqliteEventStore(databaseFile);
  for (let append = 0; ; append++) {
    const events = Array.from({ length: EVENTS_PER_APPEND }, (_, i) =>
      sampleEvent({ requestId: idOf(append, i), timeMs: append }),
    );
    store.append(encodeEvents(events));
    writeSync(1, `${append}\n`);
  }
}

test('a process killed while it appends loses nothing that was acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'));
  try {
    // Once before and once behind a checkpoint of the write-ahead log, which comes every thousand pages.
    for (const appendsBeforeKill of [1, 40, 300]) {
      const file = join(folder, `events-${appendsBeforeKill}.db`);
      const child = spawn(process.execPath, [import.meta.filename, 'append-until-killed', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      let acknowledged = -1;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged === appendsBeforeKill) child.kill('SIGKILL');
      }
      const [, signal] = await exit;
      assert.equal(signal, 'SIGKILL');
      assert.ok(acknowledged >= appendsBeforeKill);
      const store = openSqliteEventStore(file);
      for (let append = 0; append <= acknowledged; append++) {
        for (const i of [0, EVENTS_PER_APPEND - 1])
          assert.equal(store.find(idOf(append, i))?.requestId, idOf(append, i));
      }
      const { events, corruptReads } = store.stats();
      // One append may have been committed before its acknowledgement was written; never a part of one.
      assert.ok(events === (acknowledged + 1) * EVENTS_PER_APPEND || events === (acknowledged + 2) * EVENTS_PER_APPEND);
      assert.equal(store.query({}, { limit: 1_000_000, scanMax: 1_000_000 }).events.length, events);
      assert.equal(corruptReads, 0);
      store.append(encodeEvents([sampleEvent({ requestId: idOf(999_999, 0) })]));
      assert.ok(store.find(idOf(999_999, 0)));
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
