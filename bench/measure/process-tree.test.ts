import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { treeUsage } from './process-tree.ts';
import { start } from './processes.ts';

const linux = process.platform === 'linux';

test('the work of a grandchild counts, and stopping the leader ends it', {
  skip: linux ? false : 'needs /proc',
}, async () => {
  const burn =
    'const until = Date.now() + 300; while (Date.now() < until); console.log("done"); setInterval(() => {}, 1000);';
  const parent = `const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(burn)}], { stdio: "inherit" }); console.log("child " + child.pid);`;
  const running = start(process.execPath, ['-e', parent], { cpu: undefined });
  while (!running.output().includes('done')) await new Promise((resolve) => setTimeout(resolve, 20));
  const childPid = Number(/child (\d+)/.exec(running.output())?.[1]);
  const whole = treeUsage(running.pid);
  assert.ok(whole.cpuMicros >= 200_000, `${whole.cpuMicros}`);
  assert.ok(whole.cpuMicros > treeUsage(childPid).cpuMicros);
  assert.ok(whole.residentBytes > 20_000_000);
  await running.stop();
  // The kernel ends it a moment after its leader.
  for (const giveUpAt = Date.now() + 5_000; isAlive(childPid); ) {
    assert.ok(Date.now() < giveUpAt, 'the grandchild lives on');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

/** A process that has ended may stand in the table until init takes its exit code. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
