import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** Folder of Debian's PostgreSQL programs, the newest one. Throws where there is none, and says what to do. */
function programs(): string {
  const [program] = globSync('/usr/lib/postgresql/*/bin/initdb').sort().reverse();
  if (program === undefined)
    throw new Error(
      'PostgreSQL is not installed (no initdb under /usr/lib/postgresql): run scripts/prepare-test as root',
    );
  return dirname(program);
}

export interface Postgres {
  readonly url: string;
  run(statement: string): Promise<void>;
  close(): Promise<void>;
}

/** A PostgreSQL of its own in a folder that is removed again. It refuses to run as root, so it runs as `postgres` then. */
export async function postgres(): Promise<Postgres> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pg-'));
  const owner = ownerOf();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const as = owner ?? {};
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    {
      ...as,
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const port = await freePort();
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=40',
  ];
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
    {
      ...as,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await ready(child);
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  return {
    url,
    run: async (statement) => {
      await admin.query(statement);
    },
    close: async () => {
      await admin.end();
      child.kill('SIGQUIT');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ownerOf(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function ready(child: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (part: Buffer) => {
      log += part.toString('utf8');
      if (log.includes('ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(`PostgreSQL ended: ${log}`)));
  });
}
